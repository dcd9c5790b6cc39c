"""Recordings: ranges, and who may hear them."""

from pathlib import Path

import pytest
from multidict import CIMultiDictProxy

from tests.integration.web.conftest import Client, Visitor, bearer
from tests.support.web_sound import write_tones
from tests.support.web_standins import House
from tests.support.web_story import Story

pytestmark = pytest.mark.integration


@pytest.fixture
def audio(house: House, story: Story) -> bytes:
    return Path(house.recordings.folder / f"{story.recording}.wav").read_bytes()


async def fetch(
    client: Client, story: Story, method: str = "GET", **headers: str
) -> tuple[int, CIMultiDictProxy[str], bytes]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    path = f"/api/recordings/{story.recording}/audio"
    response = await client.request(method, path, headers={**bearer("an"), **names})
    return response.status, response.headers, await response.read()


async def test_the_whole_recording_is_served(client: Client, story: Story, audio: bytes) -> None:
    status, headers, body = await fetch(client, story)
    assert (status, body) == (200, audio)
    assert headers["Content-Type"] == "audio/wav"
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["Content-Length"] == str(len(audio))
    assert str(story.recording) not in headers.get("Content-Disposition", "")


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=1000-", 1000, None), ("bytes=-10", -10, None)],
)
async def test_a_range_is_served(
    header: str, first: int, last: int | None, client: Client, story: Story, audio: bytes
) -> None:
    status, headers, body = await fetch(client, story, Range=header)
    expected = audio[first:] if last is None else audio[first : last + 1]
    assert (status, body) == (206, expected)
    start = first % len(audio)
    assert headers["Content-Range"] == f"bytes {start}-{start + len(expected) - 1}/{len(audio)}"


async def test_a_range_beyond_the_end_is_not_satisfiable(client: Client, story: Story, audio: bytes) -> None:
    status, headers, _ = await fetch(client, story, Range=f"bytes={len(audio)}-")
    assert (status, headers["Content-Range"]) == (416, f"bytes */{len(audio)}")


async def test_if_range_falls_back_to_the_whole_when_the_file_changed(
    client: Client, story: Story, audio: bytes
) -> None:
    _, headers, _ = await fetch(client, story, "HEAD")
    same = await fetch(client, story, Range="bytes=0-9", If_Range=headers["ETag"])
    dated = await fetch(client, story, Range="bytes=0-9", If_Range=headers["Last-Modified"])
    other = await fetch(client, story, Range="bytes=0-9", If_Range='"other"')
    assert (same[0], dated[0], other[0]) == (206, 206, 200)
    assert other[2] == audio


async def test_head_tells_the_size_and_sends_nothing(client: Client, story: Story, audio: bytes) -> None:
    status, headers, body = await fetch(client, story, "HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(len(audio)), b"")


async def test_an_unchanged_recording_is_not_sent_again(client: Client, story: Story) -> None:
    _, headers, _ = await fetch(client, story)
    status, _, body = await fetch(client, story, If_None_Match=headers["ETag"])
    assert (status, body) == (304, b"")


async def test_a_player_that_stops_listening_is_no_error(
    client: Client, house: House, story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    write_tones(house.recordings.folder / f"{story.recording}.wav", 600)
    response = await client.get(f"/api/recordings/{story.recording}/audio", headers=bearer("an"))
    await response.content.readexactly(1000)
    response.close()
    await client.get("/api/health")
    await client.server.close()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_lost_file_is_not_found_and_its_path_not_told(
    client: Client, house: House, story: Story
) -> None:
    (house.recordings.folder / f"{story.recording}.wav").unlink()
    status, _, body = await fetch(client, story)
    assert status == 404
    assert str(house.recordings.folder) not in body.decode()


async def test_another_agent_hears_it_once_the_customers_thread_is_open_on_his_page(
    visitor: Visitor, story: Story
) -> None:
    await visitor.sign_in("bao")
    path = f"/api/recordings/{story.recording}/transcript"
    assert (await visitor.call("GET", path)).status == 403
    origin = str(visitor.client.make_url("/")).rstrip("/")
    async with visitor.client.ws_connect("/api/live", headers={"Origin": origin}) as socket:
        await socket.receive_json()
        await socket.send_json({"type": "watch", "thread": str(story.thread)})
        await socket.send_json({"type": "no such wish", "thread": "x"})
        await socket.ping()
        while (await visitor.call("GET", path)).status != 200:
            pass
