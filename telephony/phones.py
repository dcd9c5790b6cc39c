"""Agents' phones in the browser: which page is an agent's phone, the call it has, and the words between the two.

Pages speak by `web.api.phone` (the live socket); what they are told goes out as PhoneSignal news. Buttons are not here:
hold, mute, keys and hanging up are wishes to the call, the same for every kind of phone.
"""

import asyncio
import importlib
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from telephony.edge.errors import EdgeError, NoEdge
from telephony.legs.browser import BrowserLeg
from threadline.kernel.events import Bus, Json, JsonValue, PhoneSignal
from threadline.kernel.ids import AgentId, CallId

if TYPE_CHECKING:
    from telephony.edge.port import EdgePort
    from telephony.edge.session import Session

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.5
ABSENT_S: Final = 15.0  # without its socket a page is taken for gone after this


@dataclass(frozen=True, slots=True)
class EdgePlace:
    """Where browsers' sound arrives: `host`:`port` to listen on, and what browsers are told besides."""

    host: str
    port: int
    public: str | None = None


@dataclass(slots=True)
class _Desk:
    """One agent. `page` is the one whose microphone counts; `present` those whose socket is open."""

    agent: AgentId
    page: str | None = None
    present: list[str] = field(default_factory=list)
    left_at: float | None = None
    leg: BrowserLeg | None = None


class BrowserPhones:
    """Implements telephony.legs.browser.Pages. `run` owns every task of it."""

    def __init__(self, bus: Bus, place: EdgePlace) -> None:
        self._bus = bus
        self._place = place
        self._desks: dict[AgentId, _Desk] = {}
        self._edge: EdgePort | None = None
        self._opening = asyncio.Lock()
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Looks after all legs until cancelled; then the port is closed."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                while True:
                    await asyncio.sleep(LOOK_EVERY_S)
                    now = asyncio.get_running_loop().time()
                    for desk in self._desks.values():
                        if desk.leg is not None:
                            desk.leg.look(now)
                        self._pass_on(desk)
        finally:
            self._tasks = None
            if self._edge is not None:
                self._edge.close()

    def is_there(self, agent: AgentId) -> bool:
        """A page of his could ring now, or lost its socket a moment ago."""
        desk = self._desks.get(agent)
        if desk is None or desk.page is None:
            return False
        if desk.page in desk.present or desk.left_at is None:
            return True
        return asyncio.get_running_loop().time() - desk.left_at < ABSENT_S

    def say_muted(self, agent: AgentId, call: CallId, *, muted: bool) -> None:
        """Tells the agent's pages whether he is heard, whatever his phone is."""
        self._bus.publish(PhoneSignal(agent, "phone.muted", {"call": str(call), "muted": muted}))

    # --- what a leg tells (telephony.legs.browser.Pages) --------------------------------------------------

    def rings(self, leg: BrowserLeg) -> bool:
        desk = self._desks.get(leg.agent)
        if desk is None or not self.is_there(leg.agent) or (desk.leg is not None and not desk.leg.is_over):
            return False
        desk.leg = leg
        self._tell(desk, "phone.ring", _facts(leg))
        return True

    def tell(self, leg: BrowserLeg, kind: str, **data: JsonValue) -> None:
        desk = self._desks.get(leg.agent)
        if desk is not None and desk.leg is leg:
            self._tell(desk, kind, {"leg": str(leg.id), "call": str(leg.call), **data})

    def over(self, leg: BrowserLeg, reason: str) -> None:
        self.tell(leg, "phone.over", reason=reason)
        desk = self._desks.get(leg.agent)
        if desk is not None and desk.leg is leg:
            desk.leg = None
        self._start(leg.release(), f"release {leg.id}")

    # --- what a page does -----------------------------------------------------------------------------------

    async def here(self, agent: AgentId, page: str) -> None:
        """A page of the agent's has its socket open and could be his phone. It becomes it, unless another one is."""
        desk = self._desks.setdefault(agent, _Desk(agent))
        desk.present.append(page)
        if desk.page != page and not self._is_kept(desk):
            desk.page = page
        if desk.page == page:
            desk.left_at = None
        self._show(desk)
        await self._open_edge()

    def take(self, agent: AgentId, page: str) -> None:
        """The agent wants this page to be his phone; the other one lets go."""
        desk = self._desks.get(agent)
        if desk is not None and page in desk.present:
            desk.page, desk.left_at = page, None
            self._show(desk)

    def left(self, agent: AgentId, page: str) -> None:
        """A page's socket is closed. Its sound may go on, and the page may come back."""
        desk = self._desks.get(agent)
        if desk is None or page not in desk.present:
            return
        desk.present.remove(page)
        if page not in desk.present and desk.page == page:
            desk.left_at = asyncio.get_running_loop().time()

    def gone(self, agent: AgentId, page: str) -> None:
        """The page is being closed or loaded anew, or is no phone any more: no need to wait for silence."""
        desk = self._desks.get(agent)
        if desk is None:
            return
        desk.present = [one for one in desk.present if one != page]
        if desk.page == page:
            desk.page = None
            if desk.leg is not None:
                desk.leg.went_away()
            self._pass_on(desk)

    async def offer(self, agent: AgentId, page: str, leg: str, text: str) -> None:
        """The page takes the call that rings, or comes back into the one it had: its SDP offer.

        `phone.answer` or `phone.failed` {code: elsewhere, over, no_edge, bad_offer, no_media} follows.
        """
        desk = self._desks.get(agent)
        if desk is None:
            return
        found = desk.leg
        if desk.page != page:
            self._fail(desk, page, leg, "elsewhere")
        elif found is None or str(found.id) != leg or found.is_over:
            self._fail(desk, page, leg, "over")
        else:
            await self._answer(desk, found, page, text)

    async def _answer(self, desk: _Desk, leg: BrowserLeg, page: str, text: str) -> None:
        try:
            edge = await self._open_edge()
            if edge is None:
                raise NoEdge
            session, answer = leg.take_offer(text, edge)
        except EdgeError as exc:
            self._fail(desk, page, str(leg.id), "no_edge" if isinstance(exc, NoEdge) else "bad_offer")
            return
        self._tell(desk, "phone.answer", {"leg": str(leg.id), "page": page, "sdp": answer})
        self._start(self._join(desk, leg, page, session), f"join {leg.id}")

    async def _join(self, desk: _Desk, leg: BrowserLeg, page: str, session: "Session") -> None:
        try:
            await leg.join(session)
        except EdgeError as exc:
            log.info("a page's sound did not come", extra={"leg": str(leg.id), "error": str(exc)})
            self._fail(desk, page, str(leg.id), "no_media")

    # --- within ---------------------------------------------------------------------------------------------

    def _is_kept(self, desk: _Desk) -> bool:
        """Whether the page that is the phone stays it, though another one has come."""
        if desk.page is None:
            return False
        return desk.page in desk.present or (desk.leg is not None and desk.leg.is_heard)

    def _pass_on(self, desk: _Desk) -> None:
        """Where the page that was the phone is gone, one that is there becomes it, and comes back into the call.

        A page loaded anew may be here before we know that its former self is gone: its goodbye can be lost.
        """
        others = [page for page in desk.present if page != desk.page]
        if others and not self._is_kept(desk):
            desk.page, desk.left_at = others[-1], None
            self._show(desk)

    async def _open_edge(self) -> "EdgePort | None":
        """The port, opened when the first page asks: its libraries take a second to load, and many need none."""
        async with self._opening:
            if self._edge is None:
                doors = await asyncio.to_thread(importlib.import_module, "telephony.edge.port")
                place = self._place
                try:
                    self._edge = await doors.open_port(place.host, place.port, place.public)
                except NoEdge:
                    log.error("browser phones have no port", extra={"address": f"{place.host}:{place.port}"})
            return self._edge

    def _show(self, desk: _Desk) -> None:
        leg = desk.leg
        self._tell(desk, "phone.state", {"page": desk.page, "leg": None if leg is None else _facts(leg)})

    def _fail(self, desk: _Desk, page: str, leg: str, code: str) -> None:
        self._tell(desk, "phone.failed", {"leg": leg, "page": page, "code": code})

    def _tell(self, desk: _Desk, kind: str, data: Json) -> None:
        self._bus.publish(PhoneSignal(desk.agent, kind, data))

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        if self._tasks is None:
            work.close()
        else:
            self._tasks.create_task(_supervised(work), name=name)


async def _supervised(work: Coroutine[Any, Any, None]) -> None:
    """Whatever goes wrong with one page's sound, the other phones go on."""
    try:
        await work
    except (
        Exception
    ):  # the supervisor of a browser's connection: logged once; the call's own deadlines end it
        log.exception("a browser's sound failed")


def _facts(leg: BrowserLeg) -> Json:
    return {
        "leg": str(leg.id),
        "call": str(leg.call),
        "from": leg.shown,
        "name": leg.name,
        "takes_itself": leg.takes_itself,
        "is_answered": leg.is_answered,
    }
