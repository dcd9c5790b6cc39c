"""Everything there is about one person, as a ZIP: JSON of every table, files, mails as they came, recordings."""

import asyncio
import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from omnichannel.privacy.ports import Contents, Tapes
from omnichannel.privacy.store import Person, PrivacyStore
from threadline.db.pool import Pool
from threadline.kernel.events import Json

BATCH: Final = 500
TABLES: Final = {
    "contacts": "export_contacts",
    "contact_identities": "export_contact_identities",
    "contact_merges": "export_contact_merges",
    "contact_suggestions": "export_contact_suggestions",
    "consents": "export_consents",
    "customer_orders": "export_customer_orders",
    "correspondence": "export_correspondence",
    "work_items": "export_work_items",
    "sessions": "export_sessions",
}
"""Parts of the archive and the statements that fill them."""


class Archivist:
    """Writes archives into `folder`, whole or not at all."""

    def __init__(self, pool: Pool, tapes: Tapes, contents: Contents, folder: Path) -> None:
        self._pool = pool
        self._tapes = tapes
        self._contents = contents
        self._folder = folder

    def path(self, request: UUID) -> Path:
        return self._folder / f"{request}.zip"

    async def write(self, request: UUID, person: Person, now: datetime) -> int:
        """Bytes of the archive, which is in its place afterwards."""
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True, mode=0o700)
        draft = self._folder / f"{request}.part"
        with (
            _private(draft) as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive,
        ):
            counts = await self._fill(archive, person)
            _put(
                archive,
                "about.json",
                {"contact": str(person.contact), "made_at": now.isoformat(), "rows": counts},
            )
        draft.replace(self.path(request))
        return self.path(request).stat().st_size

    def remove(self, request: UUID) -> None:
        self.path(request).unlink(missing_ok=True)

    async def _fill(self, archive: zipfile.ZipFile, person: Person) -> Json:
        store, counts = PrivacyStore(self._pool), dict[str, int]()
        for table, statement in TABLES.items():
            counts[table] = _table(archive, table, await store.rows(statement, list(person.contacts)))
        calls = await store.calls_of(person)
        counts["calls"] = _table(archive, "calls", await store.rows("export_calls", calls))
        targets = [f"contact:{name}" for name in person.contact_names]
        targets += [f"thread:{name}" for name in person.thread_names]
        counts["audit"] = _table(archive, "audit", await store.rows("export_audit", targets))
        counts["recordings"] = await self._recordings(archive, calls)
        counts["entries"] = await self._entries(archive, store, person)
        return {**counts}

    async def _recordings(self, archive: zipfile.ZipFile, calls: Sequence[UUID]) -> int:
        tapes = await self._tapes.of_calls(calls)
        _put(archive, "recordings.json", [tape.facts for tape in tapes])
        for tape in tapes:
            if tape.path is not None:
                await asyncio.to_thread(_copy, archive, tape.path, f"recordings/{tape.id}.wav")
        return len(tapes)

    async def _entries(self, archive: zipfile.ZipFile, store: PrivacyStore, person: Person) -> int:
        """One file of JSON for every BATCH entries: a thread may be too long for memory."""
        after = count = 0
        while batch := await store.entry_batch(person, after, BATCH):
            rows = await store.rows("export_entries", batch)
            await asyncio.to_thread(
                _put, archive, f"entries/{batch[0]:012}.json", [row["row"] for row in rows]
            )
            for mail in await store.rows("export_raw_mails", batch):
                archive.writestr(f"mails/{mail['interaction_id']}.eml", mail["raw"])
            for file in await store.rows("export_files", batch):
                place = self._contents.content(file["sha256"])
                await asyncio.to_thread(_copy, archive, place, f"files/{file['id']}/{_plain(file['name'])}")
            after, count = batch[-1], count + len(batch)
        return count


def _table(archive: zipfile.ZipFile, name: str, rows: Sequence[Mapping[str, Any]]) -> int:
    _put(archive, f"{name}.json", [row["row"] for row in rows])
    return len(rows)


def _put(archive: zipfile.ZipFile, name: str, value: object) -> None:
    archive.writestr(name, json.dumps(value, ensure_ascii=False, indent=1, default=str))


def _copy(archive: zipfile.ZipFile, source: Path, name: str) -> None:
    if source.is_file():
        archive.write(source, name)


def _plain(name: str) -> str:
    """No path out of the archive's own folder."""
    return name.replace("/", "_").replace("\\", "_").lstrip(".") or "file"


def _private(path: Path) -> Any:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")
