"""Packets the tests send, read back by the rules of RFC 4733."""

import struct
from pathlib import Path

import pytest

from tests.support.audio import find, warble
from tests.support.rtp import EVENT, Packet, Press, digits_in, sound_of, speech, typing, write_pcap

pytestmark = pytest.mark.unit


def test_a_packet_survives_the_wire() -> None:
    packet = Packet(101, True, 65535, 0xFFFFFFFF, 0xDEADBEEF, b"\x01\x0a\x00\xa0")
    assert Packet.parse(bytes(packet)) == packet


def test_what_is_no_rtp_is_refused() -> None:
    for raw in (b"", b"\x80" * 11, b"\x00" * 40):
        with pytest.raises(ValueError, match="RTP"):
            Packet.parse(raw)


def test_a_press_has_one_timestamp_a_growing_duration_and_three_ends() -> None:
    events = [one.packet for one in typing([Press("5", 100)]) if one.packet.payload_type == EVENT]
    assert len({packet.timestamp for packet in events}) == 1
    assert [packet.marker for packet in events] == [True] + [False] * 7
    assert [struct.unpack(">BBH", packet.payload)[2] for packet in events] == [
        160,
        320,
        480,
        640,
        800,
        800,
        800,
        800,
    ]
    assert [bool(packet.payload[1] & 0x80) for packet in events] == [False] * 5 + [True] * 3


def test_a_missing_end_is_missing() -> None:
    events = [
        one.packet for one in typing([Press("5", 100, "missing_end")]) if one.packet.payload_type == EVENT
    ]
    assert not any(packet.payload[1] & 0x80 for packet in events)


def test_sequence_numbers_have_no_gap_and_times_do_not_go_back() -> None:
    packets = typing([Press("1"), Press("2", 1000), Press("2", 60, "missing_end")])
    numbers = [one.packet.sequence for one in packets]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    times = [one.at_s for one in packets]
    assert times == sorted(times)
    assert digits_in(one.packet for one in packets) == "122"


def test_speech_is_laid_out_by_timestamp() -> None:
    clip = warble(4)
    packets = [one.packet for one in speech(clip)]
    del packets[10]
    assert find(clip, sound_of(packets)).score > 0.95


def test_a_capture_has_one_record_for_each_packet(tmp_path: Path) -> None:
    packets = typing([Press("1")])
    raw = write_pcap(tmp_path / "a.pcap", packets).read_bytes()
    at, count = 24, 0
    while at < len(raw):
        size = struct.unpack_from("<I", raw, at + 8)[0]
        assert Packet.parse(raw[at + 16 + 42 : at + 16 + size]) == packets[count].packet
        at, count = at + 16 + size, count + 1
    assert count == len(packets)
