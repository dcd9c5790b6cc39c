"""A call's messages as text and as pcap."""

import struct

import pytest

from telephony.sip.ladder import draw_ladder, write_pcap
from telephony.sip.ring import Traced
from telephony.sip.wire import Flow

pytestmark = pytest.mark.unit

CUSTOMER, AGENT = Flow("udp", "192.0.2.10", 5060), Flow("tls", "192.0.2.20", 5061)
INVITE = b"INVITE sip:1900@h SIP/2.0\r\nCSeq: 1 INVITE\r\nSubject: \x1b[31mred\r\n\r\nv=0\r\n"
OK = b"SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n"
STORIES = {
    "one": [Traced(10.0, False, CUSTOMER, INVITE), Traced(12.5, True, CUSTOMER, OK)],
    "two": [Traced(11.0, True, AGENT, INVITE), Traced(12.25, False, AGENT, OK)],
}


def test_the_ladder_shows_who_said_what_to_whom_in_order() -> None:
    lines = draw_ladder(STORIES).splitlines()
    assert lines[0].split() == ["threadline", "192.0.2.10:5060", "udp", "192.0.2.20:5061", "tls"]
    steps = lines[2:6]
    assert [line.split()[0] for line in steps] == ["0.000", "1.000", "2.250", "2.500"]
    assert ["<" in line for line in steps] == [True, False, True, False]
    assert [line.count("200 OK (INVITE)") for line in steps] == [0, 0, 1, 1]
    assert len({len(line) for line in steps}) == 1, "rails stay in their columns"
    assert "4 messages, 2 dialogs" in lines


def test_bodies_come_only_when_asked_and_control_characters_never() -> None:
    assert "v=0" not in draw_ladder(STORIES)
    assert "v=0" in draw_ladder(STORIES, bodies=True)
    assert "\x1b" not in draw_ladder(STORIES)


def test_a_call_nobody_remembers_says_so() -> None:
    assert "No SIP messages" in draw_ladder({})


def packets(data: bytes) -> list[tuple[int, bytes]]:
    """(microseconds, packet) of a pcap file."""
    magic, _, _, _, _, _, link = struct.unpack_from("<IHHiIII", data)
    assert (magic, link) == (0xA1B2C3D4, 101)
    found, at = [], 24
    while at < len(data):
        seconds, micros, kept, size = struct.unpack_from("<IIII", data, at)
        assert kept == size
        found.append((seconds * 1_000_000 + micros, data[at + 16 : at + 16 + size]))
        at += 16 + size
    return found


def test_the_pcap_has_whole_ip_packets_with_right_checksums() -> None:
    found = packets(write_pcap(STORIES, ("192.0.2.1", 5060), 1_700_000_000.0, bodies=True))
    assert [moment for moment, _ in found] == [1_700_000_010_000_000, 1_700_000_011_000_000, 1_700_000_012_250_000,
                                               1_700_000_012_500_000]  # fmt: skip
    first = found[0][1]
    assert sum(struct.unpack(">10H", first[:20])) % 0xFFFF == 0
    assert first[12:20] == bytes((192, 0, 2, 10, 192, 0, 2, 1))
    assert struct.unpack(">HHH", first[20:26]) == (5060, 5060, 8 + len(INVITE))
    assert first[28:] == INVITE


def test_ipv6_packets_have_the_checksum_they_need() -> None:
    stories = {"six": [Traced(0.0, False, Flow("udp", "2001:db8::7", 5060), OK)]}
    ((_, packet),) = packets(write_pcap(stories, ("2001:db8::1", 5060), 0.0))
    assert packet[0] >> 4 == 6
    udp = packet[40:]
    pseudo = packet[8:40] + struct.pack(">II", len(udp), 17) + udp + b"\x00" * (len(udp) % 2)
    assert sum(struct.unpack(f">{len(pseudo) // 2}H", pseudo)) % 0xFFFF == 0
