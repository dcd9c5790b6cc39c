"""What waiting in a queue means just now: how fast it moves, who serves it, what a caller may be told."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from omnichannel.routing import estimate, matcher
from omnichannel.routing.estimate import Pace, Wait
from omnichannel.routing.model import AgentNow
from omnichannel.routing.store import PlaceNow, RoutingStore
from threadline.kernel.clock import Clock
from threadline.kernel.events import AgentState
from threadline.kernel.ids import CallId
from threadline.kernel.queueing import Place

MEASURED: Final = timedelta(minutes=20)
KEEP: Final = timedelta(seconds=5)  # every waiting call asks every five seconds
AT_WORK: Final = frozenset({AgentState.READY, AgentState.OFFERED, AgentState.TALKING, AgentState.WRAP_UP})


def at_work(agents: Iterable[AgentNow], need: Mapping[str, int]) -> int:
    """How many serve those who ask for that."""
    return sum(one.state in AT_WORK and matcher.meets(one.skills, need) for one in agents)


class Waits:
    """Estimates of waits. The measurements behind them are read anew after KEEP."""

    def __init__(self, store: RoutingStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._paces: dict[str, tuple[datetime, Pace]] = {}
        self._agents: tuple[datetime, Sequence[AgentNow]] | None = None

    async def place(self, call: CallId) -> Place | None:
        """Where the call stands, and (its median, what may be told) where that can be said; None: nowhere."""
        found = await self._store.place_of(call)
        if found is None:
            return None
        wait = await self.ahead(found.queue, found.need, found.position - 1)
        told = estimate.to_tell(wait, found.told_wait_s)
        if wait is None or told is None:
            return Place(found.position)
        await self._remember(call, found, told)
        return Place(found.position, (min(wait.p50, told), told))

    async def ahead(self, queue: str, need: Mapping[str, int], ahead: int) -> Wait | None:
        """The wait of whoever has `ahead` before him in a queue."""
        agents = at_work(await self._everybody(), need)
        return estimate.expect(ahead, agents, await self._pace(queue))

    async def _remember(self, call: CallId, found: PlaceNow, told: float) -> None:
        if told != found.told_wait_s:
            await self._store.tell_wait(call, told)

    async def _pace(self, queue: str) -> Pace:
        now = self._clock.now()
        known = self._paces.get(queue)
        if known is None or not now - KEEP < known[0] <= now:
            known = (now, await self._store.pace_of(queue, now - MEASURED))
            self._paces[queue] = known
        return known[1]

    async def _everybody(self) -> Sequence[AgentNow]:
        now = self._clock.now()
        if self._agents is None or not now - KEEP < self._agents[0] <= now:
            self._agents = (now, await self._store.agents_now())
        return self._agents[1]
