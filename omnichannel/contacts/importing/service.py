"""Imports: a preview that finds every fault, lines taken in batches, a report of those that were refused.

Nothing but one batch of lines is held at a time, beside the file while it is read. A process that ends in the
middle is no harm: lines are taken in the transaction that notes them, and the next process goes on.
"""

import asyncio
import csv
import io
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from omnichannel.audit.service import Actor, Audit
from omnichannel.contacts.desk import agent_of
from omnichannel.contacts.errors import NoSuchImport
from omnichannel.contacts.importing.columns import Finding, Line, guess, is_field, read_line
from omnichannel.contacts.importing.store import ImportStore, LineRow, TakingStore
from omnichannel.contacts.importing.table import read_table
from omnichannel.contacts.importing.taking import take, together
from omnichannel.contacts.store import ContactStore
from threadline.db.pool import DATABASE_TROUBLE, Pool
from threadline.ending import heed
from threadline.kernel.clock import Clock
from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json
from threadline.kernel.ids import uuid7

log = logging.getLogger(__name__)

BATCH: Final = 500
TAKEN: Final = 300  # at a time: whoever of them calls meanwhile waits for the batch
SHOWN: Final = 50
IDLE_S: Final = 30.0
ALL: Final = ("ready", "refused", "made", "changed")


class ContactImports:
    """Takes contacts from tables."""

    def __init__(self, pool: Pool, clock: Clock, audit: Audit, *, region: str = "VN") -> None:
        self._pool = pool
        self._clock = clock
        self._audit = audit
        self._region = region
        self._wake = asyncio.Event()

    async def preview(self, name: str, data: bytes, actor: Actor) -> Json:
        """As `show`. Nothing is taken yet. Raises FileUnreadable."""
        table = await asyncio.to_thread(read_table, data)
        columns = guess(table.header)
        now = self._clock.now()
        id_ = uuid7(now)
        async with self._pool.acquire() as link, link.transaction():
            store = ImportStore(link)
            await store.add_import(id_, name, agent_of(actor), table, columns, self._region, now)
            seen: dict[str, int] = {}
            for batch in _batches(table.lines()):
                fresh = [LineRow(line, cells, [], "ready") for line, cells in batch]
                checked = await asyncio.to_thread(_checked, fresh, table.header, columns, self._region, seen)
                await store.add_lines(id_, checked)
        return await self.show(id_)

    async def show(self, id_: UUID) -> Json:
        """{id, name, state, header, columns, encoding, delimiter, counts: {ready, refused, made, changed}, lines, refused}.

        `lines` are the first as read, `refused` the first with findings: {line, cells, findings, state} each.
        Raises NoSuchImport.
        """
        store = ImportStore(self._pool)
        found = await self._found(id_)
        lines = await store.lines_after(id_, 0, ALL, 10)
        refused = await store.lines_after(id_, 0, ("refused",), SHOWN)
        return {
            "id": str(id_),
            "name": found["name"],
            "state": found["state"],
            "header": found["header"],
            "columns": found["columns"],
            "encoding": found["encoding"],
            "delimiter": found["delimiter"],
            "counts": {state: found["counts"].get(state, 0) for state in ALL},
            "lines": [_shown(one) for one in lines],
            "refused": [_shown(one) for one in refused],
        }

    async def recolumn(self, id_: UUID, columns: Mapping[str, str]) -> Json:
        """The columns mean something else; every line is looked at again. Raises NoSuchImport, Invalid."""
        found = await self._found(id_)
        wrong = [
            name for name, meaning in columns.items() if name not in found["header"] or not is_field(meaning)
        ]
        if wrong:
            raise Invalid(f"no such column or field: {', '.join(wrong)}")
        async with self._pool.acquire() as link, link.transaction():
            store, after, seen = ImportStore(link), 0, dict[str, int]()
            if not await store.set_columns(id_, columns):
                raise NoSuchImport("no such import, or it is applied")
            while lines := await store.lines_after(id_, after, ALL, BATCH):
                checked = await asyncio.to_thread(
                    _checked, lines, found["header"], columns, found["region"], seen
                )
                await store.check_lines(id_, checked)
                after = lines[-1].line
        return await self.show(id_)

    async def apply(self, id_: UUID, actor: Actor) -> Json:
        """Its good lines are taken, in the background. As `show`. Raises NoSuchImport."""
        async with self._pool.acquire() as link, link.transaction():
            if not await ImportStore(link).begin_import(id_):
                raise NoSuchImport("no such import, or it is applied")
            await self._audit.note(actor, "contact.import", f"import:{id_}", {}, link)
        self._wake.set()
        return await self.show(id_)

    async def report(self, id_: UUID) -> AsyncIterator[str]:
        """The refused lines as CSV, as they were, with what is wrong: mend it and import the file again."""
        found = await self._found(id_)
        yield "\ufeff" + _row([*found["header"], "line", "problem", "how to mend it"])
        after = 0
        while lines := await ImportStore(self._pool).lines_after(id_, after, ("refused",), BATCH):
            yield "".join(_report_row(one, len(found["header"])) for one in lines)
            after = lines[-1].line

    async def run(self) -> None:
        """Takes lines until cancelled."""
        while True:
            self._wake.clear()
            try:
                while await self.step():
                    continue
            except DATABASE_TROUBLE:
                heed()
                log.warning("imports wait for the database")
            try:
                async with asyncio.timeout(IDLE_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def step(self) -> bool:
        """One batch, or the end of an import. False: there is none."""
        async with self._pool.acquire() as link, link.transaction():
            store = ImportStore(link)
            running = await store.lock_running()
            if running is None:
                return False
            lines = await store.ready_lines(running["id"], TAKEN)
            if not lines:
                await store.end_import(running["id"], self._clock.now())
                return True
            read = await asyncio.to_thread(_read, lines, running)
            several = together(read)
            outcomes = await take(ContactStore(link), TakingStore(link), read[:several], self._clock.now())
            taken = [
                one._replace(state=state, findings=[finding.shown()] if finding else [])
                for one, (state, finding) in zip(lines, outcomes, strict=False)
            ]
            await store.check_lines(running["id"], taken)
        return True

    async def _found(self, id_: UUID) -> Mapping[str, Any]:
        found = await ImportStore(self._pool).find_import(id_)
        if found is None:
            raise NoSuchImport
        return found


def _read(lines: Sequence[LineRow], running: Mapping[str, Any]) -> list[Line]:
    return [read_line(running["header"], running["columns"], one.cells, running["region"]) for one in lines]


def _checked(
    lines: Sequence[LineRow],
    header: Sequence[str],
    columns: Mapping[str, str],
    region: str,
    seen: dict[str, int],
) -> list[LineRow]:
    """`seen` keeps the line each identity came first in."""
    checked = []
    for one in lines:
        read = read_line(header, columns, one.cells, region)
        for identity in read.identities:
            first = seen.setdefault(identity.lock_key, one.line)
            if first != one.line:
                text = f"the same {identity.kind} as in line {first}"
                read.findings.append(Finding(None, "twice", text, "keep one of the two lines"))
        shown = [finding.shown() for finding in read.findings]
        checked.append(one._replace(findings=[*shown], state="refused" if shown else "ready"))
    return checked


def _batches(lines: Iterable[tuple[int, list[str]]]) -> Iterable[list[tuple[int, list[str]]]]:
    batch: list[tuple[int, list[str]]] = []
    for one in lines:
        batch.append(one)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _shown(one: LineRow) -> Json:
    return {"line": one.line, "cells": [*one.cells], "findings": one.findings, "state": one.state}


def _report_row(one: LineRow, width: int) -> str:
    found = [finding for finding in one.findings if isinstance(finding, dict)]
    what = "; ".join(f"{finding['column'] or 'line'}: {finding['text']}" for finding in found)
    cells = [*one.cells[:width], *([""] * (width - len(one.cells)))]
    return _row([*cells, str(one.line), what, "; ".join(str(finding["mend"]) for finding in found)])


def _row(cells: Sequence[str]) -> str:
    """A cell that a spreadsheet would take for a formula is written as text."""
    out = io.StringIO()
    csv.writer(out).writerow([f"'{cell}" if cell[:1] in ("=", "@") else cell for cell in cells])
    return out.getvalue()
