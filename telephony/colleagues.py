"""Who the two of a call between phones of ours are: agents by their names, others by what their accounts show."""

from collections.abc import Sequence
from dataclasses import dataclass

from telephony.legs.base import Party
from telephony.legs.browser import BrowserLeg
from telephony.line import House
from telephony.on_calls import Present
from threadline.kernel.ids import AgentId, LegId


@dataclass(frozen=True, slots=True)
class Colleague:
    """`number` is an extension; `name` an agent's own, else what his phone says of itself."""

    number: str
    agent: AgentId | None = None
    name: str | None = None


class Colleagues:
    """Of one call."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._at: dict[LegId, Colleague] = {}

    async def learn(
        self, leg: LegId, number: str, agent: AgentId | None = None, claimed: str | None = None
    ) -> Colleague:
        """Who is on this leg: `agent`, or whose extension it is."""
        desks = self._house.desks
        agent = agent or await desks.agent_at(number)
        name = claimed if agent is None else await desks.name_of(agent)
        self._at[leg] = Colleague(number, agent, name)
        return self._at[leg]

    def at(self, leg: Party) -> Colleague:
        """Who came from another call is known by his leg alone."""
        agent = leg.agent if isinstance(leg, BrowserLeg) else None
        return self._at.get(leg.id, Colleague(leg.peer, agent))

    def present(self, both: Sequence[Party], *, are_on: bool) -> list[Present]:
        """The agents among them (telephony.on_calls), each with the other; `are_on` once they talk."""
        found = []
        for leg, other in zip(both, reversed(both), strict=True):
            agent, far = self.at(leg).agent, self.at(other)
            if agent is not None:
                found.append(Present(agent, "inside", leg.id, are_on, far.number, far.agent))
        return found
