"""A browser's offer and our answer."""

from typing import Final

import pytest

from telephony.edge.errors import OfferUnreadable
from telephony.edge.sdp import Credentials, make_answer, read_offer

pytestmark = pytest.mark.unit

PRINT: Final = ":".join(["AB"] * 32)
OFFER: Final = f"""v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS
m=audio 9 UDP/TLS/RTP/SAVPF 0 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:Ab3d
a=ice-pwd:0123456789abcdefghijklmn
a=ice-options:trickle
a=fingerprint:sha-256 {PRINT}
a=setup:actpass
a=mid:0
a=candidate:1 1 udp 2113937151 4f2d-8f0e.local 51234 typ host
a=sendrecv
a=rtcp-mux
a=rtpmap:0 PCMU/8000
a=rtpmap:126 telephone-event/8000
""".replace("\n", "\r\n")


def test_what_chromium_offers_is_read() -> None:
    offer = read_offer(OFFER)
    assert offer.ice == Credentials("Ab3d", "0123456789abcdefghijklmn")
    assert offer.fingerprints == (("sha-256", PRINT),)
    assert (offer.mid, offer.dtmf) == ("0", 126)


def test_the_answer_is_lite_passive_and_has_one_codec_and_the_best_address_first() -> None:
    answer = make_answer(
        read_offer(OFFER),
        Credentials("ours", "secret"),
        ("sha-256", "CD"),
        [("203.0.113.5", 20000), ("10.0.0.2", 20000)],
    )
    lines = answer.split("\r\n")
    assert "m=audio 9 UDP/TLS/RTP/SAVPF 0 126" in lines
    assert {
        "a=ice-lite",
        "a=setup:passive",
        "a=rtcp-mux",
        "a=ice-ufrag:ours",
        "a=fingerprint:sha-256 CD",
    } <= {*lines}
    candidates = [line.split() for line in lines if line.startswith("a=candidate:")]
    assert [one[4] for one in candidates] == ["203.0.113.5", "10.0.0.2"]
    assert int(candidates[0][3]) > int(candidates[1][3])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("m=audio 9", "m=video 9"),
        ("SAVPF 0 126", "SAVPF 8 126"),
        ("a=ice-pwd:0123456789abcdefghijklmn\r\n", ""),
        ("a=fingerprint:sha-256", "a=fingerprint:md5"),
        ("a=setup:actpass", "a=setup:passive"),
        ("m=audio 9 UDP", "m=audio 0 UDP"),
        ("s=-", "s=" + "-" * 30_000),
    ],
)
def test_an_offer_that_cannot_be_answered_is_refused(before: str, after: str) -> None:
    with pytest.raises(OfferUnreadable):
        read_offer(OFFER.replace(before, after))


@pytest.mark.parametrize(
    "text", ["", "v=0", "m=audio", "m=audio 9 UDP/TLS/RTP/SAVPF", "\x00" * 100, "a=mid:\nm=audio 9 a b"]
)
def test_nothing_a_page_sends_raises_anything_else(text: str) -> None:
    with pytest.raises(OfferUnreadable):
        read_offer(text)
