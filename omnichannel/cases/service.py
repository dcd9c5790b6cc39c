"""Cases: opened by what customers write, moved by agents, their promises watched.

Everything that happens to a case is one transaction that holds its row; pages are told after the commit.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from omnichannel import timeline
from omnichannel.cases import life, shown
from omnichannel.cases.model import CaseChange, OpenedBy, Policy, View
from omnichannel.cases.store import CaseStore
from omnichannel.cases.work import NORMAL, Work
from omnichannel.errors import HasOwner, NoSuchCase, NoSuchQueue, NoSuchThread, PolicyUnreadable
from omnichannel.ports import StoredMessage
from omnichannel.store import ThreadStore
from threadline.db.pool import DATABASE_TROUBLE, Connection, Pool
from threadline.ending import heed
from threadline.kernel.clock import Clock
from threadline.kernel.events import Bus, Json, ThreadDelta
from threadline.kernel.ids import AgentId, ThreadId

log = logging.getLogger(__name__)

PAGE_MAX: Final = 200
LOOK_AGAIN_S: Final = 15.0  # another server may have changed the next deadline
POLICY_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
MENTION: Final = re.compile(r"(?<![\w@.])@([A-Za-z0-9][\w.-]{0,62})")


@dataclass(frozen=True, slots=True)
class Page:
    """Cases as omnichannel.cases.shown makes them; `next` is the cursor of the page after, None at the end. `total`: of
    the whole view, with its first page only.
    """

    cases: list[Json]
    next: str | None
    total: int | None = None


class Cases:
    """Implements omnichannel.ports.Follower: messages find their cases. `run()` watches promises and sleepers."""

    def __init__(self, pool: Pool, clock: Clock, bus: Bus) -> None:
        self._pool = pool
        self._clock = clock
        self._bus = bus
        self._store = CaseStore(pool)
        self._changed = asyncio.Event()

    async def stored(self, link: Connection, fact: StoredMessage) -> Sequence[int]:
        """A new message joins its case, or opens one; what a machine wrote neither starts nor stops a clock."""
        work = Work(link)
        await work.store.lock_thread(fact.thread_row)
        queue = fact.endpoint.queue if fact.direction == "in" else None
        case = await work.store.newest_case(fact.thread_row, queue)
        if fact.is_automatic or fact.by in ("rule", "system"):
            case = case if case is not None and case.case.status.is_open else None
        elif fact.direction == "in":
            case = await work.heard(case, fact)
        elif fact.agent is not None:
            case = await work.answered(case, fact, fact.agent)
        if case is not None:
            await work.store.put_into_case(fact.entry, case.row)
        self._changed.set()
        return work.told

    # what agents do

    async def open(
        self,
        thread: ThreadId,
        subject: str,
        *,
        agent: AgentId | None,
        queue: str | None = None,
        priority: int = NORMAL,
        by: OpenedBy = "agent",
    ) -> Json:
        """A new case, the agent's own. Raises NoSuchThread, NoSuchQueue."""
        async with self._work() as work:
            thread_row = await work.store.thread_row(thread)
            if thread_row is None:
                raise NoSuchThread
            await work.known_queue(queue)
            await work.store.lock_thread(thread_row)
            policy = await work.store.policy(queue)
            case = await work.open(
                thread_row, by, self._clock.now(), policy, queue=queue, subject=subject, owner=agent, priority=priority
            )  # fmt: skip
        return await self.show(case.number)

    async def change(self, number: int, change: CaseChange, agent: AgentId | None) -> Json:
        """One or more things at once; the case as it is then. Raises as `apply`."""
        await self.apply(number, change, agent)
        return await self.show(number)

    async def apply(
        self, number: int, change: CaseChange, agent: AgentId | None, *, own_only: bool = False
    ) -> None:
        """Raises NoSuchCase, NoSuchAgent, NoSuchQueue, ClosedForGood, NotOpen, NotInFuture; HasOwner where the case is
        with a colleague and `own_only`.
        """
        now = self._clock.now()
        async with self._work() as work:
            found = await work.store.case_row(number)
            if found is None:
                raise NoSuchCase
            if own_only and found.case.owner not in (None, agent):
                raise HasOwner
            policy = await work.store.policy(change.get("queue", found.queue))
            found = await work.describe(found, change, now, agent)
            if "owner" in change:
                found = await work.give(found, change["owner"], now, agent)
            if "status" in change:
                found = await work.apply(
                    found, life.moved(found.case, change["status"], now, policy), now, agent
                )
            if "snoozed_until" in change:
                await work.apply(found, life.snoozed(found.case, change["snoozed_until"], now), now, agent)

    async def hand(self, number: int, owner: AgentId | None, *, was: AgentId | None) -> bool:
        """From one owner to another, if it is still that one's: routing gives cases, and takes them back.

        Raises NoSuchCase, NoSuchAgent.
        """
        async with self._work() as work:
            found = await work.store.case_row(number)
            if found is None:
                raise NoSuchCase
            if found.case.owner != was or not found.case.status.is_open:
                return False
            await work.give(found, owner, self._clock.now(), None)
        return True

    async def let_go(self, agent: AgentId) -> None:
        """He is gone: what is open and was his, asleep too, is nobody's, for whoever takes it or is given it."""
        his = View(owner=agent, asleep=None)
        while found := (await self.find(his, limit=PAGE_MAX)).cases:
            for case in found:
                await self.hand(int(str(case["number"])), None, was=agent)

    # questions

    async def show(self, number: int) -> Json:
        """Raises NoSuchCase."""
        row = await self._store.show_case(number)
        if row is None:
            raise NoSuchCase
        return shown.case(row, self._clock.now())

    async def find(self, view: View, after: str | None = None, limit: int = 50) -> Page:
        """The most urgent first. Raises CursorUnreadable."""
        size = max(1, min(limit, PAGE_MAX))
        begin = shown.FIRST if after is None else shown.read_cursor(after)
        rows = await self._store.list_urgent(view, begin, size + 1)
        now = self._clock.now()
        more = shown.cursor(rows[size - 1]) if len(rows) > size else None
        total = await self._store.count_view(view) if after is None else None
        return Page([shown.case(row, now) for row in rows[:size]], more, total)

    async def counts(self, agent: AgentId | None) -> Json:
        """{mine, queues, unassigned, snoozed, open, all, mentions} for that agent; `queues`: in those he serves."""
        return await self._store.counts(agent, await self.queues_of(agent))

    async def queues_of(self, agent: AgentId | None) -> list[str]:
        """The queues whose contacts his skills are enough for; of nobody: those that ask for none."""
        return await self._store.queues_of(agent)

    # mentions

    async def mentioned(self, link: Connection, entry: int, text: str, by: AgentId | None) -> list[AgentId]:
        """Notes who is named in a note (`@login`), in its transaction. Returns them."""
        logins = sorted({name.rstrip(".-").lower() for name in MENTION.findall(text)})
        return await CaseStore(link).mention(entry, logins, by, self._clock.now()) if logins else []

    async def mentions(self, agent: AgentId, *, seen: bool = False, limit: int = 50) -> list[Json]:
        """[{entry, thread, contact, by, preview, at, seen_at}], the newest first; `seen`: those seen too."""
        rows = await self._store.mentions(agent, seen=seen, limit=min(limit, PAGE_MAX))
        return [shown.mention(row) for row in rows]

    async def see_mentions(self, agent: AgentId, thread: ThreadId) -> None:
        """He has the thread open: what named him there is no news any more."""
        await self._store.see_mentions(agent, thread, self._clock.now())

    # promises

    async def policies(self) -> list[Json]:
        """[{id, title, first_reply_s, turn_s, resolve_s, calendar}]."""
        return [dict(row) for row in await self._store.policies()]

    async def define_policy(self, policy: Policy, title: str, calendar: str | None) -> None:
        """New under its id, or changed; cases keep the deadlines they have. Raises PolicyUnreadable."""
        if not POLICY_NAME.fullmatch(policy.id):
            raise PolicyUnreadable("a promise's name is small letters, digits and _, such as standard")
        if calendar is not None and not await self._store.has_calendar(calendar):
            raise PolicyUnreadable(f"there is no calendar {calendar}")
        await self._store.save_policy(
            policy.id, title, policy.first_reply_s, policy.turn_s, policy.resolve_s, calendar
        )

    async def promise(self, queue: str, policy: str | None, reopen_window_s: int) -> None:
        """From now on cases of that queue promise this. Raises NoSuchQueue, PolicyUnreadable."""
        if policy is not None and policy not in {one["id"] for one in await self._store.policies()}:
            raise PolicyUnreadable(f"there is no promise {policy}")
        if not await self._store.promise_queue(queue, policy, reopen_window_s):
            raise NoSuchQueue

    async def promises(self) -> list[Json]:
        """[{queue, title, policy, reopen_window_s}], of every queue."""
        return [dict(row) for row in await self._store.promises()]

    # deadlines

    async def run(self) -> None:
        """Until cancelled: tells broken promises and wakes sleepers when their moment comes."""
        while True:
            try:
                pause = await self.look()
            except DATABASE_TROUBLE as exc:
                heed()
                log.warning("cases could not be looked after", extra={"error": type(exc).__name__})
                pause = LOOK_AGAIN_S
            try:
                async with asyncio.timeout(pause):
                    await self._changed.wait()
            except TimeoutError:
                pass
            self._changed.clear()

    async def look(self) -> float:
        """One round; returns after how many seconds the next is due."""
        now = self._clock.now()
        async with self._work() as work:
            for found in await work.store.due_cases(now):
                await work.tell_broken(found, now)
        async with self._work() as work:
            for found in await work.store.asleep_cases(now):
                await work.apply(found, life.snoozed(found.case, None, now), now, None)
        self._changed.clear()
        moment = await self._store.next_moment()
        if moment is None:
            return LOOK_AGAIN_S
        return max(0.0, min((moment - self._clock.now()).total_seconds(), LOOK_AGAIN_S))

    @asynccontextmanager
    async def _work(self) -> AsyncIterator[Work]:
        """A transaction; what it told is published once it is through."""
        async with self._pool.acquire() as link:
            async with link.transaction():
                work = Work(link)
                yield work
            threads, cases = ThreadStore(link), CaseStore(link)
            rows = [await threads.entry(entry) for entry in work.told]
            deltas = [
                ThreadDelta(thread, timeline.entry(thread, row))
                for row in rows
                for thread in [await cases.thread_name(row["thread_row"])]
            ]
        self._changed.set()
        for delta in deltas:
            self._bus.publish(delta)
