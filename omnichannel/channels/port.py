"""What a channel is to everybody else: it proves what its provider delivers, reads it into our words, and sends.

A channel knows one provider's protocol and nothing of threads, agents or the database. Inbound:
`receive` proves the raw request and cuts it into deliveries, which are stored as they came and answered at
once; later `read` makes our words of one stored delivery. Outbound: `send` gives one message to the
provider and says what that meant.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, runtime_checkable
from uuid import UUID

from omnichannel.identity import Trust
from threadline.kernel.errors import Invalid, ThreadlineError
from threadline.kernel.events import Json

# Our side ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One configured address of ours: a mailbox, a page, an official account, the chat of a site.

    `config` and `secrets` hold the values of the channel's `fields`; `region` (ISO 3166) reads national phone
    numbers; `hook_url` is the public URL its provider calls, as configured by `public_url`.
    """

    row: int
    id: UUID
    kind: str
    address: str
    title: str = ""
    config: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    queue: str | None = None
    region: str = "VN"
    language: str | None = None
    hook_url: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing an admin fills in for an endpoint. `name` is also the key of its label, `channel.KIND.NAME`."""

    name: str
    is_secret: bool = False
    is_required: bool = True
    default: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Taps:
    """One way to offer answers to tap: at most so many, each and the words above them so long."""

    most: int
    shown_max: int
    text_max: int


@dataclass(frozen=True, slots=True)
class Limits:
    """`text_max` counts characters after NFC. `file_types` are MIME prefixes; empty: no files.

    `taps` are the ways to offer answers, the plainest first; empty: answers are written.
    """

    text_max: int
    file_bytes: int = 0
    file_types: tuple[str, ...] = ()
    has_html: bool = False
    has_subject: bool = False
    has_typing: bool = False
    has_read_marks: bool = False
    taps: tuple[Taps, ...] = ()


# In --------------------------------------------------------------------------------------------------


class Forged(Invalid):
    """The delivery does not prove that it comes from the provider. Answered 403 and counted, never stored."""


@dataclass(frozen=True, slots=True)
class HookRequest:
    """A provider's HTTP request as it came. Header names in lower case; `url` as the provider called it."""

    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Delivered:
    """One event, to be stored as it came. Equal `key`: the same event again. Events of one `sender` keep order."""

    key: str
    sender: str
    raw: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a request brought, and what its provider is answered once that is committed."""

    deliveries: Sequence[Delivered] = ()
    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Known:
    """An identity as a channel learnt it; `trust` None is what its kind deserves (omnichannel.identity.KINDS)."""

    kind: str
    value: str
    scope: str = ""
    trust: Trust | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file of an incoming message: its bytes, or the URL (with headers) it is to be fetched from."""

    name: str
    mime: str
    data: bytes | None = None
    url: str | None = None
    url_headers: Mapping[str, str] = field(default_factory=dict)
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """Something said. `direction` "out" is an echo: we, or a colleague in the provider's own inbox, said it.

    `customer` is the other side in both directions. `also` are further identities of the same customer which the
    provider gives with it. `key` is the provider's id of the message, `own_key` our `Outgoing.key` where an echo
    returns it. `is_automatic`: a machine wrote it, so nothing automatic answers. `meta` lands in the entry's meta.
    """

    customer: Known
    key: str
    at: datetime
    text: str
    direction: Literal["in", "out"] = "in"
    html: str | None = None
    subject: str | None = None
    display: str | None = None
    also: Sequence[Known] = ()
    files: Sequence[File] = ()
    reply_to: str | None = None
    own_key: str | None = None
    is_automatic: bool = False
    meta: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Status:
    """What became of messages of ours: those named by `keys` (provider ids), or all to `customer` up to `until`."""

    status: Literal["sent", "delivered", "read", "failed"]
    at: datetime
    keys: Sequence[str] = ()
    customer: Known | None = None
    until: datetime | None = None
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Learnt:
    """A customer told (or the provider vouched for) something about himself without saying anything."""

    customer: Known
    at: datetime
    also: Sequence[Known] = ()
    display: str | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing of ours; `reason` for the log."""

    reason: str


Incoming: TypeAlias = Message | Status | Learnt | Ignored

# Out -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the vault. `url` is signed and public for an hour, for providers that fetch files themselves."""

    path: Path
    name: str
    mime: str
    bytes: int
    url: str
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that is offered: what is typed for it, what is shown, what a tap brings back beside that."""

    key: str
    shown: str
    payload: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one customer. `key` is ours and the same in every attempt.

    `by` person: typed by an agent, which some windows demand. `template` is {name, language, values}. `reply_to`
    is the provider's id of the message answered. `meta` carries what a channel itself put into the thread
    (an e-mail's references). `last_inbound` is when the customer last wrote here. `choices` fit one of the channel's
    `taps`.
    """

    key: str
    to: Known
    text: str
    at: datetime
    html: str | None = None
    subject: str | None = None
    files: Sequence[StoredFile] = ()
    reply_to: str | None = None
    template: Json | None = None
    by: Literal["person", "machine"] = "person"
    last_inbound: datetime | None = None
    meta: Json = field(default_factory=dict)
    choices: Sequence[Choice] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it. `key` is its id of the message; None where it comes later, with the echo."""

    key: str | None
    meta: Json = field(default_factory=dict)


class Remedy(StrEnum):
    """What to do about a refusal."""

    RETRY = "retry"  # this message, later
    PAUSE = "pause"  # every message of this endpoint, later
    RECONNECT = "reconnect"  # an admin must mend the credentials: all wait
    GIVE_UP = "give_up"  # this message never
    WINDOW = "window"  # the messaging window is closed: a template, or another channel
    BLOCKED = "blocked"  # this customer does not want or can't get messages here
    UNSURE = "unsure"  # nobody knows whether it went: retried only where `key` keeps it from doubling


class SendFailed(ThreadlineError):
    """The provider did not take it. `detail` is for people, without personal data."""

    def __init__(
        self, remedy: Remedy, detail: str, *, code: str | None = None, retry_after_s: float | None = None
    ) -> None:
        self.remedy, self.detail, self.code, self.retry_after_s = remedy, detail, code, retry_after_s
        super().__init__(detail)


class Opening(StrEnum):
    """How far a messaging window is open."""

    OPEN = "open"
    PERSON_ONLY = "person_only"  # only what a person writes
    PAID = "paid"
    TEMPLATE_ONLY = "template_only"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Window:
    """`until` None: no end."""

    opening: Opening
    until: datetime | None = None


# The channel ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Check:
    """One line of an endpoint's test; `detail` says how to mend it."""

    name: str
    is_ok: bool
    detail: str = ""


class Inlet(Protocol):
    """Where a channel that fetches (a mailbox) puts what it found. Returns once it is committed."""

    async def __call__(self, endpoint: Endpoint, deliveries: Sequence[Delivered]) -> None: ...


class SecretStore(Protocol):
    """For channels whose tokens rotate: one holder at a time, in all processes, of an endpoint's secrets."""

    def exclusive(self, endpoint: Endpoint) -> "AbstractAsyncContextManager[Secrets]": ...


class Secrets(Protocol):
    """The newest secrets while the lock is held; `keep` commits new ones before it returns."""

    values: Mapping[str, str]

    async def keep(self, changed: Mapping[str, str]) -> None: ...


class Channel(Protocol):
    """One provider's protocol. Made once in the registry; holds its HTTP session, never an endpoint's state."""

    kind: str  # "zalo"; the channel of its timeline entries
    identity_kind: str  # of the customers that write here
    fields: Sequence[Field]
    limits: Limits

    def receive(self, endpoint: Endpoint, request: HookRequest) -> Receipt:
        """Proves the request and cuts it into deliveries. Raises Forged. No I/O."""
        ...

    def read(self, endpoint: Endpoint, raw: bytes, headers: Mapping[str, str]) -> Sequence[Incoming]:
        """Our words for one stored delivery. Raises Invalid, which parks it. No I/O."""
        ...

    def window(self, endpoint: Endpoint, last_inbound: datetime | None, now: datetime) -> Window:
        """What may be sent to a customer who wrote here last at `last_inbound`. Pure."""
        ...

    async def send(self, endpoint: Endpoint, message: Outgoing) -> Sent:
        """Raises SendFailed."""
        ...

    async def check(self, endpoint: Endpoint) -> Sequence[Check]:
        """Tries the credentials."""
        ...


@dataclass(frozen=True, slots=True)
class Price:
    """What a message took from the account; `unit` is a currency by ISO 4217."""

    amount: Decimal
    unit: str


@runtime_checkable
class Priced(Protocol):
    """Beside Channel, where messages cost and their provider says how much, some time after they went."""

    async def price(self, endpoint: Endpoint, key: str) -> Price | None:
        """Of the message with that provider's id; None: not known yet. Raises SendFailed."""
        ...


class Fetching(Protocol):
    """Beside Channel, where nobody calls us: runs while the endpoint is on, and keeps trying."""

    async def fetch(self, endpoint: Endpoint, inlet: Inlet) -> None:
        """Until cancelled. Raises SendFailed(RECONNECT) when only an admin can mend it."""
        ...
