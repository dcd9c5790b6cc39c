"""What a queue needs, how long it rings, how many may wait, and when it is open."""

from collections.abc import Callable, Sequence

from omnichannel.administration.store import AdministrationStore, Row, StillUsed
from omnichannel.audit.service import Actor, Audit
from omnichannel.errors import NoSuchQueue
from threadline.db.pool import Pool
from threadline.kernel.errors import Unfit
from threadline.kernel.events import Json
from threadline.kernel.versions import check_version, difference, versioned


class Queues:
    """Queues as rows: what is not given stays, columns of other rooms included."""

    def __init__(self, pool: Pool, audit: Audit, flows_into: Callable[[str], Sequence[str]]) -> None:
        """`flows_into`: the flows in force that name a queue."""
        self._pool = pool
        self._audit = audit
        self._flows_into = flows_into

    async def everything(self) -> list[Row]:
        """Every column of each queue, and `version`."""
        return [versioned(row) for row in await AdministrationStore(self._pool).queues()]

    async def queue(self, queue: str) -> Row:
        """Raises NoSuchQueue."""
        return versioned(await _there(AdministrationStore(self._pool), queue))

    async def add(self, queue: str, settings: Json, actor: Actor) -> Row:
        """Raises Unfit."""
        async with self._pool.acquire() as link, link.transaction():
            store = AdministrationStore(link)
            await _check(store, queue, settings)
            if not await store.add_queue(queue, str(settings["title"])):
                raise Unfit("id", "taken", "There is a queue of that name.")
            await store.change_queue(queue, settings)
            await self._audit.note(actor, "queue.add", f"queue:{queue}", {"after": settings}, link)
        return await self.queue(queue)

    async def change(self, queue: str, settings: Json, seen: str | None, actor: Actor) -> Row:
        """Raises NoSuchQueue, Outdated, Unfit, StillUsed."""
        async with self._pool.acquire() as link, link.transaction():
            store = AdministrationStore(link)
            await store.lock_queue(queue)
            before = await _there(store, queue)
            check_version(before, seen)
            await _check(store, queue, settings)
            await store.change_queue(queue, settings)
            facts = difference(before, await _there(store, queue))
            await self._audit.note(actor, "queue.change", f"queue:{queue}", facts, link)
        return await self.queue(queue)

    async def delete(self, queue: str, actor: Actor) -> None:
        """Raises NoSuchQueue, StillUsed."""
        async with self._pool.acquire() as link, link.transaction():
            store = AdministrationStore(link)
            before = await _there(store, queue)
            if flows := self._flows_into(queue):
                raise StillUsed("flows", f"These flows lead to it: {', '.join(flows)}.", flows)
            if others := await store.queues_overflowing(queue):
                raise StillUsed("overflow", f"Calls overflow to it from: {', '.join(others)}.", others)
            if await store.queue_uses(queue):
                raise StillUsed("cases", "Cases or channels are of this queue: it can't be deleted.")
            await store.drop_queue(queue)
            await self._audit.note(actor, "queue.delete", f"queue:{queue}", {"before": before}, link)


async def _there(store: AdministrationStore, queue: str) -> Row:
    for row in await store.queues(queue):
        return row
    raise NoSuchQueue


async def _check(store: AdministrationStore, queue: str, settings: Json) -> None:
    """Raises Unfit for a skill nobody can have, and for a way round that leads back."""
    need = settings.get("need")
    known = {skill["id"] for skill in await store.skills()}
    for skill in need if isinstance(need, dict) else ():
        if skill not in known:
            raise Unfit("need", "unknown_skill", f"There is no skill {skill}.")
    queues = {str(row["id"]): row.get("overflow_queue") for row in await store.queues()}
    queues[queue] = settings.get("overflow_queue")
    after, way = queues[queue], {queue}
    while after is not None:
        if after not in queues:
            raise Unfit("overflow_queue", "unknown", "There is no such queue.")
        if after in way:
            raise Unfit("overflow_queue", "circle", "Calls would come back to where they were.")
        way.add(str(after))
        after = queues[str(after)]
