"""Who gets which call. Pure and deterministic: the same people and calls give the same plan.

Calls in the order of `urgency`; each takes the agent idle the longest of those who are ready, have the skills
its wait asks for by now, and did not just miss it. Relaxation goes by the wall clock alone, so an agent who does
not answer never holds it up. The rules are those of reference/routing.md; class targets, scarcity and reserve
have their places in `urgency` and `_rank`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from omnichannel.routing.model import AgentNow, Decision, Lost, NeedStep, Plan, Unmatched, WaitingCall
from threadline.kernel.events import AgentState
from threadline.kernel.ids import AgentId

NAMED_MAX = 50
SOON_BACK = frozenset({AgentState.READY, AgentState.OFFERED, AgentState.TALKING, AgentState.WRAP_UP})


def match(waiting: Iterable[WaitingCall], agents: Sequence[AgentNow], now: datetime) -> Plan:
    """One pass over everybody who waits. No agent is given twice, no call either."""
    pool, named = _Pool(agents), candidates(agents)
    matched: list[Decision] = []
    unmatched: list[Unmatched] = []
    for call in sorted(waiting, key=lambda one: urgency(one, now)):
        step = step_at(call, now)
        agent = _choose(call, call.steps[step].need, pool, now)
        if agent is None:
            unmatched.append(Unmatched(call, step))
        else:
            matched.append(Decision(call, agent, step, why(call, step, named, pool.taken, now, agent)))
            pool.taken.add(agent)
    changes = [at for left in unmatched if (at := _next_change(left.call, now)) is not None]
    return Plan(matched, unmatched, min(changes, default=None))


def urgency(call: WaitingCall, now: datetime) -> tuple[float, datetime, UUID]:
    """The sort key of a waiting call, smallest first.

    Priority, then who came first. The value `(wait + credit) × target ratio` will take `now`.
    """
    return (call.priority, call.entered_at, call.call)


def step_at(call: WaitingCall, now: datetime) -> int:
    """The relaxation step a call is at: each step lasts its `for_s`, the last for ever."""
    waited = (now - call.entered_at).total_seconds()
    for number, step in enumerate(call.steps):
        if step.for_s is None or waited < step.for_s:
            return number
        waited -= step.for_s
    return len(call.steps) - 1


def meets(skills: Mapping[str, int], need: Mapping[str, int]) -> bool:
    return all(skills.get(skill, 0) >= level for skill, level in need.items())


def anybody_could(steps: Sequence[NeedStep], agents: Iterable[AgentNow]) -> bool:
    """Whether anyone logged in, whatever he does now, has the skills of the last step."""
    return any(meets(one.skills, steps[-1].need) for one in agents if one.state is not AgentState.LOGGED_OUT)


def candidates(agents: Iterable[AgentNow]) -> list[AgentNow]:
    """The agents a decision names: the ready ones first, longest idle first, at most NAMED_MAX.

    More would be read by nobody, and explaining 500 decisions to 500 agents takes longer than making them.
    """
    return sorted(agents, key=lambda one: (one.state is not AgentState.READY, *_rank(one)))[:NAMED_MAX]


def why(
    call: WaitingCall,
    step: int,
    agents: Iterable[AgentNow],
    taken: "set[AgentId] | frozenset[AgentId]",
    now: datetime,
    chosen: AgentId | None = None,
) -> list[Lost]:
    """For each of `agents` (see candidates) but the chosen one, the first thing that keeps him from this call."""
    need = call.steps[step].need
    holds = _preferred_is_coming(call, agents, now) if chosen is None else False
    return [
        Lost(one.agent, _obstacle(call, need, one, taken, now) or _lesser(call, chosen, holds))
        for one in agents
        if one.agent != chosen
    ]


class _Pool:
    """The ready agents in the order they are picked, and whom this pass has given away."""

    def __init__(self, agents: Sequence[AgentNow]) -> None:
        self.agents = agents
        self.by_id = {one.agent: one for one in agents}
        self.taken: set[AgentId] = set()
        self._ready = sorted((one for one in agents if one.state is AgentState.READY), key=_rank)
        self._able: dict[frozenset[tuple[str, int]], list[AgentNow]] = {}

    def able(self, need: Mapping[str, int]) -> list[AgentNow]:
        """The ready agents with these skills; worked out once a pass for all calls alike."""
        if len(self.taken) == len(self._ready):
            return []
        key = frozenset(need.items())
        if key not in self._able:
            self._able[key] = [one for one in self._ready if meets(one.skills, need)]
        return self._able[key]


def _rank(agent: AgentNow) -> tuple[datetime, UUID]:
    return (agent.idle_since, agent.agent)


def _choose(call: WaitingCall, need: Mapping[str, int], pool: _Pool, now: datetime) -> AgentId | None:
    free = (
        one.agent
        for one in pool.able(need)
        if one.agent not in pool.taken and not _excluded(call, one.agent, now)
    )
    if call.prefer is None or not _in_window(call, now):
        return next(free, None)
    ranked = list(free)
    if call.prefer.agent in ranked:
        return call.prefer.agent
    if _preferred_is_coming(call, pool.by_id.values(), now):
        return None
    return ranked[0] if ranked else None


def _in_window(call: WaitingCall, now: datetime) -> bool:
    return call.prefer is not None and (now - call.entered_at).total_seconds() < call.prefer.for_s


def _preferred_is_coming(call: WaitingCall, agents: Iterable[AgentNow], now: datetime) -> bool:
    """Worth the wait: the preferred agent is at work, able, and has not just missed this call."""
    if call.prefer is None or not _in_window(call, now) or _excluded(call, call.prefer.agent, now):
        return False
    need = call.steps[step_at(call, now)].need
    return any(
        one.agent == call.prefer.agent and one.state in SOON_BACK and meets(one.skills, need)
        for one in agents
    )


def _excluded(call: WaitingCall, agent: AgentId, now: datetime) -> bool:
    until = call.exclude.get(agent)
    return until is not None and now < until


def _obstacle(
    call: WaitingCall,
    need: Mapping[str, int],
    agent: AgentNow,
    taken: "set[AgentId] | frozenset[AgentId]",
    now: datetime,
) -> str | None:
    if agent.state is not AgentState.READY:
        return agent.state.value
    for skill, level in sorted(need.items()):
        if agent.skills.get(skill, 0) < level:
            return f"skill:{skill}<{level}"
    if _excluded(call, agent.agent, now):
        return "excluded"
    return "taken" if agent.agent in taken else None


def _lesser(call: WaitingCall, chosen: AgentId | None, holds: bool) -> str:
    if chosen is None:
        return "held_for_preferred" if holds else "free"
    return "not_preferred" if call.prefer is not None and call.prefer.agent == chosen else "less_idle"


def _next_change(call: WaitingCall, now: datetime) -> datetime | None:
    """The next moment at which waiting alone changes who could take this call."""
    moments = [until for until in call.exclude.values()]
    if call.prefer is not None:
        moments.append(call.entered_at + timedelta(seconds=call.prefer.for_s))
    elapsed = call.entered_at
    for step in call.steps:
        if step.for_s is None:
            break
        elapsed += timedelta(seconds=step.for_s)
        moments.append(elapsed)
    return min((at for at in moments if at > now), default=None)
