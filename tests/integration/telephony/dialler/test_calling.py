"""pyVoIP's caller against SIPp as a server that challenges, and an RTP socket that listens."""

from pathlib import Path

import pytest

from telephony.dialler import Exit, Plan, Server, carry_out
from tests.support import scenarios
from tests.support.audio import find, read_mono, warble, write_wav
from tests.support.rtp import Press, RtpPeer, speech, typing
from tests.support.scenarios import Sdp
from tests.support.sipp import Load, Sipp

pytestmark = pytest.mark.integration

ALICE = ("0901234567", "secret")


def _server(
    folder: Path, peer: RtpPeer, calls: int, *, refuse: str | None = None, bye_after_ms: int = 0
) -> Sipp:
    """`calls` counts Call-IDs: registering, calling, unregistering."""
    xml = scenarios.challenging_server(
        *ALICE, sdp=Sdp(port=str(peer.port)), refuse=refuse, bye_after_ms=bye_after_ms
    )
    return Sipp(folder, xml, load=Load(calls=calls))


def _plan(server: Sipp, **more: object) -> Plan:
    return Plan(Server("127.0.0.1", server.port), *ALICE, "19001234", **more)  # type: ignore[arg-type]  # as Plan's


async def test_keys_arrive_once_each_and_the_clip_is_heard(tmp_path: Path) -> None:
    clip = warble(7)
    say = write_wav(tmp_path / "say.wav", clip)
    async with RtpPeer() as peer, _server(tmp_path, peer, 3) as server:
        plan = _plan(
            server,
            keys="1#3",
            press_after_s=0.4,
            press_gap_s=0.4,
            say=str(say),
            say_after_s=2.0,
            hang_up_when_done=True,
        )
        code, reports = await carry_out(plan)
        assert code is Exit.ANSWERED, reports
        assert [report["key"] for report in reports if report["event"] == "pressed"] == ["1", "#", "3"]
        assert {"event": "ended", "by": "us"}.items() <= reports[-1].items()
        assert peer.digits() == "1#3"
        assert find(clip, peer.heard()).score > 0.95
        outcome = await server.outcome()
        assert (outcome.successful, outcome.failed) == (3, 0), outcome.errors


async def test_the_stream_is_even_and_without_gaps(tmp_path: Path) -> None:
    async with RtpPeer() as peer, _server(tmp_path, peer, 3) as server:
        await carry_out(_plan(server, keys="5", press_after_s=0.5, stay_s=1.5))
        numbers = [packet.sequence for packet in peer.packets.all]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        ends = [
            packet for packet in peer.packets.all if packet.payload_type == 101 and packet.payload[1] & 0x80
        ]
        assert len(ends) == 3
        assert len(numbers) == pytest.approx(75, abs=10)
        await server.outcome()


async def test_what_is_heard_is_saved_whatever_gaps_it_has(tmp_path: Path) -> None:
    clip = warble(8)
    async with RtpPeer() as peer, _server(tmp_path, peer, 3, bye_after_ms=4000) as server:
        saved = tmp_path / "heard.wav"

        async def answer_with_the_clip() -> None:
            await peer.packets.find(lambda packet: True, timeout_s=15, what="the first packet")
            await peer.send([*typing([Press("9")], lead_s=0.1, gap_s=0.1)])
            await peer.send(speech(clip, ssrc=0xABCD, timestamp=3_000_000_000))

        import asyncio

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(answer_with_the_clip(), name="peer")
            code, reports = await carry_out(_plan(server, save=str(saved), stay_s=20))
        assert code is Exit.ANSWERED
        assert [report["by"] for report in reports if report["event"] == "ended"] == ["them"]
        assert find(clip, read_mono(saved)).score > 0.95
        await server.outcome()


@pytest.mark.parametrize(
    "status", ["486 Busy Here", "404 Not Found", "503 Service Unavailable", "603 Decline"]
)
async def test_a_refusal_is_no_answer_and_says_why(tmp_path: Path, status: str) -> None:
    async with RtpPeer() as peer, _server(tmp_path, peer, 3, refuse=status) as server:
        code, reports = await carry_out(_plan(server))
        assert code is Exit.NOT_ANSWERED
        assert reports[-1]["code"] == int(status.split()[0])
        assert (await server.outcome()).failed == 0


async def test_a_wrong_password_is_a_failed_registration(tmp_path: Path) -> None:
    async with RtpPeer() as peer, _server(tmp_path, peer, 1) as server:
        plan = Plan(Server("127.0.0.1", server.port), ALICE[0], "wrong", "19001234")
        code, reports = await carry_out(plan)
        assert code is Exit.NOT_REGISTERED
        assert reports[-1]["event"] == "not_registered"


async def test_a_server_that_is_not_there_is_a_failed_registration() -> None:
    async with RtpPeer() as nobody:
        plan = Plan(Server("127.0.0.1", nobody.port), *ALICE, "19001234", register_s=0.3)
        code, _ = await carry_out(plan)
        assert code is Exit.NOT_REGISTERED
