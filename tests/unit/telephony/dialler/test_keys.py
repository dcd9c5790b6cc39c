"""Keys laid over pyVoIP's stream, read back by the rules of RFC 4733."""

import struct

import pytest

from telephony.dialler.keys import ENDS, HELD, Keyboard
from tests.support.rtp import Packet, digits_in

pytestmark = pytest.mark.unit


def _stream(keyboard: Keyboard, count: int) -> list[Packet]:
    """What leaves when pyVoIP sends `count` packets of audio."""
    sent = []
    for n in range(count):
        audio = Packet(0, False, (65530 + n) & 0xFFFF, 1000 + 160 * n, 42, b"\xff" * 160)
        sent.append(Packet.parse(keyboard.through(bytes(audio))))
    return sent


def test_without_a_press_the_audio_is_untouched() -> None:
    assert {packet.payload_type for packet in _stream(Keyboard(101), 20)} == {0}


def test_each_press_is_one_event_even_of_the_same_key() -> None:
    keyboard = Keyboard(96)
    for key in "11#":
        keyboard.press(key)
    assert digits_in(_stream(keyboard, 60), event=96) == "11#"


def test_the_event_shares_a_timestamp_grows_and_ends_three_times() -> None:
    keyboard = Keyboard(101)
    keyboard.press("D")
    events = [packet for packet in _stream(keyboard, 20) if packet.payload_type == 101]
    assert len(events) == HELD + ENDS
    assert [packet.marker for packet in events] == [True] + [False] * (HELD + ENDS - 1)
    assert {packet.timestamp for packet in events} == {1000}
    parts = [struct.unpack(">BBH", packet.payload) for packet in events]
    assert {event for event, _, _ in parts} == {15}
    assert [duration for _, _, duration in parts] == [160, 320, 480, 640, 800, 960, 960, 960, 960]
    assert [flags >> 7 for _, flags, _ in parts] == [0] * HELD + [1] * ENDS


def test_the_stream_keeps_its_numbers_through_a_key() -> None:
    keyboard = Keyboard(101)
    keyboard.press("7")
    sent = _stream(keyboard, 20)
    assert [packet.sequence for packet in sent] == [(65530 + n) & 0xFFFF for n in range(20)]
    assert {packet.ssrc for packet in sent} == {42}
    assert sent[-1].timestamp == 1000 + 160 * 19
