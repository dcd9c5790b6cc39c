"""Offers and answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.sip.sdp import LocalMedia, SdpRefused, answer_offer, make_offer, read_answer

pytestmark = pytest.mark.unit

OURS = LocalMedia("192.0.2.1", 20000, 7, 3)
HEAD = b"v=0\r\no=x 1 1 IN IP4 203.0.113.7\r\ns=-\r\nc=IN IP4 203.0.113.7\r\nt=0 0\r\n"


def offer(media: bytes = b"m=audio 30000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n") -> bytes:
    return HEAD + media


def test_our_offer_names_every_codec_events_and_20_ms() -> None:
    assert make_offer(OURS) == (
        b"v=0\r\no=threadline 7 3 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        b"m=audio 20000 RTP/AVP 0 8 9 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
        b"a=rtpmap:9 G722/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
    )


def test_our_own_offer_is_answered_and_understood() -> None:
    answer, remote = answer_offer(make_offer(OURS), LocalMedia("203.0.113.7", 30000, 1, 1))
    assert (remote.host, remote.port, remote.codec, remote.dtmf_payload_type) == (
        "192.0.2.1",
        20000,
        "pcmu",
        101,
    )
    assert read_answer(answer).port == 30000


def test_the_answer_names_one_codec_the_callers_first_that_is_ours() -> None:
    answer, remote = answer_offer(offer(b"m=audio 3 RTP/AVP 9 8 0\r\n"), OURS)
    assert (remote.codec, remote.payload_type, remote.dtmf_payload_type) == ("pcma", 8, None)
    assert b"m=audio 20000 RTP/AVP 8\r\n" in answer
    only_mu = LocalMedia("192.0.2.1", 20000, 7, 3, codecs=("pcmu",))
    assert answer_offer(offer(b"m=audio 3 RTP/AVP 9 8 0\r\n"), only_mu)[1].codec == "pcmu"


def test_a_phone_with_nothing_but_g722_is_taken() -> None:
    media = b"m=audio 3 RTP/AVP 9 101\r\na=rtpmap:101 telephone-event/8000\r\n"
    answer, remote = answer_offer(offer(media), OURS)
    assert (remote.codec, remote.payload_type, remote.dtmf_payload_type) == ("g722", 9, 101)
    assert b"m=audio 20000 RTP/AVP 9 101\r\na=rtpmap:9 G722/8000\r\n" in answer
    named = b"m=audio 3 RTP/AVP 96\r\na=rtpmap:96 G722/8000\r\n"
    assert answer_offer(offer(named), OURS)[1].payload_type == 96
    assert read_answer(offer(b"m=audio 3 RTP/AVP 9 0\r\n")).codec == "pcmu"


def test_dynamic_payload_types_keep_the_callers_numbers() -> None:
    media = b"m=audio 3 RTP/AVP 96 97\r\na=rtpmap:96 PCMA/8000/1\r\na=rtpmap:97 telephone-event/8000\r\na=rtpmap:98 opus/48000/2\r\n"
    answer, remote = answer_offer(offer(media), OURS)
    assert (remote.codec, remote.payload_type, remote.dtmf_payload_type) == ("pcma", 96, 97)
    assert b"RTP/AVP 96 97\r\n" in answer


def test_every_other_stream_is_refused_with_port_0_in_order() -> None:
    media = b"m=video 4 RTP/AVP 31\r\nm=audio 0 RTP/AVP 0\r\nm=audio 5 RTP/AVP 0\r\nm=image 6 udptl t38\r\n"
    answer, remote = answer_offer(offer(media), OURS)
    lines = [line for line in answer.decode().splitlines() if line.startswith("m=")]
    assert lines == [
        "m=video 0 RTP/AVP 31",
        "m=audio 0 RTP/AVP 0",
        "m=audio 20000 RTP/AVP 0",
        "m=image 0 UDPTL t38",
    ]
    assert remote.port == 5


@pytest.mark.parametrize(
    ("theirs", "ours", "said", "held"),
    [
        ("sendrecv", "sendrecv", "sendrecv", False),
        ("sendonly", "sendrecv", "recvonly", True),
        ("recvonly", "sendrecv", "sendonly", False),
        ("inactive", "sendrecv", "inactive", True),
        ("sendrecv", "sendonly", "sendonly", False),
        ("sendonly", "sendonly", "inactive", True),
        ("sendrecv", "inactive", "inactive", False),
    ],
)
def test_directions_answer_each_other(theirs: str, ours: str, said: str, held: bool) -> None:
    local = LocalMedia("192.0.2.1", 20000, 7, 3, direction=ours)
    answer, remote = answer_offer(offer() + f"a={theirs}\r\n".encode(), local)
    assert f"a={said}\r\n".encode() in answer
    assert (remote.direction, remote.held) == (theirs, held)


def test_the_old_hold_by_nowhere_is_a_hold() -> None:
    held = offer().replace(b"c=IN IP4 203.0.113.7", b"c=IN IP4 0.0.0.0")
    answer, remote = answer_offer(held, OURS)
    assert remote.held
    assert b"a=recvonly" in answer


def test_a_direction_and_address_of_the_session_hold_for_its_streams() -> None:
    assert answer_offer(HEAD + b"a=sendonly\r\nm=audio 5 RTP/AVP 0\r\n", OURS)[1].held
    remote = answer_offer(HEAD + b"m=audio 5 RTP/AVP 0\r\nc=IN IP6 2001:db8::7\r\na=ptime:30\r\n", OURS)[1]
    assert (remote.host, remote.ptime_ms) == ("2001:db8::7", 30)


def test_a_v6_address_is_named_as_such() -> None:
    assert b"c=IN IP6 2001:db8::1\r\n" in make_offer(LocalMedia("2001:db8::1", 20000, 7, 3))


def test_bare_line_ends_and_unknown_lines_are_tolerated() -> None:
    text = offer(
        b"m=audio 30000/2 RTP/AVP 0\r\na=candidate:1 1 UDP 1 h 1 typ host\r\nz=0\r\nnonsense\r\na=ptime:x\r\n"
    ).replace(b"\r\n", b"\n")
    assert answer_offer(text, OURS)[1].port == 30000


@pytest.mark.parametrize(
    "media",
    [
        b"", b"m=audio 5 RTP/AVP 18\r\n", b"m=audio 0 RTP/AVP 0\r\n", b"m=audio 5 RTP/SAVP 0\r\n", b"m=audio x RTP/AVP 0\r\n",
        b"m=audio 99999 RTP/AVP 0\r\n", b"m=audio 5\r\n", b"m=video 5 RTP/AVP 0\r\n", b"c=IN IP4\r\nm=audio 5 RTP/AVP 0\r\n",
        b"m=audio 5 RTP/AVP 0\r\n" + b"a=x\r\n" * 1001,
    ],
)  # fmt: skip
def test_what_cannot_be_agreed_is_refused(media: bytes) -> None:
    with pytest.raises(SdpRefused):
        answer_offer(offer(media), OURS)


def test_an_answer_that_refuses_the_stream_is_refused() -> None:
    with pytest.raises(SdpRefused):
        read_answer(offer(b"m=audio 0 RTP/AVP 0\r\n"))


@given(st.binary(max_size=400), st.binary(max_size=60))
def test_any_bytes_are_answered_or_refused(data: bytes, tail: bytes) -> None:
    for text in (data, offer() + tail, offer(b"m=audio 5 RTP/AVP 0 " + tail)):
        try:
            answer, _ = answer_offer(text, OURS)
        except SdpRefused:
            continue
        assert read_answer(answer).port == 20000
