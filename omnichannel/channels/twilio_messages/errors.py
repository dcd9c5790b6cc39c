"""What Twilio's error codes mean. Pure. Source: Twilio's error dictionary."""

from collections.abc import Mapping
from typing import Final

from omnichannel.channels.outside import Answer
from omnichannel.channels.port import Remedy, SendFailed
from omnichannel.channels.reading import text
from threadline.kernel.events import Json

_BUSY: Final = "Too many messages at once for this account."
_LOGIN: Final = "Twilio does not accept the account's credentials."
_BAD_TO: Final = "Messages can't be sent to this number."

CODES: Final[Mapping[int, tuple[Remedy, str]]] = {
    14107: (Remedy.PAUSE, _BUSY),
    20003: (Remedy.RECONNECT, _LOGIN),
    20005: (Remedy.RECONNECT, "The Twilio account is not active."),
    20404: (Remedy.RECONNECT, _LOGIN),
    20429: (Remedy.PAUSE, _BUSY),
    21211: (Remedy.BLOCKED, _BAD_TO),
    21212: (Remedy.RECONNECT, "The sender's number can't be used."),
    21408: (Remedy.GIVE_UP, "The account may not send to that country."),
    21602: (Remedy.GIVE_UP, "There is nothing to send."),
    21606: (Remedy.RECONNECT, "The sender's number can't send messages there."),
    21610: (Remedy.BLOCKED, "This person has opted out by STOP."),
    21611: (Remedy.PAUSE, "The sender's queue is full."),
    21612: (Remedy.BLOCKED, _BAD_TO),
    21614: (Remedy.BLOCKED, _BAD_TO),
    21617: (Remedy.GIVE_UP, "The text is longer than 1600 characters."),
    21620: (Remedy.GIVE_UP, "Twilio can't fetch the file."),
    21656: (Remedy.GIVE_UP, "The template's values are wrong."),
    30001: (Remedy.RETRY, "Twilio's queue overflowed."),
    30002: (Remedy.RECONNECT, "The Twilio account is suspended."),
    30003: (Remedy.BLOCKED, "The phone can't be reached."),
    30004: (Remedy.BLOCKED, "The message was blocked on its way."),
    30005: (Remedy.BLOCKED, "There is no such number."),
    30006: (Remedy.BLOCKED, "A landline or a carrier that takes no messages."),
    30007: (Remedy.GIVE_UP, "The carrier took it for spam."),
    30008: (Remedy.GIVE_UP, "It was not delivered; nobody says why."),
    63003: (Remedy.BLOCKED, "WhatsApp can't reach this person."),
    63016: (Remedy.WINDOW, "The customer last wrote more than 24 hours ago: only a template may be sent."),
    63018: (Remedy.PAUSE, _BUSY),
    63024: (Remedy.BLOCKED, "WhatsApp can't reach this person."),
    63038: (Remedy.PAUSE, "The account's messages of the day are used up."),
    63049: (Remedy.BLOCKED, "WhatsApp withholds this message; try again in a day at the earliest."),
}


def judged(answer: Answer) -> Json:
    """The body of an answer that says yes. Raises SendFailed with what to do about a no."""
    if answer.status in (200, 201):
        return answer.body
    code, wait = text(answer.body, "code"), answer.retry_after_s
    known = CODES.get(int(code)) if code.isdecimal() and len(code) < 8 else None
    remedy, detail = known or _by_status(answer.status)
    raise SendFailed(remedy, detail, code=code or str(answer.status), retry_after_s=wait)


def _by_status(status: int) -> tuple[Remedy, str]:
    if status == 429:
        return Remedy.PAUSE, _BUSY
    if status in (502, 504):
        return Remedy.UNSURE, "Twilio did not answer: nobody knows whether it took it."
    if status >= 500:
        return Remedy.RETRY, "Twilio had a passing trouble."
    if status in (401, 403):
        return Remedy.RECONNECT, _LOGIN
    return Remedy.GIVE_UP, "Twilio refused the message."
