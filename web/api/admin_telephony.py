"""Published numbers and what answers them; trunks and how they are."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field, StringConstraints

from telephony.administration.numbers import NumberGiven
from threadline.kernel.events import Json
from web.api.administration import Region, Title, administration, seen
from web.api.endpoint import Ask, Handler, endpoint
from web.api.endpoints import ADMINS
from web.api.models import Done, Reply, Request, ShortText
from web.api.outbound import actor
from web.api.replies import as_json

Number = Annotated[str, StringConstraints(pattern=r"^\+?[0-9*#]{2,20}$")]
TrunkName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
HostName = Annotated[str, StringConstraints(pattern=r"^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]+\])$")]
Secret = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f]*$")]


class NumberEdit(Request):
    """`revision` null: whichever of the flow is published. `region` reads callers' national numbers."""

    title: Title
    flow: ShortText
    revision: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    region: Region = "VN"
    record: bool = True


class NewNumber(NumberEdit):
    number: Number


class NumberReply(Reply):
    number: str
    title: str
    flow: str
    revision: int | None
    region: str
    record: bool
    is_answered: bool
    version: str


class NumbersReply(Reply):
    """`flows`: what can be chosen, {id, published, newest}."""

    numbers: list[NumberReply]
    flows: list[dict[str, Any]]


class TrunkEdit(Request):
    """As telephony.sip.trunks.TrunkConfig. A password that is left out or null stays, "" forgets it."""

    addresses: Annotated[list[ShortText], Field(max_length=100)] = Field(default_factory=list)
    host: HostName | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 5060
    transport: Literal["udp", "tcp", "tls", "auto"] = "udp"
    user: ShortText | None = None
    password: Secret | None = None
    register_: bool = Field(default=False, alias="register")
    expires_s: Annotated[int, Field(ge=60, le=86_400)] = 3600
    inbound_user: ShortText | None = None
    inbound_password: Secret | None = None
    region: Region | None = None
    trusted: bool = True
    qualify_s: Annotated[int, Field(ge=0, le=3600)] = 60
    srtp: Literal["off", "offered", "required"] = "off"


class NewTrunk(TrunkEdit):
    name: TrunkName


class TrunkReply(Reply):
    """`is_running` false: kept, in force from the next start on."""

    name: str
    host: str | None
    secrets: list[str]
    is_running: bool
    is_registered: bool | None
    ways: list[dict[str, Any]]
    version: str


class TrunksReply(Reply):
    trunks: list[TrunkReply]


class ProbedReply(Reply):
    reach: Literal["reachable", "unreachable", "unknown_host", "no_host"]
    status: int | None
    rtt_ms: float | None


@endpoint("GET /api/numbers", roles=ADMINS, reply=NumbersReply)
async def list_numbers(ask: Ask) -> web.Response:
    """Every published number and what answers it."""
    numbers = administration(ask).numbers
    return as_json({"numbers": await numbers.everything(), "flows": await numbers.flows()})


@endpoint("POST /api/numbers", roles=ADMINS, body=NewNumber, reply=NumberReply, status=201)
async def add_number(ask: Ask) -> web.Response:
    """Publish a number; calls to it are answered from now on."""
    given = ask.read(NewNumber)
    made = await administration(ask).numbers.add(given.number, _number(given), actor(ask))
    return as_json(made, status=201)


@endpoint("PUT /api/numbers/{number}", roles=ADMINS, body=NumberEdit, reply=NumberReply)
async def change_number(ask: Ask) -> web.Response:
    """Another flow for the next call; with If-Match only over what was seen."""
    number, given = ask.request.match_info["number"], _number(ask.read(NumberEdit))
    return as_json(await administration(ask).numbers.change(number, given, seen(ask), actor(ask)))


@endpoint("DELETE /api/numbers/{number}", roles=ADMINS, reply=Done)
async def delete_number(ask: Ask) -> web.Response:
    """Nothing answers the number any more."""
    await administration(ask).numbers.delete(ask.request.match_info["number"], actor(ask))
    return as_json({"done": True})


@endpoint("GET /api/trunks", roles=ADMINS, reply=TrunksReply)
async def list_trunks(ask: Ask) -> web.Response:
    """Every trunk, whether it is registered and who of it answers; never a password."""
    return as_json({"trunks": await administration(ask).trunks.everything()})


@endpoint("POST /api/trunks", roles=ADMINS, body=NewTrunk, reply=TrunkReply, status=201)
async def add_trunk(ask: Ask) -> web.Response:
    """A new trunk, in force from the next start on."""
    given = ask.read(NewTrunk)
    made = await administration(ask).trunks.add(given.name, _trunk(given), actor(ask))
    return as_json(made, status=201)


@endpoint("PUT /api/trunks/{name}", roles=ADMINS, body=TrunkEdit, reply=TrunkReply)
async def change_trunk(ask: Ask) -> web.Response:
    """Other settings, in force from the next start on; with If-Match only over what was seen."""
    name, given = ask.request.match_info["name"], _trunk(ask.read(TrunkEdit))
    return as_json(await administration(ask).trunks.change(name, given, seen(ask), actor(ask)))


@endpoint("DELETE /api/trunks/{name}", roles=ADMINS, reply=Done)
async def delete_trunk(ask: Ask) -> web.Response:
    """The trunk goes with the next start."""
    await administration(ask).trunks.delete(ask.request.match_info["name"], actor(ask))
    return as_json({"done": True})


@endpoint("POST /api/trunks/{name}/test", roles=ADMINS, reply=ProbedReply)
async def test_trunk(ask: Ask) -> web.Response:
    """Ask the trunk now whether it is there (OPTIONS)."""
    return as_json(asdict(await administration(ask).trunks.test(ask.request.match_info["name"])))


def _number(given: NumberEdit) -> NumberGiven:
    return NumberGiven(given.title, given.flow, given.revision, given.region, given.record)


def _trunk(given: TrunkEdit) -> Json:
    facts: dict[str, Any] = given.model_dump(exclude={"name"}, by_alias=True)
    return facts


ENDPOINTS: tuple[Handler, ...] = (
    list_numbers,
    add_number,
    change_number,
    delete_number,
    list_trunks,
    add_trunk,
    change_trunk,
    delete_trunk,
    test_trunk,
)
