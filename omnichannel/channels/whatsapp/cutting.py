"""Cuts one post of WhatsApp's webhook into messages and statuses, each with what it needs of the envelope. Pure."""

from collections.abc import Iterator

from omnichannel.channels.port import Delivered
from omnichannel.channels.reading import branch, items, key_of, text, written
from threadline.kernel.events import Json


def cut(body: Json) -> Iterator[Delivered]:
    """The deliveries of one post, in its order."""
    for entry in items(body, "entry"):
        for change in items(entry, "changes"):
            value = branch(change, "value")
            envelope: Json = {
                "account": text(entry, "id"),
                "number": text(value, "metadata", "phone_number_id"),
                "contacts": value.get("contacts"),
            }
            yield from _messages(value, envelope)
            yield from _statuses(value, envelope)


def _messages(value: Json, envelope: Json) -> Iterator[Delivered]:
    for name in ("messages", "message_echoes"):  # the latter: a colleague's, on the phone's own app
        for message in items(value, name):
            side = "from" if name == "messages" else "to"
            sender = text(message, "system", "previous_user_id") or text(message, f"{side}_user_id")
            sender = sender or text(message, side)
            stored: Json = {**envelope, "via": name, "event": message}
            yield Delivered(key_of("message", text(message, "id")), key_of(sender), written(stored))


def _statuses(value: Json, envelope: Json) -> Iterator[Delivered]:
    for status in items(value, "statuses"):
        stored: Json = {**envelope, "via": "statuses", "event": status}
        key = key_of("status", text(status, "id"), text(status, "status"))
        sender = text(status, "recipient_user_id") or text(status, "recipient_id")
        yield Delivered(key, key_of(sender), written(stored))
