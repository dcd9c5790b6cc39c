"""SRTP: what one side protects the other takes, once, and nobody else's."""

import base64
import dataclasses

import pytest

from telephony.media import rtp
from telephony.media.messages import Aim
from telephony.media.srtp import REPLAY_WINDOW, Seal, SealBroken, agreed

pytestmark = pytest.mark.unit

SUITES = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32")
OURS = base64.b64encode(bytes(range(30))).decode()
THEIRS = base64.b64encode(bytes(range(30, 60))).decode()
AIM = Aim(
    "a", "127.0.0.1", 4000, "pcmu", 0, 101, srtp_suite=SUITES[0], srtp_local_key=OURS, srtp_remote_key=THEIRS
)


def packet(seq: int) -> bytes:
    return rtp.build(0, seq, seq * 160, 7, b"\x42" * 160)


def pair(suite: str = SUITES[0]) -> tuple[Seal, Seal]:
    return Seal(suite, OURS, THEIRS), Seal(suite, THEIRS, OURS)


@pytest.mark.parametrize(("suite", "tag"), [(SUITES[0], 10), (SUITES[1], 4)])
def test_each_way_has_its_key_and_the_suites_tag(suite: str, tag: int) -> None:
    ours, theirs = pair(suite)
    for one, other in ((ours, theirs), (theirs, ours)):
        sealed = one.protect(packet(1))
        assert len(sealed) == len(packet(1)) + tag
        assert b"\x42" * 16 not in sealed
        assert one.unprotect(sealed) is None
        assert other.unprotect(sealed) == packet(1)


def test_the_key_stream_is_that_of_rfc_3711() -> None:
    """Appendix B.3: master key and salt of the standard; its session keys make this very packet."""
    master = bytes.fromhex("E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6")
    key = base64.b64encode(master).decode()
    sealed = Seal(SUITES[0], key, OURS).protect(rtp.build(0, 1, 0, 0, bytes(16)))
    assert sealed[:12] == rtp.build(0, 1, 0, 0, b"")
    assert sealed[12:28] == _key_stream(seq=1)


def _key_stream(seq: int) -> bytes:
    """AES counter mode with the session key and salt that appendix B.3 prints, index `seq`, SSRC 0."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key = bytes.fromhex("C61E7A93744F39EE10734AFE3FF7A087")
    salt = int.from_bytes(bytes.fromhex("30CBBC08863D8C85D49DB34A9AE1"), "big")
    counter = (salt << 16) ^ (seq << 16)
    encryptor = Cipher(algorithms.AES(key), modes.CTR(counter.to_bytes(16, "big"))).encryptor()
    return encryptor.update(bytes(16))


def test_a_packet_is_taken_once_and_late_ones_within_the_window_only() -> None:
    ours, theirs = pair()
    sealed = [ours.protect(packet(seq)) for seq in range(REPLAY_WINDOW + 10)]
    assert theirs.unprotect(sealed[5]) == packet(5)
    assert theirs.unprotect(sealed[5]) is None
    assert theirs.unprotect(sealed[4]) == packet(4)
    assert theirs.unprotect(sealed[-1]) == packet(REPLAY_WINDOW + 9)
    assert theirs.unprotect(sealed[20]) == packet(20)
    assert theirs.unprotect(sealed[2]) is None


def test_the_sequence_number_may_wrap_and_lose_packets_there() -> None:
    ours, theirs = pair()
    for seq in range(32000, 65536 + 40000, 7):
        plain = packet(seq & 0xFFFF)
        sealed = ours.protect(plain)
        if seq % 3:
            assert theirs.unprotect(sealed) == plain


@pytest.mark.parametrize("at", [1, 8, 40, -1])
def test_a_changed_bit_anywhere_is_found(at: int) -> None:
    ours, theirs = pair()
    sealed = bytearray(ours.protect(packet(1)))
    sealed[at] ^= 1
    assert theirs.unprotect(bytes(sealed)) is None
    assert theirs.unprotect(b"\x80") is None
    assert theirs.unprotect(bytes(2000)) is None


def test_reports_are_sealed_too() -> None:
    ours, theirs = pair(SUITES[1])
    report = b"\x80\xc9\x00\x01\x00\x00\x00\x07"
    sealed = ours.protect_rtcp(report)
    assert len(sealed) == len(report) + 4 + 10  # RFC 4568 section 6.2.2: the tag of reports is the long one
    assert theirs.unprotect_rtcp(sealed) == report
    assert theirs.unprotect_rtcp(sealed) is None
    assert theirs.unprotect_rtcp(report) is None


def test_a_packet_too_long_is_an_error_of_the_socket_kind() -> None:
    with pytest.raises(SealBroken):
        pair()[0].protect(bytes(1500))


def test_the_same_terms_keep_the_seal_and_new_ones_make_a_new_one() -> None:
    seal = agreed(AIM, None)
    assert agreed(AIM, seal) is seal
    assert agreed(dataclasses.replace(AIM, srtp_local_key=THEIRS), seal) is not seal
    assert agreed(dataclasses.replace(AIM, srtp_suite=None), seal) is None


@pytest.mark.parametrize(
    "terms",
    [
        ("AEAD_AES_256_GCM", OURS, THEIRS),
        (SUITES[0], "%%%", THEIRS),
        (SUITES[0], OURS, "QUJD"),
        (SUITES[0], OURS, None),
    ],
)
def test_terms_that_make_no_key_are_refused(terms: tuple[str, str, str | None]) -> None:
    suite, local, remote = terms
    with pytest.raises(ValueError, match="SRTP"):
        agreed(dataclasses.replace(AIM, srtp_suite=suite, srtp_local_key=local, srtp_remote_key=remote), None)


def test_keys_are_not_in_what_is_logged_of_a_command() -> None:
    assert OURS not in repr(AIM)
    assert THEIRS not in repr(AIM)
