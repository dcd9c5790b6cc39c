"""`kill -9` in the middle of the day: what was recorded plays, every call has its end, and work goes on."""

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.integration.telephony.stage import (
    ENOUGH,
    LAN,
    MINH,
    PASSWORD,
    PATIENCE_S,
    RECORDED_DESK,
    Office,
    hears,
    likeness,
    until,
)
from tests.support.audio import english, read_wav, warble
from tests.support.baresip import Account, Baresip
from tests.support.house import HOTLINE, settings_for
from tests.support.program import Program
from tests.support.server import ThreadlineServer
from threadline.compose import running

pytestmark = pytest.mark.integration

LANS_WORDS, ANS_WORDS = "please-try-call-later", "queue-thankyou"


@dataclass
class Outside:
    """The server as others see it: by its address and its API."""

    server: ThreadlineServer
    client: aiohttp.ClientSession
    folder: Path

    async def get(self, path: str) -> Any:
        async with self.client.get(self.server.http_url + path) as reply:
            assert reply.status == 200, f"{path}: {reply.status} {await reply.text()}"
            return await reply.json()

    async def audio(self, recording: str) -> Path:
        async with self.client.get(f"{self.server.http_url}/api/recordings/{recording}/audio") as reply:
            assert reply.status == 200, await reply.text()
            path = self.folder / f"{recording}.wav"
            path.write_bytes(await reply.read())
            return path

    async def agent(self) -> dict[str, Any]:
        return next(one for one in (await self.get("/api/agents"))["agents"] if one["login"] == "an")

    async def is_in(self, state: str) -> bool:
        return bool((await self.agent())["state"] == state)

    async def ready(self) -> None:
        an = await self.agent()
        url = f"{self.server.http_url}/api/agents/{an['agent']}/state"
        async with self.client.put(url, json={"state": "ready"}) as reply:
            assert reply.status == 200, await reply.text()

    async def calls_of(self, number: str) -> list[dict[str, Any]]:
        """The call entries of a customer's thread, newest first."""
        found = await self.get(f"/api/contacts?identity={number.replace('+', '%2B')}")
        if not found["contacts"]:
            return []
        page = await self.get(f"/api/threads/{found['contacts'][0]['thread']}/timeline")
        return [entry for entry in page["entries"] if entry["kind"] == "call"]

    async def call_of(self, number: str) -> dict[str, Any]:
        """Everything about the customer's newest call."""
        entries = await self.calls_of(number)
        story: dict[str, Any] = await self.get(f"/api/calls/{entries[0]['call']['id']}")
        return {**story, "status": entries[0]["status"]}

    @asynccontextmanager
    async def phone(self, user: str, **options: Any) -> AsyncIterator[Baresip]:
        async with Baresip(self.folder, Account(user, PASSWORD, self.server.sip_address), **options) as phone:
            await phone.registered(timeout_s=PATIENCE_S)
            yield phone


@dataclass(frozen=True)
class Yesterday:
    """What was there before: a data directory, and the token of an admin."""

    data: Path
    token: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def yesterday(tmp_path_factory: pytest.TempPathFactory) -> Yesterday:
    """A server with its own PostgreSQL was set up and ended: An to answer, two customers, the flow that records."""
    folder = tmp_path_factory.mktemp("yesterday")
    async with running(settings_for(folder / "data", None)) as before:
        office = Office(before, folder)
        await office.hire("an", "101")
        for user, number in (("lan", LAN), ("minh", MINH)):
            await before.accounts.add_account(user, before.settings.realm, PASSWORD, md5=True, number=number)
        await office.open(RECORDED_DESK, record=True)
        return Yesterday(folder / "data", await before.people.create_token("test", "admin"))


@pytest.fixture
async def outside(tmp_path: Path, yesterday: Yesterday) -> AsyncIterator[Outside]:
    """A server as a process of its own on a copy of yesterday's data."""
    data = tmp_path / "data"
    async with Program(
        "cp", "--archive", yesterday.data, data
    ) as copying:  # PostgreSQL's user keeps its files
        assert await copying.ended(timeout_s=PATIENCE_S) == 0, copying.tail()
    async with (
        ThreadlineServer(data) as server,
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {yesterday.token}"}) as client,
    ):
        yield Outside(server, client, tmp_path)


def the_server(pid: int) -> list[int]:
    return [pid]


def all_of_it(pid: int) -> list[int]:
    """The server, its PostgreSQL, its media and voices: a power cut."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


async def kill(outside: Outside, victims: Callable[[int], list[int]]) -> datetime:
    """SIGKILL, and when it was."""
    pids = victims(outside.server.program.pid)
    at = datetime.now(UTC)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    await outside.server.program.ended(timeout_s=10)
    await outside.server.program.stop()
    return at


@pytest.mark.parametrize("victims", [the_server, all_of_it])
async def test_after_a_kill_nothing_that_happened_is_lost_and_the_next_call_works(
    outside: Outside, victims: Callable[[int], list[int]]
) -> None:
    lans, ans = english(LANS_WORDS), english(ANS_WORDS)
    async with (
        outside.phone("101", auto_answer=False) as desk,
        outside.phone("lan") as lan,
        outside.phone("minh") as minh,
    ):
        await outside.ready()
        await lan.dial(HOTLINE)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await desk.established(timeout_s=PATIENCE_S)
        await lan.speak(lans)
        await hears(desk, lans)
        await desk.speak(ans)
        await hears(lan, ans)
        await minh.dial(HOTLINE)

        async def minh_waits() -> bool:
            queues = (await outside.get("/api/queues"))["queues"]
            return any(queue["waiting"] == 1 for queue in queues)

        await until(minh_waits, "Minh waits in the queue")
        await lan.speak(warble(1))
        await hears(desk, warble(1))
        killed_at = await kill(outside, victims)
        await outside.server.start()

        await the_recording_plays_to_the_last_second(outside, killed_at)
        await the_calls_are_closed_truthfully(outside)
        assert await outside.is_in("wrap_up"), "An's conversation ended with the server"

        for phone in (lan, desk, minh):
            await phone.hang_up()
            await phone.closed(timeout_s=PATIENCE_S)
        await outside.ready()
        await lan.dial(HOTLINE)
        await desk.incoming(timeout_s=PATIENCE_S)  # where her phone is was not forgotten
        await desk.answer()
        await until(lambda: outside.is_in("talking"), "An talks")
        await lan.hang_up()
        await until(lambda: outside.is_in("wrap_up"), "An wraps up")

    async def served() -> bool:
        entries = await outside.calls_of(LAN)
        return [entry["status"] for entry in entries] == ["served", "failed"]

    await until(served, "both calls are in the thread")
    if victims is the_server:  # once is enough: the words take whisper a while
        await the_transcript_arrives(outside)


async def test_a_server_that_is_told_to_end_lets_the_call_finish_and_takes_no_other(
    outside: Outside,
) -> None:
    async with (
        outside.phone("101", auto_answer=False, says=warble(1)) as desk,
        outside.phone("lan") as lan,
        outside.phone("minh") as minh,
    ):
        await outside.ready()
        await lan.dial(HOTLINE)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await until(lambda: outside.is_in("talking"), "An talks")
        outside.server.program.send(signal.SIGTERM)
        await outside.server.program.line("draining", timeout_s=PATIENCE_S)
        await minh.dial(HOTLINE)
        assert "503" in await minh.closed(timeout_s=PATIENCE_S)
        await hears(lan, warble(1))
        await lan.hang_up()
        assert await outside.server.program.ended(timeout_s=PATIENCE_S) == 0
        await outside.server.program.stop()
        await outside.server.start()  # before the phones say goodbye to it
    assert (await outside.call_of(LAN))["outcome"] == {"result": "served", "reason": "customer_hung_up"}
    assert await outside.calls_of(MINH) == []


async def the_recording_plays_to_the_last_second(outside: Outside, killed_at: datetime) -> None:
    call = await outside.call_of(LAN)
    started = next(one["at"] for one in call["events"] if one["type"] == "call.recording")
    left, right = read_wav(await outside.audio(call["recordings"][0]))
    assert likeness(english(LANS_WORDS), left).score >= ENOUGH
    assert likeness(english(ANS_WORDS), right).score >= ENOUGH
    lasted_s = (killed_at - datetime.fromisoformat(started)).total_seconds()
    assert lasted_s - len(left) / 8000 < 1, "the last second is there"
    assert len(left) / 8000 - lasted_s < 1


async def the_calls_are_closed_truthfully(outside: Outside) -> None:
    lans, minhs = await outside.call_of(LAN), await outside.call_of(MINH)
    for call in (lans, minhs):
        assert call["status"] == "failed"
        assert call["outcome"] == {"result": "failed", "reason": "server_restarted"}
        assert call["ended_at"] is not None
    assert lans["talk_s"] > 0
    end = minhs["events"][-1]
    assert (end["type"], end["data"]["place"], minhs["queue"]) == ("call.ended", 1, "support")
    assert all(queue["waiting"] == 0 for queue in (await outside.get("/api/queues"))["queues"])


async def the_transcript_arrives(outside: Outside) -> None:
    entries = await outside.calls_of(LAN)
    recording = (await outside.get(f"/api/calls/{entries[1]['call']['id']}"))["recordings"][0]
    told: dict[str, Any] = {}

    async def is_ready() -> bool:
        told.update(await outside.get(f"/api/recordings/{recording}/transcript"))
        return bool(told["state"] == "ready")

    await until(is_ready, "the transcript of the cut recording is ready", timeout_s=3 * PATIENCE_S)
    words = {one["speaker"]: one["text"].lower() for one in told["segments"]}
    assert any("try your call again" in text for who, text in words.items() if who == "customer")
    assert any("thank you for your patience" in text for who, text in words.items() if who != "customer")
