"""A case: one problem of one customer, from the moment somebody owes an answer until nobody does."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Literal, TypedDict

from ivr_flows.calendar import Calendar
from omnichannel.card import WORK_ITEM_STATUS
from threadline.kernel.ids import AgentId, ThreadId

OpenedBy = Literal["customer", "agent", "system", "rule"]
ClockName = Literal["first_reply", "turn", "resolve"]


class Status(IntEnum):
    """`work_item.status`; its words are those of omnichannel.card."""

    NEW = 0  # nobody has touched it
    OPEN = 1  # we owe the next move
    WAITING = 2  # the customer does
    RESOLVED = 3  # may be opened again by what he writes
    CLOSED = 4  # for good

    @property
    def word(self) -> str:
        return WORK_ITEM_STATUS[self.value]

    @property
    def is_open(self) -> bool:
        return self < Status.RESOLVED


@dataclass(frozen=True, slots=True)
class Policy:
    """What is promised, in seconds of open time; None where nothing is. `calendar` None: the house never closes."""

    id: str
    first_reply_s: int | None = None
    turn_s: int | None = None
    resolve_s: int | None = None
    calendar: Calendar | None = None
    reopen_window_s: int = 259_200


NO_PROMISE = Policy("")


@dataclass(frozen=True, slots=True)
class Case:
    """The row of a case, as its life depends on it. Times aware."""

    status: Status
    opened_at: datetime
    period_at: datetime
    opened_by: OpenedBy = "customer"
    owner: AgentId | None = None
    first_human_reply_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    reopen_count: int = 0
    turn_at: datetime | None = None
    first_due_at: datetime | None = None
    turn_due_at: datetime | None = None
    resolve_due_at: datetime | None = None
    resolve_left_s: float | None = None
    snoozed_until: datetime | None = None

    def next_due_at(self, now: datetime) -> datetime | None:
        """The promise that ends next; those broken already are told."""
        return min((due for _, _, due in self.promises() if due > now), default=None)

    def broken(self, now: datetime) -> "list[tuple[ClockName, datetime, datetime]]":
        """The promises not kept by `now`: clock, when it started, when it was due."""
        return [promise for promise in self.promises() if promise[2] <= now]

    def promises(self) -> "list[tuple[ClockName, datetime, datetime]]":
        """The clocks that run: name, start, due."""
        running: list[tuple[ClockName, datetime | None, datetime | None]] = [
            ("first_reply", self.period_at, self.first_due_at),
            ("turn", self.turn_at, self.turn_due_at),
            ("resolve", self.period_at, self.resolve_due_at),
        ]
        return [(clock, start, due) for clock, start, due in running if start is not None and due is not None]


@dataclass(frozen=True, slots=True)
class Kept:
    """A promise's clock stopped: `due_at` None where nothing was promised. Seconds by the wall and of open time."""

    clock: ClockName
    started_at: datetime
    due_at: datetime | None
    at: datetime
    wall_s: float
    business_s: float

    @property
    def outcome(self) -> Literal["kept", "late"]:
        return "kept" if self.due_at is None or self.at <= self.due_at else "late"


@dataclass(frozen=True, slots=True)
class Step:
    """A case after something happened: what of its promises ended, and what its thread is told."""

    case: Case
    kept: tuple[Kept, ...] = ()
    news: str | None = None  # opened, reopened, resolved, closed …: omnichannel.cases.news


@dataclass(frozen=True, slots=True)
class View:
    """Which cases a page shows. `queues` None: of every queue, and of none. `asleep`: only those snoozed, only the
    others, or (None) both.
    """

    owner: AgentId | None = None
    is_unassigned: bool = False
    queues: tuple[str, ...] | None = None
    statuses: tuple[Status, ...] = (Status.NEW, Status.OPEN, Status.WAITING)
    asleep: bool | None = False
    tag: str | None = None
    thread: ThreadId | None = None


class CaseChange(TypedDict, total=False):
    """What somebody wants changed; what is not given stays as it is."""

    status: Status
    owner: AgentId | None
    queue: str | None
    priority: int
    subject: str
    topic: str | None
    tags: list[str]
    more_tags: list[str]  # beside those there are
    fields: dict[str, str]  # merged into those there are; an empty text takes one away
    snoozed_until: datetime | None
