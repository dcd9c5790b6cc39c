"""The agents of one pass, gathered by what they can do. Pure.

Agents with the same skills and levels are one profile: they differ only in whose turn it is, so a choice looks
at profiles, of which there are few, and takes the first of the best.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from math import fsum
from typing import Final, TypeAlias
from uuid import UUID

from omnichannel.routing.capacity import BUSY, has_room
from omnichannel.routing.model import AgentNow, Medium, Policy, Strategy, Traffic
from omnichannel.routing.needs import Kind
from threadline.kernel.events import AgentState
from threadline.kernel.ids import AgentId

Turn: TypeAlias = tuple[float, datetime, UUID]

READY: Final = AgentState.READY
NEVER: Final = datetime.min.replace(tzinfo=UTC)
SCARCER_BY: Final = 1.2  # a skill is scarce for a contact whose own skills are this much easier to find


class Profile:
    """Skills and levels, and how many have them. `holds`: the skills it counts as a holder of (Floor)."""

    __slots__ = ("busy", "gone", "holds", "number", "ready", "skills")

    def __init__(self, number: int, skills: Mapping[str, int]) -> None:
        self.number = number
        self.skills = skills
        self.ready: list[AgentNow] = []
        self.busy = 0
        self.gone = 0  # away, or missed an offer
        self.holds: frozenset[str] = frozenset()


class Line:
    """The ready agents of a profile with room for one medium, in the order a strategy asks them."""

    __slots__ = ("at", "people", "turns")

    def __init__(self, ready: Iterable[AgentNow], medium: Medium, strategy: Strategy, policy: Policy) -> None:
        keyed = sorted((turn(one, strategy), one) for one in ready if has_room(one, medium, policy))
        self.turns = [key for key, _ in keyed]
        self.people = [one for _, one in keyed]
        self.at = 0

    def first(self, taken: Mapping[AgentId, int]) -> int | None:
        """Where the first free one stands; who was given away is passed for good."""
        people = self.people
        while self.at < len(people) and people[self.at].agent in taken:
            self.at += 1
        return self.at if self.at < len(people) else None


class Floor:
    """Everybody logged in, and how dear each skill is right now.

    A holder of a skill has it at the level at which people are quick, or at the highest there is if nobody is.
    `price[skill]` is its offered load over its ready holders, `pressure[skill]` over all its holders.
    """

    def __init__(self, agents: Iterable[AgentNow], policy: Policy, traffic: Traffic) -> None:
        self.policy = policy
        self.by_id: dict[AgentId, AgentNow] = {}
        self.taken: dict[AgentId, int] = {}
        self._of: dict[int, Profile] = {}  # by identity: the agents outlive the pass
        self.profiles = self._gather(agents)
        self._with: dict[str, list[Profile]] = {}
        self._lines: dict[tuple[int, Medium, Strategy], Line] = {}
        self.occupancy = self._occupancy() if traffic.occupancy is None else traffic.occupancy
        self.is_hot = self.occupancy > policy.relax_below_occupancy
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

    def line(self, profile: Profile, medium: Medium, strategy: Strategy) -> Line:
        key = (profile.number, medium, strategy)
        found = self._lines.get(key)
        if found is None:
            found = self._lines[key] = Line(profile.ready, medium, strategy, self.policy)
        return found

    def able(self, kind: Kind, step: int) -> Iterable[Profile]:
        """The profiles with a ready agent that meet a step; looks only at those who have its rarest skill at all."""
        need = kind.needs[step]
        if not need:
            return [one for one in self.profiles if one.ready and kind.is_met(step, one.skills)]
        if not self._with:
            self._index()
        rarest = min((self._with.get(skill, []) for skill in need), key=len)
        return [one for one in rarest if kind.is_met(step, one.skills)]

    def _index(self) -> None:
        for profile in self.profiles:
            if profile.ready:
                for skill in profile.skills:
                    self._with.setdefault(skill, []).append(profile)

    def profile_of(self, agent: AgentNow) -> Profile:
        return self._of[id(agent.skills)]

    def take(self, agent: AgentNow, number: int) -> None:
        """Decision `number` of this pass gives this agent away."""
        self.taken[agent.agent] = number
        for skill in self.profile_of(agent).holds:
            self.idle[skill] -= 1

    def is_ready(self, agent: AgentNow, kind: Kind) -> bool:
        return agent.state is AgentState.READY and has_room(agent, kind.medium, self.policy)

    def price_of(self, profile: Profile, kind: Kind) -> float:
        """What the skills a contact does not use are worth to others; exactly the same sum in any order."""
        if not self.policy.weighs_scarcity:
            return 0.0
        return fsum(self.price.get(skill, 0.0) for skill in profile.holds - kind.uses)

    def scarce_for(self, kind: Kind) -> frozenset[str]:
        """The skills that are held back from contacts of this kind, once few of their holders are idle."""
        policy = self.policy
        if not policy.reserve or not policy.weighs_scarcity:
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

        Busy is everybody together over the last quarter of an hour, or those who share one of his other skills now.
        Who is quick at nothing else may have it, and so may anybody if nobody at work is quick at it.
        """
        if not kind.is_slow(profile.skills):
            return False
        spare = 1 - self.policy.relax_below_occupancy
        if not any(
            pressure and (self.is_hot or self.idle[skill] < spare * self.held[skill])
            for skill, pressure in self.pressure.items()
            if skill in profile.holds and skill not in kind.uses
        ):
            return False
        return any((one.ready or one.busy) and not kind.is_slow(one.skills) for one in self.profiles)

    def _gather(self, agents: Iterable[AgentNow]) -> Sequence[Profile]:
        by_skills: dict[frozenset[tuple[str, int]], Profile] = {}
        for one in agents:
            self.by_id[one.agent] = one
            profile = self._of.get(id(one.skills))
            if profile is None:
                key = frozenset(one.skills.items())
                profile = by_skills.get(key)
                if profile is None:
                    profile = by_skills[key] = Profile(len(by_skills), one.skills)
                self._of[id(one.skills)] = profile
            state = one.state
            if state is READY:
                profile.ready.append(one)
            elif state in BUSY:
                profile.busy += 1
            elif state is not AgentState.LOGGED_OUT:
                profile.gone += 1
        self.ready_count = sum(len(profile.ready) for profile in by_skills.values())
        return list(by_skills.values())

    def _occupancy(self) -> float:
        busy = sum(profile.busy for profile in self.profiles)
        return busy / (busy + self.ready_count) if busy else 0.0

    def _find_holders(self) -> None:
        highest: dict[str, int] = {}
        for profile in self.profiles:
            for skill, level in profile.skills.items():
                if level > highest.get(skill, 0):
                    highest[skill] = level
        enough = {skill: min(level, self.policy.slow_below) for skill, level in highest.items()}
        for profile in self.profiles:
            profile.holds = frozenset(
                skill for skill, level in profile.skills.items() if level >= enough.get(skill, 1)
            )
            present = len(profile.ready) + profile.busy + profile.gone
            if not present:
                continue
            for skill in profile.holds:
                self.held[skill] = self.held.get(skill, 0) + present
                self.idle[skill] = self.idle.get(skill, 0) + len(profile.ready)


def turn(agent: AgentNow, strategy: Strategy) -> Turn:
    """The sort key of an agent among his like, smallest first."""
    if strategy is Strategy.LEAST_OCCUPIED:
        return (agent.occupied_today, agent.idle_since, agent.agent)
    if strategy is Strategy.FEWEST_CONTACTS:
        return (agent.contacts_today, agent.idle_since, agent.agent)
    if strategy is Strategy.ROUND_ROBIN:
        return (0.0, agent.last_offer_at or NEVER, agent.agent)
    return (0.0, agent.idle_since, agent.agent)


LESSER: Final[Mapping[Strategy, str]] = {
    Strategy.LEAST_OCCUPIED: "more_occupied",
    Strategy.FEWEST_CONTACTS: "more_contacts",
}


def lesser(agent: AgentNow, chosen: AgentNow, strategy: Strategy) -> str:
    """Why the other one's turn came first."""
    if strategy is Strategy.ROUND_ROBIN:
        return "asked_later"
    if strategy in LESSER and turn(agent, strategy)[0] != turn(chosen, strategy)[0]:
        return LESSER[strategy]
    return "less_idle"
