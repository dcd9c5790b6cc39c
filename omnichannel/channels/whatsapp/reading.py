"""One stored WhatsApp message or status in our words. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from omnichannel.channels.meta.graph import CODES, GRAPH, VERSION
from omnichannel.channels.outside import base_of
from omnichannel.channels.port import Endpoint, File, Ignored, Incoming, Known, Learnt, Message, Status
from omnichannel.channels.reading import branch, items, lines, moment, text
from omnichannel.channels.whatsapp.people import known, name_of, phone, portfolio
from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json

MEDIA: Final = ("image", "audio", "video", "document", "sticker")
_SECOND: Final = timedelta(seconds=1)
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
_STATUSES: Final = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}


def read_event(endpoint: Endpoint, stored: Json) -> Sequence[Incoming]:
    """Raises Invalid for an event without its customer or its id."""
    if text(stored, "number") != endpoint.address:
        return [Ignored("it is for another number")]
    event = branch(stored, "event")
    if text(stored, "via") == "statuses":
        return [_status(endpoint, stored, event)]
    if text(event, "type") == "system":
        return [_system(endpoint, stored, event)]
    return [_message(endpoint, stored, event)]


def _people(endpoint: Endpoint, stored: Json, event: Json, side: str) -> Sequence[Known]:
    found = known(
        portfolio(endpoint, stored), text(event, f"{side}_user_id"),
        text(event, f"{side}_parent_user_id"), text(event, side),
    )  # fmt: skip
    if not found:
        raise Invalid("The event names no customer.")
    return found


def _message(endpoint: Endpoint, stored: Json, event: Json) -> Incoming:
    if not text(event, "id"):
        raise Invalid("The message has no id.")
    kind = text(event, "type")
    if kind == "revoke" or (kind == "reaction" and not text(event, "reaction", "emoji")):
        return Ignored("something was taken back")
    is_echo = text(stored, "via") == "message_echoes"
    people = _people(endpoint, stored, event, "to" if is_echo else "from")
    name = None if is_echo else name_of(stored, text(event, "from_user_id"), text(event, "from"))
    return Message(
        people[0], text(event, "id"), moment(event.get("timestamp"), _SECOND, _LONG_AGO), _words(event, kind),
        direction="out" if is_echo else "in", display=name, also=[*people[1:], *_shared(event)],
        files=_files(endpoint, event, kind), reply_to=_answered(event, kind) or None,
        is_automatic=kind == "reaction", meta=_more(event, kind),
    )  # fmt: skip


def _words(event: Json, kind: str) -> str:
    """What was said, whichever way WhatsApp lets people say it."""
    said = branch(event, kind)
    if kind == "edit":
        inner = branch(said, "message")
        return _words(inner, text(inner, "type") or "text")
    if kind == "location":
        place = f"{said.get('latitude')}, {said.get('longitude')}"
        return lines([text(said, "name"), text(said, "address"), place])
    if kind == "contacts":
        return lines([_card(one) for one in items(event, "contacts")])
    if kind == "interactive":
        return _chosen(said)
    if kind == "order":
        rows = [
            f"{text(one, 'quantity')} × {text(one, 'product_retailer_id')}"
            for one in items(said, "product_items")
        ]
        return lines([text(said, "text"), *rows])
    plain = text(said, "body") or text(said, "caption") or text(said, "text") or text(said, "emoji")
    return plain or ("" if kind in MEDIA else f"[{kind or 'unsupported'}]")


def _chosen(said: Json) -> str:
    for way in ("button_reply", "list_reply", "nfm_reply"):
        if answer := branch(said, way):
            return text(answer, "title") or text(answer, "body") or text(answer, "name")
    return "[interactive]"


def _card(contact: Json) -> str:
    numbers = ", ".join(text(one, "phone") for one in items(contact, "phones"))
    return f"{text(contact, 'name', 'formatted_name')}: {numbers}"


def _shared(event: Json) -> Sequence[Known]:
    """The number a customer shared when asked for it, which WhatsApp vouches for."""
    return [
        phone(text(number, "wa_id"))
        for contact in items(event, "contacts")
        if text(contact, "origin") == "contact_request"
        for number in items(contact, "phones")
        if text(number, "wa_id")
    ]


def _files(endpoint: Endpoint, event: Json, kind: str) -> Sequence[File]:
    """Media come by id: the channel asks for their address when it downloads them."""
    said = branch(event, kind)
    media = text(said, "id")
    if kind not in MEDIA or not media:
        return ()
    mime = text(said, "mime_type").partition(";")[0].strip()
    name = text(said, "filename") or f"{kind}.{mime.rpartition('/')[2] or 'bin'}"
    return [File(name, mime, url=f"{base_of(endpoint.config, GRAPH)}/{VERSION}/{media}")]


def _answered(event: Json, kind: str) -> str:
    said = branch(event, kind)
    if kind == "reaction":
        return text(said, "message_id")
    return text(said, "original_message_id") if kind == "edit" else text(event, "context", "id")


def _more(event: Json, kind: str) -> Json:
    more: Json = {}
    if kind == "reaction":
        more["reaction"] = text(event, "reaction", "emoji")
    if kind == "edit":
        more["edit_of"] = text(event, "edit", "original_message_id")
    for way in ("button_reply", "list_reply"):
        if payload := text(event, "interactive", way, "id"):
            more["payload"] = payload
    if payload := text(event, "button", "payload"):
        more["payload"] = payload
    if referral := branch(event, "referral"):
        more["referral"] = referral
    return more


def _system(endpoint: Endpoint, stored: Json, event: Json) -> Incoming:
    """A customer's number or id was replaced: the new ones are the same person's."""
    said, scope = branch(event, "system"), portfolio(endpoint, stored)
    if text(said, "type") not in ("user_changed_number", "user_changed_user_id"):
        return Ignored("a system message")
    before = known(
        scope,
        text(said, "previous_user_id") or text(event, "from_user_id"),
        text(said, "previous_parent_user_id") or text(event, "from_parent_user_id"),
        text(event, "from"),
    )
    digits = text(said, "wa_id") or text(said, "new_wa_id")
    after = known(scope, text(said, "user_id"), text(said, "parent_user_id"), digits)
    if not before:
        raise Invalid("The system message does not say whose id was replaced.")
    new = [one for one in (*before[1:], *after) if one != before[0]]
    return Learnt(before[0], moment(event.get("timestamp"), _SECOND, _LONG_AGO), new)


def _status(endpoint: Endpoint, stored: Json, event: Json) -> Incoming:
    status = _STATUSES.get(text(event, "status"))
    if status is None or not text(event, "id"):
        return Ignored("no status of ours")
    parent = text(event, "parent_recipient_user_id") or text(event, "recipient_parent_user_id")
    people = known(
        portfolio(endpoint, stored), text(event, "recipient_user_id"), parent, text(event, "recipient_id")
    )
    error = next(items(event, "errors"), {})
    code = text(error, "code")
    detail = CODES[int(code)][1] if code.isdecimal() and int(code) in CODES else text(error, "title")
    return Status(
        status, moment(event.get("timestamp"), _SECOND, _LONG_AGO), [text(event, "id")],  # type: ignore[arg-type]
        people[0] if people else None, code=code or None, detail=detail or None,
    )  # fmt: skip
