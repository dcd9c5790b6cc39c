"""What the handlers of administration share: the rooms, and which version the admin looked at."""

from collections.abc import Iterable
from typing import Annotated, Any, Final

from pydantic import AfterValidator, StringConstraints

from threadline.kernel.errors import NotFound, Unfit
from threadline.kernel.events import Json
from threadline.kernel.versions import check_version, difference, version_of
from web.administration_ports import AdministrationRooms
from web.api.endpoint import Ask
from web.api.outbound import actor

NAME: Final = r"^[a-z][a-z0-9_]{0,62}$"
Name = Annotated[str, StringConstraints(pattern=NAME)]
"""A queue, a code: small letters, digits and _."""


COUNTED: Final = frozenset({"applied", "findings", "waiting", "failing_since", "changed_at"})


def _has_text(text: str) -> str:
    if "\x00" in text:
        raise ValueError("may not contain a NUL character")
    return text


Title = Annotated[
    str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True), AfterValidator(_has_text)
]
Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


def administration(ask: Ask) -> AdministrationRooms:
    """Raises NotFound where a server has none."""
    if ask.services.administration is None:
        raise NotFound
    return ask.services.administration


def marked(thing: Json) -> dict[str, Any]:
    """The thing with the version of what people write of it; what the server counts by itself is no change."""
    return {**thing, "version": version_of(_written(thing))}


def unchanged(ask: Ask, things: Iterable[Json], name: str, value: str) -> None:
    """Raises Outdated where the thing whose `name` is `value` is no longer what the caller saw.

    Raises Unfit where there is one though the caller makes a new one (If-None-Match: *, RFC 9110 section 13.1.2).
    """
    for thing in things:
        if str(thing.get(name)) == value:
            if ask.request.headers.get("If-None-Match") == "*":
                raise Unfit("name", "taken", "There is one of that name.")
            check_version(_written(thing), seen(ask))


def _written(thing: Json) -> Json:
    return {name: value for name, value in thing.items() if name not in COUNTED}


async def noted(ask: Ask, action: str, target: str, before: Json | None, after: Json | None) -> None:
    """What a change made of a thing, for the audit log of a server that has one."""
    if ask.services.channels is not None:
        facts = difference(before or {}, after or {})
        await ask.services.channels.audit.note(actor(ask), action, target, facts)


def seen(ask: Ask) -> str | None:
    """The version the change was made of (If-Match, RFC 9110 section 13.1.1); None: the caller does not mind."""
    given = ask.request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    return given if given not in ("", "*") else None
