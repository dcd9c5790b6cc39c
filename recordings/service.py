"""Recordings: the row before the file, the file mended and sealed, the transcript queued with it."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from recordings.errors import WavBroken
from recordings.jobs import Jobs
from recordings.store import RecordingStore, Row, TranscriptState
from recordings.vault import DiskVault, Sealed, Vault
from recordings.waveform import draw, masked_spans
from threadline.db.pool import Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import NotFound
from threadline.kernel.events import Bus, Json, RecordingChanged
from threadline.kernel.ids import CallId, RecordingId, uuid7

log = logging.getLogger(__name__)

TRANSCRIBE: Final = "transcribe"  # the job kind; payload {"recording": id}
PURGE: Final = "purge_recordings"
PURGE_EVERY_S: Final = 3600.0
PURGE_AT_ONCE: Final = 500
JOB_LOG_KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Audio:
    """A file to be served; `bytes` is its length."""

    path: Path
    bytes: int
    mime: str


@dataclass(frozen=True, slots=True)
class Orphans:
    """What does not belong together: rows whose file is missing, files no row knows (vault names)."""

    rows_without_file: Sequence[RecordingId] = field(default_factory=tuple)
    files_without_row: Sequence[str] = field(default_factory=tuple)


class Follower(Protocol):
    """Told of the recording of a call while it is made (recordings.captions.service). Nothing here may wait."""

    def began(self, recording: RecordingId, call: CallId, path: Path, language: str | None) -> None: ...
    def turned(self, recording: RecordingId, language: str | None, spans: Sequence[Json]) -> None: ...
    def ended(self, recording: RecordingId, spans: Sequence[Json]) -> None: ...


class Recordings:
    """Implements telephony.ports.RecordingBook, and what the web and the command line ask of recordings."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        bus: Bus,
        vault_dir: Path,
        jobs: Jobs,
        follower: Follower | None = None,
    ) -> None:
        self._store = RecordingStore(pool)
        self._clock = clock
        self._bus = bus
        self._vault: Vault = DiskVault(vault_dir)
        self._jobs = jobs
        self._follower = follower
        jobs.every(PURGE, PURGE_EVERY_S, self._purge_job)

    # --- while a call runs -------------------------------------------------------------------

    async def begin(
        self, call: CallId, kind: str, language: str | None, retention_s: int | None
    ) -> tuple[RecordingId, Path]:
        """Inserts the row and says where the file is to be written. `kind`: call or voicemail."""
        now = self._clock.now()
        recording = RecordingId(uuid7(now))
        name = await asyncio.to_thread(self._vault.place, recording, now)
        await self._store.insert_recording(recording, call, kind, name, language, now, retention_s)
        self._bus.publish(RecordingChanged(recording, call, "recording", None))
        if self._follower is not None and kind == "call":
            self._follower.began(recording, call, self._vault.path(name), language)
        return recording, self._vault.path(name)

    async def progress(self, recording: RecordingId, language: str | None, spans: Sequence[Json]) -> None:
        """Keeps what is known so far, for a crash: who owns the right channel (`to_s` None: still), the language."""
        await self._store.note_progress(recording, language, spans)
        if self._follower is not None:
            self._follower.turned(recording, language, spans)

    async def finish(
        self,
        recording: RecordingId,
        seconds: float,
        language: str | None,
        spans: Sequence[Json],
        *,
        transcribe: bool = True,
    ) -> None:
        """The file is complete: checksum, state ready, transcription queued if wanted. `spans` as in the table.

        The file's own length counts, `seconds` only shows in the log where they differ. Idempotent.
        Raises NotFound for a recording that was never begun.
        """
        row = await self._found(recording)
        sealed = await self._settle(row, language, spans, transcribe=transcribe)
        if sealed is not None and abs(sealed.seconds - seconds) > 1.0:
            log.warning(
                "recording length differs",
                extra={"recording": recording, "told_s": seconds, "file_s": sealed.seconds},
            )

    async def _settle(
        self, row: Row, language: str | None, spans: Sequence[Json], *, transcribe: bool = True
    ) -> Sealed | None:
        """From 'recording' to 'ready', or to 'lost' when there is no audio. None: lost, or settled before."""
        if row.state != "recording":
            return None
        if self._follower is not None:
            self._follower.ended(row.id, spans)
        try:
            sealed = await asyncio.to_thread(self._vault.seal, row.path)
        except (OSError, WavBroken) as exc:
            if await self._store.lose_recording(row.id):
                log.error(
                    "recording lost",
                    extra={"recording": row.id, "call": row.call, "error": type(exc).__name__},
                )
                self._bus.publish(RecordingChanged(row.id, row.call, "lost", None))
            return None
        queued = TranscriptState("queued", language=language or row.language)
        async with self._store.transaction() as link:
            if not await self._store.finish_recording(link, row.id, sealed, language, spans):
                return None
            if transcribe:
                await self._store.set_transcript(link, row.id, queued, self._clock.now())
                await self._jobs.enqueue(link, TRANSCRIBE, {"recording": str(row.id)})
        self._bus.publish(RecordingChanged(row.id, row.call, "ready", "queued" if transcribe else None))
        await self._drawn(row)
        return sealed

    # --- for those who listen and read -------------------------------------------------------

    async def for_call(self, call: CallId) -> list[Json]:
        """`[{id, kind, state, seconds, started_at, transcript_state}]`, in the order they were begun."""
        return [_summary(row) for row in await self._store.recordings_of_call(call)]

    async def detail(self, recording: RecordingId) -> Json:
        """One recording as `for_call` shows it, with its `call`. Raises NotFound."""
        row = await self._found(recording)
        return {**_summary(row), "call": str(row.call)}

    async def audio(self, recording: RecordingId) -> Audio:
        """The file to play. Raises NotFound: no such recording, not finished yet, or lost."""
        row = await self._found(recording)
        if row.state != "ready" or row.bytes is None:
            raise NotFound(
                "the recording is still being made" if row.state == "recording" else "the recording was lost"
            )
        return Audio(self._vault.path(row.path), row.bytes, "audio/wav")

    async def waveform(self, recording: RecordingId) -> Json:
        """`{seconds, lanes: [[0…255], …], masked: [{from_s, to_s}]}`, the customer's lane first. Raises NotFound as `audio`."""
        row = await self._found(recording)
        if row.state != "ready" or row.seconds is None:
            raise NotFound("there is nothing to draw of this recording")
        lanes = await self._store.waveform(recording) or await self._drawn(row)
        changes = await self._store.masks(recording, row.call)
        return {
            "seconds": round(row.seconds, 2),
            "lanes": [[*lane] for lane in lanes],
            "masked": [
                {"from_s": round(span.from_s, 2), "to_s": round(span.to_s, 2)}
                for span in masked_spans(changes, row.started_at, row.seconds)
            ],
        }

    async def _drawn(self, row: Row) -> Sequence[bytes]:
        """Draws and keeps it; nothing where the file can't be read, which is no reason to lose the recording."""
        try:
            lanes = await asyncio.to_thread(draw, self._vault.path(row.path))
        except (OSError, WavBroken) as exc:
            log.warning("recording not drawn", extra={"recording": row.id, "error": type(exc).__name__})
            return ()
        await self._store.keep_waveform(row.id, lanes)
        return lanes

    async def transcript(self, recording: RecordingId) -> Json:
        """`{state, engine, language, detail, segments: [{speaker, t0, t1, text, words}]}`. Raises NotFound."""
        await self._found(recording)
        state = await self._store.transcript(recording)
        if state is None:
            raise NotFound("there is no transcript of this recording")
        segments = await self._store.segments(recording) if state.state == "ready" else []
        return {
            "state": state.state,
            "engine": state.engine,
            "language": state.language,
            "detail": state.detail,
            "segments": [*segments],
        }

    # --- after a crash, and as time goes by --------------------------------------------------

    async def recover(self) -> list[RecordingId]:
        """Settles every recording left open by a crash; call it before the first call is taken.

        Returns those that can be played. Spans and language are those last noted by `progress`.
        """
        mended = []
        for row in await self._store.open_recordings():
            if await self._settle(row, row.language, row.spans) is not None:
                log.info("recording mended", extra={"recording": row.id, "call": row.call})
                mended.append(row.id)
        return mended

    async def purge(self) -> list[RecordingId]:
        """Deletes what has been kept long enough: file first, then the row and its transcript."""
        gone = []
        for row in await self._store.expired_recordings(self._clock.now(), PURGE_AT_ONCE):
            await asyncio.to_thread(self._vault.remove, row.path)
            await self._store.delete_recording(row.id)
            log.info("recording expired", extra={"recording": row.id, "call": row.call})
            gone.append(row.id)
        return gone

    async def _purge_job(self, _: Json) -> None:
        while len(await self.purge()) == PURGE_AT_ONCE:
            pass
        await self._store.forget_old_jobs(self._clock.now() - JOB_LOG_KEPT)

    async def orphans(self) -> Orphans:
        """Compares table and vault, both ways."""
        rows = await self._store.recordings_with_files()
        names = await asyncio.to_thread(lambda: set(self._vault.names()))
        strangers = sorted(names - set(rows.values()))
        by_id = {name: id_ for name in strangers if (id_ := _id_in(name)) is not None}
        known = await self._store.known_recordings(list(by_id.values()))
        return Orphans(
            tuple(id_ for id_, name in rows.items() if name not in names),
            tuple(name for name in strangers if by_id.get(name) not in known),
        )

    async def _found(self, recording: RecordingId) -> Row:
        row = await self._store.recording(recording)
        if row is None:
            raise NotFound("no such recording")
        return row


def _summary(row: Row) -> Json:
    return {
        "id": str(row.id),
        "kind": row.kind,
        "state": row.state,
        "seconds": None if row.seconds is None else round(row.seconds, 2),
        "started_at": row.started_at.isoformat(),
        "transcript_state": row.transcript_state,
    }


def _id_in(name: str) -> RecordingId | None:
    try:
        return RecordingId(UUID(Path(name).stem))
    except ValueError:
        return None
