"""Customers are called back: who may be, and the dialling once an agent is reserved for them.

A ticket waits in the queue in the customer's stead (omnichannel.routing.callbacks). When it is offered to an agent, the
customer is rung; once she answers, hers is a call like any other, in a flow that puts her where her ticket stood. So
never more customers are rung than agents are kept for them.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from telephony.callbacks_flow import waiting_flow
from telephony.controller import Arriving, Controller
from telephony.dial_policy import DialPolicy
from telephony.errors import CallbackRefused, TelephonyError
from telephony.flow_book import Answering
from telephony.legs.base import Answered, HungUp, LegEvent, MediaEvent, Refused
from telephony.line import House
from telephony.sip.server import CallerId, Target, ToAccount, ToTrunk
from telephony.store import Route
from telephony.ways_out import OutLeg
from threadline.db.pool import DATABASE_TROUBLE
from threadline.kernel.errors import NotFound
from threadline.kernel.errors import Refused as NotAllowed
from threadline.kernel.events import Bus, CallEvent, CallEventKind, Json, OfferClosed, OfferMade
from threadline.kernel.ids import CallId, LegId, uuid7
from threadline.kernel.phone import to_e164

log = logging.getLogger(__name__)

RING_S: Final = 30.0  # the agent's offer lasts longer: omnichannel.routing's `reserve`
MOST_ATTEMPTS: Final = 10
SOONEST_RETRY_S: Final = 30.0
LONGEST_S: Final = 7 * 86_400.0
PAYER: Final = "callbacks"
REASONS: Final = {486: "busy", 600: "busy", 603: "declined", 404: "no_such_number"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A callback as routing keeps it. `trunk` None: `number` is an account of ours."""

    call: CallId
    queue: str | None
    number: str
    trunk: str | None
    shown: str
    keep_place: bool
    window: tuple[datetime, datetime] | None
    attempts: int
    retry_after_s: float
    expires_s: float


class Ticket(Protocol):
    """What is dialled."""

    @property
    def number(self) -> str: ...
    @property
    def trunk(self) -> str | None: ...
    @property
    def shown(self) -> str: ...
    @property
    def queue(self) -> str: ...
    @property
    def priority(self) -> int: ...
    @property
    def caller(self) -> Json: ...


class TicketBook(Protocol):
    """The tickets (threadline.callbacks joins them with omnichannel.routing)."""

    async def add(self, wanted: Wanted) -> str:
        """Raises NotFound for an unknown queue, Refused where too many wait."""
        ...

    async def claim(self, place: CallId) -> Ticket | None:
        """What is to be dialled for an offer of this place; None: nothing, or another server does."""
        ...

    async def reached(self, place: CallId) -> None: ...

    async def not_reached(self, place: CallId, why: str, *, tried: bool = True) -> None: ...


class Callbacks:
    """Implements telephony.ports.CallbackDesk. `run` until cancelled; it dials for every offer of a ticket."""

    def __init__(self, book: TicketBook, controller: Controller, bus: Bus) -> None:
        self._book = book
        self._controller = controller
        self._house: House | None = None
        self._offers: asyncio.Queue[OfferMade] = asyncio.Queue()
        self._latest: dict[CallId, OfferMade] = {}  # of customers who are being rung, or greeted
        self._closed: set[CallId] = set()  # of those, whose offer is over again
        bus.subscribe(OfferMade, self._see)
        bus.subscribe(OfferClosed, self._see_closed)
        bus.subscribe(CallEvent, self._see_call)

    def move_in(self, house: House) -> None:
        """As Controller.move_in."""
        self._house = house

    # --- wishes -----------------------------------------------------------------------------------------

    async def request_callback(
        self,
        call: CallId,
        *,
        queue: str | None,
        number: str,
        keep_place: bool,
        window: tuple[datetime, datetime] | None,
        attempts: int,
        retry_after_s: float,
        expires_s: float,
    ) -> str:
        """See telephony.ports.CallbackDesk."""
        house = self._house
        assert house is not None
        now = house.clock.now()
        if window is not None and not max(window[0], now) < window[1]:
            raise CallbackRefused("bad_window")
        row = await house.store.call_row(call)
        source, shown = ("", "") if row is None else (str(row["source"]), str(row["to_number"]))
        dialled, trunk = await self._way(house, source, shown, number)
        wanted = Wanted(
            call, queue, dialled, trunk, shown, keep_place, window, max(1, min(attempts, MOST_ATTEMPTS)),
            max(SOONEST_RETRY_S, retry_after_s), min(expires_s, LONGEST_S),
        )  # fmt: skip
        try:
            return await self._book.add(wanted)
        except NotFound:
            raise CallbackRefused("no_such_queue") from None
        except NotAllowed:
            raise CallbackRefused("too_many") from None

    async def _way(self, house: House, source: str, shown: str, number: str) -> tuple[str, str | None]:
        """(what is dialled, by which way): a phone of ours, else the trunk the call came by, else what shows its number."""
        account = await house.store.account_dialled(number, house.region)
        if account is not None:
            return account, None
        kind, _, name = source.partition(":")
        way = house.ways.showing(shown)
        if way is None:
            raise CallbackRefused("no_trunk")
        trunk = name if kind == "trunk" and name in house.ways.names() else way.name
        policy: DialPolicy | None = house.sip.watch.policy
        reason = None if policy is None else policy.forbids(trunk, number)
        if reason is not None:
            raise CallbackRefused(reason.value)
        return to_e164(number, house.region) or number, trunk

    # --- dialling ---------------------------------------------------------------------------------------

    def _see(self, event: OfferMade) -> None:
        if event.call in self._latest:
            self._latest[event.call] = event  # she is being rung; another agent is kept for her meanwhile
            self._closed.discard(event.call)
        elif not self._controller.has(event.call):
            self._offers.put_nowait(event)

    def _see_closed(self, event: OfferClosed) -> None:
        latest = self._latest.get(event.call)
        if latest is not None and latest.reservation == event.reservation:
            self._closed.add(event.call)

    def _see_call(self, event: CallEvent) -> None:
        """The flow has put her into the queue: now her agent's phone may ring."""
        if event.kind not in (CallEventKind.QUEUED, CallEventKind.ENDED):
            return
        offer = self._latest.pop(event.call, None)
        is_over = event.call in self._closed
        self._closed.discard(event.call)
        if offer is not None and not is_over and event.kind is CallEventKind.QUEUED:
            self._controller.tell(event.call, offer)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            while True:
                offer = await self._offers.get()
                tasks.create_task(self._serve(offer), name=f"callback {offer.call}")

    async def _serve(self, offer: OfferMade) -> None:
        """The supervisor of one attempt."""
        try:
            ticket = await self._book.claim(offer.call)
            if ticket is None:
                return
            self._latest[offer.call] = offer
            if not await self._attempt(offer.call, ticket):
                self._latest.pop(offer.call, None)
        except DATABASE_TROUBLE:
            log.exception("callback not made", extra={"call": str(offer.call)})
            self._latest.pop(offer.call, None)

    async def _attempt(self, place: CallId, ticket: Ticket) -> bool:
        """Whether she answered."""
        house = self._house
        assert house is not None
        events: asyncio.Queue[LegEvent | MediaEvent] = asyncio.Queue()
        leg = house.ways.leg(
            ticket.trunk, LegId(uuid7(house.clock.now())), ticket.number, house.engine, house.address,
            events.put_nowait,
        )  # fmt: skip
        why = await _ring(house, leg, ticket, events)
        log.info(
            "callback dialled",
            extra={"call": str(place), "queue": ticket.queue, "outcome": why or "answered"},
        )
        if why is not None:
            await self._book.not_reached(place, why)
            return False
        await self._book.reached(place)
        self._hand_over(house, place, ticket, leg, events)
        return True

    def _hand_over(
        self,
        house: House,
        place: CallId,
        ticket: Ticket,
        leg: OutLeg,
        events: "asyncio.Queue[LegEvent | MediaEvent]",
    ) -> None:
        """From here on she is a caller who waits for the agent that is kept for her."""
        language = str(ticket.caller.get("language") or house.default_language)
        former = house.flows.answering(ticket.shown)
        record = former is not None and former.route.record
        flow = waiting_flow(ticket.queue, ticket.priority, language, record=record)
        title = former.route.title if former is not None else ticket.shown
        route = Route(ticket.shown, title, flow.id, 0, house.region, record)
        number = str(ticket.caller.get("from") or ticket.number)
        arriving = Arriving(
            leg=leg, answering=Answering(route, flow, 0), house=house, number=to_e164(number, house.region), raw=number,
            display=None, source=f"callback:{ticket.trunk or ticket.number}", holds_back=_nothing, emits=leg.emit_to,
        )  # fmt: skip
        self._controller.begin(arriving, place)
        while not events.empty():  # what she did between her answer and now
            self._controller.tell(place, events.get_nowait())


async def _ring(
    house: House, leg: OutLeg, ticket: Ticket, events: "asyncio.Queue[LegEvent | MediaEvent]"
) -> str | None:
    """Why she was not reached; None: she answered."""
    target: Target = ToAccount(ticket.number)
    if ticket.trunk is not None:
        target = ToTrunk(ticket.trunk, ticket.number, PAYER)
    try:
        await leg.dial(house.sip, target, CallerId(ticket.shown, None, withheld=False))
        async with asyncio.timeout(RING_S):
            return await answer_of(events)
    except TelephonyError as exc:
        leg.hang_up("failed")
        return str(exc)
    except TimeoutError:
        leg.hang_up("no_answer")
        return "no_answer"


async def answer_of(events: "asyncio.Queue[LegEvent | MediaEvent]") -> str | None:
    """Why a phone that rings is not answered; None: it is. Waits as long as it rings."""
    while True:
        match await events.get():
            case Answered():
                return None
            case Refused() as refused:
                return REASONS.get(refused.code, "no_answer")
            case HungUp():
                return "no_answer"
            case _:
                pass


def _nothing(event: MediaEvent) -> bool:
    return False
