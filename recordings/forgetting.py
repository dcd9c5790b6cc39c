"""Recordings and transcripts as privacy needs them: given to whom they are about, forgotten, kept no longer than said."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from recordings.store import RecordingStore
from recordings.vault import DiskVault
from threadline.db.pool import Pool
from threadline.kernel.events import Json
from threadline.kernel.ids import RecordingId


@dataclass(frozen=True, slots=True)
class Tape:
    """`facts` {id, call, kind, state, language, started_at, seconds, transcript: [{speaker, t0, t1, text}]}."""

    id: UUID
    facts: Json
    path: Path | None


class Forgetting:
    """omnichannel.privacy.ports.Tapes. The file goes first, then the row and its transcript."""

    def __init__(self, pool: Pool, root: Path) -> None:
        self._store = RecordingStore(pool)
        self._vault = DiskVault(root)

    async def of_calls(self, calls: Sequence[UUID]) -> Sequence[Tape]:
        return [
            Tape(
                row["id"],
                {
                    "id": str(row["id"]),
                    "call": str(row["call_id"]),
                    "kind": row["kind"],
                    "state": row["state"],
                    "language": row["language"],
                    "started_at": row["started_at"].isoformat(),
                    "seconds": row["seconds"],
                    "transcript": row["segments"],
                },
                self._vault.path(row["path"]) if row["state"] == "ready" else None,
            )
            for row in await self._store.recordings_of_calls(calls)
        ]

    async def forget(self, calls: Sequence[UUID]) -> int:
        """How many recordings these calls had. One that is being made now stays: its call is not over."""
        rows = await self._store.recordings_of_calls(calls)
        gone = [row for row in rows if row["state"] != "recording"]
        for row in gone:
            await self._drop(RecordingId(row["id"]), row["path"])
        return len(gone)

    async def expire_recordings(self, before: datetime, limit: int) -> int:
        rows = await self._store.recordings_before(before, limit)
        for recording, path in rows:
            await self._drop(recording, path)
        return len(rows)

    async def expire_transcripts(self, before: datetime, limit: int) -> int:
        return await self._store.drop_transcripts_before(before, limit)

    async def _drop(self, recording: RecordingId, path: str) -> None:
        await asyncio.to_thread(self._vault.remove, path)
        await self._store.delete_recording(recording)
