"""What one attempt to send a message means for it, its endpoint and what people are told. Pure."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from omnichannel.channels.port import Remedy, SendFailed

ATTEMPTS: Final = 14  # then it is given up: about two hours
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 900.0
REST_S: Final = 60.0  # of an endpoint whose provider does not say how long
ERROR_CHARS: Final = 500
UNSURE: Final = "unsure"
TOO_OFTEN: Final = "gave_up"


class Step(Enum):
    """What becomes of the message."""

    AGAIN = auto()
    REST = auto()  # with every message of its endpoint
    MEND = auto()  # likewise, until an admin was there
    FAIL = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """`until`: when it (or, resting, its endpoint) may be tried again. `is_counted`: it was the message's attempt."""

    step: Step
    until: datetime
    code: str | None
    detail: str
    is_unsure: bool = False
    is_counted: bool = True


def judge(failed: SendFailed, attempts: int, now: datetime, *, is_idempotent: bool) -> Verdict:
    """`attempts` counts the failed one. `is_idempotent`: the provider knows a message it was given before."""
    detail, is_unsure = failed.detail[:ERROR_CHARS], failed.remedy is Remedy.UNSURE
    if failed.remedy is Remedy.RECONNECT:
        return Verdict(Step.MEND, now, failed.code, detail, is_counted=False)
    if failed.remedy is Remedy.PAUSE:
        rest = timedelta(seconds=failed.retry_after_s or REST_S)
        return Verdict(Step.REST, now + rest, failed.code, detail, is_counted=False)
    if failed.remedy is Remedy.RETRY or (is_unsure and is_idempotent):
        if attempts >= ATTEMPTS:
            return Verdict(Step.FAIL, now, failed.code or TOO_OFTEN, detail, is_unsure)
        pause = max(failed.retry_after_s or 0.0, back_off_s(attempts))
        return Verdict(Step.AGAIN, now + timedelta(seconds=pause), failed.code, detail, is_unsure)
    return Verdict(
        Step.FAIL, now, UNSURE if is_unsure else failed.code or failed.remedy.value, detail, is_unsure
    )


def back_off_s(attempts: int) -> float:
    """Twice as long each time, less up to a quarter, so that what failed together does not come back together."""
    pause = min(FIRST_PAUSE_S * 2.0 ** (attempts - 1), LONGEST_PAUSE_S)
    return pause * random.uniform(0.75, 1.0)  # noqa: S311  # spreads work, hides nothing
