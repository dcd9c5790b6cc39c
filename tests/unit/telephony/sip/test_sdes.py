"""SRTP keys in offers and answers (RFC 4568)."""

from base64 import b64encode

import pytest

from telephony.sip.sdes import SUITES, Crypto, Sdes, read_crypto, without_keys
from telephony.sip.sdp import LocalMedia, SdpRefused, answer_offer, make_offer, read_answer

pytestmark = pytest.mark.unit

KEY = b64encode(bytes(range(30))).decode()
OTHER = b64encode(bytes(range(1, 31))).decode()
OFFERED = Sdes(is_required=False, keys=(OTHER, KEY))
REQUIRED = Sdes(is_required=True, keys=(OTHER, KEY))
HEAD = "v=0\r\no=x 1 1 IN IP4 203.0.113.7\r\ns=-\r\nc=IN IP4 203.0.113.7\r\nt=0 0\r\n"


def ours(sdes: Sdes | None) -> LocalMedia:
    return LocalMedia("192.0.2.1", 20000, 7, 3, sdes=sdes)


def offer(protocol: str, *crypto: str) -> bytes:
    lines = "".join(f"a=crypto:{one}\r\n" for one in crypto)
    return f"{HEAD}m=audio 30000 {protocol} 0\r\n{lines}".encode()


def test_a_line_gives_tag_suite_and_key() -> None:
    assert read_crypto(f"3 AES_CM_128_HMAC_SHA1_80 inline:{KEY}") == Crypto(3, SUITES[0], KEY)
    assert read_crypto(f"3 AES_CM_128_HMAC_SHA1_32 inline:{KEY}|2^20") == Crypto(3, SUITES[1], KEY)


@pytest.mark.parametrize(
    "line",
    [
        f"1 AES_256_CM_HMAC_SHA1_80 inline:{KEY}",
        f"1 F8_128_HMAC_SHA1_80 inline:{KEY}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} UNENCRYPTED_SRTP",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|1:4",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY};inline:{KEY}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY[:-4]}",
        "1 AES_CM_128_HMAC_SHA1_80 inline:?",
        f"1 AES_CM_128_HMAC_SHA1_80 outline:{KEY}",
        f"² AES_CM_128_HMAC_SHA1_80 inline:{KEY}",
        f"1234567890 AES_CM_128_HMAC_SHA1_80 inline:{KEY}",
        "",
    ],
)
def test_a_line_with_what_we_do_not_do_is_left_out(line: str) -> None:
    assert read_crypto(line) is None


def test_the_first_usable_line_is_answered_with_its_own_tag_and_a_key_of_ours() -> None:
    lines = (f"7 AES_256_CM_HMAC_SHA1_80 inline:{KEY}", f"9 AES_CM_128_HMAC_SHA1_32 inline:{KEY}")
    answer, remote = answer_offer(offer("RTP/SAVP", *lines), ours(OFFERED))
    assert b"m=audio 20000 RTP/SAVP 0\r\n" in answer
    assert answer.count(b"a=crypto:") == 1
    assert f"a=crypto:9 AES_CM_128_HMAC_SHA1_32 inline:{KEY}\r\n".encode() in answer
    assert remote.srtp is not None
    assert (remote.srtp.suite, remote.srtp.local_key, remote.srtp.remote_key) == (SUITES[1], KEY, KEY)


def test_what_is_offered_goes_as_plain_rtp_with_keys_and_what_is_required_as_savp() -> None:
    assert make_offer(ours(None)).count(b"crypto") == 0
    for sdes, protocol in ((OFFERED, b" RTP/AVP "), (REQUIRED, b" RTP/SAVP ")):
        said = make_offer(ours(sdes))
        assert protocol in said
        assert (
            f"a=crypto:1 {SUITES[0]} inline:{OTHER}\r\na=crypto:2 {SUITES[1]} inline:{KEY}\r\n".encode()
            in said
        )


@pytest.mark.parametrize("sdes", [OFFERED, REQUIRED])
def test_both_ends_of_our_own_agree_on_the_same_keys(sdes: Sdes) -> None:
    there = Sdes.fresh(is_required=True)
    answer, seen = answer_offer(make_offer(ours(sdes)), ours(there))
    found = read_answer(answer, sdes)
    assert found.srtp is not None
    assert seen.srtp is not None
    assert (found.srtp.local_key, found.srtp.remote_key) == (seen.srtp.remote_key, seen.srtp.local_key)
    assert found.srtp.suite == SUITES[0]


def test_a_peer_without_srtp_takes_the_offer_as_plain_rtp_unless_srtp_is_required() -> None:
    answer, _ = answer_offer(make_offer(ours(OFFERED)), ours(None))
    assert read_answer(answer, OFFERED).srtp is None
    with pytest.raises(SdpRefused):
        read_answer(answer, REQUIRED)


def test_plain_rtp_is_refused_where_srtp_is_required_and_savp_where_keys_may_not_be_told() -> None:
    line = f"1 {SUITES[0]} inline:{KEY}"
    with pytest.raises(SdpRefused):
        answer_offer(offer("RTP/AVP"), ours(REQUIRED))
    with pytest.raises(SdpRefused):
        answer_offer(offer("RTP/SAVP", line), ours(None))
    with pytest.raises(SdpRefused):
        answer_offer(offer("RTP/SAVP"), ours(OFFERED))
    answer, remote = answer_offer(offer("RTP/AVP", line), ours(None))
    assert (remote.srtp, b"crypto" in answer) == (None, False)


def test_of_a_plain_and_a_secret_stream_the_secret_one_is_taken() -> None:
    both = offer("RTP/AVP") + f"m=audio 30002 RTP/SAVP 0\r\na=crypto:1 {SUITES[0]} inline:{KEY}\r\n".encode()
    answer, remote = answer_offer(both, ours(OFFERED))
    assert remote.port == 30002
    assert b"m=audio 0 RTP/AVP 0\r\n" in answer
    assert answer_offer(both, ours(None))[1].port == 30000


def test_an_answer_must_name_a_line_of_ours() -> None:
    for line in (f"1 {SUITES[1]} inline:{KEY}", f"3 {SUITES[0]} inline:{KEY}"):
        with pytest.raises(SdpRefused):
            read_answer(offer("RTP/SAVP", line), REQUIRED)


def test_for_a_branch_that_others_read_the_keys_are_taken_out_and_nothing_else() -> None:
    plain = make_offer(ours(None))
    assert without_keys(make_offer(ours(OFFERED))) == plain
    assert without_keys(plain) is plain


def test_fresh_keys_are_never_the_same() -> None:
    keys = [key for _ in range(20) for key in Sdes.fresh(is_required=False).keys]
    assert len(set(keys)) == 40
