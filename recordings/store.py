"""The tables `recording`, `transcript` and `transcript_segment`. Statements are in queries.sql, by method name."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg

from recordings.transcribe.port import Segment
from recordings.vault import Sealed
from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.events import Json, JsonValue
from threadline.kernel.ids import CallId, RecordingId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Row:
    """A recording as the table has it; `path` is its name in the vault."""

    id: RecordingId
    call: CallId
    kind: str
    path: str
    state: str
    language: str | None
    started_at: datetime
    seconds: float | None
    bytes: int | None
    sha256: str | None
    spans: Sequence[Json]
    expires_at: datetime | None
    transcript_state: str | None


@dataclass(frozen=True, slots=True)
class TranscriptState:
    state: str
    engine: str | None = None
    language: str | None = None
    detail: str | None = None


class RecordingStore:
    """Each method runs the statement of its name; `link` lets several share one transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a transaction that commits when the block ends well."""
        async with self._pool.acquire() as link, link.transaction():
            yield link

    async def insert_recording(
        self,
        recording: RecordingId,
        call: CallId,
        kind: str,
        path: str,
        language: str | None,
        at: datetime,
        keep_s: int | None,
    ) -> None:
        await self._pool.execute(SQL["insert_recording"], recording, call, kind, path, language, at, keep_s)

    async def recording(self, recording: RecordingId) -> Row | None:
        found = await self._pool.fetchrow(SQL["recording"], recording)
        return None if found is None else _row(found)

    async def recordings_of_call(self, call: CallId) -> list[Row]:
        return [_row(found) for found in await self._pool.fetch(SQL["recordings_of_call"], call)]

    async def open_recordings(self) -> list[Row]:
        return [_row(found) for found in await self._pool.fetch(SQL["open_recordings"])]

    async def expired_recordings(self, now: datetime, limit: int) -> list[Row]:
        return [_row(found) for found in await self._pool.fetch(SQL["expired_recordings"], now, limit)]

    async def note_progress(
        self, recording: RecordingId, language: str | None, spans: Sequence[Json]
    ) -> None:
        await self._pool.execute(SQL["note_progress"], recording, language, list(spans))

    async def finish_recording(
        self,
        link: Connection,
        recording: RecordingId,
        sealed: Sealed,
        language: str | None,
        spans: Sequence[Json],
    ) -> bool:
        """False when it was finished before."""
        done = await link.fetchval(
            SQL["finish_recording"],
            recording,
            sealed.seconds,
            sealed.bytes,
            sealed.sha256,
            language,
            list(spans),
        )
        return done is not None

    async def lose_recording(self, recording: RecordingId) -> bool:
        return await self._pool.fetchval(SQL["lose_recording"], recording) is not None

    async def recordings_of_calls(self, calls: Sequence[UUID]) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._pool.fetch(SQL["recordings_of_calls"], list(calls))]

    async def recordings_before(self, before: datetime, limit: int) -> list[tuple[RecordingId, str]]:
        rows = await self._pool.fetch(SQL["recordings_before"], before, limit)
        return [(RecordingId(row["id"]), row["path"]) for row in rows]

    async def drop_transcripts_before(self, before: datetime, limit: int) -> int:
        return len(await self._pool.fetch(SQL["drop_transcripts_before"], before, limit))

    async def delete_recording(self, recording: RecordingId) -> None:
        await self._pool.execute(SQL["delete_recording"], recording)

    async def recordings_with_files(self) -> dict[RecordingId, str]:
        return {
            RecordingId(row["id"]): row["path"]
            for row in await self._pool.fetch(SQL["recordings_with_files"])
        }

    async def known_recordings(self, ids: Sequence[RecordingId]) -> set[RecordingId]:
        return {RecordingId(row["id"]) for row in await self._pool.fetch(SQL["known_recordings"], list(ids))}

    async def waveform(self, recording: RecordingId) -> list[bytes] | None:
        lanes: list[bytes] | None = await self._pool.fetchval(SQL["waveform"], recording)
        return lanes

    async def keep_waveform(self, recording: RecordingId, lanes: Sequence[bytes]) -> None:
        await self._pool.execute(SQL["keep_waveform"], recording, list(lanes))

    async def masks(self, recording: RecordingId, call: CallId) -> list[tuple[datetime, bool]]:
        rows = await self._pool.fetch(SQL["masks"], call, str(recording))
        return [(row["at"], row["is_masked"]) for row in rows]

    async def set_transcript(
        self, link: "Connection | None", recording: RecordingId, to: TranscriptState, at: datetime
    ) -> bool:
        """False when the recording is gone by now."""
        try:
            await (link or self._pool).execute(
                SQL["set_transcript"], recording, to.state, to.engine, to.language, to.detail, at
            )
        except asyncpg.ForeignKeyViolationError:
            return False
        return True

    async def transcript(self, recording: RecordingId) -> TranscriptState | None:
        found = await self._pool.fetchrow(SQL["transcript"], recording)
        if found is None:
            return None
        return TranscriptState(found["state"], found["engine"], found["language"], found["detail"])

    async def segments(self, recording: RecordingId) -> list[Json]:
        return [_segment(found) for found in await self._pool.fetch(SQL["segments"], recording)]

    async def drop_segments(self, link: Connection, recording: RecordingId) -> None:
        await link.execute(SQL["drop_segments"], recording)

    async def add_segment(
        self, link: Connection, recording: RecordingId, segments: Sequence[Segment]
    ) -> None:
        rows = [
            (recording, seq, segment.speaker, segment.t0, segment.t1, segment.text, segment.words_json())
            for seq, segment in enumerate(segments)
        ]
        await link.executemany(SQL["add_segment"], rows)

    async def waiting_transcripts(self) -> list[tuple[RecordingId, str | None]]:
        rows = await self._pool.fetch(SQL["waiting_transcripts"])
        return [(RecordingId(row["id"]), row["language"]) for row in rows]

    async def forget_old_jobs(self, before: datetime) -> None:
        await self._pool.execute(SQL["forget_old_jobs"], before)


def _row(found: asyncpg.Record) -> Row:
    return Row(
        id=RecordingId(found["id"]), call=CallId(found["call_id"]), kind=found["kind"], path=found["path"],
        state=found["state"], language=found["language"], started_at=found["started_at"], seconds=found["seconds"],
        bytes=found["bytes"], sha256=found["sha256"], spans=found["spans"], expires_at=found["expires_at"],
        transcript_state=found["transcript_state"],
    )  # fmt: skip


def _segment(found: asyncpg.Record) -> Json:
    words: JsonValue = found["words"]
    return {
        "speaker": found["speaker"],
        "t0": round(found["t0"], 3),
        "t1": round(found["t1"], 3),
        "text": found["text"],
        "words": words,
    }
