"""What is asked and answered about cases."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from web.api.models import Reply, Request, ShortText, SubjectText

QueueName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]
FieldText = Annotated[str, StringConstraints(max_length=1000)]
StatusWord = Literal["new", "open", "waiting", "resolved", "closed"]
Urgency = Annotated[int, Field(ge=1, le=9)]
CaseNumber = Annotated[int, Field(ge=1, lt=10**15)]
Seconds = Annotated[int, Field(gt=0, le=366 * 86_400)]


class CaseQuery(Request):
    """`view` mine: the caller's own; queues: of the queues he serves; unassigned: nobody's; snoozed: his sleepers; all:
    every case.
    """

    view: Literal["mine", "queues", "unassigned", "snoozed", "all"] = "all"
    queue: QueueName | None = None
    status: StatusWord | None = None
    tag: Tag | None = None
    thread: UUID | None = None
    after: ShortText | None = None
    limit: int = Field(default=50, ge=1, le=200)


class MentionQuery(Request):
    seen: bool = False
    limit: int = Field(default=50, ge=1, le=200)


class NewCase(Request):
    subject: SubjectText
    queue: QueueName | None = None
    priority: Urgency = 5


class CaseEdit(Request):
    """What is not given stays; null takes away. A snooze ends at its time or when the customer writes."""

    status: StatusWord | None = None
    owner: UUID | None = None
    queue: QueueName | None = None
    priority: Urgency | None = None
    subject: SubjectText | None = None
    topic: ShortText | None = None
    tags: Annotated[list[Tag], Field(max_length=50)] | None = None
    fields: Annotated[dict[FieldName, FieldText], Field(max_length=50)] | None = None
    snoozed_until: AwareDatetime | None = None


class ManyEdit(Request):
    """What is not given stays; `tags` come beside those a case has. Numbers named twice count once."""

    numbers: Annotated[list[CaseNumber], Field(min_length=1, max_length=500)]
    status: StatusWord | None = None
    owner: UUID | None = None
    queue: QueueName | None = None
    priority: Urgency | None = None
    tags: Annotated[list[Tag], Field(max_length=50)] | None = None
    snoozed_until: AwareDatetime | None = None


class ManyReply(Reply):
    """`code`: no_such_case, has_owner (a colleague's), closed, resolved, past."""

    done: list[int]
    failed: list[dict[str, Any]]


class PolicyEdit(Request):
    """Seconds of open time; null promises nothing. `calendar` null: the clock never stands still."""

    title: ShortText
    first_reply_s: Seconds | None = None
    turn_s: Seconds | None = None
    resolve_s: Seconds | None = None
    calendar: ShortText | None = None


class PromiseEdit(Request):
    policy: QueueName | None
    reopen_window_s: Annotated[int, Field(ge=0, le=366 * 86_400)] = 259_200


class CaseReply(Reply):
    number: int
    thread: UUID
    status: StatusWord
    contact: dict[str, Any]
    owner: dict[str, Any] | None
    queue: str | None
    priority: int
    subject: str | None
    next_due_at: datetime | None
    overdue: bool


class CasesReply(Reply):
    """`total`: how many there are, with the first page."""

    cases: list[CaseReply]
    next: str | None
    total: int | None


class CountsReply(Reply):
    mine: int
    queues: int
    unassigned: int
    snoozed: int
    open: int
    all: int
    mentions: int


class MentionsReply(Reply):
    mentions: list[dict[str, Any]]


class PromiseFacts(Reply):
    """`policy` null: nothing is promised."""

    queue: str
    title: str
    policy: str | None
    reopen_window_s: int


class PromisesReply(Reply):
    promises: list[PromiseFacts]


class PoliciesReply(Reply):
    policies: list[dict[str, Any]]
