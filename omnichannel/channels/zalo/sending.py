"""What is asked of Zalo for one message of ours: kinds, limits, windows and bodies. Pure."""

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

FREE: Final = timedelta(hours=48)
PAID: Final = timedelta(days=7)
ASK_CONTACT: Final = "request_user_info"  # the template that asks a customer for name, phone and address
_MB: Final = 1_048_576
# What is uploaded where, up to which size.
UPLOADS: Final[dict[str, tuple[str, int]]] = {
    "image/jpeg": ("image", _MB),
    "image/png": ("image", _MB),
    "image/gif": ("gif", 5 * _MB),
    "application/pdf": ("file", 5 * _MB),
    "application/msword": ("file", 5 * _MB),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("file", 5 * _MB),
    "text/csv": ("file", 5 * _MB),
}
LIMITS: Final = Limits(
    text_max=2000, file_bytes=5 * _MB, file_types=tuple(UPLOADS), taps=(Taps(most=4, shown_max=100, text_max=2000),)
)  # fmt: skip


def window(last_inbound: datetime | None, now: datetime) -> Window:
    """48 hours free, then paid for until 7 days; after that templates."""
    if last_inbound is None or now >= last_inbound + PAID:
        return Window(Opening.TEMPLATE_ONLY)
    if now < last_inbound + FREE:
        return Window(Opening.OPEN, last_inbound + FREE)
    return Window(Opening.PAID, last_inbound + PAID)


def check(message: Outgoing, now: datetime) -> None:
    """Raises SendFailed for what Zalo would refuse."""
    if not message.text.strip() and not message.files:
        raise SendFailed(Remedy.GIVE_UP, "There is nothing to send.", code="empty")
    if length(message.text) > LIMITS.text_max:
        raise SendFailed(
            Remedy.GIVE_UP, f"The text is longer than {LIMITS.text_max} characters.", code="too_long"
        )
    for file in message.files:
        place, most = upload_of(file)
        if file.bytes > most:
            detail = f"Zalo takes this kind of file up to {most // _MB} MB."
            raise SendFailed(Remedy.GIVE_UP, detail, code=f"{place}_too_large")
    if window(message.last_inbound, now).opening is Opening.TEMPLATE_ONLY and message.to.kind != "zalo_anon":
        detail = "The customer has not written for 7 days: only a template may be sent."
        raise SendFailed(Remedy.WINDOW, detail, code="window")


def upload_of(file: StoredFile) -> tuple[str, int]:
    """Which upload takes `file`, and its greatest size. Raises SendFailed for a kind Zalo does not take."""
    if file.mime not in UPLOADS:
        detail = "Zalo takes JPEG, PNG and GIF pictures and PDF, Word and CSV files only."
        raise SendFailed(Remedy.GIVE_UP, detail, code="file_refused")
    return UPLOADS[file.mime]


def bodies(message: Outgoing, uploaded: Sequence[tuple[str, Json]]) -> list[Json]:
    """One message for each uploaded file ((place, Zalo's answer)) and one for the text."""
    parts: list[Json] = [{"attachment": _attachment(place, answer)} for place, answer in uploaded]
    if words := nfc(message.text).strip():
        quote: Json = {"quote_message_id": message.reply_to} if message.reply_to else {}
        parts.append({"text": words, **quote, **_buttons(message)})
    recipient = _recipient(message)
    return [{"recipient": recipient, "message": part} for part in parts]


def _buttons(message: Outgoing) -> Json:
    """A tap on `oa.query.show` says its payload as if the customer had typed it, so that is what it shows."""
    buttons: list[JsonValue] = [
        {"title": nfc(choice.shown), "type": "oa.query.show", "payload": nfc(choice.shown)}
        for choice in message.choices
    ]
    return {"attachment": {"type": "template", "payload": {"buttons": buttons}}} if buttons else {}


def is_contact_form(message: Outgoing) -> bool:
    return text(message.template, "name") == ASK_CONTACT


def contact_form(message: Outgoing) -> Json:
    """Asks the customer for his name, phone and address; `values`: title, subtitle, image_url."""
    element = {name: str(value) for name, value in branch(message.template, "values").items()}
    payload: Json = {"template_type": "request_user_info", "elements": [{**element}]}
    return {
        "recipient": _recipient(message),
        "message": {"attachment": {"type": "template", "payload": payload}},
    }


def template(message: Outgoing) -> tuple[bool, Json]:
    """Whether it goes to a phone number, and the body."""
    asked: Json = {
        "template_id": text(message.template, "name"),
        "template_data": branch(message.template, "values"),
    }
    if message.to.kind == "phone":
        return True, {"phone": message.to.value.lstrip("+"), "tracking_id": message.key, **asked}
    return False, {"user_id": message.to.value, **asked}


def _recipient(message: Outgoing) -> Json:
    if message.to.kind != "zalo_anon":
        return {"user_id": message.to.value}
    conversation = text(message.meta, "conversation_id")
    return {"anonymous_id": message.to.value, "conversation_id": conversation}


def _attachment(place: str, answer: Json) -> Json:
    if place == "file":
        return {"type": "file", "payload": {"token": text(answer, "token")}}
    element: Json = {"media_type": place, "attachment_id": text(answer, "attachment_id")}
    if place == "gif":
        element |= {"width": 320, "height": 240}  # asked for; Zalo shows it in its own shape
    return {"type": "template", "payload": {"template_type": "media", "elements": [element]}}
