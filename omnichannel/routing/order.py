"""Who is served first. Pure; ties go by the time of entry, then by id, never by chance."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from omnichannel.routing.model import DEFAULT_PRIORITY, Policy, Traffic, WaitingCall

LEAST_PRIORITY: Final = 10
LEAST_ENDED: Final = 10  # fewer contacts than that measure nothing


class Waiter(NamedTuple):
    """A contact in its turn. `is_starved`: it has waited more than half of what it will."""

    call: WaitingCall
    waited_s: float
    is_starved: bool


def value(call: WaitingCall, waited_s: float, policy: Policy, traffic: Traffic) -> float:
    """`(wait + credits) × (reference target / target of its queue)`: the highest is served first."""
    return (waited_s + _credit_s(call.queue, call.priority, policy, traffic)) * _weight(call.queue, policy)


def in_order(waiting: Iterable[WaitingCall], policy: Policy, traffic: Traffic, now: datetime) -> list[Waiter]:
    """Highest value first. A starved contact goes before everything of its own or a lesser priority.

    For that its value is raised to the highest among those it goes before, and it wins the tie.
    """
    terms: dict[tuple[str, int], tuple[float, float]] = {}
    keyed: list[tuple[float, bool, int, datetime, UUID, Waiter]] = []
    any_starved = False
    for call in waiting:
        waited_s = (now - call.entered_at).total_seconds()
        known = terms.get((call.queue, call.priority))
        if known is None:
            credit_s = _credit_s(call.queue, call.priority, policy, traffic)
            known = terms[call.queue, call.priority] = (credit_s, _weight(call.queue, policy))
        starved = call.max_wait_s is not None and waited_s > call.max_wait_s / 2
        any_starved = any_starved or starved
        worth = (waited_s + known[0]) * known[1]
        keyed.append((-worth, True, 0, call.entered_at, call.call, Waiter(call, waited_s, starved)))
    if any_starved:
        keyed = _raise_starved(keyed)
    keyed.sort()
    return [one[5] for one in keyed]


def behind(ended: Mapping[str, tuple[int, int]]) -> dict[str, float]:
    """`Traffic.behind`, from (answered in time, all whose waiting was over) of each queue."""
    everybody = sum(count for _, count in ended.values())
    if not everybody:
        return {}
    share = sum(in_time for in_time, _ in ended.values()) / everybody
    found = {queue: share - one[0] / one[1] for queue, one in ended.items() if one[1] >= LEAST_ENDED}
    return {queue: gap for queue, gap in found.items() if gap > 0}


def _credit_s(queue: str, priority: int, policy: Policy, traffic: Traffic) -> float:
    """Seconds a contact counts as having waited beside those it did."""
    return policy.credit_per_priority_s * (
        DEFAULT_PRIORITY - priority
    ) + policy.catch_up_s * traffic.behind.get(queue, 0.0)


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
