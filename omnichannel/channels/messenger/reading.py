"""One stored event of Messenger, Instagram or a page's comments in our words. Pure.

Reactions, edits and buttons are things said: each is an entry of its own that points at the message it is about.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from omnichannel.channels.messenger.comments import read_change
from omnichannel.channels.messenger.cutting import customer_of
from omnichannel.channels.port import Endpoint, File, Ignored, Incoming, Known, Learnt, Message, Status
from omnichannel.channels.reading import branch, items, key_of, lines, moment, text, texts
from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json

MS: Final = timedelta(milliseconds=1)
FILES: Final = {
    "image": "image/jpeg",
    "audio": "audio/mpeg",
    "video": "video/mp4",
    "file": "",
}  # MIME where untold
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


def read_event(endpoint: Endpoint, stored: Json) -> Sequence[Incoming]:
    """Raises Invalid for an event without its customer."""
    if text(stored, "id") not in (endpoint.address, ""):
        return [Ignored("it is for another page")]
    event = branch(stored, "event")
    if text(stored, "via") == "changes":
        return [read_change(endpoint, stored, event)]
    for part, reader in _READERS.items():
        if branch(event, part):
            return [reader(_Event(endpoint, stored, event))]
    return [Ignored("nothing was said")]


class _Event:
    """One `messaging` event with what all its readers need."""

    def __init__(self, endpoint: Endpoint, stored: Json, event: Json) -> None:
        self.body = event
        kind = "ig_sid" if text(stored, "object") == "instagram" else "fb_psid"
        value = customer_of(event)
        if not value:
            raise Invalid("The event names no customer.")
        self.customer = Known(kind, value, endpoint.address)
        entry = moment(stored.get("time"), MS, _LONG_AGO)
        self.at = moment(event.get("timestamp"), MS, entry)
        self.meta: Json = {"standby": True} if text(stored, "via") == "standby" else {}

    def said(self, key: str, words: str, *, reply_to: str, meta: Json, is_automatic: bool = False) -> Message:
        """Something the customer did by other means than writing."""
        return Message(
            self.customer, key, self.at, words, reply_to=reply_to or None, is_automatic=is_automatic,
            meta={**self.meta, **meta},
        )  # fmt: skip


def _message(event: _Event) -> Incoming:
    message = branch(event.body, "message")
    mid = text(message, "mid")
    if not mid:
        raise Invalid("The message has no id.")
    if message.get("is_deleted") is True:
        return Ignored("a message was taken back")
    is_echo = message.get("is_echo") is True
    attached = list(items(message, "attachments"))
    return Message(
        event.customer, mid, event.at, lines([text(message, "text"), *map(_words, attached)]),
        direction="out" if is_echo else "in",
        files=[file for number, one in enumerate(attached, 1) if (file := _file(one, number))],
        reply_to=text(message, "reply_to", "mid") or None,
        own_key=text(message, "metadata") or None if is_echo else None,
        meta={**event.meta, **_more(message)},
    )  # fmt: skip


def _more(message: Json) -> Json:
    """What the entry keeps beside the text."""
    more: Json = {}
    if payload := text(message, "quick_reply", "payload"):
        more["payload"] = payload
    if referral := branch(message, "referral"):
        more["referral"] = referral
    if app := text(message, "app_id"):
        more["app_id"] = app
    return more


def _words(attachment: Json) -> str:
    """What an attachment that is no file says: a link, a place, a sticker."""
    kind = text(attachment, "type")
    if kind in FILES and text(attachment, "payload", "url"):
        return ""
    if kind == "location":
        place = branch(attachment, "payload", "coordinates")
        return f"{place.get('lat')}, {place.get('long')}"
    title = text(attachment, "title") or text(attachment, "payload", "title")
    return lines([title, text(attachment, "payload", "url") or text(attachment, "url")]) or f"[{kind}]"


def _file(attachment: Json, number: int) -> File | None:
    kind, url = text(attachment, "type"), text(attachment, "payload", "url")
    if kind not in FILES or not url:
        return None
    name = url.partition("?")[0].rpartition("/")[2]
    return File(name[-100:] or f"{kind}-{number}", FILES[kind], url=url)


def _edit(event: _Event) -> Incoming:
    edit = branch(event.body, "message_edit")
    mid, number = text(edit, "mid"), text(edit, "num_edit")
    return event.said(key_of(mid, "edit", number), text(edit, "text"), reply_to=mid, meta={"edit_of": mid})


def _reaction(event: _Event) -> Incoming:
    reaction = branch(event.body, "reaction")
    if text(reaction, "action") != "react":
        return Ignored("a reaction was taken back")
    mid, emoji = text(reaction, "mid"), text(reaction, "emoji")
    key = key_of(mid, "reaction", event.customer.value, event.at.isoformat())
    meta: Json = {"reaction": text(reaction, "reaction") or "other"}
    return event.said(key, emoji or "👍", reply_to=mid, meta=meta, is_automatic=True)


def _postback(event: _Event) -> Incoming:
    postback = branch(event.body, "postback")
    key = text(postback, "mid") or key_of("postback", event.customer.value, event.at.isoformat())
    meta: Json = {"payload": text(postback, "payload")}
    if referral := branch(postback, "referral"):
        meta["referral"] = referral
    return event.said(key, text(postback, "title") or text(postback, "payload"), reply_to="", meta=meta)


def _delivery(event: _Event) -> Incoming:
    delivery = branch(event.body, "delivery")
    until = moment(delivery.get("watermark"), MS, event.at)
    keys = texts(delivery, "mids")
    return Status("delivered", until, keys, event.customer, None if keys else until)


def _read(event: _Event) -> Incoming:
    read = branch(event.body, "read")
    if mid := text(read, "mid"):  # Instagram names the message
        return Status("read", event.at, [mid], event.customer)
    until = moment(read.get("watermark"), MS, event.at)
    return Status("read", event.at, (), event.customer, until)


def _came(event: _Event) -> Incoming:
    return Learnt(event.customer, event.at)


_READERS: Final[dict[str, Callable[[_Event], Incoming]]] = {
    "message": _message,
    "message_edit": _edit,
    "reaction": _reaction,
    "postback": _postback,
    "delivery": _delivery,
    "read": _read,
    "optin": _came,
    "referral": _came,
}
