"""Who is kept from other work by one call that no queue gave him."""

from telephony.call_end import quietly
from telephony.line import Line
from threadline.kernel.ids import AgentId


class Engaged:
    """Of one call."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._agents: set[AgentId] = set()
        self._serving: set[AgentId] = set()

    async def settle(self, busy: set[AgentId], serving: frozenset[AgentId] = frozenset()) -> None:
        """Who is busy with this call gets no offers; who no longer is does again.

        `serving`: those of them who have its customer. They talk, and wrap up afterwards.
        """
        book, line = self._line.house.attendance, self._line
        if book is None:
            return
        for agent in self._serving - serving:
            await quietly(line.call, book.served(agent, line.call))
        for agent in self._agents - busy:
            await quietly(line.call, book.ends(agent))
        for agent in busy - self._agents:
            await quietly(line.call, book.begins(agent))
        for agent in serving - self._serving:
            await quietly(line.call, book.serves(agent, line.call, line.view.queue))
        self._agents, self._serving = set(busy), set(serving)
