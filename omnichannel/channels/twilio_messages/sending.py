"""What is asked of Twilio for one message of ours. Pure."""

import json
from datetime import datetime, timedelta
from typing import Final

from omnichannel.channels.port import Endpoint, Limits, Opening, Outgoing, Remedy, SendFailed, Window
from omnichannel.channels.reading import at, text
from omnichannel.channels.twilio_messages.reading import MEDIA_MAX
from omnichannel.channels.wording import length, nfc

OPEN_FOR: Final = timedelta(hours=24)
# All media of one message together may have 5 MB; WhatsApp takes one of 16 MB.
SMS_LIMITS: Final = Limits(
    text_max=1600, file_bytes=5_000_000,
    file_types=("image/", "audio/", "video/", "application/pdf", "text/vcard", "text/plain", "text/csv"),
)  # fmt: skip
WHATSAPP_LIMITS: Final = Limits(
    text_max=1600, file_bytes=16_000_000,
    file_types=("image/", "audio/", "video/", "application/", "text/"), has_read_marks=False,
)  # fmt: skip


def whatsapp_window(last_inbound: datetime | None, now: datetime) -> Window:
    """24 hours from the customer's last message; after that templates."""
    if last_inbound is not None and now < last_inbound + OPEN_FOR:
        return Window(Opening.OPEN, last_inbound + OPEN_FOR)
    return Window(Opening.TEMPLATE_ONLY)


def form(endpoint: Endpoint, message: Outgoing, prefix: str, limits: Limits) -> list[tuple[str, str]]:
    """The form to post. `prefix` is "whatsapp:" or "". Raises SendFailed for what Twilio would refuse."""
    asked = [("To", prefix + message.to.value), *_sender(endpoint, prefix)]
    if endpoint.hook_url.startswith(("https://", "http://")):
        asked.append(("StatusCallback", endpoint.hook_url))
    if message.template is not None:
        asked.append(("ContentSid", text(message.template, "name")))
        if values := at(message.template, "values"):
            numbered = (
                {str(n): value for n, value in enumerate(values, 1)} if isinstance(values, list) else values
            )
            asked.append(("ContentVariables", json.dumps(numbered, ensure_ascii=False)))
        return asked
    _check(message, limits, 1 if prefix else MEDIA_MAX)
    if words := nfc(message.text).strip():
        asked.append(("Body", words))
    return [*asked, *(("MediaUrl", file.url) for file in message.files)]


def check_window(message: Outgoing, now: datetime) -> None:
    """Raises SendFailed where WhatsApp takes templates alone."""
    if message.template is None and whatsapp_window(message.last_inbound, now).opening is not Opening.OPEN:
        detail = "The customer last wrote more than 24 hours ago: only a template may be sent."
        raise SendFailed(Remedy.WINDOW, detail, code="window")


def _sender(endpoint: Endpoint, prefix: str) -> list[tuple[str, str]]:
    if service := endpoint.config.get("messaging_service_sid"):
        return [("MessagingServiceSid", service)]
    return [("From", prefix + endpoint.address)]


def _check(message: Outgoing, limits: Limits, most_files: int) -> None:
    if not message.text.strip() and not message.files:
        raise SendFailed(Remedy.GIVE_UP, "There is nothing to send.", code="empty")
    if length(message.text) > limits.text_max:
        raise SendFailed(
            Remedy.GIVE_UP, f"The text is longer than {limits.text_max} characters.", code="too_long"
        )
    if len(message.files) > most_files:
        raise SendFailed(
            Remedy.GIVE_UP, f"No more than {most_files} file(s) in one message.", code="too_many_files"
        )
    if sum(file.bytes for file in message.files) > limits.file_bytes:
        most = limits.file_bytes // 1_000_000
        raise SendFailed(Remedy.GIVE_UP, f"The files are larger than {most} MB.", code="file_too_large")
