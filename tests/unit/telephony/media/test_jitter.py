import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.media.g711 import FRAME, ULAW_FADES, ULAW_SILENCE
from telephony.media.jitter import JitterBuffer

pytestmark = pytest.mark.unit


def frame(number: int, size: int = FRAME) -> bytes:
    return bytes([number % 127 + 1]) * size


def steady(jitter: JitterBuffer, first: int, count: int) -> list[bytes]:
    """One packet in and one frame out a tick."""
    out = []
    for number in range(first, first + count):
        jitter.push(number & 0xFFFF, frame(number))
        out.append(jitter.take())
    return out


def test_play_out_begins_with_two_packets_held_and_stays_a_frame_behind() -> None:
    assert steady(JitterBuffer(), 10, 4) == [ULAW_SILENCE, frame(10), frame(11), frame(12)]


@given(st.integers(0, 0xFFFF))
def test_order_survives_the_wrap_of_the_sequence_number(first: int) -> None:
    assert steady(JitterBuffer(), first, 50)[1:] == [frame(first + n) for n in range(49)]


def test_two_packets_that_changed_places_play_in_order() -> None:
    jitter = JitterBuffer()
    steady(jitter, 0, 3)
    jitter.push(4, frame(4))
    played = [jitter.take()]
    jitter.push(3, frame(3))
    jitter.push(5, frame(5))
    played += [jitter.take(), jitter.take(), jitter.take()]
    assert [f for f in played if f in {frame(n) for n in range(6)}][-2:] == [frame(4), frame(5)]


def test_a_packet_before_the_first_is_taken_while_the_buffer_fills() -> None:
    jitter = JitterBuffer()
    jitter.push(1, frame(1))
    jitter.push(0, frame(0))
    jitter.push(2, frame(2))
    assert [jitter.take() for _ in range(3)] == [frame(0), frame(1), frame(2)]


def test_a_lost_frame_is_the_last_one_fading() -> None:
    jitter = JitterBuffer()
    jitter.push(0, frame(0))
    jitter.push(2, frame(2))
    assert [jitter.take() for _ in range(3)] == [frame(0), frame(0).translate(ULAW_FADES[0]), frame(2)]


def test_a_stream_that_stops_fades_to_silence_and_starts_with_its_delay_again() -> None:
    jitter = JitterBuffer()
    steady(jitter, 0, 3)
    tail = [jitter.take() for _ in range(7)]
    assert tail[0] == frame(2)
    assert tail[1:4] == [frame(2).translate(fade) for fade in ULAW_FADES]
    assert tail[4:] == [ULAW_SILENCE] * 3
    assert steady(jitter, 3, 3) == [ULAW_SILENCE, frame(3), frame(4)]


def test_duplicates_and_late_packets_are_counted_and_not_played() -> None:
    jitter = JitterBuffer()
    jitter.push(0, frame(0))
    jitter.push(1, frame(1))
    jitter.push(1, frame(9))
    jitter.take()
    jitter.push(0, frame(0))
    assert (jitter.duplicates, jitter.late) == (1, 1)
    assert jitter.take() == frame(1)


def test_one_stray_number_does_not_move_the_window_but_two_in_line_do() -> None:
    jitter = JitterBuffer()
    steady(jitter, 0, 3)
    jitter.push(30000, frame(50))
    assert steady(jitter, 3, 2) == [frame(2), frame(3)]
    for number in range(40000, 40003):
        jitter.push(number, frame(number))
    assert jitter.take() == frame(40001)


@pytest.mark.parametrize("size", [80, 240, 320])
def test_packets_of_other_lengths_are_recut_without_loss(size: int) -> None:
    jitter = JitterBuffer()
    stream = bytes(n % 251 for n in range(size * 40))
    sent, out = 0, b""
    for tick in range(size * 40 // FRAME):
        while sent < (tick + 1) * FRAME and sent < len(stream):
            jitter.push(sent // size, stream[sent : sent + size])
            sent += size
        out += jitter.take()
    heard = out.lstrip(b"\xff")
    assert len(heard) > 16 * FRAME
    assert heard in stream


def test_delay_won_by_a_late_burst_is_given_back() -> None:
    jitter = JitterBuffer()
    number = 0
    for number in range(8):
        jitter.push(number, frame(number))
    for second in range(12):
        jitter.settle()
        for _ in range(50):
            number += 1
            jitter.push(number, frame(number))
            jitter.take()
        if second == 0:
            assert jitter.depth > 5
    assert jitter.depth == 1


def test_delay_is_given_back_in_silence_and_not_in_the_middle_of_a_word() -> None:
    loud, quiet = bytes([0x80]) * FRAME, ULAW_SILENCE
    jitter = JitterBuffer()
    for number in range(4):
        jitter.push(number, loud)
    heard = []
    for number in range(4, 4 + 4 * 50):
        if number % 50 == 4:
            jitter.settle()
        jitter.push(number, quiet if number == 150 else loud)
        heard.append(jitter.take())
        if number < 150:
            assert jitter.depth == 4, "words are whole"
    assert jitter.depth == 3
    assert heard.count(loud) == len(heard), "the one quiet packet was the one dropped"


def test_late_packets_make_the_delay_grow_instead_of_breaking_up() -> None:
    jitter = JitterBuffer()
    steady(jitter, 0, 5)
    jitter.take()  # nothing arrived in this tick
    jitter.take()
    jitter.push(5, frame(5))
    jitter.push(6, frame(6))
    assert [jitter.take(), *steady(jitter, 7, 3)] == [frame(5), frame(6), frame(7), frame(8)]


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.integers(0, 400)), max_size=200), st.randoms())
def test_whatever_arrives_every_take_is_one_whole_frame(arrivals: list[tuple[int, int]], random) -> None:  # type: ignore[no-untyped-def]
    jitter = JitterBuffer()
    for seq, size in arrivals:
        jitter.push(seq, bytes(size))
        if random.random() < 0.7:
            assert len(jitter.take()) == FRAME
        if random.random() < 0.05:
            jitter.settle()
        assert 0 <= jitter.depth <= 64


@given(st.lists(st.integers(0, 3), min_size=60, max_size=120), st.sets(st.integers(0, 119)))
def test_frames_play_once_and_in_order_through_jitter_and_loss(bursts: list[int], lost: set[int]) -> None:
    """`bursts` says how many packets arrive in each tick; the mean is above the play-out rate at times."""
    jitter = JitterBuffer()
    number, played = 0, []
    for arriving in bursts:
        for _ in range(arriving):
            if number not in lost:
                jitter.push(number, number.to_bytes(2, "big") * 80)
            number += 1
        frame_now = jitter.take()
        if frame_now[:2] * 80 == frame_now and int.from_bytes(frame_now[:2], "big") < number:
            played.append(int.from_bytes(frame_now[:2], "big"))
    real = [one for one in played if one not in lost]
    assert real == sorted(real)
