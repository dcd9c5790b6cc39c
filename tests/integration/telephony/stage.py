"""What call tests are made of: agents with phones, small flows, and questions about a call afterwards."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from telephony.sip.store import SipStore
from telephony.sip.trunks import TrunkConfig
from tests.support.audio import RATE, Found, Sound, find, loudness, mulaw_decode
from tests.support.baresip import Account, Baresip
from tests.support.house import HOTLINE, house
from threadline.compose import Server
from threadline.db.pool import open_pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import AgentState, CallEvent, CallEventKind, Json
from threadline.kernel.ids import AgentId, CallId

PASSWORD = "phone-secret"
LAN, MINH = "+84901234567", "+84907654321"
ENOUGH = 0.5  # of a clip, by `likeness`: each piece is unmistakable by itself
PIECE = RATE // 2
PATIENCE_S = 60.0  # how long a busy machine may take for what happens at once on an idle one

FRONT_DESK = """\
threadline: 1
kind: flow
id: front_desk
title: Straight to a person, else a message
entry: to_support
languages: {default: en-US, supported: [en-US]}
prompts:
  thanks: {en-US: {text: "Thank you for calling."}}
  message: {en-US: {text: "Your message, please."}}
steps:
  to_support:
    type: queue
    queue: support
    timeout: message
    hold: {offers: [{key: "2", next: message}]}
    after_call: thanks
  thanks: {type: say, prompt: thanks, next: end}
  message: {type: voicemail, prompt: message, box: support, silence: 2s, min: 1s, thread: {create_task: true}, next: end}
  end: {type: hangup}
"""

RECORDED_DESK = FRONT_DESK.replace("entry: to_support", "entry: tape").replace(
    "steps:\n", "steps:\n  tape: {type: recording, action: start, next: to_support}\n"
)

MENU = """\
threadline: 1
kind: flow
id: little_menu
title: A menu
entry: main
languages: {default: en-US, supported: [en-US]}
prompts:
  main: {en-US: {text: "For support, press 3. To hear how we are, press 4."}}
  fine: {en-US: {text: "We are fine."}}
steps:
  main:
    type: menu
    prompt: main
    timeout: 30s
    choices: {"3": {next: to_support}, "4": {next: fine}}
    on_fail: {next: end}
  fine: {type: say, prompt: fine, next: end}
  to_support: {type: queue, queue: support, timeout: end}
  end: {type: hangup}
"""


@dataclass
class Office:
    """A running server, its agents, and the calls it had."""

    server: Server
    folder: Path
    events: list[CallEvent] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.server.bus.subscribe(CallEvent, self._see)

    def _see(self, event: CallEvent) -> None:
        self.events.append(event)
        self._news.set()

    # --- furniture --------------------------------------------------------------------------------

    async def open(self, flow: str, *, ring_timeout_s: float = 20, record: bool = False) -> None:
        """The support queue, and the flow behind the hotline."""
        await self.server.router.define_queue(
            "support", "Support", need={"support": 1}, ring_timeout_s=ring_timeout_s
        )
        await self.publish(flow, record=record)

    async def publish(self, flow: str, *, number: str = HOTLINE, record: bool = False) -> int:
        flow_id, revision, _ = await self.server.flows.save(flow, "test", "")
        await self.server.flows.publish(flow_id, revision)
        await self.server.flows.set_route(number, "Hotline", flow_id, record=record)
        return revision

    async def hire(self, login: str, extension: str, *, wrap_up_s: int = 30) -> AgentId:
        """An agent for support with an account for his phone."""
        await self.server.accounts.add_account(extension, self.server.settings.realm, PASSWORD, md5=True)
        return await self.server.people.add(
            login, None, role="agent", display_name=login.title(), extension=extension,
            skills={"support": 5}, wrap_up_s=wrap_up_s,
        )  # fmt: skip

    async def ready(self, *agents: AgentId) -> None:
        for agent in agents:
            await self.server.router.set_state(agent, AgentState.READY)

    # --- phones -----------------------------------------------------------------------------------

    @asynccontextmanager
    async def desk(self, extension: str, **options: Any) -> AsyncIterator[Baresip]:
        """An agent's phone, registered; it rings until told to answer."""
        async with self._phone(extension, auto_answer=False, **options) as phone:
            yield phone

    @asynccontextmanager
    async def customer(
        self, user: str = "lan", number: str | None = LAN, **options: Any
    ) -> AsyncIterator[Baresip]:
        """A customer's phone, registered; its calls show `number`."""
        await self.server.accounts.add_account(
            user, self.server.settings.realm, PASSWORD, md5=True, number=number
        )
        async with self._phone(user, **options) as phone:
            yield phone

    @asynccontextmanager
    async def _phone(self, user: str, *, codecs: str = "pcmu,pcma", **options: Any) -> AsyncIterator[Baresip]:
        account = Account(user, PASSWORD, f"127.0.0.1:{self.server.sip.port}", codecs=codecs)
        async with Baresip(self.folder, account, **options) as phone:
            await phone.registered(timeout_s=PATIENCE_S)
            yield phone

    async def call(self, phone: Baresip, number: str = HOTLINE) -> None:
        """The phone dials and is answered; a refusal fails at once."""
        await phone.dial(number)
        first = await phone.events.take(
            lambda event: event["type"] in ("CALL_ESTABLISHED", "CALL_CLOSED"),
            timeout_s=PATIENCE_S, what="answer",
        )  # fmt: skip
        assert first["type"] == "CALL_ESTABLISHED", f"refused: {first.get('param')}"

    # --- what happens -----------------------------------------------------------------------------

    async def event(self, kind: CallEventKind, *, count: int = 1, **data: object) -> CallEvent:
        """The `count`-th event of this kind with this data, past or to come."""

        def found() -> list[CallEvent]:
            return [
                event
                for event in self.events
                if event.kind is kind and all(event.data.get(name) == value for name, value in data.items())
            ]

        try:
            async with asyncio.timeout(PATIENCE_S):
                while len(found()) < count:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            seen = "\n  ".join(f"{event.kind} {event.data}" for event in self.events)
            raise AssertionError(f"never happened: {count} x {kind} {data}; but\n  {seen}") from None
        return found()[count - 1]

    async def story(self, *, count: int = 1) -> Json:
        """Everything about the `count`-th call that ended, once its thread is complete."""
        ended = await self.event(CallEventKind.ENDED, count=count)
        await until(lambda: self._is_closed(ended.call), "the call's thread is complete")
        return await self.server.calls.detail(ended.call)

    async def _is_closed(self, call: CallId) -> bool:
        entry = await self.entry(call)
        return entry["status"] != "ongoing"

    async def entry(self, call: CallId) -> Json:
        """The call as its thread shows it."""
        detail = await self.server.calls.detail(call)
        page = await self.server.threads.timeline(UUID(str(detail["thread"])))  # type: ignore[arg-type]
        entries: list[Any] = page["entries"]  # type: ignore[assignment]
        return next(one for one in entries if one["call"] and one["call"]["id"] == str(call))

    async def state(self, agent: AgentId) -> str:
        states = await self.server.router.states()
        return next(str(one["state"]) for one in states if one["agent"] == str(agent))

    async def becomes(self, agent: AgentId, state: str) -> None:
        async def is_so() -> bool:
            return await self.state(agent) == state

        await until(is_so, f"the agent is {state}")

    async def is_quiet(self) -> bool:
        """No leg is open in any media engine, and no SIP dialog in the server."""
        return not any(self.server.engine.loads) and self.server.sip.live_calls() == 0

    async def prompt(self, text: str, language: str = "en-US") -> Sound:
        """The sound of a text the flow speaks, without the silence around it."""
        whole = mulaw_decode((await self.server.voice.prompt(text, language)).read_bytes())
        loud = np.nonzero(np.abs(whole) > 0.01)[0]
        return whole[loud[0] : loud[-1]]

    async def music(self, seconds: float = 2.0) -> Sound:
        """The beginning of the hold music."""
        path = await self.server.voice.music("moh_soft")
        return mulaw_decode(path.read_bytes())[: round(seconds * 8000)]


async def know_trunk(dsn: str, *addresses: str) -> None:
    """Calls from there come in as from a trunk; for a server that starts after this."""
    pool = await open_pool(dsn, max_size=1)
    try:
        await SipStore(pool, SystemClock()).save_trunk(TrunkConfig(name="carrier", addresses=addresses))
    finally:
        await pool.close()


@asynccontextmanager
async def an_office(folder: Path, dsn: str, *, record_internal: bool = False) -> AsyncIterator[Office]:
    """A server; at the end no call may have left anything of its media behind."""
    async with house(folder / "data", dsn, record_internal=record_internal) as server:
        yield (office := Office(server, folder))
        if not server.controller.active:
            await until(office.is_quiet, "the media engine has closed every leg")


async def until(fact: Callable[[], Awaitable[bool]], what: str, timeout_s: float = PATIENCE_S) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            while not await fact():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"never happened: {what}") from None


def outcome(story: Json) -> tuple[str, str]:
    """(result, reason)"""
    found = story["outcome"]
    assert isinstance(found, dict)
    return str(found["result"]), str(found["reason"])


def kinds(story: Json) -> list[str]:
    """The ledger as its types without `call.`, oldest first; steps, keys and languages left out."""
    events: list[Any] = story["events"]  # type: ignore[assignment]
    names = [str(event["type"]).removeprefix("call.") for event in events]
    return [name for name in names if name not in ("step", "keys", "language")]


def legs_of(story: Json) -> list[dict[str, Any]]:
    """The call's legs in the order they began."""
    return story["legs"]  # type: ignore[return-value]


def steps_of(story: Json) -> list[str]:
    """The names of the flow steps the call went through."""
    path: list[Any] = story["path"]  # type: ignore[assignment]
    return [step["step"] for step in path]


def of_kind(story: Json, kind: CallEventKind) -> list[Json]:
    """The data of every ledger line of this kind."""
    events: list[Any] = story["events"]  # type: ignore[assignment]
    return [event["data"] for event in events if event["type"] == kind.value]


async def hears(phone: Baresip, clip: Sound, since_s: float = 0.0) -> Found:
    """Waits until the phone hears the clip, later than `since_s` of its recording, and says where."""
    best = Found(0.0, 0.0)

    async def heard() -> bool:
        nonlocal best
        found = await asyncio.to_thread(likeness, clip, phone.heard()[round(since_s * RATE) :])
        best = Found(found.score, found.offset_s + since_s)
        return best.score >= ENOUGH

    try:
        await until(heard, f"{phone.account.user} hears the clip")
    except AssertionError as exc:
        raise AssertionError(f"{exc}; at best {best}") from None
    return best


def likeness(clip: Sound, recording: Sound) -> Found:
    """How much of the clip is in the recording, looked for half a second at a time, and where it begins.

    A phone on a busy machine drops or doubles a packet now and then. What follows is then shifted, and the
    clip as a whole is like nothing any more, although nobody listening would notice.
    """
    pieces = [clip[at : at + PIECE] for at in range(0, max(len(clip) - PIECE // 2, 1), PIECE)]
    loud = [piece for piece in pieces if loudness(piece) > 0.3 * loudness(clip)]
    found = [find(piece, recording) for piece in loud]
    return Found(sum(one.score > 0.8 for one in found) / len(found), found[0].offset_s)
