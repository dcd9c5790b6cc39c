"""DTMF through the engine: one press, one Digit, and never as sound."""

import itertools

import pytest

from telephony.media import messages as m
from telephony.media.dtmf import DigitReceiver, parse_event
from telephony.media.g711 import FRAME, ULAW_SILENCE
from tests.integration.telephony.media.rig import DTMF, HOST, Phone, Rig

pytestmark = pytest.mark.integration

WORD = b"\x42" * FRAME


def press(rig: Rig, phone: Phone, code: int, *, packets: int = 5, ends: int = 3) -> None:
    for n in range(1, packets + 1):
        phone.key(code, n * FRAME)
        rig.tick()
    for _ in range(ends):
        phone.key(code, (packets + 1) * FRAME, is_end=True)
    phone.timestamp += (packets + 3) * FRAME
    rig.tick()


def events_heard(phone: Phone) -> str:
    receiver, told = DigitReceiver(), ""
    for packet in phone.heard():
        if packet.payload_type == DTMF:
            event = parse_event(packet.payload)
            assert event is not None
            told += receiver.packet(packet.ssrc, packet.timestamp, event, 0.0)
    return told


@pytest.mark.parametrize(
    ("packets", "ends"), [(5, 3), (5, 1), (0, 3), (5, 0), (1, 0), (400, 3)], ids=lambda n: str(n)
)
def test_one_press_is_one_digit(rig: Rig, packets: int, ends: int) -> None:
    phone = rig.call("a")
    phone.key(5, FRAME) if packets else phone.key(5, FRAME, is_end=True)
    rig.tick()
    assert rig.digits("a") == "5"  # told at once, nothing has to end first
    press(rig, phone, 5, packets=packets, ends=ends)
    rig.tick(20)
    assert rig.digits("a") == "5"


def test_keys_before_any_audio_count_too(rig: Rig) -> None:
    phone = rig.phone()
    rig.do(m.Open("a", HOST))
    phone.target = (HOST, rig.last(m.Opened).port)
    rig.do(m.Aim("a", HOST, phone.port, "pcmu", 0, DTMF))
    press(rig, phone, 3)
    press(rig, phone, 3)
    assert rig.digits("a") == "33"


def test_a_leg_without_telephone_events_reports_none(rig: Rig) -> None:
    phone = rig.call("a", dtmf=None)
    press(rig, phone, 3)
    rig.tick(20)
    assert rig.digits("a") == ""


def test_in_a_bridge_keys_are_passed_on_as_events_and_never_heard(rig: Rig) -> None:
    a, b = rig.call("a"), rig.call("b")
    rig.do(m.Bridge("a", "b"))
    for _ in range(10):
        a.say(WORD)
        rig.tick()
    b.heard()
    rig.tick(3)
    b.heard()
    for n in range(1, 6):  # a phone that goes on sending the tone as sound beside the events
        a.key(7, n * FRAME)
        a.say(WORD)
        rig.tick()
    a.key(7, 960, is_end=True)
    rig.tick(3)
    packets = b.heard()
    assert WORD not in {packet.payload for packet in packets}
    rig.tick(20)
    b.sock.setblocking(False)
    assert rig.digits("a") == "7"
    rest = b.heard()
    receiver, told = DigitReceiver(), ""
    for packet in packets + rest:
        if packet.payload_type == DTMF:
            event = parse_event(packet.payload)
            assert event is not None
            told += receiver.packet(packet.ssrc, packet.timestamp, event, 0.0)
    assert told == "7"


def test_digits_are_sent_as_events_in_one_numbering_with_the_audio(rig: Rig) -> None:
    phone = rig.call("a")
    rig.do(m.SendDigits("a", "12*"))
    rig.tick(40)
    packets = phone.heard()
    assert [(b.seq - a.seq) & 0xFFFF for a, b in itertools.pairwise(packets)] == [1] * (len(packets) - 1)
    markers = [packet.marker for packet in packets if packet.payload_type == DTMF]
    assert markers.count(True) == 3
    for packet in packets:
        phone_side = packet.payload_type
        assert phone_side in (0, DTMF)
    rig.do(m.SendDigits("a", "12*"))
    rig.tick(40)
    assert events_heard(phone) == "12*"


def test_sending_digits_to_a_peer_without_events_is_refused(rig: Rig) -> None:
    rig.call("a", dtmf=None)
    rig.do(m.SendDigits("a", "1"))
    assert rig.last(m.Refused).command == "SendDigits"


def test_the_bridge_hears_speech_again_after_a_press(rig: Rig) -> None:
    a, b = rig.call("a"), rig.call("b")
    rig.do(m.Bridge("a", "b"))
    press(rig, a, 1)
    for _ in range(10):
        a.say(WORD)
        rig.tick()
    payloads = {packet.payload for packet in b.heard() if packet.payload_type == 0}
    assert payloads <= {WORD, ULAW_SILENCE} | {p for p in payloads if p != WORD}
    assert WORD in payloads
