"""Who is asking: a session cookie or a bearer token becomes a Caller; roles and CSRF are checked here."""

from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from threadline.kernel.scopes import Scope
from web.errors import BadCsrfToken, NeedsAgent, NotSignedIn, NotYours, OutOfScope, WrongOrigin
from web.ports import Agent
from web.scopes import allows
from web.services import Services

CSRF_HEADER: Final = "X-CSRF-Token"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_SECRET: Final = 512


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


PUBLIC: Final[frozenset[Role]] = frozenset()
"""Anyone, signed in or not."""
STAFF: Final = frozenset(Role)
LEADS: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Caller:
    """The one behind a request. `csrf` and `session` are set when a cookie spoke for him, `scopes` by some tokens."""

    name: str
    role: Role
    agent: Agent | None
    csrf: str | None = None
    session: str | None = None
    scopes: frozenset[str] | None = None

    @property
    def leads(self) -> bool:
        return self.role in LEADS

    def person(self) -> Agent:
        """The agent he is. Raises NeedsAgent for a machine's token."""
        if self.agent is None:
            raise NeedsAgent
        return self.agent


def cookie_name(request: web.Request, services: Services) -> str:
    """Over https the `__Host-` prefix keeps sibling domains from planting a session."""
    return "__Host-threadline" if is_https(request, services) else "threadline"


def is_https(request: web.Request, services: Services) -> bool:
    return services.https or request.secure


async def identify(request: web.Request, services: Services) -> Caller | None:
    """The caller, or None. A bearer token wins over a cookie: it is what a script sent on purpose."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return await _by_token(bearer.strip(), services)
    cookie = request.cookies.get(cookie_name(request, services))
    if not cookie or len(cookie) > LONGEST_SECRET:
        return None
    signed = await services.people.session(cookie)
    if signed is None:
        return None
    agent = signed.agent
    return Caller(agent.login, Role(agent.role), agent, csrf=signed.csrf, session=cookie)


async def _by_token(bearer: str, services: Services) -> Caller | None:
    if not bearer or len(bearer) > LONGEST_SECRET:
        return None
    principal = await services.people.token(bearer)
    if principal is None:
        return None
    return Caller(principal.name, Role(principal.role), principal.agent, scopes=principal.scopes)


def admit(caller: Caller | None, roles: frozenset[Role]) -> Caller:
    """The caller, if his role is among `roles`. Raises NotSignedIn, NotYours."""
    if caller is None:
        raise NotSignedIn
    if caller.role not in roles:
        raise NotYours
    return caller


def check_scope(caller: Caller, method: str, area: Scope) -> None:
    """A token may be for some things only. Raises OutOfScope."""
    if not allows(caller.scopes, method, area):
        raise OutOfScope


def check_csrf(request: web.Request, caller: Caller) -> None:
    """A cookie travels by itself, so what changes something must also carry the token. Raises BadCsrfToken."""
    if request.method in SAFE_METHODS or caller.csrf is None:
        return
    if not compare_digest(request.headers.get(CSRF_HEADER, "").encode(), caller.csrf.encode()):
        raise BadCsrfToken


def check_origin(request: web.Request, *, required: bool) -> None:
    """The page that asks must be ours. Raises WrongOrigin.

    `required`: a missing header is refused too, as on a WebSocket, where CORS protects nothing.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        if required:
            raise WrongOrigin
        return
    if urlsplit(origin).netloc.lower() != request.host.lower():
        raise WrongOrigin
