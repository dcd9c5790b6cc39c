"""Messages and chats by the same router: a case nobody has is given to whom the matcher chooses.

Who waits is read from the cases themselves, so nothing can be lost between the two. An agent who claims a case by hand
takes it out of the line; giving is one transaction that looks whether it is still free.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from omnichannel.routing.digital.store import DigitalStore
from omnichannel.routing.model import AgentNow, Decision, Medium, WaitingCall
from threadline.db.pool import Connection, Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import NotFound, Refused
from threadline.kernel.events import AgentState
from threadline.kernel.ids import AgentId, CallId

log = logging.getLogger(__name__)

UNANSWERED: Final = "chat_unanswered"


class Desk(Protocol):
    """Where cases change hands (omnichannel.cases.service)."""

    async def hand(self, number: int, owner: AgentId | None, *, was: AgentId | None) -> bool:
        """False: it has another owner than `was` by now. Raises NotFound."""
        ...


class Presence(Protocol):
    """Where agents' states change (omnichannel.routing.service)."""

    async def set_state(self, agent: AgentId, state: AgentState, reason: str | None = None) -> None:
        """Raises Refused where he can't now."""
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """The cases that wait in one pass, and what everybody has in hand."""

    numbers: Mapping[CallId, int] = field(default_factory=dict)
    waiting: Sequence[WaitingCall] = ()
    in_hand: Mapping[AgentId, Mapping[Medium, int]] = field(default_factory=dict)

    def loaded(self, agents: Sequence[AgentNow]) -> list[AgentNow]:
        return [replace(one, in_hand=self.in_hand.get(one.agent, {})) for one in agents]


NOTHING = Line()


class Digital:
    """Only queues whose `digital` is push; the others are claimed from as ever."""

    def __init__(self, pool: Pool, clock: Clock, desk: Desk, presence: Presence) -> None:
        self._store = DigitalStore(pool)
        self._clock = clock
        self._presence = presence
        self._desk = desk

    async def line(self, link: Connection) -> Line:
        """Who waits now."""
        store = DigitalStore(link)
        if not await store.has_push():
            return NOTHING
        cases = await store.waiting_cases()
        return Line(
            {one.contact.call: one.number for one in cases},
            [one.contact for one in cases],
            await store.in_hand(self._clock.now()),
        )

    async def give(self, decisions: Sequence[tuple[int, Decision]]) -> int:
        """To whom the matcher chose; how many were still free."""
        given = 0
        for number, decision in decisions:
            given += await self._hand(number, decision.agent, None)
        return given

    async def take_back(self) -> int:
        """From owners who went away, or were found to be: the case waits again, as of its customer's oldest unanswered message."""
        if not await self._store.has_push():
            return 0
        for agent in await self._store.silent(self._clock.now()):
            await self._send_away(agent)
        return sum([await self._hand(number, None, owner) for number, owner in await self._store.deserted()])

    async def _send_away(self, agent: AgentId) -> None:
        log.warning("agent does not answer chats", extra={"agent": str(agent)})
        try:
            await self._presence.set_state(agent, AgentState.AWAY, UNANSWERED)
        except Refused:
            log.info("agent has a call by now", extra={"agent": str(agent)})

    async def _hand(self, number: int, owner: AgentId | None, was: AgentId | None) -> bool:
        try:
            return await self._desk.hand(number, owner, was=was)
        except NotFound:
            log.info("case not handed over", extra={"case": number})
            return False
