"""What an agent does with a call beyond hold and hang up: transfer, consult, confer, park; and what supervisors do.

Each answers once it has begun; how a phone that rings takes it comes as `call.party` and `call.transfer` news.
Refusals are 409 with a `reason` (docs/agents.md lists them).
"""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field, StringConstraints

from threadline.kernel.errors import NotFound
from threadline.kernel.events import JsonValue
from threadline.kernel.ids import AgentId, CallId
from web.api.calls import command
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Done, Reply, Request
from web.api.replies import as_json
from web.auth import LEADS, STAFF
from web.phone_ports import CallControls

SHORTEST_PAUSE_S: Final = 5
LONGEST_PAUSE_S: Final = 600


class Target(Request):
    """`id`: an agent's id, an extension, a phone number, the name of a queue or of a flow."""

    kind: Literal["agent", "extension", "number", "queue", "flow"]
    id: Annotated[str, StringConstraints(min_length=1, max_length=80)]


class Person(Target):
    """As Target, of people only."""

    kind: Literal["agent", "extension", "number"]


class SendTo(Request):
    to: Target


class Ring(Request):
    to: Person


class WhichParty(Request):
    party: UUID


class Pause(Request):
    """The recording goes on by itself after `seconds`."""

    seconds: Annotated[int, Field(ge=SHORTEST_PAUSE_S, le=LONGEST_PAUSE_S)] = 120


class Monitoring(Request):
    """`listen`: nobody hears me. `whisper`: the agent does. `barge`: all do. `take_over`: the call is mine."""

    mode: Literal["listen", "whisper", "barge", "take_over"]


class SlotReply(Done):
    slot: int


class PickedUpReply(Done):
    call: UUID


class ParkingRow(Reply):
    slot: int
    call: UUID
    thread: UUID | None
    by: UUID | None
    since: datetime


class ParkingReply(Reply):
    parked: list[ParkingRow]


class PartiesReply(Reply):
    """`customer` gone: the call is not under way. `recording` null: there is none. A party: {party, agent, name, role, state, mode, by}."""

    call: UUID
    customer: Literal["talking", "held", "waiting", "parked", "gone"]
    slot: int | None
    agent: UUID | None
    recording: dict[str, Any] | None
    parties: list[dict[str, Any]]


@endpoint("GET /api/calls/{id}/parties", roles=STAFF, reply=PartiesReply)
async def list_parties(ask: Ask) -> web.Response:
    """Who is in the call, and in what state it is."""
    return as_json(_controls(ask).parties(CallId(ask.path_id("id"))))


@endpoint("POST /api/calls/{id}/controls/transfer", roles=STAFF, body=SendTo, reply=Done)
async def transfer(ask: Ask) -> web.Response:
    """Send the customer on without asking; if nobody takes her, the agent has her back."""
    return await _control(ask, "transfer", **ask.read(SendTo).to.model_dump())


@endpoint("POST /api/calls/{id}/controls/consult", roles=STAFF, body=Ring, reply=Done)
async def consult(ask: Ask) -> web.Response:
    """Talk with somebody else while the customer hears music."""
    return await _control(ask, "consult", **ask.read(Ring).to.model_dump())


@endpoint("POST /api/calls/{id}/controls/consult-complete", roles=STAFF, reply=Done)
async def complete_consult(ask: Ask) -> web.Response:
    """Hand the customer over to whom the agent asked, or who is still being rung."""
    return await _control(ask, "consult-complete")


@endpoint("POST /api/calls/{id}/controls/consult-back", roles=STAFF, reply=Done)
async def take_back(ask: Ask) -> web.Response:
    """Let him go and talk with the customer again."""
    return await _control(ask, "consult-back")


@endpoint("POST /api/calls/{id}/controls/consult-join", roles=STAFF, reply=Done)
async def join_consult(ask: Ask) -> web.Response:
    """All three talk."""
    return await _control(ask, "consult-join")


@endpoint("POST /api/calls/{id}/controls/add", roles=STAFF, body=Ring, reply=Done)
async def add(ask: Ask) -> web.Response:
    """Ring somebody into the talk."""
    return await _control(ask, "add", **ask.read(Ring).to.model_dump())


@endpoint("POST /api/calls/{id}/controls/drop", roles=STAFF, body=WhichParty, reply=Done)
async def drop(ask: Ask) -> web.Response:
    """Put one of the others out of the call."""
    return await _control(ask, "drop", party=str(ask.read(WhichParty).party))


@endpoint("POST /api/calls/{id}/controls/leave", roles=STAFF, reply=Done)
async def leave(ask: Ask) -> web.Response:
    """Hang up my own part, whatever it is; the others go on."""
    await _controls(ask).control(CallId(ask.path_id("id")), "leave", ask.caller.person().id)
    return as_json({"done": True})


@endpoint("POST /api/calls/{id}/controls/park", roles=STAFF, reply=SlotReply)
async def park(ask: Ask) -> web.Response:
    """The customer waits at a slot, where any agent picks her up."""
    return await _control(ask, "park")


@endpoint("POST /api/calls/{id}/controls/recording-pause", roles=STAFF, body=Pause, reply=Done)
async def pause_recording(ask: Ask) -> web.Response:
    """Silence in the recording for a while; it resumes by itself."""
    return await _control(ask, "recording-pause", seconds=ask.read(Pause).seconds)


@endpoint("POST /api/calls/{id}/controls/recording-resume", roles=STAFF, reply=Done)
async def resume_recording(ask: Ask) -> web.Response:
    """The recording goes on now."""
    return await _control(ask, "recording-resume")


@endpoint("POST /api/calls/{id}/controls/monitor", roles=LEADS, body=Monitoring, reply=Done)
async def monitor(ask: Ask) -> web.Response:
    """Listen to a call, whisper to its agent, join it or take it over: rings my own phone. Audited."""
    call, mode = CallId(ask.path_id("id")), ask.read(Monitoring).mode
    await _controls(ask).monitor(call, ask.caller.person().id, mode)
    return as_json({"done": True})


@endpoint("GET /api/parking", roles=STAFF, reply=ParkingReply)
async def list_parked(ask: Ask) -> web.Response:
    """Parked customers, the longest waiting first."""
    return as_json({"parked": _controls(ask).parked()})


@endpoint("POST /api/parking/{slot}/pick-up", roles=STAFF, reply=PickedUpReply)
async def pick_up(ask: Ask) -> web.Response:
    """Ring my phone for the customer who is parked there."""
    slot = ask.request.match_info["slot"]
    if not slot.isdecimal() or len(slot) > 4:
        raise NotFound
    call = await _controls(ask).pick_up(int(slot), ask.caller.person().id)
    return as_json({"done": True, "call": call})


async def _control(ask: Ask, verb: str, **facts: JsonValue) -> web.Response:
    """For the agent whose call it is; supervisors and admins in his place."""
    said: dict[str, JsonValue] = {}

    async def carry_out(call: CallId, owner: AgentId) -> None:
        agent = None if ask.caller.leads else owner
        said.update(await _controls(ask).control(call, verb, agent, **facts))

    await command(ask, carry_out)
    return as_json({"done": True, **said})


def _controls(ask: Ask) -> CallControls:
    if ask.services.phones is None or ask.services.phones.controls is None:
        raise NotFound
    return ask.services.phones.controls


ENDPOINTS: tuple[Handler, ...] = (
    list_parties,
    transfer,
    consult,
    complete_consult,
    take_back,
    join_consult,
    add,
    drop,
    leave,
    park,
    pause_recording,
    resume_recording,
    monitor,
    list_parked,
    pick_up,
)
