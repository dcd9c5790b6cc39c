"""Messages found in a stream however it is cut, and deadlines kept in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.sip.errors import StreamBroken
from telephony.sip.stream import PING, Framer
from telephony.sip.timers import Timers
from tests.unit.telephony.sip.bench import invite, request

pytestmark = pytest.mark.unit

MESSAGES = [invite(), request("OPTIONS"), PING, request("BYE", to_tag="x"), PING, PING, invite(branch="two")]


@given(st.lists(st.integers(1, 400), max_size=40))
def test_a_stream_cut_anywhere_gives_the_same_messages(cuts: list[int]) -> None:
    stream, framer, found = b"".join(MESSAGES), Framer(), []
    for cut in cuts:
        found += list(framer.feed(stream[:cut]))
        stream = stream[cut:]
    found += list(framer.feed(stream))
    assert found == MESSAGES
    assert framer.is_empty


def test_a_single_line_end_before_a_message_is_skipped() -> None:
    assert list(Framer().feed(b"\r\n" + MESSAGES[1])) == [MESSAGES[1]]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (request("OPTIONS").replace(b"Content-Length: 0\r\n", b""), 400),
        (request("OPTIONS").replace(b"Length: 0", b"Length: -1"), 400),
        (request("OPTIONS").replace(b"Length: 0", b"Length: 99999999"), 400),
        (request("OPTIONS").replace(b"Content-Length: 0", b"l: 0\r\nl: 0"), 400),
        (b"garbage without colon\r\nmore\r\n\r\n", 400),
        (b"x" * 70_000, 513),
    ],
)
def test_a_stream_nobody_can_follow_is_broken_off(data: bytes, status: int) -> None:
    with pytest.raises(StreamBroken) as caught:
        list(Framer().feed(data))
    assert caught.value.answer.status == status


@given(st.lists(st.binary(max_size=80), max_size=20))
def test_any_stream_is_framed_or_broken(chunks: list[bytes]) -> None:
    framer = Framer()
    try:
        for chunk in chunks:
            list(framer.feed(chunk))
    except StreamBroken:
        return


@given(st.lists(st.sampled_from([0.5, 1.0, 4.0, 32.0]), max_size=30), st.sets(st.integers(0, 29)))
def test_deadlines_come_in_order_and_cancelled_ones_never(
    durations: list[float], cancelled: set[int]
) -> None:
    timers, rung = Timers(0.0), []
    started = [timers.start(seconds, lambda n=n: rung.append(n)) for n, seconds in enumerate(durations)]  # type: ignore[misc]
    for number in cancelled:
        if number < len(started):
            started[number].cancel()
    timers.tick(0.4)
    assert rung == []
    timers.tick(100.0)
    kept = [n for n in range(len(durations)) if n not in cancelled]
    assert rung == sorted(kept, key=lambda n: (durations[n],))
    assert timers.pending() == 0


def test_a_timer_started_by_a_timer_waits_for_its_own_time() -> None:
    timers, rung = Timers(0.0), []

    def begin() -> None:
        timers.start(1.0, lambda: rung.append("second"))

    timers.start(1.0, begin)
    timers.tick(1.0)
    timers.tick(1.9)
    assert rung == []
    timers.tick(2.0)
    assert rung == ["second"]
