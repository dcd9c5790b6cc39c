"""A recording's waveform: drawn when it is finished, kept beside it, gone with it; pauses as the call's ledger has them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recordings import wav
from recordings.jobs import Jobs
from recordings.service import Recordings
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.errors import NotFound
from threadline.kernel.events import Bus
from threadline.kernel.ids import CallId, RecordingId, uuid7

pytestmark = pytest.mark.integration
START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
CALL = CallId(uuid7(START))


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def recordings(pool: Pool, tmp_path: Path, clock: VirtualClock) -> Recordings:
    return Recordings(pool, clock, Bus(), tmp_path / "vault", Jobs(pool))


async def recorded(recordings: Recordings, seconds: float) -> RecordingId:
    """The customer is loud, everybody else silent."""
    recording, path = await recordings.begin(CALL, "call", "vi-VN", 3600)
    audio = b"\x80\xff" * int(wav.RATE * seconds)
    path.write_bytes(wav.header_bytes(2) + audio)
    await recordings.finish(recording, seconds, "vi-VN", [])
    return recording


async def test_a_finished_recording_is_drawn_and_kept(pool: Pool, recordings: Recordings) -> None:
    recording = await recorded(recordings, 4.0)
    assert await pool.fetchval("select count(*) from recording_waveform") == 1
    (await recordings.audio(recording)).path.unlink()  # the drawing needs the file no more
    seen = await recordings.waveform(recording)
    assert seen == {"seconds": 4.0, "lanes": [[255] * 200, [0] * 200], "masked": []}


async def test_one_of_before_is_drawn_when_it_is_first_looked_at(pool: Pool, recordings: Recordings) -> None:
    recording = await recorded(recordings, 1.0)
    await pool.execute("delete from recording_waveform")
    assert (await recordings.waveform(recording))["lanes"] == [[255] * 50, [0] * 50]
    assert await pool.fetchval("select count(*) from recording_waveform") == 1


async def test_pauses_are_told_as_the_ledger_of_the_call_has_them(pool: Pool, recordings: Recordings) -> None:
    recording = await recorded(recordings, 9.0)
    await pool.execute(
        "insert into call (id, direction, from_raw, to_number, source, started_at) "
        "values ($1, 'inbound', '1', '2', 'trunk:x', $2)",
        CALL,
        START,
    )
    for after_s, action in ((0, "started"), (2, "masked"), (5, "unmasked"), (8, "masked")):
        at, data = START + timedelta(seconds=after_s), {"recording": str(recording), "action": action}
        await pool.execute(
            "insert into call_event (call_id, at, kind, data) values ($1, $2, 'call.recording', $3)",
            CALL,
            at,
            data,
        )
    masked = (await recordings.waveform(recording))["masked"]
    assert masked == [{"from_s": 2.0, "to_s": 5.0}, {"from_s": 8.0, "to_s": 9.0}]


async def test_it_goes_with_the_recording(pool: Pool, recordings: Recordings, clock: VirtualClock) -> None:
    recording = await recorded(recordings, 1.0)
    clock.advance(3601)
    await recordings.purge()
    assert await pool.fetchval("select count(*) from recording_waveform") == 0
    with pytest.raises(NotFound):
        await recordings.waveform(recording)
