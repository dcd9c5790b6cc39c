"""Conversations of flows in writing: what customers write is heard in order, once, and survives a restart.

A message and its note for the flow are one transaction (omnichannel.ports.Follower); hearing it, what the flow says
to it and where the conversation then stands are another. A person who answers takes the conversation over.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from ivr_flows import effects as fx
from ivr_flows import inputs as ev
from ivr_flows.engine import FlowContext, start
from ivr_flows.model import Flow
from omnichannel.cases.store import CaseStore
from omnichannel.channels.port import Endpoint
from omnichannel.correspondence.store import MessageStore
from omnichannel.flows.ports import Addresses, Sends, Shelf, World
from omnichannel.flows.store import Kept, Words, WrittenStore
from omnichannel.flows.talk import QUESTIONS, Question, Talk
from omnichannel.messages import deltas
from omnichannel.ports import StoredMessage
from omnichannel.store import ThreadStore
from threadline.db.bell import Bell, Bells
from threadline.db.pool import Connection, Pool
from threadline.ending import heed
from threadline.kernel.clock import Clock
from threadline.kernel.errors import NotFound
from threadline.kernel.events import Bus, Json, ThreadDelta
from threadline.kernel.ids import ContactId, ThreadId

log = logging.getLogger(__name__)

IDLE_S: Final = 30.0
TROUBLE_S: Final = 1.0
ATTEMPTS: Final = 6
REPEATABLE: Final = frozenset({"GET", "PUT", "DELETE"})

Remember = Callable[[ContactId, str], Awaitable[None]]


class WrittenFlows:
    """`run` until cancelled. A Follower of messages, to stand after those that open cases."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        bus: Bus,
        sends: Sends,
        addresses: Addresses,
        shelf: Shelf,
        world: World,
        remember: Remember,
        default_language: str,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._bus = bus
        self._sends = sends
        self._addresses = addresses
        self._shelf = shelf
        self._world = world
        self._remember = remember
        self._language = default_language
        self._tasks: asyncio.TaskGroup | None = None
        self.bell = Bell("threadline_flows")

    # --- which flow answers where ------------------------------------------------------------------

    async def set_entry(self, endpoint: Endpoint, flow_id: str | None, revision: int | None = None) -> None:
        """A flow answers what is written to an address of ours from now on; None: people do.

        Raises NotFound for a flow that is not in force.
        """
        store = WrittenStore(self._pool)
        if flow_id is None:
            await store.drop_entry(endpoint.row)
            return
        flow = await self._flow(flow_id, revision)
        if flow is None:
            raise NotFound(f"flow {flow_id} is not in force")
        if endpoint.kind not in flow[1].head.channels:
            raise NotFound(f"flow {flow_id} does not answer {endpoint.kind}: name it under channels:")
        await store.set_entry(endpoint.row, flow_id, revision)

    async def paths(self, thread_row: int) -> Sequence[Mapping[str, Any]]:
        """[{flow_id, revision, path, is_over}] of a thread, oldest first."""
        return await WrittenStore(self._pool).paths(thread_row)

    async def newest_path(self) -> Mapping[str, Any] | None:
        """{flow_id, revision, path, is_over} of the conversation that began last."""
        return await WrittenStore(self._pool).newest_path()

    async def _flow(self, flow_id: str, revision: int | None) -> tuple[int, Flow] | None:
        if revision is None:
            return self._shelf.published(flow_id)
        flow = await self._shelf.pin(flow_id, revision)
        return None if flow is None else (revision, flow)

    # --- messages ----------------------------------------------------------------------------------

    async def stored(self, link: Connection, fact: StoredMessage) -> Sequence[int]:
        """omnichannel.ports.Follower. Adds no entry."""
        store = WrittenStore(link)
        if fact.direction == "out":
            if fact.agent is not None or fact.is_echo:
                await store.end_session(fact.thread_row, fact.endpoint.row, fact.at)
            return []
        if fact.is_automatic or fact.identity_row is None:
            return []
        if await store.has_entry(fact.endpoint.row, fact.thread_row):
            await store.add_words(fact)
            await self.bell.ring_everywhere(link)
        return []

    # --- work --------------------------------------------------------------------------------------

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(Bells(self._pool, self.bell).run(), name="written-flows-bell")
            tasks.create_task(self._work(), name="written-flows")

    async def _work(self) -> None:
        await self._ask_again()
        while True:
            try:
                if not await self.take_next() and not await self.wake():
                    await self.bell.wait(await self._idle_s())
            except Exception as exc:  # noqa: BLE001  # the database is away: nothing of it was lost
                heed()
                log.warning("written flows wait for the database", extra={"error": type(exc).__name__})
                await asyncio.sleep(TROUBLE_S)

    async def _idle_s(self) -> float:
        due = await WrittenStore(self._pool).next_wake()
        return IDLE_S if due is None else min(IDLE_S, max(0.05, (due - self._clock.now()).total_seconds()))

    async def take_next(self) -> bool:
        """Hears the oldest words of a thread nobody works on. False: there are none now."""
        now, words, talk = self._clock.now(), None, None
        try:
            async with self._changing() as (link, told):
                words = await WrittenStore(link).claim_words(now)
                if words is None:
                    return False
                await CaseStore(link).lock_thread(
                    words.thread_row
                )  # first, as whoever writes into a thread does
                talk = await self._hear(link, words, now)
                await WrittenStore(link).done_words(words.id)
                told += [] if talk is None else talk.told
        except Exception as exc:
            if words is None:
                raise
            await self._failed(words, exc)
            return True
        if talk is not None:
            await self._follow(talk)
        return True

    async def wake(self) -> bool:
        """Gives every conversation whose time has come its tick. False: there is none."""
        due = await WrittenStore(self._pool).due_sessions(self._clock.now())
        for session in due:
            await self.feed(session, ev.Tick())
        return bool(due)

    async def feed(self, session: int, event: ev.Input) -> None:
        """Tells a conversation what happened; one that is over hears nothing."""
        async with self._changing() as (link, told):
            store = WrittenStore(link)
            if (thread_row := await store.session_thread(session)) is None:
                return
            await CaseStore(link).lock_thread(thread_row)
            kept = await store.session(session)
            talk = None if kept is None else await self._talk(link, kept)
            if talk is None:
                return
            await talk.hear(event)
            told += talk.told
        await self._follow(talk)

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[tuple[Connection, list[int]]]:
        """A transaction; what was told in it is published once it is committed."""
        told: list[int] = []
        async with self._pool.acquire() as link, link.transaction():
            yield link, told
            news: list[ThreadDelta] = await deltas(MessageStore(link), told) if told else []
        if news:
            self._sends.bell.ring()
        for delta in news:
            self._bus.publish(delta)

    async def _failed(self, words: Words, exc: Exception) -> None:
        store = WrittenStore(self._pool)
        log.warning("a flow could not hear", extra={"words": words.id, "error": type(exc).__name__})
        if words.attempts + 1 >= ATTEMPTS:
            await store.done_words(words.id)  # the message stands in the thread; people see it there
            return
        await store.put_off_words(words.id, self._clock.now() + timedelta(seconds=2.0**words.attempts))

    # --- a conversation ----------------------------------------------------------------------------

    async def _hear(self, link: Connection, words: Words, now: datetime) -> Talk | None:
        store = WrittenStore(link)
        kept = await store.live_session(words.thread_row, words.endpoint_row)
        if kept is not None and kept.state["mode"] == "talking":
            if kept.work_item is not None and await store.is_case_open(kept.work_item):
                return None  # people talk
            await store.end_session(words.thread_row, words.endpoint_row, now)
            kept = None
        if kept is None:
            return await self._begin(link, words, now)
        talk = await self._talk(link, kept)
        if talk is not None:
            key = talk.key_of(await store.tapped(words.entry))
            await talk.hear(ev.Wrote(key or words.words))
        return talk

    async def _talk(self, link: Connection, kept: Kept) -> Talk | None:
        flow = await self._shelf.pin(kept.flow, kept.revision)
        if flow is None:
            log.error("a conversation's flow is gone", extra={"flow": kept.flow, "revision": kept.revision})
            await WrittenStore(link).end_session(kept.thread_row, kept.endpoint_row, self._clock.now())
            return None
        endpoint = await self._addresses.by_row(kept.endpoint_row)
        return Talk(link, kept, flow, endpoint, self._sends, self._clock.now())

    async def _begin(self, link: Connection, words: Words, now: datetime) -> Talk | None:
        """A conversation begins, unless a person is in charge of the customer."""
        store = WrittenStore(link)
        entry = await store.entry_flow(words.endpoint_row)
        found = None if entry is None else await self._flow(*entry)
        if found is None or await store.has_person(words.thread_row):
            return None
        revision, flow = found
        endpoint = await self._addresses.by_row(words.endpoint_row)
        known = await store.known(words.thread_row, words.identity_row)
        turn = start(flow, await self._context(link, words, endpoint, known, now), now)
        row = await store.add_session(words, flow.id, revision, turn.session.to_json(), now)
        kept = Kept(
            row, words.thread_row, ThreadId(known["thread"]), words.endpoint_row, words.identity_row, flow.id,
            revision, turn.session.to_json(), None, (), None,
        )  # fmt: skip
        talk = Talk(link, kept, flow, endpoint, self._sends, now)
        await talk.begin(turn)
        return talk

    async def _context(
        self, link: Connection, words: Words, endpoint: Endpoint, known: Mapping[str, Any], now: datetime
    ) -> FlowContext:
        thread = ThreadId(known["thread"])
        facts = await ThreadStore(link).facts(thread)
        number = known["value"] if known["kind"] == "phone" else ""
        contact: Json = {"id": str(known["contact"])}
        if facts is not None:
            last = None if facts.last_agent is None else str(facts.last_agent)
            contact |= {
                "name": facts.name, "language": facts.language, "open_tickets": facts.open_tickets,
                "last_agent": last, "vip": bool(facts.attrs.get("vip", False)),
                "tags": facts.attrs.get("tags", []), "fields": facts.attrs.get("fields", {}),
            }  # fmt: skip
        language = (facts.language if facts else None) or endpoint.language or self._language
        return FlowContext(
            call={
                "id": f"written-{words.entry}", "from": number, "to": endpoint.address, "language": language,
                "started_at": now.isoformat(), "channel": endpoint.kind,
            },
            contact=contact,
            thread={"id": str(thread), **await ThreadStore(link).conversation(thread)},
            calendars=self._shelf.calendars,
            default_language=language,
        )  # fmt: skip

    # --- the world ---------------------------------------------------------------------------------

    async def _follow(self, talk: Talk) -> None:
        """What was decided and is done outside the transaction."""
        if talk.remembered is not None:
            async with self._pool.acquire() as link:
                known = await WrittenStore(link).known(talk.kept.thread_row, talk.kept.identity_row)
            await self._remember(ContactId(known["contact"]), talk.remembered)
        for letter in talk.letters:
            await self._world.write(talk.kept.thread, letter)
        if talk.asked is not None:
            self._ask(talk.kept.id, talk.asked, talk.kept.thread)

    def _ask(self, session: int, asked: Question, thread: ThreadId | None = None) -> None:
        assert self._tasks is not None, "used before it runs"
        self._tasks.create_task(self._answered(session, asked, thread), name="written-flow-question")

    async def _answered(self, session: int, asked: Question, thread: ThreadId | None) -> None:
        try:
            if isinstance(asked, fx.SendMessage):
                is_ok = thread is not None and await self._world.write(thread, asked)
                answer: ev.Input = ev.MessageSent(asked.request, is_ok)
            else:
                answer = await self._world.answer(asked)
            await self.feed(session, answer)
        except Exception as exc:  # noqa: BLE001  # the step's own deadline is its way out
            log.warning("a question of a flow failed", extra={"error": type(exc).__name__})

    async def _ask_again(self) -> None:
        """Questions that a restart cut off: asked once more where that changes nothing, else given up."""
        for session, asked in await WrittenStore(self._pool).asking_sessions():
            fields = {name: value for name, value in asked.items() if name != "kind"}
            question = _question(str(asked["kind"]), fields)
            if isinstance(question, fx.AskQueue) or (
                isinstance(question, fx.Fetch) and question.method in REPEATABLE
            ):
                self._ask(session, question)
            elif isinstance(question, fx.Fetch):
                await self.feed(session, ev.Fetched(question.request, 0, error="restart"))


def _question(kind: str, fields: Json) -> Question:
    made: Question = QUESTIONS[kind](**fields)
    return made
