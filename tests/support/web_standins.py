"""The other rooms as the web room sees them, in memory: for tests that are about the web alone."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from tests.support.web_people import PeopleInMemory
from tests.support.web_sound import evenly, write_tones
from threadline.kernel.clock import VirtualClock
from threadline.kernel.errors import Invalid, NotFound, Refused
from threadline.kernel.events import AgentState, AgentStateChanged, Bus, Json, ThreadDelta
from threadline.kernel.ids import AgentId, CallId, ContactId, RecordingId, ThreadId
from web.services import Services

METRICS_TOKEN = "metrics-and-nothing-else"
NOON = datetime(2026, 11, 26, 5, 0, tzinfo=UTC)


@dataclass
class ThreadsInMemory:
    bus: Bus
    clock: VirtualClock
    people: PeopleInMemory
    cards: dict[UUID, Json] = field(default_factory=dict)
    pages: dict[ThreadId, list[Json]] = field(default_factory=dict)
    wrapped_up: dict[CallId, str | None] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def add_contact(
        self, name: str | None, identities: Sequence[tuple[str, str, str]], language: str | None
    ) -> Json:
        """A contact with its thread; identities are (kind, value, trust)."""
        contact, thread = uuid4(), ThreadId(uuid4())
        card: Json = {
            "id": str(contact), "thread": str(thread), "kind": "identified", "name": name, "language": language,
            "customer_no": None, "vip": False, "tags": [], "fields": {},
            "identities": [{"kind": k, "scope": "", "value": v, "trust": t, "shared": False} for k, v, t in identities],
            "work_items": [],
        }  # fmt: skip
        self.cards[contact] = card
        self.pages[thread] = []
        return card

    def put(
        self, thread: ThreadId, kind: str, channel: str, direction: str, at: datetime, **more: Any
    ) -> Json:
        """One more entry, told to the pages."""
        text = more.pop("text", None)
        actor = more.pop("actor", {"kind": "customer", "id": None, "name": None})
        entry: Json = {
            "id": str(next(self.numbers)), "thread": str(thread), "kind": kind, "channel": channel,
            "direction": direction, "actor": actor, "at": at.isoformat(), "preview": (text or "")[:140], "text": text,
            "subject": more.pop("subject", None), "status": None, "call": more.pop("call", None),
        }  # fmt: skip
        self.pages[thread].append(entry)
        self.pages[thread].sort(key=lambda one: (str(one["at"]), int(str(one["id"]))))
        self.bus.publish(ThreadDelta(thread, entry))
        return entry

    async def contacts(self, identity: str, region: str) -> list[Json]:
        return [card for card in self.cards.values() if identity in str(card["identities"])]

    async def contact(self, contact: ContactId) -> Json:
        if contact not in self.cards:
            raise NotFound
        return self.cards[contact]

    async def timeline(self, thread: ThreadId, before: str | None, limit: int, channel: str | None) -> Json:
        newest = [one for one in reversed(self._page(thread)) if channel in (None, one["channel"])]
        if before is not None and not before.isdecimal():
            raise Invalid("The cursor is none of ours.")
        start = int(before) if before else 0
        page = newest[start : start + limit]
        more = start + limit < len(newest)
        return {"entries": [*page], "next": str(start + limit) if more else None}

    async def add_message(
        self,
        *,
        thread: ThreadId | None,
        identity: tuple[str, str] | None,
        channel: str,
        direction: str,
        text: str,
        html: str | None = None,
        subject: str | None = None,
        at: datetime | None = None,
        actor: AgentId | None,
        provider_msg_id: str | None = None,
        endpoint: str | None = None,
    ) -> Json:
        if thread is None:
            assert identity is not None
            found = await self.contacts(identity[1], "VN") or [
                self.add_contact(None, [(*identity, "observed")], None)
            ]
            thread = ThreadId(UUID(str(found[0]["thread"])))
        self._page(thread)
        kind = "email" if channel == "email" else "message"
        moment = at or self.clock.now()
        return self.put(
            thread, kind, channel, direction, moment, text=text, subject=subject, actor=self._actor(actor)
        )

    async def add_note(self, thread: ThreadId, agent: AgentId, text: str) -> Json:
        self._page(thread)
        return self.put(
            thread, "note", "internal", "none", self.clock.now(), text=text, actor=self._actor(agent)
        )

    async def wrap_up(
        self, call: CallId, code: str | None, titles: Mapping[str, str], agent: AgentId
    ) -> None:
        self.wrapped_up[call] = code

    def _page(self, thread: ThreadId) -> list[Json]:
        if thread not in self.pages:
            raise NotFound
        return self.pages[thread]

    def _actor(self, agent: AgentId | None) -> Json:
        if agent is None:
            return {"kind": "customer", "id": None, "name": None}
        return {"kind": "agent", "id": str(agent), "name": self.people.everyone[agent].display_name}


@dataclass
class RouterInMemory:
    bus: Bus
    clock: VirtualClock
    people: PeopleInMemory
    now: dict[AgentId, tuple[AgentState, str | None, datetime, datetime | None]] = field(default_factory=dict)
    on_call: dict[AgentId, CallId] = field(default_factory=dict)
    waiting: int = 0

    async def set_state(self, agent: AgentId, state: AgentState, reason: str | None = None) -> None:
        if agent not in self.people.everyone:
            raise NotFound
        if self._state(agent)[0] in (AgentState.OFFERED, AgentState.TALKING):
            raise Refused("An agent who is talking can't do that.")
        self.move(agent, state, reason)

    def move(
        self, agent: AgentId, state: AgentState, reason: str | None = None, until: datetime | None = None
    ) -> None:
        """What routing itself does; no rules."""
        since = self.clock.now()
        self.now[agent] = (state, reason, since, until)
        self.bus.publish(AgentStateChanged(agent, state, reason, since, until))

    async def states(self) -> list[Json]:
        rows: list[Json] = []
        for agent, person in self.people.everyone.items():
            state, reason, since, until = self._state(agent)
            call = self.on_call.get(agent)
            rows.append(
                {
                    "agent": str(agent), "login": person.login, "name": person.display_name, "state": state.value,
                    "reason": reason, "since": since.isoformat(), "until": until.isoformat() if until else None,
                    "call": str(call) if call else None,
                }
            )  # fmt: skip
        return rows

    async def queues(self) -> list[Json]:
        return [
            {"id": "support", "title": "Support", "waiting": self.waiting, "longest_wait_s": 42.0 if self.waiting else None},
            {"id": "sales", "title": "Sales", "waiting": 0, "longest_wait_s": None},
        ]  # fmt: skip

    def _state(self, agent: AgentId) -> tuple[AgentState, str | None, datetime, datetime | None]:
        return self.now.get(agent, (AgentState.LOGGED_OUT, None, NOON, None))


@dataclass(frozen=True, slots=True)
class File:
    path: Path
    mime: str = "audio/wav"


@dataclass
class RecordingsInMemory:
    folder: Path
    calls: dict[RecordingId, CallId] = field(default_factory=dict)
    transcripts: dict[RecordingId, Json] = field(default_factory=dict)

    def add(
        self, call: CallId, seconds: int, segments: Sequence[tuple[str, float, float, str]]
    ) -> RecordingId:
        """A stereo recording of two tones with a finished transcript: (speaker, t0, t1, text)."""
        recording = RecordingId(uuid4())
        write_tones(self.folder / f"{recording}.wav", seconds)
        self.calls[recording] = call
        said: list[Json] = [
            {"speaker": who, "t0": t0, "t1": t1, "text": text, "words": evenly(text, t0, t1)}
            for who, t0, t1, text in segments
        ]
        self.transcripts[recording] = {
            "state": "ready",
            "engine": "whisper",
            "language": "en",
            "detail": None,
            "segments": [*said],
        }
        return recording

    async def detail(self, recording: RecordingId) -> Json:
        if recording not in self.calls:
            raise NotFound
        return {"id": str(recording), "call": str(self.calls[recording]), "state": "ready"}

    async def audio(self, recording: RecordingId) -> File:
        await self.detail(recording)
        return File(self.folder / f"{recording}.wav")

    async def waveform(self, recording: RecordingId) -> Json:
        """Louder and louder on the left, quieter and quieter on the right; four seconds of pause."""
        await self.detail(recording)
        rise = [n * 255 // 119 for n in range(120)]
        return {
            "seconds": 24.0,
            "lanes": [[*rise], [*reversed(rise)]],
            "masked": [{"from_s": 10.0, "to_s": 14.0}],
        }

    async def transcript(self, recording: RecordingId) -> Json:
        await self.detail(recording)
        return self.transcripts[recording]

    async def for_call(self, call: CallId) -> list[Json]:
        return [{"id": str(one)} for one, owner in self.calls.items() if owner == call]


@dataclass
class CallsInMemory:
    details: dict[CallId, Json] = field(default_factory=dict)
    commands: list[tuple[str, CallId, AgentId]] = field(default_factory=list)

    async def detail(self, call: CallId) -> Json:
        if call not in self.details:
            raise NotFound
        return self.details[call]

    async def hold(self, call: CallId, agent: AgentId) -> None:
        self.commands.append(("hold", call, agent))

    async def resume(self, call: CallId, agent: AgentId) -> None:
        self.commands.append(("resume", call, agent))

    async def decline(self, call: CallId, agent: AgentId, why: str) -> None:
        self.commands.append(("decline", call, agent))

    async def mute(self, call: CallId, agent: AgentId, *, muted: bool) -> None:
        self.commands.append(("mute" if muted else "unmute", call, agent))

    async def press(self, call: CallId, agent: AgentId, keys: str) -> None:
        self.commands.append(("keys", call, agent))

    async def hang_up(self, call: CallId, agent: AgentId) -> None:
        self.commands.append(("hang_up", call, agent))

    def active(self) -> list[Json]:
        return []


@dataclass
class OperationsInMemory:
    """One banned address, one call with messages."""

    banned: list[str] = field(default_factory=lambda: ["198.51.100.7", "2001:db8::/64"])
    lifted_by: list[str] = field(default_factory=list)

    def overview(self) -> Json:
        at = NOON.isoformat()
        return {
            "at": at, "calls": 3, "loop_lag_ms": 1.5, "is_overloaded": False,
            "refused": {"address_rate": 41200, "banned": 388, "wrong_proof": 24, "scanner": 12},
            "bans": [
                {"address": one, "since": at, "until": at, "count": 2, "reason": "wrong_proof"} for one in self.banned
            ],
            "floods": [{"address": "203.0.113.66", "refused": 41200, "last": at}],
            "recent": [{"at": at, "address": "203.0.113.66", "reason": "scanner", "method": "OPTIONS"}],
            "dialling": {
                "countries": ["VN"], "refused": {"premium": 1},
                "recent": [{"at": at, "payer": "flow retail_main", "number": "19001234", "reason": "premium"}],
                "payers": [{"payer": "flow retail_main", "calls": 1, "minutes": 12.5}],
            },
            "phones": [
                {"account": "101", "transport": "udp", "source": "192.0.2.10:5060", "agent": "baresip v3.10", "expires_at": at, "reach": "reachable"}
            ],
            "trunks": [
                {"name": "carrier", "host": "192.0.2.1", "transport": "udp", "addresses": ["192.0.2.1"], "registered": True,
                 "ways": [{"address": "192.0.2.1:5060", "reach": "unreachable", "rtt_ms": None}]}
            ],
            "media": [
                {"worker": 0, "up": True, "legs": 6, "late_p50_ms": 0.07, "late_p99_ms": 0.6, "late_max_ms": 7.6, "late_ticks": 2},
                {"worker": 1, "up": False, "legs": 0, "late_p50_ms": None, "late_p99_ms": None, "late_max_ms": None, "late_ticks": 0},
            ],
            "media_losses": 1, "rtp_strangers": 17,
        }  # fmt: skip

    def lift_ban(self, address: str, by: str) -> None:
        if address not in self.banned:
            raise NotFound
        self.lifted_by.append(by)

    async def metrics(self) -> bytes:
        return b"threadline_calls_active 3.0\n"

    def ladder(self, call: CallId, *, bodies: bool) -> str:
        return f"INVITE {call}{' v=0' if bodies else ''}\n"

    def pcap(self, call: CallId, *, bodies: bool) -> bytes:
        return b"\xd4\xc3\xb2\xa1"


@dataclass(frozen=True, slots=True)
class House:
    """A whole server's worth of stand-ins."""

    bus: Bus
    clock: VirtualClock
    people: PeopleInMemory
    threads: ThreadsInMemory
    router: RouterInMemory
    recordings: RecordingsInMemory
    calls: CallsInMemory

    operations: OperationsInMemory = field(default_factory=OperationsInMemory)

    def services(self) -> Services:
        return Services(
            people=self.people,
            threads=self.threads,
            router=self.router,
            recordings=self.recordings,
            calls=self.calls,
            bus=self.bus,
            clock=self.clock,
            operations=self.operations,
            metrics_token=METRICS_TOKEN,
        )


def furnish(folder: Path, now: datetime = NOON) -> House:
    """Nobody in it yet."""
    bus, clock, people = Bus(), VirtualClock(now), PeopleInMemory()
    return House(
        bus,
        clock,
        people,
        ThreadsInMemory(bus, clock, people),
        RouterInMemory(bus, clock, people),
        RecordingsInMemory(folder),
        CallsInMemory(),
    )
