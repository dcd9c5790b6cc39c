"""SRTP and SRTCP (RFC 3711) of one leg, with keys agreed on by SDES (RFC 4568), in libsrtp.

Each direction has its own master key. What fails its check or comes twice is nothing: None.
"""

import base64
import binascii
from typing import Final

from pylibsrtp import Error, Policy, Session

from telephony.media.messages import Aim

PROFILES: Final = {
    "AES_CM_128_HMAC_SHA1_80": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
}
KEY_SIZE: Final = 30  # 16 bytes of key, 14 of salt
REPLAY_WINDOW: Final = 128  # packets
FIRST_SEQ_MASK: Final = (
    0x7FFF  # RFC 4568 section 6.4: a first packet lost near the wrap would spoil the key stream
)


class SealBroken(OSError):
    """A packet can't be protected: too long, or the key has served its time."""


class Seal:
    """Both directions' contexts. `terms` tells one agreement from the next."""

    __slots__ = ("_inbound", "_outbound", "terms")

    def __init__(self, suite: str, local_key: str, remote_key: str) -> None:
        """Keys are base64 of key and salt. Raises ValueError for an unknown suite or a broken key."""
        profile = PROFILES.get(suite)
        if profile is None:
            raise ValueError("unknown SRTP suite")
        self.terms = (suite, local_key, remote_key)
        self._outbound = _session(local_key, Policy.SSRC_ANY_OUTBOUND, profile)
        self._inbound = _session(remote_key, Policy.SSRC_ANY_INBOUND, profile)

    def protect(self, packet: bytes) -> bytes:
        """Raises SealBroken."""
        try:
            return self._outbound.protect(packet)
        except (Error, ValueError) as exc:
            raise SealBroken(str(exc)) from exc

    def protect_rtcp(self, packet: bytes) -> bytes:
        """Raises SealBroken."""
        try:
            return self._outbound.protect_rtcp(packet)
        except (Error, ValueError) as exc:
            raise SealBroken(str(exc)) from exc

    def unprotect(self, packet: bytes) -> bytes | None:
        try:
            return self._inbound.unprotect(packet)
        except (Error, ValueError):
            return None

    def unprotect_rtcp(self, packet: bytes) -> bytes | None:
        try:
            return self._inbound.unprotect_rtcp(packet)
        except (Error, ValueError):
            return None


def agreed(aim: Aim, before: Seal | None) -> Seal | None:
    """The seal an Aim asks for: the one before while its terms hold, None for plain RTP. Raises ValueError."""
    if aim.srtp_suite is None:
        return None
    terms = (aim.srtp_suite, aim.srtp_local_key or "", aim.srtp_remote_key or "")
    return before if before is not None and before.terms == terms else Seal(*terms)


def _session(key: str, direction: int, profile: int) -> Session:
    try:
        material = base64.b64decode(key, validate=True)
    except binascii.Error as exc:
        raise ValueError("an SRTP key is not base64") from exc
    if len(material) != KEY_SIZE:
        raise ValueError("an SRTP key has the wrong length")
    policy = Policy(key=material, ssrc_type=direction, srtp_profile=profile)
    policy.window_size = REPLAY_WINDOW
    return Session(policy)
