import gc
import itertools
from pathlib import Path

import pytest
import soundfile

from telephony.media import messages as m
from telephony.media import rtp
from telephony.media.g711 import ALAW_TO_ULAW, FRAME, ULAW_SILENCE, ULAW_TO_ALAW, ulaw_to_linear
from telephony.media.g722 import Decoder, Encoder
from telephony.media.inbound import Inbound
from telephony.media.leg import Leg
from telephony.media.pacer import TICK_S
from tests.integration.telephony.media.rig import HOST, Phone, Rig

pytestmark = pytest.mark.integration


def clip(tmp_path: Path, name: str, frames: int) -> tuple[str, list[bytes]]:
    """A prompt of distinct frames."""
    audio = [bytes([n % 120 + 1]) * FRAME for n in range(frames)]
    (tmp_path / name).write_bytes(b"".join(audio))
    return str(tmp_path / name), audio


def talk(rig: Rig, phones: list[Phone], count: int, first: int = 1) -> None:
    """Each phone says one numbered frame a tick, no two phones the same."""
    for n in range(first, first + count):
        for number, phone in enumerate(phones):
            phone.say(bytes([(n + 60 * number) % 120 + 1]) * FRAME)
        rig.tick()


def test_a_prompt_arrives_intact_with_even_numbers_and_timestamps(rig: Rig, tmp_path: Path) -> None:
    path, audio = clip(tmp_path, "a.ul", 40)
    phone = rig.call("a")
    rig.do(m.Play("a", 7, (path,)))
    rig.tick(41)
    heard = phone.heard()
    assert [packet.payload for packet in heard] == [*audio, ULAW_SILENCE]
    steps = {
        ((b.seq - a.seq) & 0xFFFF, (b.timestamp - a.timestamp) & 0xFFFF_FFFF)
        for a, b in itertools.pairwise(heard)
    }
    assert steps == {(1, FRAME)}
    assert rig.all(m.PlayDone) == [m.PlayDone("a", 7, "finished")]


def test_files_play_in_order_and_a_loop_for_ever(rig: Rig, tmp_path: Path) -> None:
    one, a = clip(tmp_path, "one.ul", 3)
    two, b = clip(tmp_path, "two.ul", 2)
    phone = rig.call("a")
    rig.do(m.Play("a", 1, (one, two), loop=True))
    rig.tick(15)
    assert [packet.payload for packet in phone.heard()] == (a + b) * 3
    rig.do(m.StopPlay("a", 99), m.StopPlay("a", 1), m.StopPlay("a", 1))
    assert rig.all(m.PlayDone) == [m.PlayDone("a", 1, "stopped")]
    rig.do(m.Play("a", 2, (one, two), loop=True, from_s=9 * 0.02))
    rig.tick(5)
    assert [packet.payload for packet in phone.heard()] == [*b[1:], *a, b[0]]


def test_a_missing_file_is_told_and_the_rest_played(rig: Rig, tmp_path: Path) -> None:
    path, audio = clip(tmp_path, "there.ul", 2)
    phone = rig.call("a")
    rig.do(
        m.Play("a", 1, (str(tmp_path / "gone.ul"), path)),
        m.Play("a", 2, (str(tmp_path / "gone.ul"),), loop=True),
    )
    rig.do(m.Play("a", 3, (str(tmp_path / "gone.ul"), path)))
    rig.tick(3)
    assert [packet.payload for packet in phone.heard()] == [*audio, ULAW_SILENCE]
    assert rig.last(m.Refused).reason.endswith("No such file or directory")
    assert [done.reason for done in rig.all(m.PlayDone)] == ["stopped", "stopped", "finished"]


def test_an_idle_leg_sends_silence_so_that_the_stream_goes_on(rig: Rig) -> None:
    phone = rig.call("a")
    rig.tick(5)
    assert {packet.payload for packet in phone.heard()} == {ULAW_SILENCE}


def test_a_leg_that_may_not_send_keeps_quiet_and_marks_its_return(rig: Rig) -> None:
    phone = rig.call("a")
    rig.tick(3)
    before = phone.heard()[-1]
    rig.do(m.Aim("a", HOST, phone.port, "pcmu", 0, 101, send=False))
    rig.tick(10)
    assert phone.heard() == []
    rig.do(m.Aim("a", HOST, phone.port, "pcmu", 0, 101))
    rig.tick(2)
    first, second = phone.heard()
    assert (first.marker, second.marker) == (True, False)
    assert (first.seq - before.seq) & 0xFFFF == 1
    assert (first.timestamp - before.timestamp) & 0xFFFF_FFFF == 11 * FRAME


def test_a_stalled_engine_skips_ahead_without_a_burst_and_loses_no_word(rig: Rig, tmp_path: Path) -> None:
    path, audio = clip(tmp_path, "a.ul", 10)
    phone = rig.call("a")
    rig.do(m.Play("a", 1, (path,)))
    rig.tick(3)
    rig.now += 6 * TICK_S
    rig.engine.tick(rig.now, missed=5)
    rig.tick(2)
    heard = phone.heard()
    assert [packet.payload for packet in heard] == audio[:6]
    assert (heard[3].timestamp - heard[2].timestamp) & 0xFFFF_FFFF == 6 * FRAME
    assert heard[3].marker


@pytest.mark.parametrize("codec", ["pcmu", "pcma"])
def test_a_bridge_between_equal_codecs_is_bit_exact_both_ways(rig: Rig, codec: str) -> None:
    a = rig.call("a", codec="pcma" if codec == "pcma" else "pcmu")
    b = rig.call("b", codec="pcma" if codec == "pcma" else "pcmu")
    rig.do(m.Bridge("a", "b"))
    a.heard()
    talk(rig, [a, b], 40)
    for phone, number in ((a, 1), (b, 0)):
        expected = [bytes([(n + 60 * number) % 120 + 1]) * FRAME for n in range(1, 41)]
        assert [packet.payload for packet in phone.heard()] == expected


def test_a_bridge_between_the_laws_converts_by_the_table(rig: Rig) -> None:
    a, b = rig.call("a", codec="pcmu"), rig.call("b", codec="pcma")
    rig.do(m.Bridge("a", "b"))
    a.heard()
    talk(rig, [a, b], 30)
    to_b, to_a = b.heard(), a.heard()
    assert {packet.payload_type for packet in to_b} == {8}
    assert [p.payload for p in to_b] == [
        (bytes([n % 120 + 1]) * FRAME).translate(ULAW_TO_ALAW) for n in range(1, 31)
    ]
    said = [(bytes([(n + 60) % 120 + 1]) * FRAME).translate(ALAW_TO_ULAW) for n in range(1, 31)]
    assert [p.payload for p in to_a] == said


def test_a_g722_phone_in_a_bridge_speaks_and_hears_g722_while_the_recording_and_the_peer_have_g711(
    rig: Rig, tmp_path: Path
) -> None:
    wide, plain = rig.call("wide", codec="g722"), rig.call("plain", codec="pcma")
    rig.do(m.Bridge("wide", "plain"), m.Record("wide", "r", str(tmp_path / "r.wav")))
    encode, decode = Encoder(), Decoder()
    said = [bytes([0x90 + n % 2 * 0x10]) * FRAME for n in range(40)]  # two levels, so that order shows
    for frame in said:
        wide.say(encode(frame))
        plain.say(frame.translate(ULAW_TO_ALAW))
        rig.tick()
    to_wide, to_plain = wide.heard(), plain.heard()
    assert {packet.payload_type for packet in to_wide} == {9}
    assert {packet.payload_type for packet in to_plain} == {8}
    assert all(len(packet.payload) == FRAME for packet in to_wide)
    steps = {(b.timestamp - a.timestamp) & 0xFFFF_FFFF for a, b in itertools.pairwise(to_wide)}
    assert steps == {FRAME}
    levels = [_level(decode(packet.payload)) for packet in to_wide]
    wanted = sorted({abs(ulaw_to_linear(frame[0])) for frame in said})
    assert sorted({round(level / wanted[0]) for level in levels[10:]}) == [1, round(wanted[1] / wanted[0])]
    heard = [_level(packet.payload.translate(ALAW_TO_ULAW)) for packet in to_plain]
    assert sorted({round(level / wanted[0]) for level in heard[10:]}) == [1, round(wanted[1] / wanted[0])]
    rig.do(m.StopRecording("wide", "r"))
    samples, _ = soundfile.read(tmp_path / "r.wav")
    assert samples[20 * FRAME :].any(axis=0).all()


def _level(mulaw: bytes) -> float:
    """The middle sample's magnitude: the codec's filters blur the edges."""
    return abs(ulaw_to_linear(mulaw[FRAME // 2]))


def test_a_phone_that_moves_from_g722_to_g711_and_back_is_understood(rig: Rig, tmp_path: Path) -> None:
    path, audio = clip(tmp_path, "a.ul", 60)
    phone = rig.call("a", codec="g722")
    rig.do(m.Play("a", 1, (path,)))
    rig.tick(5)
    assert {packet.payload_type for packet in phone.heard()} == {9}
    rig.do(m.Aim("a", HOST, phone.port, "pcmu", 0, 101))
    rig.tick(5)
    assert [packet.payload for packet in phone.heard()] == audio[5:10]
    rig.do(m.Aim("a", HOST, phone.port, "g722", 9, 101))
    rig.tick(5)
    assert not {packet.payload for packet in phone.heard()} & set(audio)


def test_a_prompt_is_converted_for_an_a_law_phone(rig: Rig, tmp_path: Path) -> None:
    path, audio = clip(tmp_path, "a.ul", 5)
    phone = rig.call("a", codec="pcma")
    rig.do(m.Play("a", 1, (path,)))
    rig.tick(5)
    assert [packet.payload for packet in phone.heard()] == [frame.translate(ULAW_TO_ALAW) for frame in audio]


def test_playing_ends_the_bridge_and_bridging_ends_the_play(rig: Rig, tmp_path: Path) -> None:
    path, audio = clip(tmp_path, "music.ul", 4)
    a, b = rig.call("a"), rig.call("b")
    rig.do(m.Bridge("a", "b"))
    talk(rig, [a, b], 5)
    rig.do(m.Play("a", 1, (path,), loop=True))
    a.heard(), b.heard()
    talk(rig, [a, b], 4, first=6)
    assert [packet.payload for packet in a.heard()] == audio
    assert {packet.payload for packet in b.heard()} == {ULAW_SILENCE}
    rig.do(m.Bridge("a", "b"))
    assert rig.last(m.PlayDone) == m.PlayDone("a", 1, "stopped")
    talk(rig, [a, b], 6, first=10)
    assert [packet.payload for packet in b.heard()][-5:] == [
        bytes([n % 120 + 1]) * FRAME for n in range(11, 16)
    ]


def test_a_bridge_waits_for_a_leg_that_is_still_to_come(rig: Rig) -> None:
    a = rig.call("a")
    rig.do(m.Bridge("a", "b"))
    b = rig.call("b")
    talk(rig, [a, b], 10)
    assert bytes([5]) * FRAME in [packet.payload for packet in b.heard()]


def test_closing_one_side_of_a_bridge_leaves_the_other_with_silence(rig: Rig) -> None:
    a, b = rig.call("a"), rig.call("b")
    rig.do(m.Bridge("a", "b"))
    talk(rig, [a, b], 5)
    rig.do(m.Close("a"))
    b.heard()
    talk(rig, [b], 5)
    assert {packet.payload for packet in b.heard()} == {ULAW_SILENCE}


def test_packets_of_ten_and_thirty_milliseconds_cross_the_bridge_whole(rig: Rig) -> None:
    for name, size in (("ten", 80), ("thirty", 240)):
        a, b = rig.call(f"a-{name}"), rig.call(f"b-{name}")
        rig.do(m.Bridge(f"a-{name}", f"b-{name}"))
        stream = bytes(n % 251 for n in range(240 * 20))
        at = 0
        for tick in range(30):
            while at < (tick + 1) * FRAME:
                a.say(stream[at : at + size])
                at += size
            rig.tick()
        heard = b"".join(packet.payload for packet in b.heard()).strip(b"\xff")
        assert len(heard) > 22 * FRAME
        assert heard[: 20 * FRAME] in stream


def test_unknown_legs_and_second_opens_are_refused(rig: Rig) -> None:
    rig.call("a")
    rig.do(m.Open("a", HOST), m.Play("nobody", 1, ()), m.Bridge("nobody", "noone"), m.Close("nobody"))
    assert [(event.leg, event.command) for event in rig.all(m.Refused)] == [
        ("a", "Open"), ("nobody", "Play"), ("nobody", "Bridge"), ("nobody", "Close"),
    ]  # fmt: skip


def test_silence_of_the_peer_is_told_after_three_seconds_and_its_return_too(rig: Rig) -> None:
    phone = rig.call("a")
    rig.tick(260)
    for _ in range(60):
        phone.say(ULAW_SILENCE)
        rig.tick()
    silences = [event.silent_s for event in rig.all(m.AudioHealth)]
    assert len(silences) == 2
    assert 3.0 <= silences[0] <= 4.1
    assert silences[1] == 0


@pytest.mark.parametrize(("host", "port"), [("phone.example", 4000), (HOST, 70000), ("::1", 4000)])
def test_an_address_that_is_none_is_refused_and_the_leg_lives(rig: Rig, host: str, port: int) -> None:
    phone = rig.call("a")
    rig.do(m.Aim("a", host, port, "pcmu", 0, None, learn=False))
    assert rig.last(m.Refused).command == "Aim"
    rig.tick(3)
    rig.do(m.Aim("a", HOST, phone.port, "pcmu", 0, None))
    phone.heard()
    rig.tick(3)
    assert len(phone.heard()) == 3


def test_a_leg_that_trips_over_a_fault_is_closed_and_the_others_go_on(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.call("bad")
    other = rig.call("good")
    say = Leg.say

    def fail(leg: Leg) -> int | None:
        if leg.name == "bad":
            raise ZeroDivisionError
        return say(leg)

    monkeypatch.setattr(Leg, "say", fail)
    rig.do(m.Report("bad"))  # a command has the leg thought over in Python
    rig.tick()
    assert rig.last(m.Closed).leg == "bad"
    other.heard()
    rig.tick(5)
    assert len(other.heard()) == 5


def test_a_socket_whose_packets_trip_us_costs_only_its_own_call(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = rig.call("bad"), rig.call("good")
    read = Inbound.read

    def fail(inbound: Inbound, size: int) -> None:
        if inbound.ssrc == bad.ssrc:
            raise ZeroDivisionError
        read(inbound, size)

    monkeypatch.setattr(Inbound, "read", fail)
    for _ in range(8):
        bad.say(b"\x40", payload_type=rtp.COMFORT_NOISE)
        good.say(b"\x40", payload_type=rtp.COMFORT_NOISE)
        rig.tick()
    assert [event.leg for event in rig.all(m.Closed)] == ["bad"]
    assert rig.stats("good")["packets_in"] == 12


def test_a_closed_leg_is_freed_at_once_without_the_collector(rig: Rig) -> None:
    gc.collect()
    gc.disable()
    try:
        a, b = rig.call("a"), rig.call("b")
        rig.do(m.Bridge("a", "b"))
        talk(rig, [a, b], 5)
        rig.do(m.Close("a"), m.Close("b"))
        assert [thing for thing in gc.get_objects() if isinstance(thing, Leg | Inbound)] == []
    finally:
        gc.enable()
