"""Cuts one post of Meta's webhook into its events, each to be stored with what it needs of the envelope. Pure.

One post holds several entries (pages), each with several events: `messaging`, `standby` (another app owns the
thread) or `changes` (comments). An event's key is the same however Meta delivers it, alone or in company.
"""

from collections.abc import Iterator

from omnichannel.channels.port import Delivered
from omnichannel.channels.reading import branch, items, key_of, text, texts, written
from threadline.kernel.events import Json


def cut(body: Json) -> Iterator[Delivered]:
    """The deliveries of one post, in its order."""
    for entry in items(body, "entry"):
        envelope: Json = {"object": text(body, "object"), "id": text(entry, "id"), "time": entry.get("time")}
        for name in ("messaging", "standby"):
            for event in items(entry, name):
                yield _delivered({**envelope, "via": name, "event": event}, *_named(event))
        for change in items(entry, "changes"):
            yield _delivered({**envelope, "via": "changes", "event": change}, *_change_named(change))


def customer_of(event: Json) -> str:
    """The other side's page-scoped id: an echo comes from the page."""
    side = "recipient" if branch(event, "message").get("is_echo") is True else "sender"
    return text(event, side, "id")


def _delivered(stored: Json, sender: str, name: str) -> Delivered:
    raw = written(stored)
    return Delivered(key_of(name) if name else key_of("other", raw.decode()), key_of(sender), raw)


def _named(event: Json) -> tuple[str, str]:
    """Whose event it is, and its name: '' where nothing in it names it."""
    customer, when = customer_of(event), text(event, "timestamp")
    message = branch(event, "message")
    if message:
        gone = ":deleted" if message.get("is_deleted") is True else ""
        return customer, f"message:{text(message, 'mid')}{gone}" if text(message, "mid") else ""
    if edit := branch(event, "message_edit"):
        return customer, f"edit:{text(edit, 'mid')}:{text(edit, 'num_edit')}:{when}"
    if reaction := branch(event, "reaction"):
        return customer, f"reaction:{customer}:{text(reaction, 'mid')}:{text(reaction, 'action')}:{when}"
    if postback := branch(event, "postback"):
        return customer, f"postback:{text(postback, 'mid') or customer + ':' + when}"
    if read := branch(event, "read"):
        return customer, f"read:{customer}:{text(read, 'watermark') or text(read, 'mid')}"
    if delivery := branch(event, "delivery"):
        return (
            customer,
            f"delivery:{customer}:{text(delivery, 'watermark')}:{','.join(texts(delivery, 'mids'))}",
        )
    return customer, ""


def _change_named(change: Json) -> tuple[str, str]:
    value = branch(change, "value")
    comment = text(value, "comment_id") or text(value, "id")
    if not comment:
        return text(value, "from", "id"), ""
    verb, when = text(value, "verb") or "add", text(value, "created_time")
    return text(value, "from", "id"), f"comment:{comment}:{verb}:{when if verb != 'add' else ''}"
