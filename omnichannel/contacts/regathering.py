"""Brings the entries of merged and parted contacts to where they belong, a batch at a time.

Where an entry belongs: in the thread of whoever its identity leads to; without identity, of whoever the thread
leads to that it was made for. A merge is true at once, and until its entries have followed the winner's thread is
read with the losers'. An undo is the other way round: the entries go first, while the thread is still read with
the other, and in the last step the contact is cut loose. Every batch is a transaction of its own and may be done
twice, so a crash costs nothing: the next process starts the job again.

A transaction that began before a merge or a cut may still add an entry by what it read then. So a finished job
stays until every such transaction is over, and looks once more.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from omnichannel.contacts.fields import parted
from omnichannel.contacts.store import ContactStore, Locked
from threadline.db.pool import DATABASE_TROUBLE, Pool
from threadline.ending import heed
from threadline.kernel.clock import Clock
from threadline.kernel.events import Bus, Json, ThreadMoved
from threadline.kernel.ids import ThreadId

log = logging.getLogger(__name__)

BATCH: Final = 5_000
LOOK_AGAIN_S: Final = 1.0  # for stragglers, and for jobs of other processes
IDLE_S: Final = 30.0

Row = Mapping[str, Any]
Source = tuple[str, int]  # ("identity" | "home" | "thread", row)


@dataclass(slots=True)
class _Pass:
    """One walk over everything a job may have to move."""

    job: int
    sources: list[Source]
    target: int
    threads: Sequence[int]
    identities: Sequence[int]
    after: int = 0


class Regathering:
    """One job after the other, the oldest first, over all processes."""

    def __init__(self, pool: Pool, clock: Clock, bus: Bus, *, batch: int = BATCH) -> None:
        self._pool = pool
        self._clock = clock
        self._bus = bus
        self._batch = batch
        self._pass: _Pass | None = None
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There is a new job."""
        self._wake.set()

    async def run(self) -> None:
        """Works until cancelled."""
        while True:
            self._wake.clear()
            pause = await self._work()
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _work(self) -> float:
        """All there is to do now; for how many seconds nothing more is expected."""
        try:
            has_more = True
            while has_more:
                has_more = await self.step()
            async with self._pool.acquire() as link:
                return LOOK_AGAIN_S if await ContactStore(link).next_regathering() else IDLE_S
        except DATABASE_TROUBLE:
            heed()
            log.warning("threads wait for the database to be regathered")
            return LOOK_AGAIN_S

    async def step(self) -> bool:
        """One batch, or the end of a job. False: nothing to do now."""
        news: list[ThreadMoved] = []
        async with self._pool.acquire() as link, link.transaction():
            store = ContactStore(link)
            await store.lock_regathering()
            job = await store.next_regathering()
            if job is None:
                self._pass = None
                return False
            if job["seen_at"] is not None and await store.has_stragglers(job["seen_at"]):
                return False
            current = self._pass
            if current is None or current.job != job["id"]:
                current = await self._start(store, job)
            moved_on = await self._move(store, current)
            if not moved_on:
                news = await self._finish(store, job, current)
        self._pass = current if moved_on else None
        for one in news:
            self._bus.publish(one)
        return True

    async def _start(self, store: ContactStore, job: Row) -> _Pass:
        root = await _gathered(store, job)
        threads, identities = await store.tree_rows(await store.own_tree(root))
        target = int((await store.names_of(root))["thread_row"])
        sources: list[Source] = [("identity", row) for row in identities]
        sources += [("home", row) for row in threads]
        sources += [("thread", row) for row in threads if row != target]
        return _Pass(job["id"], sources, target, threads, identities)

    async def _move(self, store: ContactStore, current: _Pass) -> bool:
        """The next batch. False: the walk is over."""
        while current.sources:
            kind, row = current.sources[0]
            move = {
                "identity": store.move_by_identity,
                "home": store.move_by_home,
                "thread": store.move_by_thread,
            }[kind]
            done = await move(row, current.after, self._batch, current.target)
            if done["picked"] < self._batch:
                current.sources.pop(0)
                current.after = 0
            else:
                current.after = done["last"]
            if done["moved"]:
                return True
        return False

    async def _finish(self, store: ContactStore, job: Row, current: _Pass) -> list[ThreadMoved]:
        """Everything was looked at: what is few follows, and an undo becomes true."""
        if job["merge_id"] is not None:
            return await self._cut(store, job, current)
        root = await store.root_of(job["contact_id"])
        sources, _ = await store.tree_rows(await store.own_tree(root))
        # a contact cut loose has what is few in the thread it left, which asked for a job of its own
        await store.move_sessions(sources, current.identities, current.threads, current.target)
        await store.move_work_items(sources, current.identities, current.threads, current.target)
        if job["seen_at"] is None:
            await store.watch_for_stragglers(job["id"])
        else:
            await store.end_regathering(job["id"])
        return await _members(store, root)

    async def _cut(self, store: ContactStore, job: Row, current: _Pass) -> list[ThreadMoved]:
        """The loser is itself again. What arrived during the walk is looked for once more, by a job of its own."""
        now = self._clock.now()
        merge = await store.merge(job["merge_id"])
        assert merge is not None
        root, loser, winner = merge["root"], merge["loser"], merge["winner"]
        left, _ = await store.tree_rows(await store.own_tree(root))
        own = await store.own_tree(loser)
        locked = await store.lock_people((root, winner, loser))
        await store.cut(loser)
        await store.give_back_identities(loser, own)
        await store.move_sessions(left, current.identities, current.threads, current.target)
        await store.move_work_items(left, current.identities, current.threads, current.target)
        await _give_back_fields(store, winner, merge["snapshot"], locked[winner])
        await store.end_undo(merge["id"], now)
        await store.end_regathering(job["id"])
        for contact in (loser, root):
            await store.ask_to_regather(contact, None, now)
        names = await store.names_of(root)
        return [ThreadMoved(ThreadId(names["thread"]), ThreadId(merge["loser_thread"]), "unmerged")]


async def _gathered(store: ContactStore, job: Row) -> int:
    """The contact whose thread the job fills: of an undo the loser, which then is still part of the winner."""
    if job["merge_id"] is None:
        return await store.root_of(job["contact_id"])
    merge = await store.merge(job["merge_id"])
    assert merge is not None
    return int(merge["loser"])


async def _give_back_fields(store: ContactStore, winner: int, snapshot: Json, before: Locked) -> None:
    taken = snapshot.get("taken")
    if isinstance(taken, dict):
        await store.keep_fields(winner, parted(before.fields, taken))


async def _members(store: ContactStore, root: int) -> list[ThreadMoved]:
    target = ThreadId((await store.names_of(root))["thread"])
    return [ThreadMoved(ThreadId(row["thread"]), target, "merged") for row in await store.members(root)]
