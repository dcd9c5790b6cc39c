"""The words of routing: what waits, who is there, what was decided. Plain data, read from JSON columns here.

The fields with defaults are facts that make the choice better and may be left out: each says where it comes from.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from threadline.kernel.events import AgentState, Json
from threadline.kernel.ids import AgentId, CallId, ReservationId

DEFAULT_PRIORITY: Final = 5
RING_AT_MOST: Final = 10  # phones for one call, where a queue does not say fewer


class Medium(StrEnum):
    """What kind of attention a contact asks for. Capacity is counted by it."""

    CALL = "call"  # at once and alone
    CHAT = "chat"  # at once, a few beside one another
    MAIL = "mail"  # in the background: e-mail, messages outside a live session, voicemail


class Strategy(StrEnum):
    """How a queue chooses among agents who are equally fit and equally dear, by the names admins know."""

    LONGEST_IDLE = "longest_idle"
    LEAST_OCCUPIED = "least_occupied"  # by the share of today's logged-in time at work
    FEWEST_CONTACTS = "fewest_contacts"  # of today
    ROUND_ROBIN = "round_robin"  # whose last offer is the longest ago
    RING_ALL = "ring_all"  # every fit agent at once, the first to answer has it
    PROGRESSIVE = "progressive"  # one agent, after each miss one more at once


@dataclass(frozen=True, slots=True)
class NeedStep:
    """One relaxation step: skill to minimum level, for this long; the last one has `for_s` None.

    `any_of`: beside `need`, at least one of these has to be met as a whole; empty: nothing more.
    """

    need: Mapping[str, int]
    for_s: float | None
    any_of: Sequence[Mapping[str, int]] = ()


@dataclass(frozen=True, slots=True)
class Prefer:
    """For the first `for_s` seconds this agent rather than another, else one of `then`, in their order."""

    agent: AgentId
    for_s: float
    then: tuple[AgentId, ...] = ()


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A contact without an agent. `priority` 1 is served first; `exclude` says until when an agent is not asked."""

    call: CallId
    queue: str
    priority: int
    entered_at: datetime  # the first time: a callback, a returned call, a redial within five minutes keep it
    steps: Sequence[NeedStep]
    ring_timeout_s: float
    prefer: Prefer | None = None
    exclude: Mapping[AgentId, datetime] = field(default_factory=dict)
    medium: Medium = Medium.CALL  # from the session's kind
    hard: Mapping[str, int] = field(default_factory=dict)  # the route's `min_level_hard`: never relaxed
    barred: frozenset[AgentId] = frozenset()  # the route's `exclude`: these agents never
    max_wait_s: float | None = None  # the flow step's `max_wait`; past its half the starvation guard holds
    attempts: int = 0  # offers of this contact that were missed: rows of `reservation`
    is_callback: bool = False  # its customer is rung once one agent is kept for her
    target_s: float | None = None  # its own; None: its queue's


@dataclass(frozen=True, slots=True)
class AgentNow:
    """An agent who is logged in. `idle_since`: when he last did anything but wait for a call.

    Digital work leaves the state `ready`: it is counted in `in_hand`. A conversation by phone is the state.
    """

    agent: AgentId
    state: AgentState
    idle_since: datetime
    skills: Mapping[str, int]
    in_hand: Mapping[Medium, int] = field(default_factory=dict)  # open reservations by medium
    capacity: Mapping[Medium, int] = field(default_factory=dict)  # the agent's own; else Policy.capacity
    occupied_today: float = (
        0.0  # (offered + talking + wrap-up) / (logged in - away), of agent_state since midnight
    )
    contacts_today: int = 0  # reservations connected since midnight
    last_offer_at: datetime | None = None  # max(reservation.offered_at); None: never


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """What an admin sets for a queue. `target_s`: answered within it counts as in time.

    `ring_at_most`: how many phones ring for one call, by ring all and progressive.
    """

    target_s: float = 20.0
    strategy: Strategy = Strategy.LEAST_OCCUPIED
    ring_at_most: int = RING_AT_MOST


@dataclass(frozen=True, slots=True)
class Policy:
    """What an admin sets for all queues. A queue that is not in `queues` has the defaults of QueuePolicy.

    `reserve` idle holders of a scarce skill are kept for those who need it, from other calls that have waited less
    than `hold_s`; none in a pool of fewer than `reserve_from_pool` agents. Below level `slow_below` work takes longer:
    while occupancy (of all over a quarter of an hour, or of the holders of another skill of theirs now) is above
    `relax_below_occupancy`, such agents do what they are quick at and no step relaxes to them, for contacts that have
    waited less than `busy_hold_s` or half of what they will, and whose queue is not behind by `helped_when_behind`. Above
    `overloaded_above` it is `overload_hold_s`, whatever their queue.
    A contact of a queue that is behind counts as having waited `catch_up_s` times that (Traffic.behind) longer. One past
    its target counts as having waited `late_gives_way` targets less, until it has waited `late_until` of them: whoever
    can still be answered in time goes first.
    """

    queues: Mapping[str, QueuePolicy] = field(default_factory=dict)
    reference_target_s: float = 20.0
    credit_per_priority_s: float = 60.0
    catch_up_s: float = 150.0
    late_gives_way: float = 2.0
    late_until: float = 4.0
    reserve: int = 1
    hold_s: float = 10.0
    reserve_from_pool: int = 4
    weighs_scarcity: bool = True
    slow_below: int = 3
    relax_below_occupancy: float = 0.88
    busy_hold_s: float = 30.0
    helped_when_behind: float = 0.05
    overloaded_above: float = 0.93
    overload_hold_s: float = 90.0
    call_interrupts: bool = True  # a call is offered to an agent who chats
    capacity: Mapping[Medium, int] = field(
        default_factory=lambda: {Medium.CALL: 1, Medium.CHAT: 3, Medium.MAIL: 5}
    )

    def of(self, queue: str) -> QueuePolicy:
        return self.queues.get(queue, _ANY_QUEUE)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What was measured, refreshed each minute. Left empty, every skill counts alike and occupancy is of this moment.

    `offered_load`: for each skill, the erlangs asked of it over the last 30 minutes: contacts entered in queues
    whose first step names the skill, times their mean talk and wrap-up, divided by the period.
    `occupancy`: (offered + talking + wrap-up) / (logged in - away) of all agents over the last 15 minutes.
    `behind`: by how much of all contacts a queue's share answered in time over the last 30 minutes lies below that of
    all queues together, 0 to 1; queues that are not behind are left out.
    """

    offered_load: Mapping[str, float] = field(default_factory=dict)
    occupancy: float | None = None
    behind: Mapping[str, float] = field(default_factory=dict)


_ANY_QUEUE: Final = QueuePolicy()


@dataclass(frozen=True, slots=True)
class Lost:
    """Why an agent does not get the contact; docs/routing.md lists the reasons."""

    agent: AgentId
    reason: str


class Decision(NamedTuple):
    """Who gets the call, at which relaxation step, and why not the other candidates. `agent` None: nobody yet.

    `also` are those whose phones ring along (ring all, progressive); they are reserved with `agent`.
    `lost` is worked out when it is read.
    """

    call: WaitingCall
    agent: AgentId | None
    step: int
    lost: Sequence[Lost]
    also: Sequence[AgentId] = ()


class Unmatched(NamedTuple):
    """A call that goes on waiting, at this relaxation step."""

    call: WaitingCall
    step: int
    explain: Callable[[WaitingCall, int], Iterable[Lost]]

    @property
    def lost(self) -> Sequence[Lost]:
        """Why nobody got it; worked out when it is read."""
        return list(self.explain(self.call, self.step))


@dataclass(frozen=True, slots=True)
class Plan:
    """One pass. `wake_at`: when waiting alone will change what is possible."""

    matched: Sequence[Decision]
    unmatched: Sequence[Unmatched]
    wake_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reservation:
    """One offer, open while `state` is offered or connected."""

    id: ReservationId
    call: CallId
    agent: AgentId
    queue: str
    state: str
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class LostPlace:
    """Where a call stood when the server was killed; `ticket` of one that was being called back."""

    call: CallId
    queue: str
    position: int
    ticket: UUID | None = None


def read_steps(raw: Sequence[Any], default: Mapping[str, int]) -> tuple[NeedStep, ...]:
    """The `need` of a request; the queue's own where the flow names none."""
    if not raw:
        return (NeedStep(dict(default), None),)
    return tuple(
        NeedStep(dict(step["need"]), step.get("for_s"), tuple(dict(one) for one in step.get("any_of", ())))
        for step in raw
    )


def write_steps(steps: Sequence[NeedStep]) -> list[Json]:
    return [_write_step(step) for step in steps]


def _write_step(step: NeedStep) -> Json:
    written: Json = {"need": dict(step.need), "for_s": step.for_s}
    if step.any_of:
        written["any_of"] = [dict(one) for one in step.any_of]
    return written
