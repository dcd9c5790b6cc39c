"""For admins: addresses of ours, what ails them, and deliveries that wait for somebody to look at them."""

import asyncio
from typing import Annotated, Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field, StringConstraints

from omnichannel.channels.beside import SignIn
from omnichannel.channels.port import Channel
from threadline.kernel.errors import NotFound
from threadline.kernel.events import Json
from threadline.kernel.versions import check_version, version_of
from web.api.administration import seen
from web.api.endpoint import Ask, BadField, Handler, endpoint
from web.api.models import Done, Reply, Request, ShortText
from web.api.outbound import actor, rooms
from web.api.replies import as_json
from web.auth import Role

ADMINS: Final = frozenset({Role.ADMIN})
CHECK_S: Final = 30.0
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Value = Annotated[str, StringConstraints(max_length=10_000, pattern=r"^[^\x00]*$")]
Values = Annotated[dict[Kind, Value], Field(max_length=60)]
Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class FieldFacts(Reply):
    """What an admin fills in; its label is the text `channel.KIND.NAME` of the catalogue."""

    name: str
    is_secret: bool
    is_required: bool
    default: str
    example: str


class ChannelFacts(Reply):
    kind: str
    identity_kind: str
    is_fetched: bool
    has_sign_in: bool
    fields: list[FieldFacts]


class ChannelsReply(Reply):
    channels: list[ChannelFacts]


class EndpointReply(Reply):
    """`secrets` are the names of those that are set: their values never come back. `state` reconnect: see `problem`."""

    id: UUID
    kind: str
    address: str
    title: str
    state: Literal["on", "off", "reconnect"]
    problem: str | None
    config: dict[str, str]
    secrets: list[str]
    queue: str | None
    region: str
    language: str | None
    hook_url: str
    version: str


class EndpointsReply(Reply):
    endpoints: list[EndpointReply]


class NewEndpoint(Request):
    kind: Kind
    address: ShortText
    title: Annotated[str, StringConstraints(max_length=200)] = ""
    config: Values = Field(default_factory=dict)
    secrets: Values = Field(default_factory=dict)
    queue: ShortText | None = None
    region: Region = "VN"
    language: ShortText | None = None


class EndpointChange(Request):
    """What is left out stays, but `queue` and `language`; of `secrets` those named change, "" forgets one."""

    address: ShortText | None = None
    title: Annotated[str, StringConstraints(max_length=200)] | None = None
    config: Values | None = None
    secrets: Values | None = None
    queue: ShortText | None = None
    region: Region | None = None
    language: ShortText | None = None


class Switch(Request):
    state: Literal["on", "off"]


class CheckFacts(Reply):
    name: str
    is_ok: bool
    detail: str


class ChecksReply(Reply):
    checks: list[CheckFacts]


class ParkedQuery(Request):
    before: int | None = Field(default=None, ge=1, le=2**63 - 1)
    limit: int = Field(default=50, ge=1, le=200)


class ParkedEvent(Reply):
    id: str
    endpoint: UUID | None
    kind: str
    title: str
    received_at: str
    parked_at: str
    attempts: int
    error: str | None
    bytes: int


class ParkedReply(Reply):
    events: list[ParkedEvent]


@endpoint("GET /api/channels", roles=ADMINS, reply=ChannelsReply)
async def list_channels(ask: Ask) -> web.Response:
    """Every kind of channel and what it wants to know."""
    return as_json({"channels": [_facts(one) for one in rooms(ask).registry.channels.values()]})


@endpoint("GET /api/endpoints", roles=ADMINS, reply=EndpointsReply)
async def list_endpoints(ask: Ask) -> web.Response:
    """Every configured address of ours."""
    return as_json({"endpoints": [_marked(one) for one in await rooms(ask).endpoints.everything()]})


@endpoint("POST /api/endpoints", roles=ADMINS, body=NewEndpoint, reply=EndpointReply, status=201)
async def add_endpoint(ask: Ask) -> web.Response:
    """Configure an address; it is off until it is switched on."""
    given = ask.read(NewEndpoint)
    channel = rooms(ask).registry.channels.get(given.kind)
    if channel is None:
        raise BadField("this server has no such channel", "kind")
    config = {**_defaults(channel), **given.config}
    _check_fields(channel, config, given.secrets)
    _check_complete(channel, {name for name, value in {**config, **given.secrets}.items() if value})
    made = await rooms(ask).endpoints.add(
        given.kind, given.address, given.title, config, given.secrets, given.queue, given.region, given.language,
        actor(ask),
    )  # fmt: skip
    return as_json(_marked(await rooms(ask).endpoints.shown(made.id)), status=201)


@endpoint("GET /api/endpoints/{id}", roles=ADMINS, reply=EndpointReply)
async def show_endpoint(ask: Ask) -> web.Response:
    """One address of ours."""
    return as_json(_marked(await rooms(ask).endpoints.shown(ask.path_id("id"))))


@endpoint("PUT /api/endpoints/{id}", roles=ADMINS, body=EndpointChange, reply=EndpointReply)
async def change_endpoint(ask: Ask) -> web.Response:
    """Change an address; in force at once; with If-Match only over what was seen."""
    given, public_id = ask.read(EndpointChange), ask.path_id("id")
    known = await rooms(ask).endpoints.by_id(public_id)
    check_version(_written(await rooms(ask).endpoints.shown(public_id)), seen(ask))
    _check_fields(rooms(ask).registry.channel(known.kind), given.config or {}, given.secrets or {})
    await rooms(ask).endpoints.change(
        public_id, address=given.address, title=given.title, config=given.config, secrets=given.secrets,
        queue=given.queue, region=given.region, language=given.language, actor=actor(ask),
    )  # fmt: skip
    return as_json(_marked(await rooms(ask).endpoints.shown(public_id)))


@endpoint("PUT /api/endpoints/{id}/state", roles=ADMINS, body=Switch, reply=EndpointReply)
async def switch_endpoint(ask: Ask) -> web.Response:
    """Switch an address on or off, without a restart."""
    public_id = ask.path_id("id")
    await rooms(ask).endpoints.switch(public_id, ask.read(Switch).state, actor(ask))
    return as_json(_marked(await rooms(ask).endpoints.shown(public_id)))


@endpoint("POST /api/endpoints/{id}/check", roles=ADMINS, reply=ChecksReply)
async def check_endpoint(ask: Ask) -> web.Response:
    """Try an address's credentials with its provider."""
    ours = await rooms(ask).endpoints.by_id(ask.path_id("id"))
    try:
        async with asyncio.timeout(CHECK_S):
            checks = await rooms(ask).registry.channel(ours.kind).check(ours)
    except TimeoutError:
        return as_json({"checks": [{"name": "provider", "is_ok": False, "detail": "It does not answer."}]})
    return as_json(
        {"checks": [{"name": one.name, "is_ok": one.is_ok, "detail": one.detail} for one in checks]}
    )


@endpoint("DELETE /api/endpoints/{id}", roles=ADMINS, reply=Done)
async def delete_endpoint(ask: Ask) -> web.Response:
    """Forget an address and its secrets; what came by it stays in the threads."""
    await rooms(ask).endpoints.delete(ask.path_id("id"), actor(ask))
    return as_json({"done": True})


@endpoint("GET /api/inbound/parked", roles=ADMINS, query=ParkedQuery, reply=ParkedReply)
async def list_parked(ask: Ask) -> web.Response:
    """Deliveries that could not be made into entries, with why."""
    asked = ask.asked(ParkedQuery)
    return as_json({"events": await rooms(ask).inbox.parked(asked.before, asked.limit)})


@endpoint("GET /api/inbound/{event}/raw", roles=ADMINS, produces="application/octet-stream")
async def show_raw(ask: Ask) -> web.Response:
    """A parked delivery as it came."""
    raw = await rooms(ask).inbox.raw(_event(ask), actor(ask))
    headers = {"Content-Disposition": 'attachment; filename="delivery"'}
    return web.Response(body=raw, content_type="application/octet-stream", headers=headers)


@endpoint("POST /api/inbound/{event}/replay", roles=ADMINS, reply=Done)
async def replay_event(ask: Ask) -> web.Response:
    """Try a parked delivery again."""
    await rooms(ask).inbox.replay(_event(ask), actor(ask))
    return as_json({"done": True})


def _marked(ours: Json) -> dict[str, object]:
    return {**ours, "version": version_of(_written(ours))}


def _written(ours: Json) -> Json:
    """What its form says of it: it is switched, and fails, beside that."""
    return {name: value for name, value in ours.items() if name not in ("state", "problem")}


def _event(ask: Ask) -> int:
    text = ask.request.match_info["event"]
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise NotFound
    return int(text)


def _facts(channel: Channel) -> dict[str, object]:
    return {
        "kind": channel.kind,
        "identity_kind": channel.identity_kind,
        "is_fetched": callable(getattr(channel, "fetch", None)),
        "has_sign_in": isinstance(channel, SignIn),
        "fields": [
            {
                "name": one.name,
                "is_secret": one.is_secret,
                "is_required": one.is_required,
                "default": one.default,
                "example": one.example,
            }
            for one in channel.fields
        ],
    }


def _defaults(channel: Channel) -> dict[str, str]:
    return {one.name: one.default for one in channel.fields if one.default and not one.is_secret}


def _check_fields(channel: Channel, config: dict[str, str], secrets: dict[str, str]) -> None:
    """A secret among the plain values would come back. Raises BadField."""
    plain = {one.name for one in channel.fields if not one.is_secret}
    sealed = {one.name for one in channel.fields if one.is_secret}
    for name in config.keys() - plain:
        raise BadField("no such field of this channel, or a secret", f"config.{name}")
    for name in secrets.keys() - sealed:
        raise BadField("no such secret of this channel", f"secrets.{name}")


def _check_complete(channel: Channel, given: set[str]) -> None:
    for one in channel.fields:
        if one.is_required and one.name not in given:
            raise BadField("is needed", f"{'secrets' if one.is_secret else 'config'}.{one.name}")


ENDPOINTS: tuple[Handler, ...] = (
    list_channels,
    list_endpoints,
    add_endpoint,
    show_endpoint,
    change_endpoint,
    switch_endpoint,
    check_endpoint,
    delete_endpoint,
    list_parked,
    show_raw,
    replay_event,
)
