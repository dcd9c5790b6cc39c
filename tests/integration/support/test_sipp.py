"""SIPp against a phone and against itself: what it sends is what its outcome says."""

from pathlib import Path

import numpy as np
import pytest

from tests.support import scenarios
from tests.support.audio import find, mulaw_encode, silence, warble
from tests.support.baresip import Account, Baresip
from tests.support.rtp import Press, RtpPeer
from tests.support.scenarios import Sdp, Who
from tests.support.sipp import Load, Sipp, run_sipp

pytestmark = pytest.mark.integration

WHO = Who("sipp")


async def test_the_built_in_caller_and_server_make_clean_calls(tmp_path: Path) -> None:
    load = Load(calls=20, per_second=20)
    async with Sipp(tmp_path, "uas", load=load) as server:
        outcome = await run_sipp(tmp_path, "uac", f"127.0.0.1:{server.port}", load)
        assert outcome.is_clean, outcome.errors
        assert (await server.outcome()).successful == 20


async def test_a_phone_hears_the_file_that_sipp_streams(tmp_path: Path) -> None:
    clip = warble(3)
    (tmp_path / "clip.ul").write_bytes(mulaw_encode(np.concatenate([clip, silence(0.5)])))
    xml = scenarios.caller(
        WHO,
        [scenarios.stream(tmp_path / "clip.ul"), scenarios.pause(2500)],
        sdp=Sdp(port="[rtpstream_audio_port]"),
    )
    async with Baresip(tmp_path, Account("bob")) as bob:
        outcome = await run_sipp(tmp_path, xml, f"127.0.0.1:{bob.sip_port}", service="bob")
        await bob.closed()
        assert outcome.is_clean, outcome.errors
        assert find(clip, bob.heard()).score > 0.95


async def test_keys_of_every_kind_reach_a_phone_once(tmp_path: Path) -> None:
    presses = [Press("1"), Press("#", 1500), Press("5")]
    async with Baresip(tmp_path, Account("bob")) as bob:
        xml = scenarios.caller(WHO, [scenarios.keys(tmp_path, presses)])
        outcome = await run_sipp(tmp_path, xml, f"127.0.0.1:{bob.sip_port}", service="bob")
        await bob.closed()
        assert outcome.is_clean, outcome.errors
        assert [one["param"] for one in bob.events.all if one["type"] == "CALL_DTMF_START"] == ["1", "#", "5"]


async def test_the_keys_on_the_wire_are_one_event_each(tmp_path: Path) -> None:
    presses = [Press("7"), Press("8", 100, "missing_end"), Press("9", 2000)]
    async with (
        RtpPeer() as peer,
        Sipp(tmp_path, scenarios.answerer(sdp=Sdp(port=str(peer.port)))) as server,
    ):
        xml = scenarios.caller(WHO, [scenarios.keys(tmp_path, presses)])
        outcome = await run_sipp(tmp_path, xml, f"127.0.0.1:{server.port}")
        assert outcome.is_clean, outcome.errors
        assert peer.digits() == "789"
        ends = [
            packet.payload[0]
            for packet in peer.packets.all
            if packet.payload_type == 101 and packet.payload[1] & 0x80
        ]
        assert ends == [7, 7, 7, 9, 9, 9]


async def test_a_call_is_held_and_taken_back(tmp_path: Path) -> None:
    steps = [
        scenarios.pause(200),
        scenarios.hold(WHO, 10),
        scenarios.pause(200),
        scenarios.hold(WHO, 11, direction="sendrecv", version=3),
    ]
    async with Baresip(tmp_path, Account("bob")) as bob:
        outcome = await run_sipp(
            tmp_path, scenarios.caller(WHO, steps), f"127.0.0.1:{bob.sip_port}", service="bob"
        )
        await bob.closed()
        assert outcome.is_clean, outcome.errors
        offers = [one for one in bob.events.all if one["type"] == "CALL_REMOTE_SDP"]
        assert len(offers) == 3


async def test_registration_and_call_pass_the_challenging_server(tmp_path: Path) -> None:
    who = Who("alice", challenged=True, password="secret")
    async with RtpPeer() as peer:
        server_xml = scenarios.challenging_server("alice", "secret", sdp=Sdp(port=str(peer.port)))
        async with Sipp(tmp_path, server_xml, load=Load(calls=2)) as server:
            target = f"127.0.0.1:{server.port}"
            registered = await run_sipp(tmp_path, scenarios.register(who), target)
            assert registered.is_clean, registered.errors
            called = await run_sipp(tmp_path, scenarios.caller(who, [scenarios.pause(100)]), target)
            assert called.is_clean, called.errors
            outcome = await server.outcome()
            assert outcome.failed == 0, outcome.errors


async def test_a_refused_call_counts_as_failed(tmp_path: Path) -> None:
    async with Sipp(tmp_path, scenarios.answerer(refuse="486 Busy Here")) as server:
        outcome = await run_sipp(tmp_path, scenarios.caller(WHO, []), f"127.0.0.1:{server.port}")
        assert (outcome.successful, outcome.failed) == (0, 1)
        assert "486" in outcome.errors
