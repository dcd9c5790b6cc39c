import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.media import rtcp

pytestmark = pytest.mark.unit

OURS, THEIRS = 0xAAAA0001, 0xBBBB0002


def counted(numbers: list[int]) -> rtcp.Reception:
    reception = rtcp.Reception(numbers[0])
    for number in numbers:
        reception.count(number & 0xFFFF, number * 160, number * 160)
    return reception


def test_losses_are_what_never_came() -> None:
    reception = counted([65533, 65534, 65536, 65537, 65540])
    assert (reception.received, reception.lost, reception.high) == (5, 3, 65540)


def test_reordered_packets_are_not_lost() -> None:
    reception = counted([10, 12, 11, 13])
    assert (reception.lost, reception.reordered) == (0, 1)


def test_a_sender_that_numbers_anew_is_not_a_flood_of_losses() -> None:
    assert counted([10, 11, 13, 40000, 40001]).lost == 1


def test_a_steady_stream_has_no_jitter_and_an_unsteady_one_converges_to_its_own() -> None:
    assert counted(list(range(200))).jitter == 0
    reception = rtcp.Reception(0)
    for number in range(400):
        reception.count(number, number * 160, number * 160 + (160 if number % 2 else 0))
    assert reception.jitter == pytest.approx(160, rel=0.05)


def test_jitter_that_stopped_decays_as_in_the_standard() -> None:
    reception = rtcp.Reception(0)
    exact, transit = 0.0, None
    for number in range(120):
        arrival = number * 160 + (800 if number in (20, 21, 50) else 0)
        reception.count(number, number * 160, arrival)
        now = arrival - number * 160
        if transit is not None:
            exact += (abs(now - transit) - exact) / 16
        transit = now
    assert reception.jitter == pytest.approx(exact)


def test_our_sender_report_is_parsed_as_it_was_meant() -> None:
    reception = counted([1, 2, 4])
    sent = rtcp.Sent(OURS, packets=100, octets=16000, timestamp=5000, wall=1_700_000_000.5)
    packet = rtcp.report(sent, (THEIRS, reception), (0x12345678, 10.0), 11.0, is_last=True)
    told = rtcp.parse(packet, THEIRS)
    assert told == rtcp.PeerReport(OURS, _middle(packet), 64, 1, 0, 0x12345678, 65536)
    assert len(packet) % 4 == 0
    assert packet[1] == rtcp.SR
    assert packet[-8:-4] == bytes([0x81, rtcp.BYE, 0, 1])
    assert int.from_bytes(packet[28 + 20 : 28 + 24], "big") == 65536  # a second since their last report


def test_the_round_trip_is_what_passed_since_our_report_less_what_the_peer_kept_it() -> None:
    ours = rtcp.report(rtcp.Sent(OURS, 1, 160, 0, wall=1_700_000_000.5), None, (0, 0.0), 0.0)
    answer = rtcp.report(rtcp.Sent(THEIRS, 0, 0, 0, 0.0), (OURS, counted([1])), (_middle(ours), 100.0), 101.0)
    told = rtcp.parse(answer, OURS)
    assert told is not None
    assert told.round_trip_s(1_700_000_001.75) == pytest.approx(0.25, abs=1e-4)
    assert told.round_trip_s(1_700_000_001.0) is None  # before the answer can have left
    assert rtcp.PeerReport(THEIRS, 0, 0, 0, 0).round_trip_s(1.0) is None


def _middle(packet: bytes) -> int:
    return int.from_bytes(packet[10:14], "big")


def test_without_packets_sent_it_is_a_receiver_report() -> None:
    packet = rtcp.report(rtcp.Sent(OURS, 0, 0, 0, 0.0), None, (0, 0.0), 1.0)
    assert packet[:4] == bytes([0x80, rtcp.RR, 0, 1])
    assert rtcp.parse(packet, THEIRS) == rtcp.PeerReport(OURS, 0, None, None, None)


@given(st.binary(max_size=120))
def test_any_bytes_are_a_report_or_none(data: bytes) -> None:
    rtcp.parse(data, OURS)


@given(
    st.integers(0, 31), st.sampled_from([rtcp.SR, rtcp.RR]), st.integers(0, 0xFFFF), st.binary(max_size=400)
)
def test_lying_counts_and_lengths_are_refused_or_read_within_bounds(
    blocks: int, kind: int, words: int, rest: bytes
) -> None:
    rtcp.parse(bytes([0x80 | blocks, kind]) + words.to_bytes(2, "big") + rest, OURS)
