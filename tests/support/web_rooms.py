"""The rooms around a thread as the pages see them, in memory: cases, who is who, ways to write, the search box."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self, cast
from uuid import UUID, uuid4

from omnichannel.cases.model import CaseChange, View
from omnichannel.cases.service import Cases, Page
from omnichannel.contacts.service import Contacts
from omnichannel.errors import CannotSend, HasOwner
from omnichannel.knowledge.service import Knowledge
from omnichannel.search.service import Search
from recordings.captions.service import Captions
from tests.support.web_listening import ArticlesInMemory, CaptionsInMemory
from tests.support.web_standins import House
from threadline.kernel.errors import NotFound
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, CallId, ContactId, ThreadId
from web.administration_ports import AdministrationRooms
from web.automation_ports import AutomationRooms
from web.channel_ports import ChannelRooms
from web.flow_ports import FlowRooms
from web.phone_ports import PhoneRooms
from web.ports import OpenedFile
from web.services import Services


@dataclass
class RoomsInMemory:
    """What a test put there."""

    house: House
    ways: list[Json] = field(default_factory=list)
    kin_of: Json = field(default_factory=lambda: {"candidates": [], "suggestions": [], "merges": []})
    entries: list[Json] = field(default_factory=list)
    spoken: list[Json] = field(default_factory=list)
    sent: list[Json] = field(default_factory=list)
    waiting: list[Json] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    changes: list[CaseChange] = field(default_factory=list)
    macros_done: list[UUID] = field(default_factory=list)
    refuses: CannotSend | None = None
    articles: ArticlesInMemory = field(default_factory=ArticlesInMemory)

    def __post_init__(self) -> None:
        self.captions = CaptionsInMemory(self.house.bus)

    def services(self) -> Services:
        channels = replace(_NO_CHANNELS, outbound=cast(Any, self), audit=cast(Any, self))
        return replace(
            self.house.services(), files=_Vault(), cases=cast(Cases, self), contacts=cast(Contacts, self), search=cast(Search, _Box(self)),
            channels=channels, captions=cast(Captions, self.captions), knowledge=cast(Knowledge, self.articles),
            phones=PhoneRooms(cast(Any, None), cast(Any, _Phones()), lambda _: [], controls=cast(Any, _Phones())),
            administration=cast(AdministrationRooms, _Codes()), flows=cast(FlowRooms, _Flows()),
            automation=AutomationRooms(cast(Any, None), cast(Any, _Canned(self.macros_done)), cast(Any, None), cast(Any, self)),
        )  # fmt: skip

    # cases, and what other systems know

    async def panel(self, contact: ContactId) -> Json:
        return {"panels": [], "orders": [], "worth": []}

    def let_wait(self, count: int) -> None:
        """So many cases of one customer, numbered from 1, which every view of the inbox holds."""
        card = next(iter(self.house.threads.cards.values()))
        self.waiting += [
            _case(card, {"number": n, "subject": f"Subject {n}", "status": "open", "queue": "support", "tags": []})
            for n in range(1, count + 1)
        ]  # fmt: skip

    async def find(self, view: View, after: str | None = None, limit: int = 50) -> Page:
        if view.thread is None:
            begin = int(after or 0)
            more = str(begin + limit) if begin + limit < len(self.waiting) else None
            return Page(self.waiting[begin : begin + limit], more, None if after else len(self.waiting))
        found = [_case(card, item) for card in self.house.threads.cards.values() if str(view.thread) == card["thread"]
                 for item in cast(list[Json], card["work_items"])]  # fmt: skip
        return Page(found, None, len(found))

    async def queues_of(self, agent: AgentId | None) -> list[str]:
        return ["support"]

    async def counts(self, agent: AgentId | None) -> Json:
        held = len(self.waiting)
        return {
            "mine": held,
            "queues": held,
            "unassigned": 0,
            "snoozed": 0,
            "open": 1,
            "all": held,
            "mentions": 0,
        }

    async def apply(
        self, number: int, change: CaseChange, agent: AgentId | None, *, own_only: bool = False
    ) -> None:
        if number % 10 == 0:
            raise HasOwner
        self.changes.append(change)

    async def change(self, number: int, change: CaseChange, agent: AgentId | None) -> Json:
        self.changes.append(change)
        card = next(iter(self.house.threads.cards.values()))
        return _case(card, {"number": number, "subject": "Repair", "status": "open", "queue": None})

    async def mentions(self, agent: AgentId, *, seen: bool = False, limit: int = 50) -> list[Json]:
        return []

    async def see_mentions(self, agent: AgentId, thread: ThreadId) -> None:
        return None

    async def note(self, actor: object, action: str, target: str, detail: Json) -> None:
        """The audit log."""
        self.notes.append(action)

    # contacts

    async def kin(self, contact: ContactId) -> Json:
        return self.kin_of

    async def thread_of(self, thread: ThreadId) -> ThreadId | None:
        return thread

    # messages

    async def reach(self, thread: ThreadId) -> list[Json]:
        return self.ways

    async def send(self, **message: Any) -> Json:
        if self.refuses is not None:
            raise self.refuses
        self.sent.append(message)
        return self.house.threads.put(
            message["thread"], "message", "zalo", "out", self.house.clock.now(), text=message["text"],
            actor={"kind": "agent", "id": str(message["agent"]), "name": "Trần An"},
        )  # fmt: skip


@dataclass(frozen=True)
class _Kept:
    id: UUID
    name: str
    mime: str
    bytes: int


class _Vault:
    """Takes every file, and gives none back."""

    file_max = 10_000

    async def keep(self, name: str, mime: str, data: bytes, *, uploaded_by: str | None) -> _Kept:
        return _Kept(uuid4(), name, mime, len(data))

    async def open(self, file: UUID) -> OpenedFile:
        raise NotFound

    async def open_link(self, file: UUID, until: str, signature: str) -> OpenedFile:
        raise NotFound


@dataclass
class _Canned:
    """One ready text, and one macro."""

    done: list[UUID]

    async def complete(
        self, begun: str, thread: ThreadId | None, agent: AgentId | None, queue: str | None
    ) -> list[Json]:
        text: Json = {"shortcut": "hi", "title": "Greeting", "text": "Chào chị Lan"}
        return [{"id": "0199a000-0000-7000-8000-000000000003", **text}] if "hi".startswith(begun) else []

    async def texts(self) -> list[Json]:
        return []

    async def filled(
        self, texts: Sequence[UUID], thread: ThreadId | None, agent: AgentId | None
    ) -> list[Json]:
        return []

    async def macros(self, queue: str | None) -> list[Json]:
        named: Json = {"id": "0199a000-0000-7000-8000-000000000004", "title": "Đổi trả hàng"}
        return [{**named, "actions": [], "texts": {"vi": "Đã đổi"}}]

    async def apply(
        self, macro: UUID, thread: ThreadId, agent: AgentId, *, case: int | None, way: object
    ) -> Json:
        self.done.append(macro)
        return {"done": [{"tag": "exchange"}], "text": "Đã đổi nắp.", "entry": None}


class _Phones:
    """Everybody has a SIP phone; calls are of two, and nobody is parked."""

    async def phone_of(self, agent: AgentId) -> str:
        return "sip"

    async def mobile_of(self, agent: AgentId) -> str | None:
        return None

    def parked(self) -> list[Json]:
        return []

    def call_of(self, agent: AgentId) -> CallId | None:
        return None

    def parties(self, call: CallId) -> Json:
        return {
            "call": str(call), "customer": "talking", "slot": None, "agent": None, "parties": [],
            "recording": {"paused": False, "until": None},
        }  # fmt: skip


class _Flows:
    """One flow that is in force."""

    @property
    def room(self) -> Self:
        return self

    async def everything(self) -> list[Json]:
        return [{"id": "main", "title": "Main menu", "published": 3}]


class _Codes:
    """Two wrap-up codes, one of them of another queue."""

    @property
    def wrap_up(self) -> Self:
        return self

    async def everything(self) -> list[Json]:
        shared: Json = {"place": 100, "is_active": True, "version": "1"}
        return [
            {"id": "solved", "titles": {"en": "Solved", "vi": "Đã xong"}, "queues": [], **shared},
            {"id": "sold", "titles": {"en": "Sold", "vi": "Đã bán"}, "queues": ["sales"], **shared},
        ]


@dataclass
class _Box:
    rooms: RoomsInMemory

    async def find(self, text: str, limit: int = 20) -> Json:
        people: list[Json] = [
            {"contact": card["id"], "thread": card["thread"], "name": card["name"], "customer_no": None, "matched": text}
            for card in self.rooms.house.threads.cards.values()
            if text in str(card["identities"])
        ]  # fmt: skip
        return {
            "contacts": list(people),
            "cases": [],
            "entries": list(self.rooms.entries),
            "spoken": list(self.rooms.spoken),
        }


_NO_CHANNELS = ChannelRooms(
    endpoints=cast(Any, None), registry=cast(Any, None), inbox=cast(Any, None), outbound=cast(Any, None),
    audit=cast(Any, None), figures=cast(Any, None), public_url=None,
)  # fmt: skip


def _case(card: Json, item: Json) -> Json:
    return {
        "thread": card["thread"], "contact": {"id": card["id"], "name": card["name"]}, "owner": None, "priority": 5,
        "opened_at": "2026-11-24T02:00:00+00:00", "next_due_at": None, "snoozed_until": None, "overdue": False, **item,
    }  # fmt: skip
