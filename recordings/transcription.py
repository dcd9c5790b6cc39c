"""The transcript of a recording, as a job: queued, running, then ready, waiting for a model, or failed."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeAlias
from uuid import UUID

from recordings.errors import EngineFailed, ModelMissing, WavBroken
from recordings.jobs import Jobs
from recordings.service import TRANSCRIBE
from recordings.store import RecordingStore, Row, TranscriptState
from recordings.transcribe.models import ModelShelf, Waiting
from recordings.transcribe.port import Segment
from recordings.transcribe.process import TranscriptionProcess
from recordings.transcribe.worker import Order
from recordings.vault import DiskVault, Vault
from threadline.db.pool import Pool
from threadline.kernel.clock import Clock
from threadline.kernel.events import Bus, Json, RecordingChanged
from threadline.kernel.ids import RecordingId

log = logging.getLogger(__name__)

Heard: TypeAlias = Callable[[RecordingId], Awaitable[Sequence[Segment] | None]]

ATTEMPTS: Final = 3
LOOK_AGAIN: Final = "look_for_models"
LOOK_AGAIN_EVERY_S: Final = 60.0
FIXED_BUDGET_S: Final = 180.0  # loading a model on a busy machine
BUDGET_PER_SECOND: Final = 4.0


async def _nothing_heard(_: RecordingId) -> None:
    """Nobody listened while it was recorded."""


class Transcription:
    """Registers its jobs with `jobs`; enter it around `jobs.run()`, it owns the transcription process."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        bus: Bus,
        vault_dir: Path,
        jobs: Jobs,
        shelf: ModelShelf,
        *,
        default_language: str,
        heard: Heard = _nothing_heard,
    ) -> None:
        """`heard`: what live captions have of a recording, the whole of it or None. By the same engine and model, so
        that nothing is recognised twice; where a server ended in between, the job just recognises it."""
        self._store = RecordingStore(pool)
        self._clock = clock
        self._bus = bus
        self._vault: Vault = DiskVault(vault_dir)
        self._jobs = jobs
        self._shelf = shelf
        self._default_language = default_language
        self._heard = heard
        self._process = TranscriptionProcess()
        jobs.handle(TRANSCRIBE, self._transcribe, attempts=ATTEMPTS, gave_up=self._gave_up)
        jobs.every(LOOK_AGAIN, LOOK_AGAIN_EVERY_S, self._look_again)

    async def __aenter__(self) -> Self:
        await self._process.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._process.__aexit__(kind, error, trace)

    @property
    def process_id(self) -> int | None:
        """The process that recognises recordings, None where nothing had to be recognised so far."""
        return self._process.pid

    async def requeue_waiting(self) -> list[RecordingId]:
        """Queues every transcript that waited for a model which is there by now."""
        queued = []
        for recording, language in await self._store.waiting_transcripts():
            tongue = language or self._default_language
            if isinstance(self._shelf.engine_for(tongue), Waiting):
                continue
            async with self._store.transaction() as link:
                await self._store.set_transcript(
                    link, recording, TranscriptState("queued", language=tongue), self._clock.now()
                )
                await self._jobs.enqueue(link, TRANSCRIBE, {"recording": str(recording)})
            queued.append(recording)
        return queued

    async def _look_again(self, _: Json) -> None:
        await self.requeue_waiting()

    async def _transcribe(self, payload: Json) -> None:
        row = await self._store.recording(RecordingId(UUID(str(payload["recording"]))))
        if row is None or row.state != "ready":
            return
        language = row.language or self._default_language
        engine = self._shelf.engine_for(language)
        if isinstance(engine, Waiting):
            await self._tell(row, TranscriptState("waiting_for_model", None, language, engine.detail))
            return
        await self._tell(row, TranscriptState("running", engine.name, language))
        segments = await self._heard(row.id)
        if segments is None:
            order = Order(self._vault.path(row.path), engine, language, tuple(row.spans))
            budget_s = FIXED_BUDGET_S + BUDGET_PER_SECOND * (row.seconds or 0)
            segments = await self._process.transcribe(order, budget_s)
        async with self._store.transaction() as link:
            await self._store.drop_segments(link, row.id)
            await self._store.add_segment(link, row.id, segments)
            done = TranscriptState("ready", engine.name, language)
            await self._store.set_transcript(link, row.id, done, self._clock.now())
        self._bus.publish(RecordingChanged(row.id, row.call, row.state, "ready"))
        log.info(
            "transcript ready", extra={"recording": row.id, "engine": engine.name, "segments": len(segments)}
        )

    async def _gave_up(self, payload: Json, exc: Exception) -> None:
        row = await self._store.recording(RecordingId(UUID(str(payload["recording"]))))
        if row is not None:
            told = (
                str(exc) if isinstance(exc, EngineFailed | ModelMissing | WavBroken) else type(exc).__name__
            )
            await self._tell(
                row, TranscriptState("failed", None, row.language, f"{told}; tried {ATTEMPTS} times")
            )

    async def _tell(self, row: Row, to: TranscriptState) -> None:
        if await self._store.set_transcript(None, row.id, to, self._clock.now()):
            self._bus.publish(RecordingChanged(row.id, row.call, row.state, to.state))
