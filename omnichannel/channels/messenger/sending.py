"""What is asked of the Send interface for one message of ours. Pure.

Text and each file go as messages of their own, since Meta takes one thing a message; each carries our key as
its metadata, which its echo returns. After 24 hours only what a person writes may go, tagged HUMAN_AGENT, and
only where Meta granted the page that.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from omnichannel.channels.messenger.comments import COMMENTER
from omnichannel.channels.port import (
    Endpoint,
    Limits,
    Opening,
    Outgoing,
    Remedy,
    SendFailed,
    StoredFile,
    Taps,
    Window,
)
from omnichannel.channels.reading import text
from omnichannel.channels.wording import length, nfc
from threadline.kernel.events import Json, JsonValue

STANDARD: Final = timedelta(hours=24)
EXTENDED: Final = timedelta(days=7)
PRIVATE_REPLY: Final = "private_reply"  # the template that answers a comment by a message
LIMITS: Final = Limits(
    text_max=2000, file_bytes=25_000_000, file_types=("image/", "audio/", "video/", "application/", "text/"),
    has_typing=True, has_read_marks=True, taps=(Taps(most=13, shown_max=20, text_max=2000),),
)  # fmt: skip
_CLOSED: Final = "The messaging window is closed: the customer has not written recently enough."


def window(endpoint: Endpoint, last_inbound: datetime | None, now: datetime) -> Window:
    """24 hours for all; up to 7 days for people, where the page has the human agent feature."""
    if last_inbound is None:
        return Window(Opening.CLOSED)
    if now < last_inbound + STANDARD:
        return Window(Opening.OPEN, last_inbound + STANDARD)
    has_human_agent = endpoint.config.get("human_agent", "").lower() in ("yes", "true", "1", "on")
    if has_human_agent and now < last_inbound + EXTENDED:
        return Window(Opening.PERSON_ONLY, last_inbound + EXTENDED)
    return Window(Opening.CLOSED)


def requests(endpoint: Endpoint, message: Outgoing, now: datetime) -> Sequence[tuple[str, Json]]:
    """Path and body of each call, in order. Raises SendFailed for what Meta would refuse."""
    _check(message)
    if message.to.kind == COMMENTER:
        return [_comment_answer(endpoint, message)]
    opening = window(endpoint, message.last_inbound, now).opening
    if opening is Opening.CLOSED or (opening is Opening.PERSON_ONLY and message.by != "person"):
        raise SendFailed(Remedy.WINDOW, _CLOSED, code="window")
    how: Json = {"messaging_type": "RESPONSE"}
    if opening is Opening.PERSON_ONLY:
        how = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    parts: list[Json] = [_attachment(file) for file in message.files]
    if message.text.strip():
        parts.append({"text": nfc(message.text), **_quick_replies(message)})
    path = f"{page_of(endpoint)}/messages"
    recipient: Json = {"id": message.to.value}
    return [
        (path, {"recipient": recipient, **how, "message": {**part, "metadata": message.key}})
        for part in parts
    ]


def page_of(endpoint: Endpoint) -> str:
    """The page that sends; an Instagram account sends by the page it is linked to."""
    return endpoint.config.get("page_id") or endpoint.address


def _check(message: Outgoing) -> None:
    if not message.text.strip() and not message.files:
        raise SendFailed(Remedy.GIVE_UP, "There is nothing to send.", code="empty")
    if length(message.text) > LIMITS.text_max:
        raise SendFailed(
            Remedy.GIVE_UP, f"The text is longer than {LIMITS.text_max} characters.", code="too_long"
        )
    if any(file.bytes > LIMITS.file_bytes for file in message.files):
        raise SendFailed(Remedy.GIVE_UP, "A file is larger than 25 MB.", code="file_too_large")


def _comment_answer(endpoint: Endpoint, message: Outgoing) -> tuple[str, Json]:
    """In public under the comment, or (template `private_reply`) by a message to its author."""
    comment = text(message.meta, "comment") or message.reply_to
    if not comment:
        raise SendFailed(Remedy.GIVE_UP, "Choose which comment this answers.", code="no_comment")
    if message.files:
        raise SendFailed(Remedy.GIVE_UP, "A comment is answered by text alone.", code="file_refused")
    words: Json = {"text": nfc(message.text), "metadata": message.key}
    if text(message.template, "name") == PRIVATE_REPLY:
        return f"{page_of(endpoint)}/messages", {"recipient": {"comment_id": comment}, "message": words}
    is_instagram = bool(endpoint.config.get("page_id"))
    return f"{comment}/{'replies' if is_instagram else 'comments'}", {"message": nfc(message.text)}


def _quick_replies(message: Outgoing) -> Json:
    replies: list[JsonValue] = [
        {"content_type": "text", "title": nfc(choice.shown), "payload": choice.payload}
        for choice in message.choices
    ]
    return {"quick_replies": replies} if replies else {}


def _attachment(file: StoredFile) -> Json:
    major = file.mime.partition("/")[0]
    kind = major if major in ("image", "audio", "video") else "file"
    return {"attachment": {"type": kind, "payload": {"url": file.url, "is_reusable": False}}}
