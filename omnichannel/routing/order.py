"""Who is served first. Pure; ties go by the time of entry, then by id, never by chance."""

from collections.abc import Iterable, Mapping, Sequence
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


# its place in its queue: minus its wait with its priority's credit; and what a Waiter is made of
Turn: TypeAlias = tuple[float, datetime, UUID, WaitingCall, float]
# what is sorted by: minus the value; whether it is not starved, and a starved one's priority; its place in its queue
Keyed: TypeAlias = tuple[float, bool, int, float, datetime, UUID, Waiter]


def in_order(waiting: Iterable[WaitingCall], policy: Policy, traffic: Traffic, now: datetime) -> list[Waiter]:
    """Highest value first: `(wait + credits, less if it is late) × (reference target / its target)`.

    Among those of one queue and target the order never changes: it is that of `entered_at - (5 - priority) * credit_per_priority_s`.
    A starved contact goes before everything of its own or a lesser priority: its value is raised to the highest among
    those, and it wins the tie.
    """
    lines: dict[tuple[str, float | None], list[Turn]] = {}
    credit_s = policy.credit_per_priority_s
    for call in waiting:
        entered_at = call.entered_at
        waited_s = (now - entered_at).total_seconds()
        turn = credit_s * (call.priority - DEFAULT_PRIORITY) - waited_s
        key = call.queue, call.target_s
        line = lines.get(key)
        if line is None:
            line = lines[key] = []
        line.append((turn, entered_at, call.call, call, waited_s))
    keyed: list[Keyed] = []
    for (queue, own_target_s), turns in lines.items():
        turns.sort()
        target_s = policy.of(queue).target_s if own_target_s is None else own_target_s
        keyed += _valued(turns, target_s, traffic.behind.get(queue, 0.0), policy)
    if any(one[6].is_starved for one in keyed):
        keyed = _raise_starved(keyed)
    keyed.sort()  # the lines are in order already, which makes it a merge
    return [one[6] for one in keyed]


def behind(ended: Mapping[str, tuple[int, int]]) -> dict[str, float]:
    """`Traffic.behind`, from (answered in time, all whose waiting was over) of each queue."""
    everybody = sum(count for _, count in ended.values())
    if not everybody:
        return {}
    share = sum(in_time for in_time, _ in ended.values()) / everybody
    found = {queue: share - one[0] / one[1] for queue, one in ended.items() if one[1] >= LEAST_ENDED}
    return {queue: gap for queue, gap in found.items() if gap > 0}


def _valued(turns: Sequence[Turn], target_s: float, behind: float, policy: Policy) -> list[Keyed]:
    """Contacts of one queue and target, valued in their turn; none is worth more than who stands before it."""
    catch_up_s = policy.catch_up_s * behind
    weight = policy.reference_target_s / target_s
    late_s = policy.late_gives_way * target_s
    until_s = policy.late_until * target_s
    last = float("-inf")
    found: list[Keyed] = []
    for turn, entered_at, number, call, waited_s in turns:
        loss = turn + late_s if target_s <= waited_s < until_s else turn
        loss = (loss - catch_up_s) * weight
        if loss > last:
            last = loss
        is_starved = call.max_wait_s is not None and waited_s > call.max_wait_s / 2
        found.append((last, True, 0, turn, entered_at, number, Waiter(call, waited_s, is_starved)))
    return found


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
