"""The codes an agent chooses from when he says what became of a call or case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from omnichannel.administration.store import AdministrationStore, Row
from omnichannel.audit.service import Actor, Audit
from threadline.db.pool import Pool
from threadline.kernel.errors import NotFound, Unfit
from threadline.kernel.versions import check_version, difference, versioned


class NoSuchCode(NotFound):
    """No such code."""


@dataclass(frozen=True, slots=True)
class CodeGiven:
    """`titles` by language; `queues` where it is offered, empty everywhere; `place` its order among the others."""

    titles: Mapping[str, str]
    queues: Sequence[str] = ()
    place: int = 100
    is_active: bool = True


class WrapUpCodes:
    """Every change is audited; a code that is off is offered no more and keeps its past."""

    def __init__(self, pool: Pool, audit: Audit) -> None:
        self._pool = pool
        self._audit = audit

    async def everything(self) -> list[Row]:
        """[{id, titles, queues, place, is_active, version}] in their order."""
        return [versioned(row) for row in await AdministrationStore(self._pool).wrap_up_codes()]

    async def add(self, code: str, given: CodeGiven, actor: Actor) -> Row:
        """Raises Unfit for one that is there."""
        async with self._pool.acquire() as link, link.transaction():
            store = AdministrationStore(link)
            await store.lock_wrap_up_codes()
            if await store.wrap_up_codes(code):
                raise Unfit("id", "taken", "There is a code of that name.")
            row = _row(code, given)
            await store.save_wrap_up_code(row)
            await self._audit.note(actor, "wrap_up_code.add", f"wrap_up_code:{code}", {"after": row}, link)
        return versioned(row)

    async def change(self, code: str, given: CodeGiven, seen: str | None, actor: Actor) -> Row:
        """Raises NoSuchCode, Outdated."""
        async with self._pool.acquire() as link, link.transaction():
            store = AdministrationStore(link)
            await store.lock_wrap_up_codes()
            before = await _there(store, code)
            check_version(before, seen)
            row = _row(code, given)
            await store.save_wrap_up_code(row)
            facts = difference(before, row)
            await self._audit.note(actor, "wrap_up_code.change", f"wrap_up_code:{code}", facts, link)
        return versioned(row)

    async def delete(self, code: str, actor: Actor) -> None:
        """Raises NoSuchCode."""
        async with self._pool.acquire() as link, link.transaction():
            store = AdministrationStore(link)
            before = await _there(store, code)
            await store.drop_wrap_up_code(code)
            await self._audit.note(
                actor, "wrap_up_code.delete", f"wrap_up_code:{code}", {"before": before}, link
            )


def _row(code: str, given: CodeGiven) -> Row:
    return {
        "id": code,
        "titles": dict(given.titles),
        "queues": list(given.queues),
        "place": given.place,
        "is_active": given.is_active,
    }


async def _there(store: AdministrationStore, code: str) -> Row:
    for row in await store.wrap_up_codes(code):
        return row
    raise NoSuchCode
