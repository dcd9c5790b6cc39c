"""The recording of a call: continuous on the customer's leg, with a note of who was talking on the right channel."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ivr_flows.effects import TakeMessage
from telephony.errors import ControlRefused
from telephony.line import Line
from telephony.media import messages as media
from threadline.kernel.events import CallEventKind, Json, JsonValue
from threadline.kernel.ids import AgentId, RecordingId

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Running:
    recording: RecordingId
    started_at: datetime
    spans: list[Json] = field(default_factory=list)
    talking_since: float | None = None
    speaker: str | None = None
    transcribe: bool = True

    def all_spans(self, now_s: float | None) -> list[Json]:
        """Who owned the right channel; what is still open ends at `now_s`."""
        if self.talking_since is None:
            return self.spans
        return [*self.spans, {"speaker": self.speaker, "from_s": self.talking_since, "to_s": now_s}]


class Tape:
    """Starts, masks and ends the recordings of one call. Files are written by the media engine."""

    def __init__(self, line: Line, *, allowed: bool) -> None:
        """`allowed` is frozen here: a number whose calls are not recorded stays so to the end of the call."""
        self._line = line
        self._allowed = allowed
        self._call: _Running | None = None
        self._message: _Running | None = None
        self._paused_until: datetime | None = None
        self._watched: dict[str, Callable[[media.RecordingClosed], None]] = {}

    def watch(self, name: str, closed: Callable[[media.RecordingClosed], None]) -> None:
        """A recording that is nobody's to keep: `closed` is told when the engine is through with it."""
        self._watched[name] = closed

    async def start(self, retention_s: int | None) -> None:
        """Idempotent while a recording runs."""
        if not self._allowed or self._call is not None:
            return
        recording, path = await self._line.house.recordings.begin(
            self._line.call, "call", self._line.language, retention_s
        )
        self._call = _Running(recording, self._line.house.clock.now())
        self._engine_records(recording, path)
        self._line.note(CallEventKind.RECORDING, recording=str(recording), action="started")

    async def take_message(self, wanted: TakeMessage) -> None:
        """A voicemail; its RecordingClosed ends it."""
        recording, path = await self._line.house.recordings.begin(
            self._line.call, "voicemail", self._line.language, None
        )
        self._message = _Running(recording, self._line.house.clock.now(), transcribe=wanted.transcribe)
        self._engine_records(recording, path, wanted)

    def _engine_records(self, recording: RecordingId, path: Path, wanted: TakeMessage | None = None) -> None:
        leg = str(self._line.customer.id)
        if wanted is None:
            command = media.Record(leg, str(recording), str(path))
        else:
            command = media.Record(
                leg, str(recording), str(path), wanted.max_s, wanted.silence_s, wanted.end_key or None
            )
        self._line.house.engine.send(command)

    def mask(self, masked: bool, **why: JsonValue) -> None:
        if self._call is None:
            return
        self._line.house.engine.send(
            media.MaskRecording(str(self._line.customer.id), str(self._call.recording), masked)
        )
        self._line.note(
            CallEventKind.RECORDING,
            recording=str(self._call.recording),
            action="masked" if masked else "unmasked",
            **why,
        )

    def pause(self, by: str, until: datetime) -> None:
        """Silence in the file until `unpause`, which is due then. Raises ControlRefused where none is made."""
        if self._call is None:
            raise ControlRefused("no_recording", "This call is not recorded.")
        self._paused_until = until
        self.mask(True, by=by, until=until.isoformat())

    def unpause(self, by: str) -> None:
        """The file goes on with what is said; nothing where it was not paused."""
        if self._paused_until is not None:
            self._paused_until = None
            self._line.deadlines.pop("unmask", None)
            self.mask(False, by=by)

    def described(self) -> Json | None:
        """{paused, until} of the call's recording; None: it has none."""
        if self._call is None:
            return None
        until = self._paused_until
        return {"paused": until is not None, "until": None if until is None else until.isoformat()}

    async def agent_talks(self, agent: AgentId | None) -> None:
        """From now on the right channel carries a person."""
        running = self._call
        if running is not None:
            running.talking_since = self._elapsed(running)
            running.speaker = f"agent:{agent}" if agent else "outside"
            await self._progress(running)

    async def agent_silent(self) -> None:
        """The right channel is the system's again: music, prompts."""
        running = self._call
        if running is not None and running.talking_since is not None:
            running.spans = running.all_spans(self._elapsed(running))
            running.talking_since = None
            await self._progress(running)

    async def _progress(self, running: _Running) -> None:
        await self._line.house.recordings.progress(
            running.recording, self._line.language, running.all_spans(None)
        )

    def _elapsed(self, running: _Running) -> float:
        return round((self._line.house.clock.now() - running.started_at).total_seconds(), 3)

    async def stop(self) -> None:
        """Ends the call's recording; RecordingClosed completes it."""
        if self._call is not None:
            self._line.house.engine.send(
                media.StopRecording(str(self._line.customer.id), str(self._call.recording))
            )

    async def closed(self, event: media.RecordingClosed) -> bool:
        """The engine finished a file. True when it was the voicemail."""
        if (told := self._watched.pop(event.recording, None)) is not None:
            told(event)
            return False
        for_message = self._message is not None and str(self._message.recording) == event.recording
        running = self._message if for_message else self._call
        if running is None or str(running.recording) != event.recording:
            return False
        if for_message:
            self._message = None
        else:
            await self.agent_silent()
            self._call = None
            self._line.note(CallEventKind.RECORDING, recording=event.recording, action="stopped")
        await self._finish(running, event.seconds)
        return for_message

    @property
    def is_running(self) -> bool:
        """A file is open."""
        return self._call is not None or self._message is not None

    async def give_up(self) -> None:
        """The engine died with the file open: what is on disk is the recording."""
        await self.agent_silent()
        for running in (self._call, self._message):
            if running is not None:
                log.warning(
                    "recording cut off",
                    extra={"call": str(self._line.call), "recording": str(running.recording)},
                )
                await self._finish(running, self._elapsed(running))
        self._call = self._message = None

    async def _finish(self, running: _Running, seconds: float) -> None:
        await self._line.house.recordings.finish(
            running.recording, seconds, self._line.language, running.spans, transcribe=running.transcribe
        )
