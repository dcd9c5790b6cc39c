"""An agent's phone: which one it is, what its page needs, the buttons it has; and the page's words on the live socket."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from threadline.kernel.errors import NotFound
from threadline.kernel.events import JsonValue
from threadline.kernel.ids import AgentId, CallId
from web.api.calls import command
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Done, Reply, Request, ShortText
from web.api.replies import as_json
from web.auth import LEADS, STAFF
from web.errors import NotYours
from web.phone_ports import Dialling, PhoneRooms

PREFIX: Final = "phone."
Name = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{8,64}$")]


class PhoneChoice(Request):
    """`browser`: calls ring in the page. `sip`: they ring at the account of the agent's extension. `mobile`: they ring at
    the number an admin has noted, and are taken by pressing 1."""

    phone: Literal["browser", "sip", "mobile"]


class MyPhoneReply(Reply):
    """`ice_servers` are for the page's RTCPeerConnection; passwords in them are good for a day. `call`: the one I am in."""

    phone: Literal["browser", "sip", "mobile"]
    extension: str | None
    mobile: str | None
    ice_servers: list[dict[str, Any]]
    call: UUID | None


class Decline(Request):
    reason: ShortText | None = None


class PressedKeys(Request):
    keys: Annotated[str, StringConstraints(pattern=r"^[0-9*#A-D]{1,32}$")]


class DialOut(Request):
    """`queue` chooses the number that is shown."""

    number: ShortText
    queue: ShortText | None = None


class DialledReply(Reply):
    call: UUID


class CallerIdChoice(Request):
    number: Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{3,20}$")] | None


@endpoint("GET /api/phone", roles=STAFF, reply=MyPhoneReply)
async def show_phone(ask: Ask) -> web.Response:
    """My phone, and what its page needs."""
    agent, rooms = ask.caller.person(), ask.services.phones
    phone, mobile, servers, call = "sip", None, list[JsonValue](), None
    if rooms is not None:
        phone, servers = await rooms.choice.phone_of(agent.id), rooms.ice_servers(agent.id)
        mobile = await rooms.choice.mobile_of(agent.id)
        call = None if rooms.controls is None else rooms.controls.call_of(agent.id)
    mine = {
        "phone": phone,
        "extension": agent.extension,
        "mobile": mobile,
        "ice_servers": servers,
        "call": call,
    }
    return as_json(mine)


@endpoint("PUT /api/agents/{id}/phone", roles=STAFF, body=PhoneChoice, reply=Done)
async def choose_phone(ask: Ask) -> web.Response:
    """What rings for an agent: the page, a SIP phone or his mobile phone. Agents choose their own; supervisors and admins anyone's."""
    agent = AgentId(ask.path_id("id"))
    if not ask.caller.leads and ask.caller.person().id != agent:
        raise NotYours("You can only choose your own phone.")
    await _rooms(ask).choice.set_phone(agent, ask.read(PhoneChoice).phone)
    return as_json({"done": True})


@endpoint("POST /api/calls/{id}/decline", roles=STAFF, body=Decline, reply=Done)
async def decline(ask: Ask) -> web.Response:
    """Do not take the call that rings for me, with a reason; it goes to the next agent."""
    reason = ask.read(Decline).reason or ""
    await ask.services.calls.decline(CallId(ask.path_id("id")), ask.caller.person().id, reason)
    return as_json({"done": True})


@endpoint("POST /api/calls/{id}/mute", roles=STAFF, reply=Done)
async def mute(ask: Ask) -> web.Response:
    """The customer no longer hears the agent, whatever his phone is."""
    return await command(ask, lambda call, agent: ask.services.calls.mute(call, agent, muted=True))


@endpoint("POST /api/calls/{id}/unmute", roles=STAFF, reply=Done)
async def unmute(ask: Ask) -> web.Response:
    """The customer hears the agent again."""
    return await command(ask, lambda call, agent: ask.services.calls.mute(call, agent, muted=False))


@endpoint("POST /api/calls/{id}/keys", roles=STAFF, body=PressedKeys, reply=Done)
async def press_keys(ask: Ask) -> web.Response:
    """Press telephone keys on the customer's line."""
    keys = ask.read(PressedKeys).keys
    return await command(ask, lambda call, agent: ask.services.calls.press(call, agent, keys))


@endpoint("POST /api/calls", roles=STAFF, body=DialOut, reply=DialledReply, status=201)
async def dial(ask: Ask) -> web.Response:
    """Call a customer: my phone first, then the number; the call stands in his thread. Refusals name a `reason`."""
    wanted = ask.read(DialOut)
    call = await _dialling(ask).dial(ask.caller.person().id, wanted.number, wanted.queue)
    return as_json({"call": call}, status=201)


@endpoint("PUT /api/queues/{id}/caller-id", roles=LEADS, body=CallerIdChoice, reply=Done)
async def choose_caller_id(ask: Ask) -> web.Response:
    """The number customers see when an agent calls them for this queue; null: the first published one."""
    await _dialling(ask).show_as(ask.request.match_info["id"], ask.read(CallerIdChoice).number)
    return as_json({"done": True})


def _dialling(ask: Ask) -> Dialling:
    dialling = _rooms(ask).dialling
    if dialling is None:
        raise NotFound
    return dialling


def _rooms(ask: Ask) -> PhoneRooms:
    if ask.services.phones is None:
        raise NotFound
    return ask.services.phones


class _Said(BaseModel):
    """What a page says of its phone; more keys may come with a newer page."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    type: Literal["phone.here", "phone.take", "phone.gone", "phone.offer"]
    page: Name
    leg: Name = "00000000"
    sdp: str = Field(default="", max_length=20_000)


class PhoneDoor:
    """The phone's part of one live socket. `close` when the socket does."""

    def __init__(self, ask: Ask) -> None:
        self._rooms = ask.services.phones
        self._agent = None if ask.caller.agent is None else ask.caller.agent.id
        self._page: str | None = None

    async def obey(self, sent: object) -> None:
        """Carries out what the page said; anything else is ignored."""
        if self._rooms is None or self._agent is None:
            return
        try:
            said = _Said.model_validate(sent)
        except ValidationError:
            return
        pages = self._rooms.pages
        match said.type:
            case "phone.here" if self._page is None:
                self._page = said.page
                await pages.here(self._agent, said.page)
            case "phone.take":
                pages.take(self._agent, said.page)
            case "phone.gone":
                self._page = None
                pages.gone(self._agent, said.page)
            case "phone.offer":
                await pages.offer(self._agent, said.page, said.leg, said.sdp)

    def close(self) -> None:
        if self._rooms is not None and self._agent is not None and self._page is not None:
            self._rooms.pages.left(self._agent, self._page)


ENDPOINTS: tuple[Handler, ...] = (
    show_phone,
    choose_phone,
    decline,
    mute,
    unmute,
    press_keys,
    dial,
    choose_caller_id,
)
