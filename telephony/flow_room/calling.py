"""A draft calls its author: his own phone rings, and when he answers he is in that very revision.

The phone is what rings for him otherwise, his SIP account or his page; keys and the end may come from the page of flows,
too. To the rest of the server it is a call like any other, from his extension.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from telephony.administration.notes import Note, Who
from telephony.callbacks import answer_of
from telephony.controller import Arriving, Controller
from telephony.errors import TelephonyError
from telephony.flow_book import Answering
from telephony.legs.base import HungUp, KeyPressed, LegEvent, MediaEvent
from telephony.legs.browser import BrowserLeg
from telephony.legs.sip import SipLeg
from telephony.line import House
from telephony.sip.server import CallerId, ToAccount
from telephony.store import Route
from threadline.kernel.errors import NotFound, Unfit
from threadline.kernel.ids import AgentId, CallId, LegId, uuid7
from threadline.kernel.phone import to_e164

RING_S: Final = 30.0
SHOWN: Final = "draft"  # in the place of a number
Happening: TypeAlias = LegEvent | MediaEvent
Phone: TypeAlias = SipLeg | BrowserLeg


class PhoneSilent(Unfit):
    """The author's phone was not answered. `reason`: no_phone, busy, declined, no_answer, no_such_number."""

    def __init__(self, reason: str) -> None:
        super().__init__("phone", reason, "Your phone did not answer.")


class _Ears:
    """Where the events of a leg go: kept until its call has begun, then there."""

    def __init__(self) -> None:
        self.kept: asyncio.Queue[Happening] = asyncio.Queue()
        self._emit: Callable[[Happening], None] = self.kept.put_nowait

    def hear(self, event: Happening) -> None:
        self._emit(event)

    def go_to(self, emit: Callable[[Happening], None]) -> None:
        """What was kept goes first."""
        while not self.kept.empty():
            emit(self.kept.get_nowait())
        self._emit = emit


@dataclass(frozen=True, slots=True)
class _UnderWay:
    agent: AgentId
    leg: Phone


class DraftCalls:
    """Calls of authors' phones. Every one is in the audit log."""

    def __init__(self, house: House, controller: Controller, note: Note) -> None:
        self._house, self._controller, self._note = house, controller, note
        self._calls: dict[CallId, _UnderWay] = {}

    async def call(self, agent: AgentId, flow: str, revision: int, actor: Who) -> CallId:
        """Rings the author's phone and returns when he has answered. Raises NotFound, PhoneSilent."""
        draft = await self._house.flows.pin(flow, revision)
        if draft is None:
            raise NotFound(f"flow {flow} has no revision {revision}")
        self._calls = {call: one for call, one in self._calls.items() if self._controller.has(call)}
        if any(one.agent == agent for one in self._calls.values()):
            raise PhoneSilent("busy")
        await self._note(actor, "flow.call", f"flow:{flow}", {"revision": revision})
        house = self._house
        raw = await house.desks.extension_of(agent) or SHOWN
        number = to_e164(await house.store.account_number(raw) or raw, house.region)
        call, ears = CallId(uuid7(house.clock.now())), _Ears()
        leg = await self._answered(agent, call, ears)
        self._calls[call] = _UnderWay(agent, leg)
        route = Route(SHOWN, f"Draft: {flow}", flow, revision, house.region, record=False)
        arriving = Arriving(
            leg=leg, answering=Answering(route, draft, revision), house=house, number=number, raw=raw, display=None,
            source=f"draft:{raw}", holds_back=_nothing, emits=ears.go_to,
        )  # fmt: skip
        return self._controller.begin(arriving, call)

    def press(self, agent: AgentId, call: CallId, keys: str) -> None:
        """The author's keys. Raises NotFound when he has no such call."""
        leg = self._mine(agent, call)
        for key in keys:
            self._controller.tell(call, KeyPressed(leg.id, key))

    def hang_up(self, agent: AgentId, call: CallId) -> None:
        """As `press`."""
        leg = self._mine(agent, call)
        leg.hang_up("caller")
        self._controller.tell(call, HungUp(leg.id, "bye"))

    def _mine(self, agent: AgentId, call: CallId) -> Phone:
        found = self._calls.get(call)
        if found is None or found.agent != agent or not self._controller.has(call):
            raise NotFound("the call is over")
        return found.leg

    async def _answered(self, agent: AgentId, call: CallId, ears: _Ears) -> Phone:
        """The leg of a phone that was answered. Raises PhoneSilent."""
        leg, why = await self._phone(agent, call, ears), "no_answer"
        try:
            await self._ring(agent, leg)
            async with asyncio.timeout(RING_S):
                why = await answer_of(ears.kept) or ""
        except TimeoutError:
            pass
        except TelephonyError:
            why = "no_phone"
        finally:
            if why:
                leg.hang_up(why)
        if why:
            raise PhoneSilent(why)
        return leg

    async def _phone(self, agent: AgentId, call: CallId, ears: _Ears) -> Phone:
        """What rings for this person, not rung yet. Raises PhoneSilent."""
        house = self._house
        leg = LegId(uuid7(house.clock.now()))
        if await house.desks.phone_of(agent) == "browser" and house.phones is not None:
            return BrowserLeg(leg, "browser", agent, call, house.phones, house.engine, ears.hear)
        extension = await house.desks.extension_of(agent)
        if extension is None or not house.sip.is_registered(extension):
            raise PhoneSilent("no_phone")
        return SipLeg(leg, extension, house.engine, house.address, ears.hear)

    async def _ring(self, agent: AgentId, leg: Phone) -> None:
        """Raises TelephonyError, PhoneSilent."""
        if isinstance(leg, SipLeg):
            await leg.dial(self._house.sip, ToAccount(leg.peer), CallerId(SHOWN))
        elif not await leg.ring_page(SHOWN, takes_itself=True):
            assert self._house.phones is not None
            raise PhoneSilent("busy" if self._house.phones.is_there(agent) else "no_phone")


def _nothing(event: MediaEvent) -> bool:
    return False
