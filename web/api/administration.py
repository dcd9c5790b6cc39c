"""What the handlers of administration share: the rooms, and which version the admin looked at."""

from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints

from threadline.kernel.errors import NotFound
from web.administration_ports import AdministrationRooms
from web.api.endpoint import Ask

NAME: Final = r"^[a-z][a-z0-9_]{0,62}$"
Name = Annotated[str, StringConstraints(pattern=NAME)]
"""A queue, a code: small letters, digits and _."""


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


def seen(ask: Ask) -> str | None:
    """The version the change was made of (If-Match, RFC 9110 section 13.1.1); None: the caller does not mind."""
    given = ask.request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    return given if given not in ("", "*") else None
