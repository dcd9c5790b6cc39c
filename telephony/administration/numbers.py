"""Which flow answers which published number."""

from dataclasses import asdict, dataclass

from telephony.administration.notes import Note, Who
from telephony.administration.store import Row, TelephonyAdministrationStore
from telephony.flow_book import FlowBook
from threadline.db.pool import Pool
from threadline.kernel.errors import NotFound, Unfit
from threadline.kernel.versions import check_version, difference, versioned


class NoSuchNumber(NotFound):
    """No such number."""


@dataclass(frozen=True, slots=True)
class NumberGiven:
    """`revision` None: whichever is published. `region` reads national caller IDs."""

    title: str
    flow: str
    revision: int | None
    region: str
    record: bool


class Numbers:
    """Every change is in force for the next call."""

    def __init__(self, pool: Pool, flows: FlowBook, note: Note) -> None:
        self._pool = pool
        self._flows = flows
        self._note = note

    async def everything(self) -> list[Row]:
        """[{number, title, flow, revision, region, record, is_answered, version}]."""
        return [self._shown(row) for row in await TelephonyAdministrationStore(self._pool).numbers()]

    async def flows(self) -> list[Row]:
        """[{id, published: revision in force or None, newest}]."""
        return await TelephonyAdministrationStore(self._pool).flows()

    async def add(self, number: str, given: NumberGiven, actor: Who) -> Row:
        """Raises Unfit."""
        async with self._pool.acquire() as link, link.transaction():
            store = TelephonyAdministrationStore(link)
            await store.lock_numbers()
            if await store.numbers(number):
                raise Unfit("number", "taken", "This number is published already.")
            row = await self._checked(store, number, given)
            await store.save_number(row)
            await self._note(actor, "number.add", f"number:{number}", {"after": row}, link)
        await self._flows.load()
        return self._shown(row)

    async def change(self, number: str, given: NumberGiven, seen: str | None, actor: Who) -> Row:
        """Raises NoSuchNumber, Outdated, Unfit."""
        async with self._pool.acquire() as link, link.transaction():
            store = TelephonyAdministrationStore(link)
            await store.lock_numbers()
            before = await _there(store, number)
            check_version(before, seen)
            row = await self._checked(store, number, given)
            await store.save_number(row)
            await self._note(actor, "number.change", f"number:{number}", difference(before, row), link)
        await self._flows.load()
        return self._shown(row)

    async def delete(self, number: str, actor: Who) -> None:
        """Calls to it are refused from now on. Raises NoSuchNumber."""
        async with self._pool.acquire() as link, link.transaction():
            store = TelephonyAdministrationStore(link)
            before = await _there(store, number)
            await store.drop_number(number)
            await self._note(actor, "number.delete", f"number:{number}", {"before": before}, link)
        await self._flows.load()

    async def _checked(self, store: TelephonyAdministrationStore, number: str, given: NumberGiven) -> Row:
        flow = next((one for one in await store.flows() if one["id"] == given.flow), None)
        if flow is None:
            raise Unfit("flow", "unknown", "There is no such flow.")
        if given.revision is None and flow["published"] is None:
            raise Unfit("flow", "unpublished", "Nothing of this flow is published.")
        if given.revision is not None and not await store.has_revision(given.flow, given.revision):
            raise Unfit("revision", "unknown", "The flow has no such revision.")
        return {"number": number, **asdict(given)}

    def _shown(self, row: Row) -> Row:
        return {**versioned(row), "is_answered": self._flows.answering(row["number"]) is not None}


async def _there(store: TelephonyAdministrationStore, number: str) -> Row:
    for row in await store.numbers(number):
        return row
    raise NoSuchNumber
