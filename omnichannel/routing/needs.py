"""What a contact asks for, step by step, and who meets it. Pure.

The clock alone relaxes a need, so that an agent who does not answer never holds it up.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime

from omnichannel.routing.model import NeedStep, Policy, QueuePolicy, WaitingCall


class Kind:
    """All contacts that ask for the same in the same way; what follows from it is worked out once for them.

    `needs[n]` and `any_of[n]` are what step n asks for, the hard levels among it; `ends` the seconds of waiting at
    which each step ends; `uses` every skill named anywhere; `quick` the levels below which somebody is slow at it.
    """

    __slots__ = (
        "_pairs",
        "any_of",
        "asks_levels",
        "ends",
        "last",
        "medium",
        "needs",
        "quick",
        "ring_at_most",
        "strategy",
        "uses",
    )

    def __init__(self, call: WaitingCall, queue: QueuePolicy, slow_below: int) -> None:
        self.medium = call.medium
        self.strategy = queue.strategy
        self.ring_at_most = queue.ring_at_most
        self.needs = [_harder(step.need, call.hard) for step in call.steps]
        self._pairs = [tuple(need.items()) for need in self.needs]
        self.any_of = [step.any_of for step in call.steps]
        self.ends = _ends(call.steps)
        self.last = len(self.needs) - 1
        self.quick = {skill: slow_below for skill, level in self.needs[0].items() if level >= slow_below}
        self.asks_levels = bool(self.quick)  # so that somebody may be slow at it
        self.uses = frozenset(
            skill
            for need, choices in zip(self.needs, self.any_of, strict=True)
            for skills in (need, *choices)
            for skill in skills
        )

    def is_met(self, step: int, skills: Mapping[str, int]) -> bool:
        for skill, level in self._pairs[step]:
            if skills.get(skill, 0) < level:
                return False
        choices = self.any_of[step]
        return not choices or any(meets(skills, choice) for choice in choices)

    def level_band(self, skills: Mapping[str, int]) -> int:
        """The first step these skills are enough for: 0 is what was asked for at first."""
        for step in range(len(self.needs)):
            if self.is_met(step, skills):
                return step
        return len(self.needs)

    def is_slow(self, skills: Mapping[str, int]) -> bool:
        """Whether a skill asked for at a level of quick people is there at a lower one."""
        return not meets(skills, self.quick)

    def missing(self, step: int, skills: Mapping[str, int]) -> str | None:
        """The first thing that is not met: `skill:support<3`, or `any_of`."""
        for skill, level in sorted(self.needs[step].items()):
            if skills.get(skill, 0) < level:
                return f"skill:{skill}<{level}"
        return None if self.is_met(step, skills) else "any_of"


def kind_of(call: WaitingCall, policy: Policy) -> Kind:
    return Kind(call, policy.of(call.queue), policy.slow_below)


def meets(skills: Mapping[str, int], need: Mapping[str, int]) -> bool:
    return all(skills.get(skill, 0) >= level for skill, level in need.items())


def asked_elsewhere(
    steps: Sequence[NeedStep], was: Mapping[str, int], need: Mapping[str, int]
) -> tuple[NeedStep, ...]:
    """What a contact asks for in a queue that asks for `need`, where its former one asks for `was`.

    The skills of the former queue give way to those of the new one; what else it asked for, such as a language, stays.
    """
    return tuple(
        NeedStep({**need, **_without(step.need, was)}, step.for_s, _choices(step.any_of, was))
        for step in steps
    )


def step_at(call: WaitingCall, now: datetime) -> int:
    """The relaxation step by the wall clock: each lasts its `for_s`, the last for ever."""
    return min(bisect_right(_ends(call.steps), waited_s(call, now)), len(call.steps) - 1)


def waited_s(call: WaitingCall, now: datetime) -> float:
    return (now - call.entered_at).total_seconds()


def _ends(steps: Sequence[NeedStep]) -> list[float]:
    ends: list[float] = []
    elapsed = 0.0
    for step in steps:
        if step.for_s is None:
            break
        elapsed += step.for_s
        ends.append(elapsed)
    return ends


def _without(asked: Mapping[str, int], skills: Mapping[str, int]) -> dict[str, int]:
    return {skill: level for skill, level in asked.items() if skill not in skills}


def _choices(any_of: Sequence[Mapping[str, int]], was: Mapping[str, int]) -> Sequence[Mapping[str, int]]:
    """None once one of them has nothing left to ask for: it is met by everybody."""
    left = [_without(choice, was) for choice in any_of]
    return tuple(left) if all(left) else ()


def _harder(need: Mapping[str, int], hard: Mapping[str, int]) -> Mapping[str, int]:
    if not hard:
        return need
    return {skill: max(need.get(skill, 0), hard.get(skill, 0)) for skill in (*need, *hard)}
