import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.media.dtmf import DigitReceiver, DigitSender, Press, parse_event

pytestmark = pytest.mark.unit

SSRC = 7


def hear(
    receiver: DigitReceiver, packets: list[tuple[int, int, bool, int]], *, at: float = 0.0, gap: float = 0.02
) -> str:
    """Packets are (timestamp, code, is_end, duration)."""
    told = ""
    for number, (timestamp, code, is_end, duration) in enumerate(packets):
        told += receiver.packet(SSRC, timestamp, Press(code, is_end, duration), at + number * gap)
    return told


def press(timestamp: int, code: int, packets: int = 5, ends: int = 3) -> list[tuple[int, int, bool, int]]:
    growing = [(timestamp, code, False, 160 * n) for n in range(1, packets + 1)]
    return growing + [(timestamp, code, True, 160 * (packets + 1))] * ends


def test_three_end_packets_are_one_digit() -> None:
    assert hear(DigitReceiver(), press(1000, 5)) == "5"


def test_the_same_key_twice_is_two_digits() -> None:
    assert hear(DigitReceiver(), press(1000, 1) + press(3000, 1)) == "11"


def test_every_key_has_its_digit() -> None:
    packets = [packet for code in range(16) for packet in press(code * 4000, code)]
    assert hear(DigitReceiver(), packets) == "0123456789*#ABCD"


def test_hook_flash_is_no_digit() -> None:
    assert hear(DigitReceiver(), press(0, 16)) == ""


def test_a_missing_start_is_still_one_digit() -> None:
    assert hear(DigitReceiver(), [(1000, 9, True, 800)] * 3) == "9"


def test_a_press_is_told_at_its_first_packet_however_long_the_key_is_held() -> None:
    receiver = DigitReceiver()
    first, *rest = press(1000, 5, packets=300)
    assert hear(receiver, [first]) == "5"
    assert receiver.is_pressed
    assert hear(receiver, rest, at=0.02) == ""
    assert not receiver.is_pressed


def test_whichever_packet_of_a_press_comes_first_tells_it() -> None:
    packets = press(1000, 7)
    for lost in range(len(packets)):
        assert hear(DigitReceiver(), packets[lost:]) == "7"


def test_a_first_packet_without_duration_counts() -> None:
    assert hear(DigitReceiver(), [(1000, 5, False, 0), *press(1000, 5)]) == "5"


def test_a_press_with_a_hole_longer_than_the_timeout_is_one_digit() -> None:
    receiver = DigitReceiver()
    packets = press(1000, 5, packets=40)
    assert hear(receiver, packets[:10]) == "5"
    receiver.expire(0.6)
    assert not receiver.is_pressed
    assert hear(receiver, packets[30:], at=0.7) == ""


def test_a_missing_end_ends_the_press_after_the_timeout() -> None:
    receiver = DigitReceiver()
    assert hear(receiver, press(1000, 3, ends=0)) == "3"
    receiver.expire(0.2)
    assert receiver.is_pressed
    receiver.expire(0.5)
    assert not receiver.is_pressed
    assert hear(receiver, [(1000, 3, True, 960)], at=1.1) == ""


def test_a_missing_end_does_not_swallow_the_next_key() -> None:
    assert hear(DigitReceiver(), press(1000, 3, ends=0) + press(3000, 4)) == "34"
    assert hear(DigitReceiver(), press(1000, 3, ends=0) + press(3000, 3)) == "33"


def test_a_press_longer_than_the_duration_field_is_one_digit() -> None:
    first = [(1000, 2, False, duration) for duration in range(400, 65536, 400)] + [(1000, 2, False, 65535)]
    second = [(1000 + 65535, 2, False, duration) for duration in range(400, 65536, 400)]
    second += [(1000 + 65535, 2, False, 65535)]
    third = [(1000 + 131070, 2, False, 400)] + [(1000 + 131070, 2, True, 800)] * 3
    assert hear(DigitReceiver(), first + second + third, gap=0.05) == "2"


def test_a_long_press_that_ends_its_last_segment_only_is_one_digit_even_with_its_first_end_lost() -> None:
    receiver = DigitReceiver()
    told = hear(receiver, [(0, 8, False, 65000), (0, 8, False, 65535), (65535, 8, False, 160)])
    assert told == "8"


def test_a_timestamp_that_runs_on_through_the_press_is_one_digit() -> None:
    packets = [(1000 + 160 * n, 6, False, 160 * (n + 1)) for n in range(6)]
    packets += [(1000 + 160 * n, 6, True, 160 * 7) for n in range(6, 9)]
    assert hear(DigitReceiver(), packets) == "6"


def test_a_timestamp_that_moves_in_the_end_packets_only_is_one_digit() -> None:
    packets = [(1000, 6, False, 160 * n) for n in range(1, 6)]
    packets += [(1000 + 160 * n, 6, True, 960) for n in range(3)]
    assert hear(DigitReceiver(), packets) == "6"


def test_packets_of_a_press_that_come_after_its_end_are_nothing_new() -> None:
    receiver = DigitReceiver()
    assert hear(receiver, press(1000, 1)) == "1"
    assert hear(receiver, press(3000, 2)) == "2"
    assert hear(receiver, [(1000, 1, False, 480), (1000, 1, True, 960), (3000, 2, False, 320)]) == ""


def test_fast_dialling_across_the_timestamp_wrap_keeps_every_digit() -> None:
    packets = [packet for n in range(6) for packet in press((0xFFFF_FF00 + n * 1280) % (1 << 32), n)]
    assert hear(DigitReceiver(), packets) == "012345"


@given(st.lists(st.integers(0, 15), min_size=1, max_size=6), st.data())
def test_loss_and_duplication_never_make_a_digit_twice(codes: list[int], data: st.DataObject) -> None:
    """As long as one packet of a press arrives it is one digit."""
    receiver = DigitReceiver()
    told, now = "", 0.0
    for number, code in enumerate(codes):
        packets = press(number * 6000, code)
        kept = data.draw(
            st.lists(st.sampled_from(packets), min_size=1, max_size=12).map(
                lambda some: sorted(some, key=lambda p: p[3])
            )
        )
        told += hear(receiver, kept, at=now)
        now += 0.75
        receiver.expire(now)
    assert told == "".join("0123456789*#ABCD"[code] for code in codes)


def test_what_is_sent_is_what_a_receiver_hears() -> None:
    sender, receiver, told = DigitSender(), DigitReceiver(), ""
    sender.add("19*#d?")
    ticks = itertools.count(0xFFFF_F000, 160)
    markers = 0
    while sender.is_busy:
        packet = sender.next_packet(next(ticks) & 0xFFFF_FFFF)
        if packet is not None:
            parsed = parse_event(packet.payload)
            assert parsed is not None
            markers += packet.marker
            told += receiver.packet(SSRC, packet.timestamp, parsed, 0.0)
    assert told == "19*#D"
    assert markers == 5


def test_a_sent_press_grows_and_ends_three_times_under_one_timestamp() -> None:
    sender = DigitSender()
    sender.add("4")
    packets = [sender.next_packet(160 * n) for n in range(20)]
    events = [(p.timestamp, parse_event(p.payload)) for p in packets if p]
    assert events == [
        *[(0, Press(4, False, 160 * n)) for n in range(1, 5)],
        *[(0, Press(4, True, 800))] * 3,
    ]
    assert not sender.is_busy


def test_a_payload_too_short_for_an_event_is_none() -> None:
    assert parse_event(b"\x01\x0a\x00") is None
