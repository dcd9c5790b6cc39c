"""The switchboard: takes arriving calls, gives each a task of its own, and hands on what happens to them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from telephony.call_run import CallRun
from telephony.errors import EngineLost, TelephonyError
from telephony.extension_call import Dialling, ExtensionCall
from telephony.flow_book import Answering
from telephony.legs.base import Emit, LegEvent, MediaEvent, Party
from telephony.legs.sip import SipLeg
from telephony.line import Due, House, Wish
from telephony.media import messages as media
from telephony.outbound_call import Calling, OutboundCall
from telephony.sip.server import IncomingCall
from telephony.talk import Talk
from threadline.kernel.errors import NotFound, Refused
from threadline.kernel.events import Bus, Json, JsonValue, OfferClosed, OfferMade
from threadline.kernel.ids import AgentId, CallId, LegId, uuid7
from threadline.kernel.phone import to_e164

log = logging.getLogger(__name__)

WISH_TIMEOUT_S: Final = 5.0
Run: TypeAlias = CallRun | ExtensionCall | OutboundCall
CLOSE_LIMIT_S: Final = 10.0  # what a call's own ending may take when the server is to go


@dataclass(frozen=True, slots=True)
class Arriving:
    """A call that came by another way than SIP: its leg, whose events go to the call's inbox, and who calls.

    `number` is E.164 or None when withheld, `raw` what the signalling said. `house` is the server's, with this leg's own
    way to the media engine. `holds_back` says which of the engine's events the call is to hear from the leg instead;
    `emits` is told where the leg's own events go. `vouched`: what a carrier says of the number (telephony.twilio.vouching).
    """

    leg: Party
    answering: Answering
    house: House
    number: str | None
    raw: str
    display: str | None
    source: str
    holds_back: Callable[[MediaEvent], bool]
    emits: Callable[[Emit], None]
    vouched: str | None = None


class Controller:
    """All calls of this server. `run` owns their tasks; `on_call` and `on_media` are called in the loop."""

    def __init__(self, bus: Bus) -> None:
        self._house: House | None = None
        self._calls: dict[CallId, Run] = {}
        self._legs: dict[str, Run] = {}
        self._legs_of: dict[CallId, list[str]] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._running: dict[CallId, asyncio.Task[None]] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._stop = asyncio.Event()
        self.meets: Callable[[IncomingCall], bool] = _nobody_meets  # takes what belongs to a call under way
        bus.subscribe(OfferMade, self._on_offer)
        bus.subscribe(OfferClosed, self._on_offer)

    def move_in(self, house: House) -> None:
        """The SIP server and the engine need our callbacks, we need them: told apart from the constructor."""
        self._house = house

    @property
    def active(self) -> list[Run]:
        """Calls under way, oldest first."""
        return list(self._calls.values())

    async def run(self) -> None:
        """Until `finish`; every call is a child task."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            await self._stop.wait()

    async def finish(self, limit_s: float) -> None:
        """Lets calls end by themselves for so long, then ends them; returns when all are closed.

        A call that can't be closed (the database is away) is left to the recovery of the next start.
        """
        await self._rest(limit_s)
        for run in self.active:
            run.line.inbox.put_nowait(Due("shutdown"))
        await self._rest(CLOSE_LIMIT_S)
        while self._running:
            log.error("calls left open", extra={"calls": len(self._running)})
            for task in self._running.values():
                task.cancel()
            await self._rest(1.0)
        self._stop.set()

    async def _rest(self, limit_s: float) -> None:
        """Until no call is left, or so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._idle.wait()

    # --- calls arrive -------------------------------------------------------------------------------

    def on_call(self, incoming: IncomingCall) -> None:
        """The SIP server's callback: a call from a known trunk or an authenticated account."""
        house, tasks = self._house, self._tasks
        if house is None or tasks is None:
            incoming.reject(404, "Not Found")
            return
        answering = house.flows.answering(incoming.dialled, incoming.caller.number)
        if answering is None and self.meets(incoming):
            return
        if answering is None and incoming.source.kind == "account":
            self._begin_inside(house, incoming)
            return
        if answering is None:
            log.info("call to a number nobody answers", extra={"source": incoming.source.name})
            house.sip.watch.nobody_there(incoming.source.name, house.sip.agent.timers.now)
            incoming.reject(404, "Not Found")
            return
        call, leg = _fresh(house, "")
        run = CallRun(call, leg, house, answering, lambda added: self._claim(run, added))
        self._begin(run, leg, incoming, self._take(run, incoming, answering.route.region))

    def _begin_inside(self, house: House, incoming: IncomingCall) -> None:
        """An account dialled what is no published number: another phone of ours, or nobody."""
        account = incoming.source.name
        call, leg = _fresh(house, account)
        dialling = Dialling(account, _readable(incoming.caller.display or "") or None, incoming.dialled)
        run = ExtensionCall(
            call, leg, house, dialling, lambda added: self._claim(run, added),
            lambda phone, answering: self._put_through(house, phone, answering),
        )  # fmt: skip
        self._begin(run, leg, incoming, run.run())

    def _begin(self, run: Run, leg: SipLeg, incoming: IncomingCall, work: Coroutine[Any, Any, None]) -> None:
        leg.emit_to(run.line.inbox.put_nowait)
        leg.take(incoming)
        run.line.house.sip.watch.ring.belongs(incoming.call_id, str(run.line.call))
        self._start(run, leg.id, work)

    def _start(self, run: Run, leg: LegId, work: Coroutine[Any, Any, None]) -> None:
        line, tasks = run.line, self._tasks
        assert tasks is not None
        self._calls[line.call] = run
        line.house.sip.watch.setups.began(line.call, line.house.sip.agent.timers.now)
        self._claim(run, leg)
        self._idle.clear()
        self._running[line.call] = tasks.create_task(self._supervised(run, work), name=f"call {line.call}")

    def begin(self, arriving: "Arriving", known_as: CallId | None = None) -> CallId:
        """A call that comes by another way than SIP, or under an id it has already. Only while `run` runs."""
        assert self._house is not None
        house = arriving.house
        call = known_as or CallId(uuid7(house.clock.now()))
        run = CallRun(call, arriving.leg, house, arriving.answering, lambda added: self._claim(run, added))
        run.line.holds_back = arriving.holds_back
        run.line.vouched = arriving.vouched
        arriving.emits(run.line.inbox.put_nowait)
        self._start(run, arriving.leg.id, self._take_other(run, arriving))
        return call

    async def _put_through(self, house: House, phone: SipLeg, answering: Answering) -> bool:
        """A phone of a call inside is sent to a number of ours. False: it is gone meanwhile, or has no sound there."""
        raw = await house.store.account_number(phone.peer) or phone.peer
        _, leg = _fresh(house, phone.peer)
        try:
            if not await leg.take_from(phone):
                return False
        except TelephonyError:
            return False
        number, source = to_e164(raw, answering.route.region), f"account:{phone.peer}"
        self.begin(
            Arriving(
                leg,
                answering,
                house,
                number,
                raw,
                None,
                source,
                holds_back=lambda event: False,
                emits=leg.emit_to,
            )
        )
        return True

    def dial(self, calling: Calling, over: Callable[[], Awaitable[None]]) -> CallId:
        """A call of an agent's to a customer; `over` is awaited at its end. Only while `run` runs."""
        house = self._house
        assert house is not None
        now = house.clock.now()
        leg = house.ways.leg(
            calling.trunk, LegId(uuid7(now)), calling.number, house.engine, house.address, _unheard
        )
        run = OutboundCall(
            CallId(uuid7(now)), leg, house, calling, lambda added: self._claim(run, added), over
        )
        leg.emit_to(run.line.inbox.put_nowait)
        self._start(run, leg.id, run.run())
        return run.line.call

    async def _take_other(self, run: CallRun, arriving: "Arriving") -> None:
        run.line.customer.peer = arriving.number or arriving.raw
        await run.run(
            number=arriving.number, raw=arriving.raw, display=arriving.display, source=arriving.source
        )

    async def _take(self, run: CallRun, incoming: IncomingCall, region: str) -> None:
        raw = _readable(incoming.caller.number)
        if incoming.source.kind == "account":
            raw = await run.line.house.store.account_number(incoming.source.name) or raw
        number = None if incoming.caller.withheld else to_e164(raw, region)
        run.line.customer.peer = number or ("" if incoming.caller.withheld else raw)
        await run.run(
            number=number, raw=raw, display=_readable(incoming.caller.display or "") or None,
            source=f"{incoming.source.kind}:{incoming.source.name}",
        )  # fmt: skip

    async def _supervised(self, run: Run, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:  # the supervisor around a call's own: whatever happens, the other calls go on
            log.exception("call failed", extra={"call": str(run.line.call)})
            run.line.customer.reject(503, "Service Unavailable")
            run.line.customer.hang_up("internal_error")
        finally:
            self._forget(run)

    def _claim(self, run: Run, leg: LegId) -> None:
        """What the media of this leg tells is for that call."""
        self._legs[str(leg)] = run
        self._legs_of.setdefault(run.line.call, []).append(str(leg))

    def _forget(self, run: Run) -> None:
        self._calls.pop(run.line.call, None)
        run.line.house.sip.watch.setups.over(run.line.call)
        self._running.pop(run.line.call, None)
        for leg in self._legs_of.pop(run.line.call, ()):
            self._legs.pop(leg, None)
        if not self._calls:
            self._idle.set()

    # --- things happen ------------------------------------------------------------------------------

    def on_media(self, event: media.Event) -> None:
        """The media engine's callback."""
        run = self._legs.get(event.leg)
        if run is not None and not isinstance(event, media.Opened) and not run.line.holds_back(event):
            run.line.inbox.put_nowait(event)

    def step_of(self, leg: LegId) -> str | None:
        """The flow step that the call of this leg is at."""
        run = self._legs.get(str(leg))
        path = [] if run is None else run.line.view.path
        return str(path[-1]["step"]) if path else None

    async def media_stats(self, leg: LegId) -> Json | None:
        """How the media of a leg under way fares (media.Closed.stats); None when nobody can tell."""
        if self._house is None or str(leg) not in self._legs:
            return None
        try:
            return {**await self._house.engine.report(str(leg))}
        except EngineLost:
            return None

    def on_media_lost(self, legs: frozenset[str]) -> None:
        """An engine process died: the calls whose legs it carried end, the others go on."""
        for run in {id(run): run for leg in legs if (run := self._legs.get(leg))}.values():
            run.media_lost()

    def talk(self, call: CallId) -> Talk | None:
        """The people's part of a call under way; None for one between two phones of ours, or none at all."""
        run = self._calls.get(call)
        return None if run is None or isinstance(run, ExtensionCall) else run.talk

    def has(self, call: CallId) -> bool:
        """Whether it is under way here."""
        return call in self._calls

    def tell(self, call: CallId, event: OfferMade | LegEvent | MediaEvent) -> None:
        """What happened to a call before it was one."""
        if (run := self._calls.get(call)) is not None:
            run.line.inbox.put_nowait(event)

    def _on_offer(self, event: OfferMade | OfferClosed) -> None:
        run = self._calls.get(event.call)
        if run is not None:
            run.line.inbox.put_nowait(event)

    # --- wishes of people at their pages --------------------------------------------------------------

    async def wish(
        self,
        call: CallId,
        verb: str,
        agent: AgentId | None,
        detail: str = "",
        facts: Mapping[str, JsonValue] | None = None,
    ) -> Json | None:
        """A verb of telephony.talk, for the agent on the call (None: a supervisor's right was checked already).

        Returns what it says. Raises NotFound when the call is over and Refused when it does not fit.
        """
        run = self._calls.get(call)
        if run is None:
            raise NotFound("the call is over")
        done: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        run.line.inbox.put_nowait(Wish(verb, agent, done, detail, facts or {}))
        try:
            async with asyncio.timeout(WISH_TIMEOUT_S):
                return await done
        except TimeoutError:
            raise Refused("the call is busy ending") from None


def _nobody_meets(incoming: IncomingCall) -> bool:
    """No SIP call belongs to another way's."""
    return False


def _fresh(house: House, peer: str) -> tuple[CallId, SipLeg]:
    """A call and its first leg, which says nothing yet."""
    now = house.clock.now()
    return CallId(uuid7(now)), SipLeg(LegId(uuid7(now)), peer, house.engine, house.address, _unheard)


def _unheard(event: object) -> None:
    """Before there is a call."""


def _readable(claimed: str) -> str:
    """What a caller says of himself, without the octets no table and no page can hold."""
    return "".join(char for char in claimed if char.isprintable())
