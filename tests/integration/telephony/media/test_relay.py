"""Bridged packets are passed on as they come, in one unbroken stream with what the engine says itself."""

import itertools
from pathlib import Path

import pytest
import soundfile

from telephony.media import messages as m
from telephony.media import rtp
from telephony.media.g711 import FRAME, ULAW_SILENCE
from telephony.media.rtp import Packet
from tests.integration.telephony.media.rig import DTMF, HOST, Phone, Rig

pytestmark = pytest.mark.integration


def word(number: int) -> bytes:
    return bytes([number % 100 + 1]) * FRAME


def bridged(rig: Rig) -> tuple[Phone, Phone]:
    a, b = rig.call("a"), rig.call("b")
    rig.do(m.Bridge("a", "b"))
    return a, b


def talk(rig: Rig, phone: Phone, count: int, first: int = 0) -> None:
    for n in range(first, first + count):
        phone.say(word(n))
        rig.tick()


def is_one_stream(packets: list[Packet]) -> bool:
    """Numbers without a hole, and timestamps that only grow (events keep theirs)."""
    numbered = all((b.seq - a.seq) & 0xFFFF == 1 for a, b in itertools.pairwise(packets))
    sound = [packet for packet in packets if packet.payload_type != DTMF]
    forward = all(
        0 < (b.timestamp - a.timestamp) & 0xFFFF_FFFF < 1 << 31 for a, b in itertools.pairwise(sound)
    )
    return numbered and forward and len({packet.ssrc for packet in packets}) == 1


def test_a_packet_is_passed_on_between_ticks_and_nothing_is_sent_twice(rig: Rig) -> None:
    a, b = bridged(rig)
    talk(rig, a, 2)
    b.heard()
    a.say(word(7))
    rig.engine.relay(rig.now + 0.003)
    assert [packet.payload for packet in b.heard()] == [word(7)]
    rig.tick()
    assert b.heard() == []


def test_the_engine_asks_to_be_called_between_ticks_while_there_is_a_bridge(rig: Rig) -> None:
    bridged(rig)
    assert rig.engine.wants_relay
    rig.do(m.Unbridge("a", "b"))
    assert not rig.engine.wants_relay


def test_a_listener_hears_one_stream_through_prompt_talk_pause_and_keys(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "p.ul").write_bytes(word(50) * 10)
    a, b = rig.call("a"), rig.call("b")
    rig.do(m.Play("b", 1, (str(tmp_path / "p.ul"),)))
    rig.tick(5)
    rig.do(m.Bridge("a", "b"))
    talk(rig, a, 20)
    rig.tick(10)  # a says nothing for a while
    talk(rig, a, 10, first=20)
    rig.do(m.SendDigits("b", "5"))
    talk(rig, a, 20, first=30)
    rig.do(m.Unbridge("a", "b"))
    rig.tick(5)
    packets = b.heard()
    assert is_one_stream(packets)
    words = [packet.payload for packet in packets if packet.payload not in (ULAW_SILENCE, word(50))]
    assert words[:30] == [word(n) for n in range(30)]
    assert word(49) in words
    assert DTMF in {packet.payload_type for packet in packets}


def test_loss_and_order_of_the_sender_are_the_listeners_to_mend(rig: Rig) -> None:
    a, b = bridged(rig)
    talk(rig, a, 3)
    first = b.heard()[0].seq
    a.seq += 1  # lost on the way
    a.timestamp += FRAME
    a.say(word(4))
    a.seq, late = a.seq + 1, a.seq
    a.timestamp += FRAME
    a.say(word(6))
    a.seq, a.timestamp = late, a.timestamp - 2 * FRAME
    a.say(word(5))
    rig.tick()
    assert [((p.seq - first) & 0xFFFF, p.payload) for p in b.heard()] == [
        (4, word(4)),
        (6, word(6)),
        (5, word(5)),
    ]


def test_what_comes_twice_is_passed_on_once(rig: Rig) -> None:
    a, b = bridged(rig)
    talk(rig, a, 3)
    b.heard()
    again = rtp.build(0, a.seq, a.timestamp, a.ssrc, word(9))
    a.send(again)
    a.sock.sendto(again, a.target)
    rig.tick()
    assert [packet.payload for packet in b.heard()] == [word(9)]


def test_another_stream_of_the_same_source_goes_on_in_line(rig: Rig) -> None:
    a, b = bridged(rig)
    talk(rig, a, 5)
    a.ssrc, a.seq, a.timestamp = 0x9999, 20000, 5
    talk(rig, a, 10, first=5)
    packets = b.heard()
    assert is_one_stream(packets)
    assert packets[-1].payload == word(14)


@pytest.mark.parametrize(("seq", "timestamp"), [(20000, 0), (0, 1 << 30), (0, -(1 << 20)), (300, 5)])
def test_a_sender_whose_numbers_jump_is_set_on_our_line(rig: Rig, seq: int, timestamp: int) -> None:
    a, b = bridged(rig)
    talk(rig, a, 5)
    a.seq += seq
    a.timestamp += timestamp
    talk(rig, a, 5, first=5)
    rig.do(m.Unbridge("a", "b"))
    rig.tick(3)
    packets = b.heard()
    assert is_one_stream(packets)
    assert [packet.payload for packet in packets[:10]] == [word(n) for n in range(10)]
    stamps = [packet.timestamp for packet in packets]
    assert (stamps[-1] - stamps[0]) & 0xFFFF_FFFF < 20 * FRAME


def test_a_leg_that_is_not_to_be_heard_is_not_passed_on(rig: Rig) -> None:
    a, b = bridged(rig)
    talk(rig, a, 5)
    b.heard()
    rig.do(m.Aim("a", HOST, a.port, "pcmu", 0, DTMF, receive=False))
    talk(rig, a, 5)
    assert {packet.payload for packet in b.heard()} <= {ULAW_SILENCE}
    rig.do(m.Aim("a", HOST, a.port, "pcmu", 0, DTMF))
    talk(rig, a, 5)
    assert [packet.payload for packet in b.heard()][-5:] == [word(n) for n in range(5)]


def test_a_leg_on_hold_is_sent_nothing_and_hears_again_afterwards(rig: Rig) -> None:
    a, b = bridged(rig)
    talk(rig, a, 5)
    rig.do(m.Aim("b", HOST, b.port, "pcmu", 0, DTMF, send=False))
    before = b.heard()[-1]
    talk(rig, a, 10)
    assert b.heard() == []
    rig.do(m.Aim("b", HOST, b.port, "pcmu", 0, DTMF))
    talk(rig, a, 5, first=20)
    packets = b.heard()
    assert is_one_stream([before, *packets])
    assert [packet.payload for packet in packets] == [word(n) for n in range(20, 25)]


def test_longer_packets_take_the_way_by_the_tick_and_are_still_one_stream(rig: Rig) -> None:
    a, b = bridged(rig)
    talk(rig, a, 10)
    for n in range(20):
        a.say(word(n) + word(n))
        rig.tick(2)
    packets = b.heard()
    assert is_one_stream(packets)
    assert {len(packet.payload) for packet in packets} == {FRAME}
    assert packets[-1].payload in {word(n) for n in (17, 18, 19)}


def test_a_phone_that_changes_from_g722_is_passed_on_again(rig: Rig) -> None:
    a, b = rig.call("a", codec="g722"), rig.call("b")
    rig.do(m.Bridge("a", "b"))
    for _ in range(5):
        a.say(b"\xfa" * FRAME)
        rig.tick()
    rig.do(m.Aim("a", HOST, a.port, "pcmu", 0, DTMF))
    a.payload_type = rtp.PCMU
    b.heard()
    talk(rig, a, 5)
    a.say(word(60))
    rig.engine.relay(rig.now + 0.003)
    packets = b.heard()
    assert is_one_stream(packets)
    assert packets[-1].payload == word(60)


def test_a_transferred_customer_hears_one_stream(rig: Rig) -> None:
    a, b = bridged(rig)
    c = rig.call("c")
    for n in range(10):
        b.say(word(n))
        rig.tick()
    rig.do(m.Bridge("a", "c"))
    rig.do(m.Close("b"))
    for n in range(10, 20):
        c.say(word(n))
        rig.tick()
    packets = a.heard()
    assert is_one_stream(packets)
    assert packets[-1].payload == word(19)


def test_a_recording_of_a_passed_on_talk_has_both_sides_frame_by_frame_in_line(
    rig: Rig, tmp_path: Path
) -> None:
    a, b = bridged(rig)
    rig.do(m.Record("a", "r", str(tmp_path / "r.wav")))
    loud = b"\x80" * FRAME
    for n in range(60):
        said = loud if n in (20, 40) else ULAW_SILENCE
        a.say(said)
        b.say(said)
        rig.tick()
    assert {packet.payload for packet in b.heard()} == {loud, ULAW_SILENCE}
    rig.do(m.StopRecording("a", "r"))
    samples, _ = soundfile.read(tmp_path / "r.wav")
    left, right = (samples[:, side].nonzero()[0] for side in (0, 1))
    assert len(left) == len(right) == 2 * FRAME
    assert (left == right).all()


def test_a_recorded_customer_on_hold_has_silence_on_the_other_side(rig: Rig, tmp_path: Path) -> None:
    a, b = bridged(rig)
    rig.do(m.Record("a", "r", str(tmp_path / "r.wav")))
    rig.do(m.Aim("a", HOST, a.port, "pcmu", 0, DTMF, send=False))
    for n in range(30):
        a.say(ULAW_SILENCE)
        b.say(word(n))
        rig.tick()
    rig.do(m.StopRecording("a", "r"))
    samples, _ = soundfile.read(tmp_path / "r.wav")
    assert not samples[:, 1].any()


def test_a_phone_that_is_moved_to_a_younger_leg_sees_its_numbers_go_on(rig: Rig) -> None:
    old = rig.call("old")
    rig.tick(30)
    before = old.heard()[-1]
    new = rig.call("new")
    rig.tick(3)
    after = new.heard()[-1]
    assert 0 < (after.seq - before.seq) & 0xFFFF < 20
    assert 0 < (after.timestamp - before.timestamp) & 0xFFFF_FFFF < 20 * FRAME
    assert after.ssrc != before.ssrc
