"""Real calls while strangers scan, flood and spray: nothing of it reaches them."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from telephony.sip.defence import Refusal
from tests.integration.telephony.stage import FRONT_DESK, PATIENCE_S, Office, hears, legs_of, outcome
from tests.integration.telephony.test_calls import connect
from tests.support.audio import warble
from tests.support.house import settings_for
from threadline.compose import running

pytestmark = pytest.mark.integration

SCANNERS = "127.0.0.2,127.0.0.3"
FLOODERS = ",".join(
    f"127.0.0.{number}" for number in range(10, 14)
)  # few, so that each is above its rate on a slow machine too
ROOT = Path(__file__).parents[3]


@pytest.fixture
async def besieged(tmp_path: Path, dsn: str) -> AsyncIterator[Office]:
    """A server for which 127.0.0.1 is an address like any other."""
    async with running(replace(settings_for(tmp_path / "data", dsn), sip_allow=())) as server:
        yield Office(server, tmp_path)


async def attack(office: Office, kind: str, addresses: str, count: int, **more: str) -> dict[str, Any]:
    """Runs an attacker to his end; what he sent and heard."""
    words = ["-m", "tests.support.siege", kind, "--from", addresses, "--count", str(count)]
    words += ["--target", f"127.0.0.1:{office.server.sip.port}"]
    words += [word for name, value in more.items() for word in (f"--{name}", value)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    report: dict[str, Any] = json.loads(told)
    return report


def memory_mb() -> float:
    """What this process holds of the machine's memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


async def test_a_call_goes_on_through_scan_flood_and_spoofed_audio_and_a_phone_still_registers(
    besieged: Office,
) -> None:
    office, sip = besieged, besieged.server.sip
    an = await office.hire("an", "101")
    await office.open(FRONT_DESK)
    hello, after = warble(1), warble(2)
    async with office.desk("101", says=hello) as desk, office.customer() as lan:
        call = await connect(office, an, desk, lan)
        begin = await hears(lan, hello, 0)
        before_mb = memory_mb()
        rtp = office.server.settings.rtp_ports

        reports = await asyncio.gather(
            attack(office, "scan", SCANNERS, 30),
            attack(office, "flood", FLOODERS, 8000),
            attack(office, "scanner", "127.0.0.30", 200),
            attack(office, "spray", "127.0.0.40", 10, ports=f"{rtp.first}-{rtp.last}"),
        )
        assert reports[1]["sent"] == 8000
        assert "200" not in reports[0]["answers"]
        assert len(sip.agent.transactions) < 1000, "an unproved request leaves nothing behind"
        assert sip.live_calls() == 2
        assert memory_mb() - before_mb < 40

        refused = sip.watch.defence.refused
        assert refused[Refusal.WRONG_PROOF] >= 20
        assert refused[Refusal.ADDRESS_RATE] > 1000
        assert refused[Refusal.SCANNER] >= 100
        shown: Any = office.server.operations.overview()
        assert {ban["address"] for ban in shown["bans"]} == set(SCANNERS.split(","))
        assert {one["address"] for one in shown["floods"]} == set(FLOODERS.split(","))

        await desk.speak(after)
        await hears(lan, after, begin.offset_s)
        async with office.customer("minh", None) as minh:
            assert sip.is_registered(minh.account.user)
        await check_figures(office)
        check_trace(office, str(call))

        office.server.operations.lift_ban("127.0.0.2", "test")
        assert {ban.address for ban in sip.watch.defence.bans(asyncio.get_running_loop().time())} == {
            "127.0.0.3"
        }
        await lan.hang_up()
        await desk.closed(timeout_s=PATIENCE_S)
    story = await office.story()
    assert outcome(story) == ("served", "customer_hung_up")
    assert sum(leg["stats"]["strangers"] for leg in legs_of(story)) > 0


async def check_figures(office: Office) -> None:
    text = (await office.server.operations.metrics()).decode()
    for line in (
        'threadline_calls_active{state="talking"} 1.0',
        'threadline_sip_refused_total{reason="address_rate"}',
        "threadline_sip_bans_total 2.0",
        "threadline_call_setup_seconds_count 1.0",
        'threadline_queue_wait_seconds_count{queue="support"} 1.0',
        'threadline_queue_waiting{queue="support"} 0.0',
        "threadline_media_workers_up",
    ):
        assert line in text, line
    assert "127.0.0." not in text, "an address is nobody's label"


def check_trace(office: Office, call: str) -> None:
    """Both legs of the call are in its ladder, whatever the flood left in memory."""
    operations = office.server.operations
    ladder = operations.ladder(office.events[0].call, bodies=False)
    assert str(office.events[0].call) == call
    for word in ("INVITE", "200 OK (INVITE)", "ACK", "2 dialogs", "friendly-scanner"):
        assert (word in ladder) == (word != "friendly-scanner"), word
    assert "response=" not in ladder
    assert operations.pcap(office.events[0].call, bodies=True)[:4] == b"\xd4\xc3\xb2\xa1"
    assert office.server.sip.watch.ring.size < 2_000_000
