"""What Zalo's error numbers mean. Pure. An answer is HTTP 200 whatever happened; `error` 0 is success."""

from collections.abc import Mapping
from typing import Final

from omnichannel.channels.outside import Answer
from omnichannel.channels.port import Remedy, SendFailed
from omnichannel.channels.reading import branch, text
from threadline.kernel.events import Json

STALE_TOKEN: Final = frozenset({-216, -220, -124})
_RECONNECT: Final = "Zalo does not accept our access any more: connect the account again."
_WINDOW: Final = "The customer has not written for 7 days: only a template may be sent."

CODES: Final[Mapping[int, tuple[Remedy, str]]] = {
    -32: (Remedy.PAUSE, "Too many calls to Zalo at once."),
    -124: (Remedy.RECONNECT, _RECONNECT),
    -201: (Remedy.GIVE_UP, "Zalo takes a part of this message for wrong."),
    -209: (Remedy.RECONNECT, "The Zalo app is not active."),
    -211: (Remedy.PAUSE, "The account's quota of messages is used up."),
    -212: (Remedy.RECONNECT, "The Zalo app has not registered this interface."),
    -213: (Remedy.BLOCKED, "This person does not follow the account."),
    -216: (Remedy.RECONNECT, _RECONNECT),
    -217: (Remedy.BLOCKED, "This person has blocked the account."),
    -218: (Remedy.GIVE_UP, "This person's quota of messages is used up."),
    -220: (Remedy.RECONNECT, _RECONNECT),
    -221: (Remedy.RECONNECT, "The account's package does not include this."),
    -223: (Remedy.RECONNECT, "The account has not granted the app this right."),
    -224: (Remedy.RECONNECT, "The account's package does not include this."),
    -227: (Remedy.BLOCKED, "This person's Zalo has been inactive for 45 days or is barred."),
    -230: (Remedy.WINDOW, _WINDOW),
    -232: (Remedy.WINDOW, _WINDOW),
    -234: (Remedy.RETRY, "Promotions don't go out between 22:00 and 6:00."),
    -240: (Remedy.RECONNECT, "Zalo has closed this interface."),
    -244: (Remedy.BLOCKED, "This person does not want messages of this kind."),
    -248: (Remedy.GIVE_UP, "The message breaks Zalo's policy."),
    -320: (Remedy.RECONNECT, "Link a Zalo Cloud Account to pay for messages after 48 hours."),
    -321: (Remedy.RECONNECT, "The Zalo Cloud Account has no money left or is barred."),
}


def error_of(body: Json) -> int | None:
    """The error number; 0 is success; None where there is none."""
    digits = text(body, "error")
    return int(digits) if digits.lstrip("-").isdecimal() and len(digits) < 10 else None


def judged(answer: Answer) -> Json:
    """`data` of an answer that says yes. Raises SendFailed with what to do about a no."""
    number = error_of(answer.body)
    if number == 0:
        return branch(answer.body, "data")
    if number is None:
        raise _by_status(answer)
    remedy, detail = CODES.get(number, (Remedy.GIVE_UP, "Zalo refused the message."))
    raise SendFailed(remedy, detail, code=str(number), retry_after_s=answer.retry_after_s)


def _by_status(answer: Answer) -> SendFailed:
    code, wait = str(answer.status), answer.retry_after_s
    if answer.status == 429:
        return SendFailed(Remedy.PAUSE, "Too many calls to Zalo at once.", code=code, retry_after_s=wait)
    if answer.status in (200, 502, 504):  # an answer that says neither yes nor no
        return SendFailed(
            Remedy.UNSURE, "Zalo's answer can't be read: nobody knows whether it took it.", code=code
        )
    if answer.status >= 500:
        return SendFailed(Remedy.RETRY, "Zalo had a passing trouble.", code=code, retry_after_s=wait)
    if answer.status in (401, 403):
        return SendFailed(Remedy.RECONNECT, _RECONNECT, code=code)
    return SendFailed(Remedy.GIVE_UP, "Zalo refused the message.", code=code)
