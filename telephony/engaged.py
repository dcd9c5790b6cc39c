"""Who is kept from other work by one call that no queue gave him."""

from telephony.call_end import quietly
from telephony.line import Line
from threadline.kernel.ids import AgentId


class Engaged:
    """Of one call."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._agents: set[AgentId] = set()

    async def settle(self, busy: set[AgentId]) -> None:
        """Who is busy with this call gets no offers; who no longer is does again."""
        book = self._line.house.attendance
        if book is None:
            return
        for agent in self._agents - busy:
            self._agents.discard(agent)
            await quietly(self._line.call, book.ends(agent))
        for agent in busy - self._agents:
            self._agents.add(agent)
            await quietly(self._line.call, book.begins(agent))
