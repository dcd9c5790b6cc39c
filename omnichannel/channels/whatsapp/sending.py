"""What is asked of the Cloud interface for one message of ours. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from omnichannel.channels.port import (
    Limits,
    Opening,
    Outgoing,
    Remedy,
    SendFailed,
    StoredFile,
    Taps,
    Window,
)
from omnichannel.channels.reading import branch, text
from omnichannel.channels.wording import length, nfc
from threadline.kernel.events import Json, JsonValue

OPEN_FOR: Final = timedelta(hours=24)
CAPTION_MAX: Final = 1024
BUTTONS: Final = Taps(most=3, shown_max=20, text_max=1024)
ROWS: Final = Taps(most=10, shown_max=24, text_max=4096)
OPEN_LIST: Final = (
    "Chọn / Choose"  # on the button that opens a list; at most 20 characters, whatever the language
)
LIMITS: Final = Limits(
    text_max=4096, file_bytes=100_000_000,
    file_types=("image/", "audio/", "video/", "application/", "text/"), has_read_marks=True,
    taps=(BUTTONS, ROWS),
)  # fmt: skip
# What goes as itself, and its greatest size; all else goes as a document.
_KINDS: Final[dict[str, tuple[tuple[str, ...], int]]] = {
    "image": (("image/jpeg", "image/png"), 5_000_000),
    "audio": (("audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg"), 16_000_000),
    "video": (("video/mp4", "video/3gpp"), 16_000_000),
}


def window(last_inbound: datetime | None, now: datetime) -> Window:
    """24 hours from the customer's last message; after that templates."""
    if last_inbound is not None and now < last_inbound + OPEN_FOR:
        return Window(Opening.OPEN, last_inbound + OPEN_FOR)
    return Window(Opening.TEMPLATE_ONLY)


def bodies(message: Outgoing, now: datetime) -> Sequence[Json]:
    """The bodies to post, in order. Raises SendFailed for what WhatsApp would refuse."""
    envelope: Json = {
        "messaging_product": "whatsapp", "recipient_type": "individual", **_recipient(message),
        "biz_opaque_callback_data": message.key,
    }  # fmt: skip
    if message.template is not None:
        return [{**envelope, "type": "template", "template": _template(message.template)}]
    _check(message)
    if window(message.last_inbound, now).opening is not Opening.OPEN:
        detail = "The customer last wrote more than 24 hours ago: only a template may be sent."
        raise SendFailed(Remedy.WINDOW, detail, code="window")
    parts = _parts(message)
    if message.reply_to:
        parts[0] = {**parts[0], "context": {"message_id": message.reply_to}}
    return [{**envelope, **part} for part in parts]


def _recipient(message: Outgoing) -> Json:
    if message.to.kind == "phone":
        return {"to": message.to.value.lstrip("+")}
    return {"recipient": message.to.value}


def _check(message: Outgoing) -> None:
    if not message.text.strip() and not message.files:
        raise SendFailed(Remedy.GIVE_UP, "There is nothing to send.", code="empty")
    if length(message.text) > LIMITS.text_max:
        raise SendFailed(
            Remedy.GIVE_UP, f"The text is longer than {LIMITS.text_max} characters.", code="too_long"
        )
    if any(file.bytes > LIMITS.file_bytes for file in message.files):
        raise SendFailed(Remedy.GIVE_UP, "A file is larger than 100 MB.", code="file_too_large")


def _parts(message: Outgoing) -> list[Json]:
    """A short text is the caption of a single picture, film or document; else it comes last, by itself."""
    words = nfc(message.text).strip()
    kinds = [_kind(file) for file in message.files]
    is_caption = (
        not message.choices and len(kinds) == 1 and kinds[0] != "audio" and 0 < len(words) <= CAPTION_MAX
    )
    parts: list[Json] = []
    for kind, file in zip(kinds, message.files, strict=True):
        media: Json = {"link": file.url}
        if kind == "document":
            media["filename"] = file.name
        if is_caption:
            media["caption"] = words
        parts.append({"type": kind, kind: media})
    if words and message.choices:
        parts.append({"type": "interactive", "interactive": _interactive(words, message)})
    elif words and not is_caption:
        parts.append({"type": "text", "text": {"body": words, "preview_url": True}})
    return parts


def _interactive(words: str, message: Outgoing) -> Json:
    """Reply buttons, or a list where they do not take the choices."""
    replies: list[JsonValue] = [
        {"id": choice.payload, "title": nfc(choice.shown)} for choice in message.choices
    ]
    is_small = all(length(choice.shown) <= BUTTONS.shown_max for choice in message.choices)
    if is_small and len(replies) <= BUTTONS.most and length(words) <= BUTTONS.text_max:
        buttons: list[JsonValue] = [{"type": "reply", "reply": reply} for reply in replies]
        return {"type": "button", "body": {"text": words}, "action": {"buttons": buttons}}
    return {
        "type": "list",
        "body": {"text": words},
        "action": {"button": OPEN_LIST, "sections": [{"rows": replies}]},
    }


def _kind(file: StoredFile) -> str:
    for kind, (types, most) in _KINDS.items():
        if file.mime in types and file.bytes <= most:
            return kind
    return "document"


def _template(template: Json) -> Json:
    """`values` fill the body: a list by place, an object by name."""
    values = template.get("values")
    parameters: list[JsonValue] = []
    if isinstance(values, list):
        parameters = [{"type": "text", "text": str(value)} for value in values]
    else:
        parameters = [
            {"type": "text", "parameter_name": name, "text": str(value)}
            for name, value in branch(template, "values").items()
        ]
    asked: Json = {"name": text(template, "name"), "language": {"code": text(template, "language") or "vi"}}
    if parameters:
        asked["components"] = [{"type": "body", "parameters": parameters}]
    return asked
