"""Bodies of what agents change of contacts, and of imports."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from web.api.models import Reply, Request, ShortText

NumberText = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}$")]
FieldName = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]+$")]
FieldText = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]


class ContactChange(Request):
    """Only what is given changes; null empties. Of `fields` the given keys change, null removes one."""

    name: ShortText | None = None
    language: ShortText | None = None
    timezone: ShortText | None = None
    customer_no: ShortText | None = None
    vip: bool | None = None
    tags: Annotated[list[ShortText], Field(max_length=50)] | None = None
    fields: Annotated[dict[FieldName, FieldText | None], Field(max_length=100)] | None = None

    def changes(self) -> dict[str, Any]:
        """Tags and fields given as null mean none; vip null means no."""
        empty: dict[str, Any] = {"tags": [], "fields": {}, "vip": False}
        given = self.model_dump(exclude_unset=True)
        return {name: empty.get(name) if value is None else value for name, value in given.items()}


class NewIdentity(Request):
    """`shared`: several contacts may have it."""

    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    value: ShortText
    scope: Annotated[str, StringConstraints(max_length=200)] = ""
    shared: bool = False


class IdentityChange(Request):
    """`confirmed`: it is his on the agent's word. `shared`: several people use it, or no longer."""

    confirmed: Literal[True] | None = None
    shared: bool | None = None


class IdentityMove(Request):
    """`to` null: to a contact of its own."""

    to: UUID | None = None


class Merge(Request):
    """`loser` becomes part of the contact of the path. `anyway`: although customer numbers differ."""

    loser: UUID
    anyway: bool = False


class Confirmation(Request):
    """`anyway`: although customer numbers differ."""

    anyway: bool = False


class Choice(Request):
    """Whose a call, or a message and what followed it, was: `contact`, or somebody new (then perhaps his `name`)."""

    call: UUID | None = None
    entry: NumberText | None = None
    contact: UUID | None = None
    name: ShortText | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> "Choice":
        if (self.call is None) == (self.entry is None):
            raise ValueError("give either call or entry")
        return self


class Candidate(Reply):
    contact: UUID
    name: str | None
    last_seen: str
    kind: str
    value: str


class Suggestion(Reply):
    """`contact`: who has the identity, or with `own` false who claims one of this contact's; null: nobody has it."""

    id: str
    contact: UUID | None
    name: str | None
    reason: str
    code: str
    kind: str
    value: str
    own: bool


class MergeFacts(Reply):
    id: str
    at: str
    by: dict[str, Any] | None
    rule: str | None
    loser: dict[str, Any]
    state: Literal["done", "undoing"]


class KinReply(Reply):
    """What a page shows beside a contact. `candidates` has those who share a phone with it, itself too."""

    candidates: list[Candidate]
    suggestions: list[Suggestion]
    merges: list[MergeFacts]


class WhereReply(Reply):
    """Who it is now, and his thread; null where nothing is left of it."""

    contact: UUID | None
    thread: UUID | None


class MergedReply(WhereReply):
    merge: str | None


class UndoneReply(WhereReply):
    """`state` undoing: its entries are still on their way back; both threads show all of theirs when they are."""

    merge: str
    winner: UUID
    state: Literal["done", "undoing"]


class ChosenReply(WhereReply):
    entries: int


class IdentityReply(Reply):
    id: str
