"""What the parts of one call share: who it is, its legs' addresses, its ledger and its inbox."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from telephony.call import CallView
from telephony.errors import TelephonyError
from telephony.flow_book import Answering, FlowBook
from telephony.ledger import Ledger
from telephony.legs.base import LegEvent, Media, MediaEvent, Party
from telephony.legs.browser import BrowserLeg
from telephony.legs.sip import MediaAddress, SipLeg
from telephony.media import messages as media
from telephony.parking import ParkingLot
from telephony.phones import BrowserPhones
from telephony.ports import (
    Attendance,
    CallbackDesk,
    Caller,
    Desks,
    Dispatcher,
    QueueBook,
    RecordingBook,
    ThreadBook,
)
from telephony.prompts import Prompts
from telephony.sip.server import SipServer
from telephony.store import LegRow, TelephonyStore
from telephony.ways_out import OutLeg, WaysOut
from threadline.kernel.clock import Clock
from threadline.kernel.events import CallEvent, CallEventKind, Json, JsonValue, OfferClosed, OfferMade
from threadline.kernel.ids import AgentId, CallId, LegId, uuid7

log = logging.getLogger(__name__)

Phone: TypeAlias = OutLeg | BrowserLeg
"""The leg of whoever talks with the customer."""


@dataclass(frozen=True, slots=True)
class House:
    """Everything a call may use; one object for all calls."""

    sip: SipServer
    engine: Media
    address: MediaAddress
    flows: FlowBook
    prompts: Prompts
    threads: ThreadBook
    dispatcher: Dispatcher
    desks: Desks
    recordings: RecordingBook
    ledger: Ledger
    store: TelephonyStore
    clock: Clock
    default_language: str
    queues: QueueBook | None = None
    callbacks: CallbackDesk | None = None
    phones: BrowserPhones | None = None
    region: str = "VN"  # how national numbers are read where a published number says nothing else
    record_internal: bool = False
    ways: WaysOut = field(default_factory=WaysOut)
    parking: ParkingLot = field(default_factory=ParkingLot)
    attendance: Attendance | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody at a page asks for something (telephony.talk). `done` gets what comes of it, or the error that explains.

    `agent`: who asks, None for a supervisor in the place of whoever has the call. `facts`: what else he said.
    """

    verb: str
    agent: AgentId | None
    done: "asyncio.Future[Json | None]"
    detail: str = ""  # why a call is declined; which keys
    facts: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline of the call has come: flow, ring, place, shutdown."""

    what: str


@dataclass(frozen=True, slots=True)
class Yielded:
    """What another call gives up: the person it had on the line, or the number that was still answering.

    `to` is what was dialled there. Neither: there was nobody.
    """

    to: str
    leg: SipLeg | None = None
    agent: AgentId | None = None
    offer: OfferMade | None = None
    answering: Answering | None = None
    page: BrowserLeg | None = None  # in place of `leg`, where a browser is the phone


Happening: TypeAlias = LegEvent | MediaEvent | OfferMade | OfferClosed | Wish | Due | Yielded


class Line:
    """One call's shared state. Only the call's own task writes it."""

    def __init__(self, call: CallId, customer: Party, house: House, claim: Callable[[LegId], None]) -> None:
        """`claim` tells the switchboard that events of a leg's media belong to this call."""
        self.call = call
        self.customer = customer
        self.house = house
        self.view = CallView()
        self.inbox: asyncio.Queue[Happening] = asyncio.Queue()
        self.caller: Caller | None = None
        self.language = house.default_language
        self.dialled: str | None = None  # the number of ours by which the call came
        self.is_muted = False  # the agent's microphone
        self.vouched: str | None = None  # what a carrier says of the customer's number
        self.deadlines: dict[str, datetime] = {}
        self.holds_back: Callable[[MediaEvent], bool] = _never  # what the customer's leg tells itself
        self._claim = claim
        self._legs: dict[LegId, LegRow] = {}
        self._open: dict[LegId, Party] = {}  # until the engine's last word on it

    def new_leg(self, peer: str, role: str, agent: AgentId | None) -> SipLeg:
        """A leg whose events come to this call's inbox. `role`: agent or outside."""
        now, house = self.house.clock.now(), self.house
        leg = SipLeg(
            LegId(uuid7(now)), peer, house.engine, house.address, self.inbox.put_nowait, self.customer.id
        )
        self._claim(leg.id)
        self.leg_began(leg, role, agent)
        return leg

    def leg_out(self, way: str | None, peer: str, role: str, agent: AgentId | None) -> OutLeg:
        """As `new_leg`, to leave by this way; None: to a phone of ours."""
        house = self.house
        leg = house.ways.leg(
            way, LegId(uuid7(house.clock.now())), peer, house.engine, house.address, self.inbox.put_nowait
        )
        leg.beside(self.customer.id)
        self._claim(leg.id)
        self.leg_began(leg, role, agent)
        return leg

    def browser_leg(self, agent: AgentId) -> BrowserLeg:
        """A leg to the agent's page, as `new_leg`."""
        house = self.house
        assert house.phones is not None
        leg = BrowserLeg(
            LegId(uuid7(house.clock.now())), "browser", agent, self.call, house.phones, house.engine,
            self.inbox.put_nowait, self.customer.id,
        )  # fmt: skip
        self._claim(leg.id)
        self.leg_began(leg, "agent", agent)
        return leg

    async def take_over(self, given: Yielded) -> Phone | None:
        """Whom another call gave up, on a leg of this one; None where nobody is there any more."""
        if given.page is not None:
            page = self.browser_leg(given.page.agent)
            leg: Phone = page
            taking = page.take_from(given.page)
        else:
            assert given.leg is not None
            phone = self.new_leg(given.leg.peer, "outside" if given.agent is None else "agent", given.agent)
            leg, taking = phone, phone.take_from(given.leg)
        try:
            if await taking:
                return leg
        except TelephonyError:
            pass
        self.leg_ended(leg.id, "failed")
        return None

    def leg_began(self, leg: Party, role: str, agent: AgentId | None) -> None:
        row = LegRow(leg.id, self.call, leg.kind, role, leg.peer, agent, self.house.clock.now())
        self._legs[leg.id] = row
        self._open[leg.id] = leg
        self.house.ledger.leg(row)

    def leg_answered(self, leg: LegId) -> None:
        if leg in self._legs:
            self._legs[leg] = replace(self._legs[leg], answered_at=self.house.clock.now())
            self.house.ledger.leg(self._legs[leg])

    def since(self, leg: LegId) -> datetime:
        """When this leg of the call was answered; until then, when it began to ring."""
        row = self._legs[leg]
        return row.answered_at or row.started_at

    def leg_ended(self, leg: LegId, reason: str) -> None:
        if leg in self._legs and self._legs[leg].ended_at is None:
            self._legs[leg] = replace(self._legs[leg], ended_at=self.house.clock.now(), end_reason=reason)
            self.house.ledger.leg(self._legs[leg])

    def leg_closed(self, event: media.Closed) -> None:
        """The engine's last word on a leg: what its media went through."""
        leg = LegId(UUID(event.leg))
        self._open.pop(leg, None)
        if leg in self._legs:
            self.house.ledger.leg(replace(self._legs[leg], stats={**event.stats}))

    @property
    def has_open_media(self) -> bool:
        """The engine has not said its last word on every leg it carried."""
        return any(leg.has_media for leg in self._open.values())

    def note(self, kind: CallEventKind, **data: JsonValue) -> None:
        """One more line in the ledger. Raises NotNow when it does not belong to the call's state."""
        now = self.house.clock.now()
        event = CallEvent(self.call, now, kind, {**data, **self.view.sums(kind, now)})
        self.view.see(event)
        self.house.ledger.note(event)

    async def next(self) -> Happening:
        """What happens next, a deadline of ours included; the earliest of both."""
        if not self.inbox.empty():
            return self.inbox.get_nowait()
        if not self.deadlines:
            return await self.inbox.get()
        what, when = min(self.deadlines.items(), key=lambda item: item[1])
        wait_s = (when - self.house.clock.now()).total_seconds()
        if wait_s > 0:
            try:
                async with asyncio.timeout(wait_s):
                    return await self.inbox.get()
            except TimeoutError:
                pass
        self.deadlines.pop(what, None)
        return Due(what)


def _never(event: MediaEvent) -> bool:
    """Every event comes at once."""
    return False
