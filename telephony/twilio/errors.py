"""Errors of calls by Twilio.

TelephonyError
└── TwilioError
    ├── TwilioAway      no answer, or none that helps: try again later
    ├── TwilioRefused   Twilio will not do it; `code` is from its dictionary of errors
    └── Replayed        a delivery of a call that is long over
"""

from typing import Final

from telephony.errors import TelephonyError

EXPLAINED: Final = {
    20003: "Twilio does not accept the account's credentials.",
    20005: "The Twilio account is not active.",
    20404: "The call is over, or it never was one of this account.",
    20429: "Too many requests at once for this Twilio account.",
    21201: "No number was given to call.",
    21210: "The number that should be shown is not verified with Twilio.",
    21211: "This is no number that can be called.",
    21212: "The number that should be shown is none of this Twilio account.",
    21214: "This number can't be reached by Twilio.",
    21215: "Calls to this country are not allowed for this Twilio account (geographic permissions).",
    21216: "Twilio does not call this number.",
    21219: "A trial account of Twilio calls verified numbers only.",
    21220: "The call is over already.",
    21221: "The call is not under way yet.",
}


class TwilioError(TelephonyError):
    """Something between Twilio and us failed."""


class TwilioAway(TwilioError):
    """Twilio did not answer, or is in trouble itself."""


class TwilioRefused(TwilioError):
    """Twilio will not do what was asked. The text is for an agent to read."""

    def __init__(self, code: int, message: str, status: int) -> None:
        self.code = code
        self.status = status
        super().__init__(EXPLAINED.get(code) or message or f"Twilio refused with {status}.")


class Replayed(TwilioError):
    """A delivery of a call that is long over: Twilio would not send it."""
