"""How a route is declared: one decorator says path, roles, body and reply; checks and docs follow from it."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ValidationError

from threadline.kernel.errors import Invalid, NotFound
from threadline.kernel.scopes import Scope
from web.api.looks import actor_of, look
from web.auth import PUBLIC, Caller, Role, admit, check_csrf, check_origin, check_scope, identify
from web.client_address import bucket
from web.errors import BadRequest, NotSignedIn, UndeclaredRole, WrongMediaType
from web.live import LiveHub
from web.scopes import area_of
from web.services import Services

SERVICES: Final = web.AppKey("services", Services)
HUB: Final = web.AppKey("hub", LiveHub)
ENDPOINT: Final = "threadline_endpoint"

ModelT = TypeVar("ModelT", bound=BaseModel)


REASONS: Final = {
    "missing": "needed", "string_too_short": "needed", "too_short": "needed", "string_pattern_mismatch": "pattern",
}  # fmt: skip
"""Words that pages translate, by pydantic's type of error."""


class BadField(Invalid):
    """A field of the request can't be used. `reason`: a word that pages translate, where there is one."""

    def __init__(self, message: str, field: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Ask:
    """One admitted request, checked as far as its declaration says."""

    request: web.Request
    services: Services
    hub: LiveHub
    known_caller: Caller | None
    body: BaseModel | None
    query: BaseModel | None

    @property
    def caller(self) -> Caller:
        """Raises NotSignedIn, which only a public endpoint can meet."""
        if self.known_caller is None:
            raise NotSignedIn
        return self.known_caller

    @property
    def address(self) -> str:
        """What limits count requests by: the client's address, one subscriber's IPv6 network; "" if nobody knows."""
        return bucket(self.services.proxies.client(self.request))

    def read(self, model: type[ModelT]) -> ModelT:
        assert isinstance(self.body, model), "the endpoint declares another body"
        return self.body

    def asked(self, model: type[ModelT]) -> ModelT:
        assert isinstance(self.query, model), "the endpoint declares another query"
        return self.query

    def path_id(self, name: str) -> UUID:
        """The UUID in the path. Raises NotFound: what is no id names nothing."""
        try:
            return UUID(self.request.match_info[name])
        except ValueError:
            raise NotFound from None


Handler = Callable[[Ask], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A route and everything said about it. No roles: anyone may call it."""

    method: str
    path: str
    roles: frozenset[Role]
    summary: str
    handler: Handler
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    reply: type[BaseModel] | None = None
    status: int = 200
    produces: str = "application/json"
    any_origin: bool = False

    @property
    def area(self) -> Scope:
        """What a token with scopes needs."""
        return area_of(self.path)


def endpoint(
    route: str,
    *,
    roles: frozenset[Role],
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    reply: type[BaseModel] | None = None,
    status: int = 200,
    produces: str = "application/json",
    any_origin: bool = False,
) -> Callable[[Handler], Handler]:
    """Declares `route` ("GET /api/agents") for the decorated handler; its docstring's first line is the summary.

    `any_origin`: pages of other sites may ask too; a public handler that no cookie speaks to checks them itself.
    """
    method, _, path = route.partition(" ")

    def declare(handler: Handler) -> Handler:
        summary = (handler.__doc__ or "").strip().split("\n")[0]
        declared = Endpoint(
            method,
            path,
            roles,
            summary,
            handler,
            body=body,
            query=query,
            reply=reply,
            status=status,
            produces=produces,
            any_origin=any_origin,
        )
        setattr(handler, ENDPOINT, declared)
        return handler

    return declare


def declared(handler: Handler) -> Endpoint:
    """What the decorator noted. Raises UndeclaredRole where there is none."""
    found = getattr(handler, ENDPOINT, None)
    if not isinstance(found, Endpoint):
        raise UndeclaredRole(f"{getattr(handler, '__qualname__', handler)} does not say who may call it")
    return found


def as_aiohttp(point: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler aiohttp calls: identify, admit, check, then run."""

    async def handle(request: web.Request) -> web.StreamResponse:
        services = request.app[SERVICES]
        caller = await identify(request, services)
        if point.roles != PUBLIC:
            admitted = admit(caller, point.roles)
            check_scope(admitted, request.method, point.area)
            check_csrf(request, admitted)
        elif request.method not in ("GET", "HEAD") and not point.any_origin:
            check_origin(request, required=False)
        body = await _read_body(request, point.body) if point.body else None
        query = _checked(point.query, dict(request.query)) if point.query else None
        reply = await point.handler(Ask(request, services, request.app[HUB], caller, body, query))
        if caller is not None and services.reads is not None:
            seen = look(f"{point.method} {point.path}", request.match_info.get("id"))
            if seen is not None and reply.status < 300:
                services.reads.saw(actor_of(caller), *seen)
        return reply

    setattr(handle, ENDPOINT, point)
    return handle


async def _read_body(request: web.Request, model: type[BaseModel]) -> BaseModel:
    if request.content_type != "application/json":
        raise WrongMediaType
    try:
        raw = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as exc:
        raise BadRequest from exc
    if not isinstance(raw, dict):
        raise BadRequest
    return _checked(model, raw)


def _checked(model: type[BaseModel], raw: dict[str, object]) -> BaseModel:
    try:
        return model.model_validate(raw)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadField(first["msg"], field, REASONS.get(first["type"])) from None
