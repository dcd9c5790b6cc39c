"""Who is served first. Pure; ties go by the time of entry, then by id, never by chance."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from omnichannel.routing.model import DEFAULT_PRIORITY, Policy, WaitingCall

LEAST_PRIORITY: Final = 10


class Waiter(NamedTuple):
    """A contact in its turn. `is_starved`: it has waited more than half of what it will."""

    call: WaitingCall
    waited_s: float
    is_starved: bool


def value(call: WaitingCall, waited_s: float, policy: Policy) -> float:
    """`(wait + priority credit) × (reference target / target of its queue)`: the highest is served first."""
    credit_s = policy.credit_per_priority_s * (DEFAULT_PRIORITY - call.priority)
    return (waited_s + credit_s) * _weight(call.queue, policy)


def in_order(waiting: Iterable[WaitingCall], policy: Policy, now: datetime) -> list[Waiter]:
    """Highest value first. A starved contact goes before everything of its own or a lesser priority.

    For that its value is raised to the highest among those it goes before, and it wins the tie.
    """
    weights: dict[str, float] = {}
    credit_s = policy.credit_per_priority_s
    keyed: list[tuple[float, bool, int, datetime, UUID, Waiter]] = []
    any_starved = False
    for call in waiting:
        waited_s = (now - call.entered_at).total_seconds()
        weight = weights.get(call.queue)
        if weight is None:
            weight = weights[call.queue] = _weight(call.queue, policy)
        starved = call.max_wait_s is not None and waited_s > call.max_wait_s / 2
        any_starved = any_starved or starved
        worth = (waited_s + credit_s * (DEFAULT_PRIORITY - call.priority)) * weight
        keyed.append((-worth, True, 0, call.entered_at, call.call, Waiter(call, waited_s, starved)))
    if any_starved:
        keyed = _raise_starved(keyed)
    keyed.sort()
    return [one[5] for one in keyed]


def _raise_starved(
    keyed: list[tuple[float, bool, int, datetime, UUID, Waiter]],
) -> list[tuple[float, bool, int, datetime, UUID, Waiter]]:
    """Sorting looks at `False` before `True`: the second field puts the starved first among equals."""
    best = [0.0] * (LEAST_PRIORITY + 2)
    for one in keyed:
        priority = one[5].call.priority
        best[priority] = min(best[priority], one[0])
    for priority in range(LEAST_PRIORITY - 1, -1, -1):
        best[priority] = min(best[priority], best[priority + 1])
    return [
        (best[one[5].call.priority], False, one[5].call.priority, *one[3:]) if one[5].is_starved else one
        for one in keyed
    ]


def _weight(queue: str, policy: Policy) -> float:
    return policy.reference_target_s / policy.of(queue).target_s
