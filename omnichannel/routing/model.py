"""The words of routing: what waits, who is there, what was decided. Plain data, read from JSON columns here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from threadline.kernel.events import AgentState, Json
from threadline.kernel.ids import AgentId, CallId, ReservationId


@dataclass(frozen=True, slots=True)
class NeedStep:
    """One relaxation step: skill to minimum level, for this long; the last one has `for_s` None."""

    need: Mapping[str, int]
    for_s: float | None


@dataclass(frozen=True, slots=True)
class Prefer:
    """For the first `for_s` seconds this agent rather than another."""

    agent: AgentId
    for_s: float


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A call without an agent. `priority` 1 is served first; `exclude` says until when an agent is not asked."""

    call: CallId
    queue: str
    priority: int
    entered_at: datetime
    steps: Sequence[NeedStep]
    ring_timeout_s: float
    prefer: Prefer | None = None
    exclude: Mapping[AgentId, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgentNow:
    """An agent who is logged in. `idle_since`: when he last did anything but wait for a call."""

    agent: AgentId
    state: AgentState
    idle_since: datetime
    skills: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Lost:
    """Why an agent does not get the call: a state, `skill:support<3`, `excluded`, `taken`, `less_idle`, …"""

    agent: AgentId
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Who gets the call, at which relaxation step, and why not the other candidates. `agent` None: nobody yet."""

    call: WaitingCall
    agent: AgentId | None
    step: int
    lost: Sequence[Lost]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A call that goes on waiting, at this relaxation step."""

    call: WaitingCall
    step: int


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
    """Where a call stood when the server was killed."""

    call: CallId
    queue: str
    position: int


def read_steps(raw: Sequence[Any], default: Mapping[str, int]) -> tuple[NeedStep, ...]:
    """The `need` of a request; the queue's own where the flow names none."""
    if not raw:
        return (NeedStep(dict(default), None),)
    return tuple(NeedStep(dict(step["need"]), step.get("for_s")) for step in raw)


def write_steps(steps: Sequence[NeedStep]) -> list[Json]:
    return [{"need": dict(step.need), "for_s": step.for_s} for step in steps]
