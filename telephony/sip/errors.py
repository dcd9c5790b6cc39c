"""Errors of the SIP room.

TelephonyError
└── SipError
    ├── BadMessage      bytes that are no acceptable SIP message; carries the answer they deserve
    ├── BadHeader       a header value can't be read
    │   └── BadUri      an address can't be read
    ├── StreamBroken    a TCP stream where nobody can tell where the next message starts
    ├── SdpRefused      a session description we can't agree to (488)
    ├── ReferRefused    a call that may not be sent elsewhere (603)
    └── TooBrief        a session interval below what we allow (422)
"""

from collections.abc import Mapping, Sequence

from telephony.errors import TelephonyError


class SipError(TelephonyError):
    """Something in SIP went wrong."""


class BadHeader(SipError):
    """A header value can't be read."""


class BadUri(BadHeader):
    """An address can't be read."""


class BadMessage(SipError):
    """Not an acceptable SIP message.

    `status` and `reason` are the answer it deserves; `method` and `headers` are what could be read of a
    request (lower-case long names to raw values), empty where nothing could or where it was a response.
    """

    def __init__(
        self, status: int, reason: str, method: str = "", headers: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.method = method
        self.headers: Mapping[str, Sequence[str]] = headers or {}


class StreamBroken(SipError):
    """The stream can't be followed any further; `answer` says what to tell the peer before closing."""

    def __init__(self, answer: BadMessage) -> None:
        super().__init__(str(answer))
        self.answer = answer


class SdpRefused(SipError):
    """No common ground in the session description."""


class ReferRefused(SipError):
    """The call can't be sent there."""


class TooBrief(SipError):
    """The session interval is too small."""
