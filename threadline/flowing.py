"""Puts flows together with the world: services by HTTP, speech, letters, and flows that talk in writing."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID, uuid4

from ivr_flows import effects as fx
from ivr_flows import inputs as ev
from omnichannel.flows.service import WrittenFlows
from omnichannel.flows.store import WrittenStore
from omnichannel.outbound.service import Outbound
from omnichannel.threads import Threads
from omnichannel.webhooks.calling import Caller, CallFailed
from recordings.understanding import Understanding
from telephony.flow_book import FlowBook
from telephony.ports import CallbackDesk, QueueBook
from threadline.channels import Correspondence
from threadline.config import Settings
from threadline.db.pool import DATABASE_TROUBLE, Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import ThreadlineError
from threadline.kernel.events import Bus, JsonValue
from threadline.kernel.ids import CallId, ThreadId, uuid7
from threadline.secret_key import SecretKey

log = logging.getLogger(__name__)

SECRET: Final = "secret:"  # noqa: S105  # the prefix of a reference
CACHE_MAX: Final = 1_000
KINDS: Final = {"sms": "sms", "email": "email", "chat": "chat"}


class FlowServices:
    """telephony.flow_world.FlowWorld and omnichannel.flows.ports.World. `async with` by `open_flows`."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        key: SecretKey,
        caller: Caller,
        ears: Understanding,
        outbound: Outbound,
        folder: Path,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._store = WrittenStore(pool)
        self._clock = clock
        self._key = key
        self._caller = caller
        self._ears = ears
        self._outbound = outbound
        self._folder = folder
        self._tasks = tasks
        self._kept: dict[str, tuple[datetime, ev.Fetched]] = {}
        self.queues: QueueBook | None = None
        self.callbacks: CallbackDesk | None = None

    # --- secrets -----------------------------------------------------------------------------------

    async def set_secret(self, name: str, value: str | None) -> None:
        """What services are shown under `secret:NAME`; None forgets it."""
        if value is None:
            await self._store.drop_secret(name)
        else:
            await self._store.keep_secret(name, self._key.seal(value.encode()), self._clock.now())

    async def secrets(self) -> frozenset[str]:
        """The names there are."""
        return await self._store.secret_names()

    async def _shown(self, value: str) -> str:
        if not value.startswith(SECRET):
            return value
        sealed = await self._store.secret(value.removeprefix(SECRET))
        if sealed is None:
            raise CallFailed("A secret of this service is missing.")
        return self._key.open(sealed).decode()

    # --- services ----------------------------------------------------------------------------------

    def fetch(self, asked: fx.Fetch, reply: Callable[[ev.Fetched], None]) -> None:
        async def ask() -> None:
            reply(await self.fetched(asked))

        self._tasks.create_task(ask(), name="flow-service")

    async def fetched(self, asked: fx.Fetch) -> ev.Fetched:
        """What a service answered, within its bounds; whatever goes wrong is an answer of status 0."""
        url = asked.base + asked.path + (f"?{urlencode(asked.query)}" if asked.query else "")
        key = json.dumps([url, asked.auth, asked.headers], sort_keys=True)
        kept = self._kept.get(key)
        now = self._clock.now()
        if asked.cache_s and kept is not None and (now - kept[0]).total_seconds() < asked.cache_s:
            return ev.Fetched(asked.request, kept[1].status, kept[1].body)
        try:
            answer = await self._tried(asked, url)
        except (ThreadlineError, *DATABASE_TROUBLE) as exc:
            answer = ev.Fetched(asked.request, 0, error=type(exc).__name__)
        log.info(
            "flow asked a service",
            extra={"service": asked.service, "status": answer.status, "error": answer.error},
        )
        if asked.cache_s and 200 <= answer.status < 300:
            if len(self._kept) >= CACHE_MAX:
                self._kept.clear()
            self._kept[key] = (now, answer)
        return answer

    async def _tried(self, asked: fx.Fetch, url: str) -> ev.Fetched:
        headers = {"Accept": "application/json"}
        headers |= {name: await self._shown(value) for name, value in asked.headers.items()}
        if asked.auth is not None:
            headers["Authorization"] = f"Bearer {await self._shown(asked.auth)}"
        body = None if asked.json is None else json.dumps(asked.json, ensure_ascii=False)
        if body is not None:
            headers["Content-Type"] = "application/json"
        last = ev.Fetched(asked.request, 0, error="no answer")
        for _ in range(asked.retries + 1):
            try:
                answer = await self._caller.call(asked.method, url, headers, asked.timeout_s, body)
            except CallFailed:
                continue
            last = _read(asked, answer.status, answer.body)
            if answer.status < 500:
                return last
        return last

    # --- speech ------------------------------------------------------------------------------------

    def utterance_file(self) -> Path:
        return self._folder / f"{uuid4()}.wav"

    def prepare(self, language: str) -> None:
        self._ears.prepare(language)

    def understand(
        self, path: Path, language: str, phrases: Sequence[str], reply: Callable[[str, float], None]
    ) -> None:
        async def hear() -> None:
            try:
                text, sure = await self._ears.hear(path, language, phrases)
            finally:
                _forget(path)
            reply(text, sure)

        self._tasks.create_task(hear(), name="flow-speech")

    def understands(self, language: str) -> bool | None:
        return self._ears.understands(language)

    # --- letters -----------------------------------------------------------------------------------

    async def write(self, thread: ThreadId, message: fx.SendMessage) -> bool:
        """Queues it on the way of that channel used last. `to` picks the identity of that value."""
        try:
            ways = await self._outbound.reach(thread)
            for way in ways:
                if way["channel"] != message.channel or message.to not in (None, way["value"]):
                    continue
                await self._outbound.send(
                    thread=thread, identity=int(str(way["identity"])), endpoint=UUID(str(way["endpoint"])),
                    text=message.text, subject=message.subject, rule="flow",
                )  # fmt: skip
                return True
        except (ThreadlineError, *DATABASE_TROUBLE) as exc:
            log.warning("a flow's message was not sent", extra={"error": type(exc).__name__})
        return False

    # --- questions of conversations in writing ------------------------------------------------------

    async def answer(self, asked: fx.Fetch | fx.AskQueue | fx.RequestCallback) -> ev.Input:
        if isinstance(asked, fx.Fetch):
            return await self.fetched(asked)
        if isinstance(asked, fx.AskQueue):
            if self.queues is None:
                return ev.Fault("no queues")
            try:
                return ev.QueueFacts(asked.request, {**await self.queues.queue_facts(asked.queue)})
            except ThreadlineError as exc:
                return ev.Fault(type(exc).__name__)
        return await self._called_back(asked)

    async def _called_back(self, asked: fx.RequestCallback) -> ev.Input:
        if self.callbacks is None:
            return ev.CallbackRefused(asked.request, "nobody calls back here")
        window = None
        if asked.window is not None:
            window = (datetime.fromisoformat(asked.window[0]), datetime.fromisoformat(asked.window[1]))
        try:
            ticket = await self.callbacks.request_callback(
                CallId(uuid7(self._clock.now())), queue=asked.queue, number=asked.number,
                keep_place=asked.keep_place, window=window, attempts=asked.attempts,
                retry_after_s=asked.retry_after_s, expires_s=asked.expires_s,
            )  # fmt: skip
        except ThreadlineError as exc:
            return ev.CallbackRefused(asked.request, type(exc).__name__)
        return ev.CallbackTaken(asked.request, ticket)


def _forget(utterance: Path) -> None:
    utterance.unlink(missing_ok=True)


def _read(asked: fx.Fetch, status: int, body: bytes) -> ev.Fetched:
    """An answer as a flow sees it: JSON within its size, or nothing at all."""
    if len(body) > asked.max_bytes:
        return ev.Fetched(asked.request, 0, error="too large")
    if not body.strip():
        return ev.Fetched(asked.request, status)
    try:
        told: JsonValue = json.loads(body)
    except (ValueError, RecursionError):
        good = 200 <= status < 300
        return ev.Fetched(asked.request, 0 if good else status, error="no JSON")
    return ev.Fetched(asked.request, status, told)


class Flowing:
    """What `open_flows` gives."""

    def __init__(self, services: FlowServices, written: WrittenFlows, ears: Understanding) -> None:
        self.services = services
        self.written = written
        self.ears = ears


@asynccontextmanager
async def open_flows(
    settings: Settings,
    pool: Pool,
    clock: Clock,
    bus: Bus,
    key: SecretKey,
    rooms: Correspondence,
    threads: Threads,
    flows: FlowBook,
    ears: Understanding,
) -> AsyncIterator[Flowing]:
    """Ready to `written.run`. Its follower comes after those that open cases. Leaving gives questions up."""
    folder = settings.data_dir / "utterances"
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.wav"):
        left.unlink(missing_ok=True)
    async with Caller(may_be_private=settings.private_webhooks) as caller, ears, _group() as tasks:
        services = FlowServices(pool, clock, key, caller, ears, rooms.outbound, folder, tasks)
        flows.world = services
        written = WrittenFlows(
            pool, clock, bus, rooms.outbound, rooms.endpoints, flows, services, threads.remember_language,
            settings.default_language,
        )  # fmt: skip
        rooms.followers.append(written)
        yield Flowing(services, written, ears)


@asynccontextmanager
async def _group() -> AsyncIterator[asyncio.TaskGroup]:
    """A group whose tasks end with it."""
    started: list[asyncio.Task[Any]] = []

    class Group(asyncio.TaskGroup):
        def create_task(self, *args: Any, **more: Any) -> "asyncio.Task[Any]":
            task = super().create_task(*args, **more)
            started[:] = [*(one for one in started if not one.done()), task]
            return task

    async with Group() as tasks:
        try:
            yield tasks
        finally:
            for task in started:
                task.cancel()
