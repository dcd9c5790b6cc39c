"""What Twilio says of a caller's number, by the signatures of its carriers (STIR/SHAKEN). Pure.

Source: https://www.twilio.com/docs/voice/trusted-calling-with-shakenstir.
"""

from typing import Literal, TypeAlias

PASSED = "TN-Validation-Passed-"
FAILED = "TN-Validation-Failed"

Vouched: TypeAlias = Literal["verified", "partly", "failed"]


def vouched(verstat: str | None) -> Vouched | None:
    """verified: a carrier knows that the number is the caller's (A); partly: only the caller, or only whence he calls
    (B, C). None: nobody says anything, which is usual outside North America."""
    if verstat is None or not verstat.startswith("TN-Validation-"):
        return None
    if verstat.startswith(FAILED):
        return "failed"
    if not verstat.startswith(PASSED):
        return None
    return "verified" if verstat.removeprefix(PASSED)[:1] == "A" else "partly"
