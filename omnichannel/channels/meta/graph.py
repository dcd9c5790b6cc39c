"""Meta's Graph interface: one call, and what its refusals mean.

Source: the Graph error reference, the WhatsApp error codes page, pywa's table of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from omnichannel.channels.outside import Answer, Outside, base_of
from omnichannel.channels.port import Endpoint, Remedy, SendFailed
from omnichannel.channels.reading import at, text
from threadline.kernel.events import Json

GRAPH: Final = "https://graph.facebook.com"
VERSION: Final = "v25.0"
# Where attachments of Messenger, Instagram and WhatsApp are kept; a page may be anywhere below these.
FILE_HOSTS: Final = ("fbcdn.net", "fbsbx.com", "cdninstagram.com", "graph.facebook.com", "whatsapp.net")

_WINDOW = "The messaging window is closed: the customer has not written recently enough."
_STALE = "The access token is not valid any more: connect the endpoint again."
_PERMISSION = "The app lacks a permission it needs for this."
_BUSY = "Too many messages at once for this account."

CODES: Final[Mapping[int, tuple[Remedy, str]]] = {
    1: (Remedy.RETRY, "Meta had an unknown trouble."),
    2: (Remedy.RETRY, "Meta is out of service for a moment."),
    4: (Remedy.PAUSE, _BUSY),
    10: (Remedy.RECONNECT, _PERMISSION),
    32: (Remedy.PAUSE, _BUSY),
    100: (Remedy.GIVE_UP, "Meta takes a part of this message for wrong."),
    102: (Remedy.RECONNECT, _STALE),
    190: (Remedy.RECONNECT, _STALE),
    200: (Remedy.RECONNECT, _PERMISSION),
    230: (Remedy.RECONNECT, _PERMISSION),
    341: (Remedy.PAUSE, _BUSY),
    368: (Remedy.PAUSE, "The page is barred for a while for breaking Meta's rules."),
    551: (Remedy.BLOCKED, "This person can't be reached at the moment: he may have blocked the page."),
    613: (Remedy.PAUSE, _BUSY),
    1200: (Remedy.RETRY, "Meta had a passing trouble."),
    10900: (Remedy.GIVE_UP, "This comment has been answered privately already."),
    80006: (Remedy.PAUSE, _BUSY),
    80007: (Remedy.PAUSE, _BUSY),
    130429: (Remedy.PAUSE, _BUSY),
    130472: (Remedy.BLOCKED, "Meta withholds marketing from this person."),
    130497: (Remedy.BLOCKED, "This account may not write to people in that country."),
    131000: (Remedy.RETRY, "WhatsApp had an unknown trouble."),
    131005: (Remedy.RECONNECT, _PERMISSION),
    131008: (Remedy.GIVE_UP, "A needed part of the message is missing."),
    131009: (Remedy.GIVE_UP, "WhatsApp takes a part of this message for wrong."),
    131016: (Remedy.RETRY, "WhatsApp is out of service for a moment."),
    131021: (Remedy.GIVE_UP, "The number can't write to itself."),
    131026: (Remedy.BLOCKED, "WhatsApp can't reach this person."),
    131031: (Remedy.RECONNECT, "The WhatsApp account is locked."),
    131042: (Remedy.RECONNECT, "The way of payment of the WhatsApp account needs mending."),
    131045: (Remedy.RECONNECT, "The number is not registered with WhatsApp."),
    131047: (Remedy.WINDOW, _WINDOW),
    131048: (Remedy.PAUSE, "WhatsApp slows this number down: too many people marked it as spam."),
    131049: (Remedy.BLOCKED, "WhatsApp withholds this message; try again in a day at the earliest."),
    131050: (Remedy.BLOCKED, "This person does not want marketing from here."),
    131051: (Remedy.GIVE_UP, "WhatsApp does not know this kind of message."),
    131052: (Remedy.GIVE_UP, "WhatsApp could not give out the file."),
    131053: (Remedy.GIVE_UP, "WhatsApp could not take the file."),
    131056: (Remedy.RETRY, "Too many messages to this person at once."),
    131062: (Remedy.GIVE_UP, "This kind of message needs the person's phone number."),
    132000: (Remedy.GIVE_UP, "The template wants another number of values."),
    132001: (Remedy.GIVE_UP, "There is no such template in this language."),
    132005: (Remedy.GIVE_UP, "The template is too long with these values."),
    132007: (Remedy.GIVE_UP, "The template breaks WhatsApp's rules."),
    132012: (Remedy.GIVE_UP, "A value does not fit the template."),
    132015: (Remedy.GIVE_UP, "The template is paused for poor quality."),
    132016: (Remedy.GIVE_UP, "The template was switched off for poor quality."),
    133010: (Remedy.RECONNECT, "The number is not registered with WhatsApp."),
}
SUBCODES: Final[Mapping[int, tuple[Remedy, str]]] = {
    2018278: (Remedy.WINDOW, _WINDOW),
    2534022: (Remedy.WINDOW, _WINDOW),  # Instagram's
    1545041: (Remedy.BLOCKED, "This person can't be reached at the moment."),
    2018108: (Remedy.BLOCKED, "This person does not take messages from the page."),
    2018001: (Remedy.BLOCKED, "There is no such person for this page."),
}


@dataclass(frozen=True, slots=True)
class Graph:
    """The Graph interface as one endpoint's token sees it."""

    outside: Outside
    endpoint: Endpoint

    def url(self, path: str) -> str:
        return f"{base_of(self.endpoint.config, GRAPH)}/{VERSION}/{path.lstrip('/')}"

    @property
    def authorization(self) -> dict[str, str]:
        token = self.endpoint.secrets.get("access_token", "")
        return {"Authorization": f"Bearer {token}"} if token else {}

    async def post(self, path: str, body: Json) -> Json:
        """Raises SendFailed."""
        answer = await self.outside.call("POST", self.url(path), body=body, headers=self.authorization)
        return judged(answer)

    async def get(self, path: str, **query: str) -> Json:
        """Raises SendFailed."""
        answer = await self.outside.call("GET", self.url(path), query=query, headers=self.authorization)
        return judged(answer)


def judged(answer: Answer) -> Json:
    """The body of an answer that says yes. Raises SendFailed with what to do about a no."""
    if answer.status < 300 and "error" not in answer.body:
        return answer.body
    raise refusal(answer)


def refusal(answer: Answer) -> SendFailed:
    """What a refusal means: by its subcode, else its code, else its HTTP status."""
    code, subcode = _number(answer.body, "code"), _number(answer.body, "error_subcode")
    named = str(code) if not subcode else f"{code}/{subcode}"
    known = SUBCODES.get(subcode) or CODES.get(code)
    if code == 10 and "window" in text(answer.body, "error", "message").lower():
        known = Remedy.WINDOW, _WINDOW  # one code for a missing permission and for the window
    if known is None and at(answer.body, "error", "is_transient") is True:
        known = (Remedy.RETRY, "Meta had a passing trouble.")
    remedy, detail = known or _by_status(answer.status)
    return SendFailed(
        remedy, detail, code=named if code else str(answer.status), retry_after_s=answer.retry_after_s
    )


def _number(body: Json, name: str) -> int:
    digits = text(body, "error", name)
    return int(digits) if digits.isdecimal() and len(digits) < 12 else 0


def _by_status(status: int) -> tuple[Remedy, str]:
    if status == 429:
        return Remedy.PAUSE, _BUSY
    if status in (502, 504):
        return Remedy.UNSURE, "The provider did not answer: nobody knows whether it took it."
    if status >= 500:
        return Remedy.RETRY, "Meta had a passing trouble."
    if status in (401, 403):
        return Remedy.RECONNECT, _STALE
    return Remedy.GIVE_UP, "Meta refused the message."
