"""What happens to a case, and when its promises are due. Pure: a case and a moment in, a case out.

Three clocks run. The first reply: from the beginning of an open period (a reopening begins another) until a
person answers. A turn: from the customer's oldest unanswered message until a person answers. The resolution:
over the open period, standing still while we wait for the customer. Machines never stop a clock.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from omnichannel.cases import hours
from omnichannel.cases.model import Case, ClockName, Kept, OpenedBy, Policy, Status, Step
from threadline.kernel.errors import Refused
from threadline.kernel.ids import AgentId


class NotOpen(Refused):
    """The case is resolved; open it again first."""

    reason: Final = "case_resolved"


class ClosedForGood(Refused):
    """The case is closed; open a new one."""

    reason: Final = "case_closed"


class NotInFuture(Refused):
    """A case can only sleep until a time to come."""


def opened(by: OpenedBy, at: datetime, policy: Policy, *, owner: AgentId | None = None) -> Step:
    """A new case. What an agent opens himself owes nobody a first reply."""
    case = Case(
        status=Status.OPEN if owner is not None else Status.NEW,
        opened_at=at,
        period_at=at,
        opened_by=by,
        owner=owner,
        resolve_due_at=_due(at, policy.resolve_s, policy),
    )
    if by == "customer":
        case = replace(
            case,
            turn_at=at,
            first_due_at=_due(at, policy.first_reply_s, policy),
            turn_due_at=_due(at, policy.turn_s, policy),
        )
    return Step(case, news="opened")


def takes(case: Case, at: datetime, policy: Policy) -> bool:
    """Whether what a customer writes at `at` belongs to this case: it is open, or was resolved a moment ago."""
    if case.status.is_open:
        return True
    if case.status is Status.CLOSED or case.resolved_at is None:
        return False
    return at - case.resolved_at <= timedelta(seconds=policy.reopen_window_s)


def heard(case: Case, at: datetime, policy: Policy) -> Step:
    """The customer wrote. Wakes and reopens; the oldest unanswered message keeps its clock."""
    if not case.status.is_open:
        return _reopened(case, at, policy, "customer")
    running = _resumed(case, at, policy)
    status = Status.NEW if case.status is Status.NEW else Status.OPEN
    woken = replace(running, status=status, snoozed_until=None)
    if case.turn_at is not None:
        return Step(woken)
    return Step(replace(woken, turn_at=at, turn_due_at=_due(at, policy.turn_s, policy)))


def answered(case: Case, at: datetime, policy: Policy, agent: AgentId) -> Step:
    """A person wrote to the customer: his clocks stop, and we wait for him. Who answers first owns the case."""
    if not case.status.is_open:
        return Step(case)
    kept: list[Kept] = []
    if case.first_human_reply_at is None and case.opened_by == "customer":
        kept.append(_kept("first_reply", case.period_at, case.first_due_at, at, policy))
    if case.turn_at is not None:
        kept.append(_kept("turn", case.turn_at, case.turn_due_at, at, policy))
    waiting = _paused(case, at, policy)
    return Step(
        replace(
            waiting,
            status=Status.WAITING,
            owner=case.owner or agent,
            first_human_reply_at=case.first_human_reply_at or at,
            turn_at=None,
            first_due_at=None,
            turn_due_at=None,
            snoozed_until=None,
        ),
        tuple(kept),
    )


def moved(case: Case, to: Status, at: datetime, policy: Policy) -> Step:
    """An agent says how it stands. Raises ClosedForGood."""
    if to is case.status:
        return Step(case)
    if case.status is Status.CLOSED:
        raise ClosedForGood
    if to.is_open:
        return _set_open(case, to, at, policy)
    kept: tuple[Kept, ...] = ()
    if case.status.is_open:
        kept = (_kept("resolve", case.period_at, case.resolve_due_at, at, policy),)
    done = replace(
        case,
        status=to,
        resolved_at=case.resolved_at if case.status is Status.RESOLVED else at,
        closed_at=at if to is Status.CLOSED else None,
        turn_at=None,
        first_due_at=None,
        turn_due_at=None,
        resolve_due_at=None,
        resolve_left_s=None,
        snoozed_until=None,
    )
    return Step(done, kept, news=to.word)


def snoozed(case: Case, until: datetime | None, at: datetime) -> Step:
    """Out of sight until then, or until the customer writes; None wakes it. Promises run on. Raises NotOpen, NotInFuture."""
    if not case.status.is_open:
        raise NotOpen
    if until is not None and until <= at:
        raise NotInFuture
    if until is None and case.snoozed_until is None:
        return Step(case)
    return Step(replace(case, snoozed_until=until), news="snoozed" if until else "woken")


def _set_open(case: Case, to: Status, at: datetime, policy: Policy) -> Step:
    if not case.status.is_open:
        step = _reopened(case, at, policy, "agent")
        return replace(step, case=replace(step.case, status=to))
    turned = _paused(case, at, policy) if to is Status.WAITING else _resumed(case, at, policy)
    return Step(replace(turned, status=to), news=to.word)


def _reopened(case: Case, at: datetime, policy: Policy, by: OpenedBy) -> Step:
    """Another open period: it owes a first reply again when the customer began it."""
    is_asked = by == "customer"
    fresh = replace(
        case,
        status=Status.OPEN,
        period_at=at,
        opened_by=by,
        reopen_count=case.reopen_count + 1,
        resolved_at=None,
        first_human_reply_at=None,
        turn_at=at if is_asked else None,
        first_due_at=_due(at, policy.first_reply_s, policy) if is_asked else None,
        turn_due_at=_due(at, policy.turn_s, policy) if is_asked else None,
        resolve_due_at=_due(at, policy.resolve_s, policy),
        resolve_left_s=None,
        snoozed_until=None,
    )
    return Step(fresh, news="reopened")


def _paused(case: Case, at: datetime, policy: Policy) -> Case:
    if case.resolve_due_at is None:
        return case
    left = hours.between(at, case.resolve_due_at, policy.calendar)
    return replace(case, resolve_due_at=None, resolve_left_s=left)


def _resumed(case: Case, at: datetime, policy: Policy) -> Case:
    if case.resolve_left_s is None:
        return case
    due = hours.later(at, case.resolve_left_s, policy.calendar)
    return replace(case, resolve_due_at=due, resolve_left_s=None)


def _due(at: datetime, seconds: int | None, policy: Policy) -> datetime | None:
    return None if seconds is None else hours.later(at, seconds, policy.calendar)


def _kept(clock: ClockName, start: datetime, due: datetime | None, at: datetime, policy: Policy) -> Kept:
    wall = (at - start).total_seconds()
    return Kept(clock, start, due, at, wall, hours.between(start, at, policy.calendar))
