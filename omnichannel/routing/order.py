"""Who is served first. Pure; ties go by the time of entry, then by id, never by chance."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

from omnichannel.routing.model import DEFAULT_PRIORITY, Policy, Traffic, WaitingCall

LEAST_PRIORITY: Final = 10
LEAST_ENDED: Final = 10  # fewer contacts than that measure nothing


class Waiter(NamedTuple):
    """A contact in its turn. `is_starved`: it has waited more than half of what it will."""

    call: WaitingCall
    waited_s: float
    is_starved: bool


# what is sorted by: minus the value; whether it is not starved, and a starved one's priority; its place in its queue
Keyed: TypeAlias = tuple[float, bool, int, float, datetime, UUID, Waiter]


def in_order(waiting: Iterable[WaitingCall], policy: Policy, traffic: Traffic, now: datetime) -> list[Waiter]:
    """Highest value first: `(wait + credits, less if it is late) × (reference target / target of its queue)`.

    Within one queue the order never changes: it is that of `entered_at - (5 - priority) * credit_per_priority_s`.
    A starved contact goes before everything of its own or a lesser priority: its value is raised to the highest among
    those, and it wins the tie.
    """
    lines: dict[str, _Line] = {}
    turns: list[tuple[float, datetime, UUID, WaitingCall, float]] = []
    for call in waiting:
        waited_s = (now - call.entered_at).total_seconds()
        turn_s = waited_s + policy.credit_per_priority_s * (DEFAULT_PRIORITY - call.priority)
        turns.append((-turn_s, call.entered_at, call.call, call, waited_s))
    turns.sort()
    keyed: list[Keyed] = []
    any_starved = False
    for turn, entered_at, number, call, waited_s in turns:
        line = lines.get(call.queue)
        if line is None:
            line = lines[call.queue] = _Line(call.queue, policy, traffic)
        is_starved = call.max_wait_s is not None and waited_s > call.max_wait_s / 2
        any_starved = any_starved or is_starved
        waiter = Waiter(call, waited_s, is_starved)
        keyed.append((-line.value(-turn, waited_s), True, 0, turn, entered_at, number, waiter))
    if any_starved:
        keyed = _raise_starved(keyed)
    keyed.sort()
    return [one[6] for one in keyed]


def behind(ended: Mapping[str, tuple[int, int]]) -> dict[str, float]:
    """`Traffic.behind`, from (answered in time, all whose waiting was over) of each queue."""
    everybody = sum(count for _, count in ended.values())
    if not everybody:
        return {}
    share = sum(in_time for in_time, _ in ended.values()) / everybody
    found = {queue: share - one[0] / one[1] for queue, one in ended.items() if one[1] >= LEAST_ENDED}
    return {queue: gap for queue, gap in found.items() if gap > 0}


class _Line:
    """Contacts of one queue, valued in their turn; none is worth more than who stands before it."""

    __slots__ = ("_catch_up_s", "_last", "_late_s", "_target_s", "_until_s", "_weight")

    def __init__(self, queue: str, policy: Policy, traffic: Traffic) -> None:
        self._catch_up_s = policy.catch_up_s * traffic.behind.get(queue, 0.0)
        self._target_s = policy.of(queue).target_s
        self._weight = policy.reference_target_s / self._target_s
        self._late_s = policy.late_gives_way * self._target_s
        self._until_s = policy.late_until * self._target_s
        self._last = float("inf")

    def value(self, turn_s: float, waited_s: float) -> float:
        """Of the next of them; `turn_s` is its wait with its priority's credit."""
        if self._target_s <= waited_s < self._until_s:
            turn_s -= self._late_s
        self._last = min(self._last, (turn_s + self._catch_up_s) * self._weight)
        return self._last


def _raise_starved(keyed: list[Keyed]) -> list[Keyed]:
    """Sorting looks at `False` before `True`: the second field puts the starved first among equals."""
    best = [0.0] * (LEAST_PRIORITY + 2)
    for one in keyed:
        priority = one[6].call.priority
        best[priority] = min(best[priority], one[0])
    for priority in range(LEAST_PRIORITY - 1, -1, -1):
        best[priority] = min(best[priority], best[priority + 1])
    return [
        (best[one[6].call.priority], False, one[6].call.priority, *one[3:]) if one[6].is_starved else one
        for one in keyed
    ]
