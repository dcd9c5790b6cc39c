"""The dispatch rules of FreeSWITCH's mod_callcenter, re-implemented as a way of routing of the simulator.

One dispatcher looks ten times a second (here at once, in its favour): callers of all queues in the order of their
waiting; for each the agents of his queue by tier, and within a tier by the strategy. With tier rules a caller may
have a tier only after waiting that long for it.
"""

from dataclasses import dataclass

from omnichannel.routing.simulation.hall import Agent, At, Caller, Hall, Ring


@dataclass(frozen=True, slots=True)
class CallcenterSettings:
    """`tiers`: the first is level 3 and more, the second the rest. `waits_s`: for the second, if tier rules apply.

    `max_no_answer`: misses in a row after which an agent is on break until he says he is back.
    """

    name: str
    strategy: str  # longest-idle-agent, agent-with-fewest-calls
    tiers: bool = True
    tier_rules: bool = True
    waits_s: float = 20.0
    max_no_answer: int = 1
    no_answer_delay_s: float = 0.0


class ModCallcenter:
    """One day."""

    def __init__(self, settings: CallcenterSettings) -> None:
        self._set = settings
        self._members: dict[int, list[tuple[int, Agent]]] = {}

    def look(self, hall: Hall, now: float) -> list[Ring]:
        rings: list[Ring] = []
        given: set[int] = set()
        free: dict[int, list[tuple[int, Agent]]] = {}
        for caller in hall.waiting.values():
            kind = caller.arrival.kind
            if not hall.ready_for[kind]:
                continue
            if kind not in free:
                free[kind] = [one for one in self._members_of(hall, caller) if one[1].at is At.READY]
            tiers = 2 if self._may_have_second(caller, now) else 1
            able = [one for one in free[kind] if one[0] <= tiers and one[1].number not in given]
            if able:
                chosen = min(able, key=self._rank)[1]
                given.add(chosen.number)
                rings.append(Ring(caller, (chosen,)))
        return rings

    def next_look_s(self, hall: Hall, now: float) -> float | None:
        """When the next caller may have the second tier."""
        if not self._set.tier_rules:
            return None
        opens = (
            caller.at_s + self._set.waits_s
            for ready, line in zip(hall.ready_for, hall.lines, strict=True)
            if ready
            for caller in line.values()
        )
        return min((at for at in opens if at > now), default=None)

    def after_miss_s(self, caller: Caller, agent: Agent, now: float) -> float | None:
        return None if agent.misses >= self._set.max_no_answer else self._set.no_answer_delay_s

    def _may_have_second(self, caller: Caller, now: float) -> bool:
        return not self._set.tier_rules or now >= caller.at_s + self._set.waits_s

    def _rank(self, member: tuple[int, Agent]) -> tuple[int, float, int]:
        tier, agent = member
        by = agent.contacts if self._set.strategy == "agent-with-fewest-calls" else agent.idle_since_s
        return (tier, by, agent.number)

    def _members_of(self, hall: Hall, caller: Caller) -> list[tuple[int, Agent]]:
        kind = caller.arrival.kind
        found = self._members.get(kind)
        if found is None:
            found = []
            for agent in hall.agents:
                level = min((agent.desk.skills.get(s, 0) for s in caller.asks.steps[0].need), default=5)
                if level:
                    found.append((1 if level >= 3 or not self._set.tiers else 2, agent))
            self._members[kind] = found
        return found
