"""Conversations with customers that no offer led to: handed over by a colleague, picked up from a slot, dialled.

Routing keeps them beside reservations, which are offers and what came of them: the agent is talking, no offer reaches
him, his occupancy and his conversations count, and afterwards he wraps up as after any other.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Final

from omnichannel.routing.by_hand.store import TalkStore
from omnichannel.routing.change import RESTARTED, Change
from omnichannel.routing.model import Reservation
from omnichannel.routing.presence import CALLING, Cause
from threadline.db.pool import Pool
from threadline.kernel.events import AgentState
from threadline.kernel.ids import AgentId, CallId

Transaction = Callable[[], "AbstractAsyncContextManager[Change]"]
TOOK_ANOTHER: Final = "took_another"  # an offer's end: its agent's phone answered something else


class TalksByHand:
    """Of one server, named `node`."""

    def __init__(self, pool: Pool, change: Transaction, node: str) -> None:
        self._store = TalkStore(pool)
        self._change = change
        self._node = node
        self._calls: set[CallId] = set()

    def has(self, call: CallId) -> bool:
        """Somebody may have had it by hand."""
        return call in self._calls

    async def begin(self, call: CallId, agent: AgentId, queue: str | None) -> None:
        """He has this customer from now on, whatever he was; an offer that rings for him keeps its place. Idempotent.

        `queue`: where she had waited. A conversation he had by hand goes on in this call; one that an offer gave him
        stays the one that counts.
        """
        self._calls.add(call)
        while not await self._begin(call, agent, queue):
            pass

    async def _begin(self, call: CallId, agent: AgentId, queue: str | None) -> bool:
        """False: he was offered something as we looked, whose call we have not locked."""
        async with self._change() as change:
            seen = await change.store.open_of_agent(agent)
            await change.lock([] if seen is None else [seen.call], [agent])
            offer = await change.store.open_of_agent(agent)
            if offer is not None and (seen is None or seen.id != offer.id):
                return False
            if offer is None or offer.state == "offered":
                await self._take(change, call, agent, queue, offer)
            return True

    async def _take(
        self, change: Change, call: CallId, agent: AgentId, queue: str | None, offer: Reservation | None
    ) -> None:
        store = TalkStore(change.link)
        before = await store.talk_of_agent(agent)
        if before == call:
            return
        if offer is not None:
            await change.withdraw(offer, TOOK_ANOTHER)
        if before is None:
            await change.move(agent, Cause.TAKE)
        else:
            await store.end_talk(before, agent, change.now, "joined")
        await store.begin_talk(call, agent, queue, self._node, change.now)

    async def end(self, call: CallId, agent: AgentId, reason: str, shown: str | None = None) -> None:
        """He wraps up; nothing where he does not have that call. `shown` is the reason his page gives."""
        async with self._change() as change:
            await change.lock(agents=[agent])
            if await TalkStore(change.link).end_talk(call, agent, change.now, reason):
                await change.wrap_up(agent, shown)

    async def interrupt(self, agent: AgentId) -> timedelta | None:
        """A call that no queue gave him begins to ring: who would be offered others is away, reason `calling`.

        How long his wrap-up still lasts, if it was that; zero if he was ready; None where he stays what he is.
        """
        async with self._change() as change:
            await change.lock(agents=[agent])
            now = await change.store.agent_state_now(agent)
            if now.state not in (AgentState.READY, AgentState.WRAP_UP):
                return None
            await change.move(agent, Cause.SET_AWAY, CALLING)
            if now.until is None:
                return timedelta()
            return max(now.until - change.now, timedelta.resolution)

    async def go_on(self, agent: AgentId, left: timedelta) -> None:
        """That call is over: he wraps up for as long as was `left`, or is ready; unless he chose something else meanwhile."""
        async with self._change() as change:
            await change.lock(agents=[agent])
            now = await change.store.agent_state_now(agent)
            if (now.state, now.reason) != (AgentState.AWAY, CALLING):
                return
            if left > timedelta():
                await change.move(agent, Cause.WRAP_UP_AGAIN, until=change.now + left)
            else:
                await change.move(agent, Cause.SET_READY)

    async def release(self, call: CallId) -> None:
        """The call is over, whatever else was said of it."""
        for agent in await self._store.talkers_of_call(call):
            await self.end(call, agent, "call_ended")
        self._calls.discard(call)

    async def put_right(self, nodes: Sequence[str]) -> None:
        """What servers left open that are gone."""
        for call, agent in await self._store.talks_of_nodes(nodes):
            await self.end(call, agent, RESTARTED, RESTARTED)
