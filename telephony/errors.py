"""Errors of the telephony room.

ThreadlineError
└── TelephonyError
    ├── EngineLost          the media engine died or does not answer; its calls are over
    ├── NoPorts             every RTP port is in use or in quarantine
    ├── VoiceUnavailable    no engine speaks this language
    ├── CallbackRefused     nobody will be called back at this number (`reason`)
    ├── RowsRefused         the database will never take these rows
    └── LegRefused          the other side did not take the call (`code`, `reason`)
Refused
└── ControlRefused          what somebody asked of a call can't be done (`reason`)
"""

from threadline.kernel.errors import Refused, ThreadlineError


class TelephonyError(ThreadlineError):
    """Something in telephony failed."""


class EngineLost(TelephonyError):
    """The media engine is gone."""


class NoPorts(TelephonyError):
    """No RTP port is free."""


class VoiceUnavailable(TelephonyError):
    """No voice engine speaks this language."""


class RowsRefused(TelephonyError):
    """The database will never take these rows, however often it is asked."""


class CallbackRefused(TelephonyError):
    """Nobody will be called back.

    `reason`: a telephony.dial_policy.DialRefusal's word, no_such_queue, no_place, no_trunk, too_many, bad_window.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LegRefused(TelephonyError):
    """The other side did not take the call."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class ControlRefused(Refused):
    """That can't be done with this call now. `reason` is a word pages translate (docs/agents.md lists them)."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
