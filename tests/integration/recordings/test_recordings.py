"""Recordings on a real database and a real folder."""

import asyncio
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
import soundfile

from recordings import store, wav
from recordings.jobs import Jobs
from recordings.service import TRANSCRIBE, Recordings
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.errors import NotFound
from threadline.kernel.events import Bus, Json, RecordingChanged
from threadline.kernel.ids import CallId, RecordingId, uuid7

pytestmark = pytest.mark.integration
START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SPANS: list[Json] = [
    {"speaker": "system", "from_s": 0, "to_s": 1.0},
    {"speaker": "agent:1", "from_s": 1.0, "to_s": None},
]


class Room:
    """A recordings room and what it told."""

    def __init__(self, pool: Pool, vault: Path) -> None:
        self.pool, self.vault = pool, vault
        self.clock = VirtualClock(START)
        self.told: list[tuple[str, str | None]] = []
        bus = Bus()
        bus.subscribe(RecordingChanged, lambda event: self.told.append((event.state, event.transcript)))
        self.jobs = Jobs(pool)
        self.recordings = Recordings(pool, self.clock, bus, vault, self.jobs)
        self.call = CallId(uuid7(START))

    async def queued(self) -> list[str]:
        rows = await self.pool.fetch(
            "select payload from pgqueuer where entrypoint = $1 order by id", TRANSCRIBE
        )
        return [bytes(row["payload"]).decode() for row in rows]


@pytest.fixture
def room(pool: Pool, tmp_path: Path) -> Room:
    return Room(pool, tmp_path / "vault")


def _audio(seconds: float) -> bytes:
    return b"\x7f\xff" * int(wav.RATE * seconds)


async def test_every_statement_is_one_the_database_can_prepare(pool: Pool) -> None:
    async with pool.acquire() as link:
        for sql in store.SQL.values():
            await link.prepare(sql)


async def test_the_row_is_there_before_the_file(room: Room) -> None:
    recording, path = await room.recordings.begin(room.call, "call", "en-US", None)
    assert path == (room.vault / "2026/11/22" / f"{recording}.wav")
    assert path.parent.is_dir()
    assert not path.exists()
    [summary] = await room.recordings.for_call(room.call)
    assert summary == {
        "id": str(recording),
        "kind": "call",
        "state": "recording",
        "seconds": None,
        "started_at": START.isoformat(),
        "transcript_state": None,
    }
    assert room.told == [("recording", None)]
    with pytest.raises(NotFound, match="still being made"):
        await room.recordings.audio(recording)


async def test_a_finished_recording_is_sealed_and_its_transcript_queued_with_it(room: Room) -> None:
    recording, path = await room.recordings.begin(room.call, "call", "en-US", None)
    path.write_bytes(wav.header_bytes(2, 32000) + _audio(2))
    await room.recordings.finish(recording, 2.0, "vi-VN", SPANS)
    audio = await room.recordings.audio(recording)
    assert (audio.path, audio.bytes, audio.mime) == (path, path.stat().st_size, "audio/wav")
    row = await room.pool.fetchrow(
        "select sha256, seconds, language, spans from recording where id = $1", recording
    )
    assert row is not None
    assert row["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (row["seconds"], row["language"], row["spans"]) == (2.0, "vi-VN", SPANS)
    assert await room.queued() == [f'{{"recording": "{recording}"}}']
    assert room.told[-1] == ("ready", "queued")
    assert (await room.recordings.transcript(recording))["state"] == "queued"


async def test_finishing_twice_queues_one_transcript(room: Room) -> None:
    recording, path = await room.recordings.begin(room.call, "call", "en-US", None)
    path.write_bytes(wav.header_bytes(2) + _audio(1))
    await asyncio.gather(*(room.recordings.finish(recording, 1.0, None, []) for _ in range(3)))
    assert len(await room.queued()) == 1
    assert room.told == [("recording", None), ("ready", "queued")]


async def test_a_recording_without_a_file_is_lost_and_says_so(room: Room) -> None:
    recording, _ = await room.recordings.begin(room.call, "voicemail", None, None)
    await room.recordings.finish(recording, 5.0, None, [])
    assert (await room.recordings.for_call(room.call))[0]["state"] == "lost"
    assert room.told[-1] == ("lost", None)
    assert await room.queued() == []
    with pytest.raises(NotFound, match="lost"):
        await room.recordings.audio(recording)
    with pytest.raises(NotFound):
        await room.recordings.transcript(recording)
    with pytest.raises(NotFound):
        await room.recordings.finish(RecordingId(uuid7(START)), 1.0, None, [])


async def test_after_a_crash_what_was_written_plays_and_what_was_not_is_lost(room: Room) -> None:
    cut, cut_path = await room.recordings.begin(room.call, "call", "en-US", None)
    cut_path.write_bytes(wav.header_bytes(2) + _audio(3.5) + b"\x7f")
    await room.recordings.progress(cut, "vi-VN", SPANS)
    empty, empty_path = await room.recordings.begin(room.call, "call", "en-US", None)
    empty_path.write_bytes(wav.header_bytes(2))
    missing, _ = await room.recordings.begin(room.call, "call", "en-US", None)

    afterwards = Room(room.pool, room.vault)
    assert await afterwards.recordings.recover() == [cut]
    heard, rate = soundfile.read((await afterwards.recordings.audio(cut)).path)
    assert (len(heard) / rate, heard.shape[1]) == (3.5, 2)
    states = {row["id"]: row["state"] for row in await afterwards.recordings.for_call(room.call)}
    assert states == {str(cut): "ready", str(empty): "lost", str(missing): "lost"}
    row = await room.pool.fetchrow("select language, spans from recording where id = $1", cut)
    assert row is not None
    assert (row["language"], row["spans"]) == ("vi-VN", SPANS)
    assert await room.queued() == [f'{{"recording": "{cut}"}}']
    assert await afterwards.recordings.recover() == []


async def test_files_and_rows_without_each_other_are_reported(room: Room) -> None:
    kept, path = await room.recordings.begin(room.call, "call", None, None)
    path.write_bytes(wav.header_bytes(2) + _audio(1))
    gone, gone_path = await room.recordings.begin(room.call, "call", None, None)
    gone_path.write_bytes(wav.header_bytes(2) + _audio(1))
    for recording in (kept, gone):
        await room.recordings.finish(recording, 1.0, None, [])
    gone_path.unlink()
    (room.vault / "2026" / "stray.wav").write_bytes(b"x")
    (room.vault / "2026" / f"{uuid7(START)}.wav").write_bytes(b"x")
    orphans = await room.recordings.orphans()
    assert list(orphans.rows_without_file) == [gone]
    assert len(orphans.files_without_row) == 2
    assert "2026/stray.wav" in orphans.files_without_row


async def test_a_recording_is_kept_no_longer_than_it_may_be(room: Room) -> None:
    short, short_path = await room.recordings.begin(room.call, "call", None, 3600)
    long, long_path = await room.recordings.begin(room.call, "call", None, None)
    for recording, path in ((short, short_path), (long, long_path)):
        path.write_bytes(wav.header_bytes(2) + _audio(1))
        await room.recordings.finish(recording, 1.0, None, [])
    room.clock.advance(3599)
    assert await room.recordings.purge() == []
    room.clock.advance(2)
    assert await room.recordings.purge() == [short]
    assert not short_path.exists()
    assert [row["id"] for row in await room.recordings.for_call(room.call)] == [str(long)]
    assert await room.pool.fetchval("select count(*) from transcript") == 1
