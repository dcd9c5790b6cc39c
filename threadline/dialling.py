"""An agent calls a number from his page: may he, by which trunk, as whom; and no offers reach him meanwhile."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from omnichannel.people.service import People
from omnichannel.routing.service import Router
from telephony.controller import Controller
from telephony.dial_policy import DialPolicy
from telephony.outbound_call import Calling
from telephony.phones import BrowserPhones
from telephony.store import TelephonyStore
from telephony.ways_out import WaysOut
from threadline.kernel.errors import Invalid, NotFound
from threadline.kernel.events import AgentState, Json
from threadline.kernel.ids import AgentId, CallId
from threadline.kernel.phone import to_e164

BUSY: Final = frozenset({AgentState.OFFERED, AgentState.TALKING})


class DialImpossible(Invalid):
    """`reason`: not_a_number, country, premium, busy, no_phone, no_trunk, no_number."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.field = "number"
        self.reason = reason


class Attendance:
    """Implements telephony.ports.Attendance: whoever is on a call that no queue gave him is away for routing, or talks.

    He talks while a customer is his, and wraps up afterwards; while a phone rings, a colleague asks him or he is one of
    several, he is away for as long as that takes.
    """

    def __init__(self, router: Router) -> None:
        self._router = router
        self._calls: Counter[AgentId] = Counter()
        self._come_back: dict[AgentId, timedelta] = {}
        self._serving: dict[AgentId, dict[CallId, str | None]] = {}

    async def is_free(self, agent: AgentId) -> bool:
        row = await self._row(agent)
        return not self._calls[agent] and (row is None or row["state"] not in BUSY)

    async def begins(self, agent: AgentId) -> None:
        self._calls[agent] += 1
        if self._calls[agent] > 1:
            return
        left = await self._router.by_hand.interrupt(agent)
        if left is not None:
            self._come_back[agent] = left

    async def ends(self, agent: AgentId) -> None:
        self._calls[agent] -= 1
        if self._calls[agent] or agent not in self._come_back:
            return
        await self._router.by_hand.go_on(agent, self._come_back.pop(agent))

    async def serves(self, agent: AgentId, call: CallId, queue: str | None) -> None:
        self._serving.setdefault(agent, {})[call] = queue
        await self._router.by_hand.begin(call, agent, queue)

    async def served(self, agent: AgentId, call: CallId) -> None:
        others = self._serving.pop(agent, {})
        others.pop(call, None)
        if not others:
            await self._router.by_hand.end(call, agent, "talk_over")
            return
        self._serving[agent] = others  # his telephone has several lines: he talks on in the one he took last
        last, queue = next(reversed(others.items()))
        await self._router.by_hand.begin(last, agent, queue)

    async def _row(self, agent: AgentId) -> Json | None:
        """As the router has him; None: it does not know him."""
        rows = await self._router.states()
        return next((row for row in rows if row["agent"] == str(agent)), None)


@dataclass(frozen=True, slots=True)
class ClickToDial:
    """`region` reads national numbers."""

    controller: Controller
    attendance: Attendance
    people: People
    store: TelephonyStore
    phones: BrowserPhones
    ways: WaysOut
    policy: DialPolicy | None
    region: str

    async def dial(self, agent: AgentId, number: str, queue: str | None) -> CallId:
        """Rings the agent's phone, then the number. `queue` chooses the number that is shown.

        Raises DialImpossible, NoSuchAgent; caps of the dial policy end the call that was begun instead.
        """
        person = await self.people.agent(agent)
        wanted = to_e164(number, self.region)
        if wanted is None:
            raise DialImpossible("not_a_number", "This is no telephone number.")
        number_of_ours = await self.store.caller_id_of(queue)
        way = self.ways.showing(number_of_ours or "")
        if way is None:
            raise DialImpossible("no_trunk", "There is no trunk for calls out.")
        refusal = None if self.policy is None else self.policy.why_not(way.name, wanted)
        if refusal is not None:
            raise DialImpossible(refusal.value, "Numbers of this kind are not dialled.")
        if number_of_ours is None:
            raise DialImpossible("no_number", "No number of ours is published that could be shown.")
        await self._check_phone(agent)
        if not await self.attendance.is_free(agent):
            raise DialImpossible("busy", "You are on a call.")
        await self.attendance.begins(agent)

        async def over() -> None:
            await self.attendance.ends(agent)

        calling = Calling(agent, f"agent {person.login}", wanted, way.name, way.shown, queue)
        return self.controller.dial(calling, over)

    async def show_as(self, queue: str, number: str | None) -> None:
        """The number customers of a queue see when they are called; None: the first published one. Raises NotFound."""
        if not await self.store.set_caller_id(queue, number):
            raise NotFound("no such queue")

    async def _check_phone(self, agent: AgentId) -> None:
        if await self.people.phone_of(agent) == "browser" and not self.phones.is_there(agent):
            raise DialImpossible("no_phone", "Your phone is not connected.")
