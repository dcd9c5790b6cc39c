"""The agents of one pass, gathered by what they can do. Pure.

Agents with the same skills and levels are one profile. Who is to be asked among the ready ones is found in a `Lineup`.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import Final

from omnichannel.routing.capacity import BUSY, has_room
from omnichannel.routing.lineup import Bits, Lineup, turn_of
from omnichannel.routing.model import AgentNow, Medium, Policy, Strategy, Traffic
from omnichannel.routing.needs import Kind
from omnichannel.routing.profiles import Profile
from threadline.kernel.events import AgentState
from threadline.kernel.ids import AgentId

READY: Final = AgentState.READY
SCARCER_BY: Final = 1.2  # a skill is scarce for a contact whose own skills are this much easier to find


class Floor:
    """Everybody logged in, and how dear each skill is right now.

    A holder of a skill has it at the level at which people are quick, or at the highest there is if nobody is.
    `price[skill]` is its offered load over its ready holders, `pressure[skill]` over all its holders; `busy` are the
    skills with work and next to no idle holders. All of them are of the start of the pass, `idle` is of now.
    """

    def __init__(self, agents: Iterable[AgentNow], policy: Policy, traffic: Traffic) -> None:
        self.policy = policy
        self.taken: dict[
            int, int
        ] = {}  # by an agent's identity: the number of the decision that gave him away
        self.ready: list[AgentNow] = []
        self._agents = agents
        self._by_id: dict[AgentId, AgentNow] | None = None
        self._of: dict[int, Profile] = {}  # by identity: the agents outlive the pass
        self.profiles = self._gather(agents)
        self._lineups: dict[tuple[Strategy, bool], Lineup] = {}
        self._prices: dict[frozenset[str], float] = {}
        self._by_price: dict[tuple[Strategy, bool, frozenset[str]], Sequence[Bits]] = {}
        self._has_quick: dict[int, bool] = {}
        self.idle: dict[str, int] = {}
        self.held: dict[str, int] = {}
        self._find_holders()
        load = traffic.offered_load
        self.pressure = {
            skill: (load.get(skill, 0.0) if load else 1.0) / count for skill, count in self.held.items()
        }
        self.price = {
            skill: (load.get(skill, 0.0) if load else 1.0) / count
            for skill, count in self.idle.items()
            if count
        }
        occupancy = self._occupancy() if traffic.occupancy is None else traffic.occupancy
        self.is_overloaded = occupancy > policy.overloaded_above
        self.busy = self._busy_skills(occupancy)

    @property
    def by_id(self) -> Mapping[AgentId, AgentNow]:
        if self._by_id is None:
            self._by_id = {one.agent: one for one in self._agents}
        return self._by_id

    def lineup(self, kind: Kind) -> Lineup:
        key = kind.strategy, kind.medium is Medium.MAIL
        found = self._lineups.get(key)
        if found is None:
            free = [one for one in self.ready if id(one) not in self.taken] if self.taken else self.ready
            found = self._lineups[key] = Lineup(
                free, turn_of(kind, self.policy), self.policy, self.profile_of
            )
        return found

    def profile_of(self, agent: AgentNow) -> Profile:
        return self._of[id(agent.skills)]

    def take(self, agent: AgentNow, number: int) -> None:
        """Decision `number` of this pass gives this agent away."""
        self.taken[id(agent)] = number
        idle = self.idle
        for skill in self.profile_of(agent).holds:
            idle[skill] -= 1
        for lineup in self._lineups.values():
            lineup.take(agent)

    def is_ready(self, agent: AgentNow, kind: Kind) -> bool:
        return agent.state is AgentState.READY and has_room(agent, kind.medium, self.policy)

    def price_of(self, holds: frozenset[str], kind: Kind) -> float:
        """What the skills a contact does not use are worth to others; exactly the same sum in any order.

        Nothing for a mail: who has one is as free for others as before.
        """
        if not self.policy.weighs_scarcity or kind.medium is Medium.MAIL:
            return 0.0
        others = holds - kind.uses
        found = self._prices.get(others)
        if found is None:
            found = self._prices[others] = fsum([self.price.get(skill, 0.0) for skill in others])
        return found

    def by_price(self, kind: Kind) -> Sequence[Bits]:
        """The ready agents of one price each, the cheapest first; who was given away meanwhile is among them."""
        key = kind.strategy, kind.medium is Medium.MAIL, kind.uses
        found = self._by_price.get(key)
        if found is None:
            sets: dict[float, Bits] = {}
            for holds, bits in self.lineup(kind).holding.items():
                price = self.price_of(holds, kind)
                sets[price] = sets.get(price, 0) | bits
            found = self._by_price[key] = [sets[price] for price in sorted(sets)]
        return found

    def scarce_for(self, kind: Kind) -> frozenset[str]:
        """The skills that are held back from contacts of this kind, once few of their holders are idle."""
        policy = self.policy
        if not policy.reserve or not policy.weighs_scarcity or kind.medium is Medium.MAIL:
            return frozenset()
        own = max((self.pressure.get(skill, 0.0) for skill in kind.uses), default=0.0)
        return frozenset(
            skill
            for skill, pressure in self.pressure.items()
            if skill not in kind.uses
            and pressure > SCARCER_BY * own
            and self.held[skill] >= policy.reserve_from_pool
        )

    def is_better_elsewhere(self, profile: Profile, kind: Kind) -> bool:
        """Who is slow at a contact but quick at others makes all queues longer with it while these are busy.

        Who is quick at nothing else may have it, and so may anybody if nobody at work is quick at it.
        """
        wanted = self.wanted_elsewhere(kind)
        return kind.is_slow(profile.skills) and not wanted.isdisjoint(profile.holds)

    def wanted_elsewhere(self, kind: Kind) -> frozenset[str]:
        """The skills whose holders do not do what they are slow at; none if nobody at work is quick at it."""
        if not kind.asks_levels or not self.busy:
            return frozenset()
        has_quick = self._has_quick.get(id(kind))
        if has_quick is None:
            has_quick = any((one.ready or one.busy) and not kind.is_slow(one.skills) for one in self.profiles)
            self._has_quick[id(kind)] = has_quick
        return self.busy - kind.uses if has_quick else frozenset()

    def _busy_skills(self, occupancy: float) -> frozenset[str]:
        """All that are wanted while everybody together was busy over a quarter of an hour; else by their holders now."""
        most = self.policy.relax_below_occupancy
        is_hot = occupancy > most
        return frozenset(
            skill
            for skill, pressure in self.pressure.items()
            if pressure and (is_hot or self.idle[skill] < (1 - most) * self.held[skill])
        )

    def _gather(self, agents: Iterable[AgentNow]) -> Sequence[Profile]:
        """Whoever has the same skills should have the very same mapping of them; else he is a profile of his own."""
        known = self._of
        for one in agents:
            skills = one.skills
            profile = known.get(id(skills))
            if profile is None:
                profile = known[id(skills)] = Profile(skills)
            state = one.state
            if state is READY:
                profile.ready += 1
                self.ready.append(one)
            elif state in BUSY:
                profile.busy += 1
            elif state is not AgentState.LOGGED_OUT:
                profile.gone += 1
        return list(known.values())

    def _occupancy(self) -> float:
        busy = sum(profile.busy for profile in self.profiles)
        return busy / (busy + len(self.ready)) if busy else 0.0

    def _find_holders(self) -> None:
        highest: dict[str, int] = {}
        for profile in self.profiles:
            for skill, level in profile.skills.items():
                if level > highest.get(skill, 0):
                    highest[skill] = level
        enough = {skill: min(level, self.policy.slow_below) for skill, level in highest.items()}
        counts: dict[frozenset[str], tuple[int, int]] = {}
        for profile in self.profiles:
            holds = [skill for skill, level in profile.skills.items() if level >= enough.get(skill, 1)]
            profile.holds = frozenset(holds)
            present, ready = counts.get(profile.holds, (0, 0))
            present += profile.ready + profile.busy + profile.gone
            counts[profile.holds] = present, ready + profile.ready
        for held_skills, (present, ready) in counts.items():
            for skill in held_skills if present else ():
                self.held[skill] = self.held.get(skill, 0) + present
                self.idle[skill] = self.idle.get(skill, 0) + ready
