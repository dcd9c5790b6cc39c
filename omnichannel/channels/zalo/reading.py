"""One Zalo event in our words, and the key that is the same in every retry of it. Pure.

Sides: a customer's event has him as sender, the account's echo and the receipts have him as recipient;
follow and unfollow name a follower, anonymous visitors come with `anonymous_id` and `conversation_id`.
"""

import mimetypes
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from omnichannel.channels.port import (
    Delivered,
    Endpoint,
    File,
    Ignored,
    Incoming,
    Known,
    Learnt,
    Message,
    Status,
)
from omnichannel.channels.reading import at, branch, items, key_of, lines, moment, text, texts
from omnichannel.identity import Trust
from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json

FILES: Final = {
    "image": "image/jpeg",
    "gif": "image/gif",
    "video": "video/mp4",
    "audio": "audio/mpeg",
    "file": "",
}
_MS: Final = timedelta(milliseconds=1)
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


def delivered(body: Json, raw: bytes) -> Delivered:
    """The one event of a webhook call."""
    name = text(body, "event_name")
    message = text(body, "message", "msg_id") or ",".join(texts(body, "message", "msg_ids"))
    customer = _customer_id(body)
    key = key_of(name, customer, message, text(body, "timestamp"))
    return Delivered(key if name else key_of("other", raw.decode("utf-8", "replace")), key_of(customer), raw)


def read_event(endpoint: Endpoint, body: Json) -> Sequence[Incoming]:
    """Raises Invalid for an event without its customer or its id."""
    name = text(body, "event_name")
    if "_group" in name or name.endswith("_group"):
        return [Ignored("it is a group's")]
    reader = _READERS.get(name)
    if reader is None and (name.startswith(("user_send_", "oa_send_", "anonymous_send_"))):
        reader = _message
    if reader is None or name in ("oa_send_consent",):
        return [Ignored("nothing was said")]
    if not _customer_id(body):
        raise Invalid("The event names no customer.")
    return reader(endpoint, body)


def _is_ours(body: Json) -> bool:
    """Whether the account is the sender, so the customer the recipient."""
    name = text(body, "event_name")
    return name.startswith("oa_") or name in ("user_received_message", "user_seen_message")


def _customer_id(body: Json) -> str:
    side = "recipient" if _is_ours(body) else "sender"
    anonymous = text(body, "anonymous_id") or text(body, side, "anonymous_id")
    return anonymous or text(body, side, "id") or text(body, "follower", "id")


def _customer(endpoint: Endpoint, body: Json) -> tuple[Known, Sequence[Known]]:
    """Who it is, and the id the app knows him by."""
    value = _customer_id(body)
    if "anonymous" in text(body, "event_name"):
        return Known("zalo_anon", value, endpoint.address), ()
    if text(body, "message", "tracking_id"):  # a template's receipt: it went to a phone number
        return Known("phone", "+" + value.lstrip("+")), ()
    by_app = text(body, "user_id_by_app")
    app = text(body, "app_id") or endpoint.config.get("app_id", "")
    return Known("zalo_uid", value, endpoint.address), [Known("zalo_app_uid", by_app, app)] if by_app else []


def _when(body: Json) -> datetime:
    return moment(body.get("timestamp"), _MS, _LONG_AGO)


def _message(endpoint: Endpoint, body: Json) -> Sequence[Incoming]:
    customer, also = _customer(endpoint, body)
    said = branch(body, "message")
    key = text(said, "msg_id")
    if not key:
        raise Invalid("The message has no id.")
    attached = list(items(said, "attachments"))
    words = lines([text(said, "text"), *(_words(one) for one in attached)])
    files = [file for number, one in enumerate(attached, 1) if (file := _file(one, number))]
    kind = text(body, "event_name").rpartition("_")[2]
    return [
        Message(
            customer,
            key,
            _when(body),
            words or ("" if files else f"[{kind}]"),
            direction="out" if _is_ours(body) else "in",
            also=also,
            files=files,
            reply_to=text(said, "quote_msg_id") or None,
            meta=_more(body),
        )
    ]


def _more(body: Json) -> Json:
    more: Json = {}
    if conversation := text(body, "conversation_id") or text(body, "message", "conversation_id"):
        more["conversation_id"] = conversation
    if _is_ours(body) and (colleague := text(body, "sender", "admin_id")):
        more["admin_id"] = colleague
    return more


def _words(attachment: Json) -> str:
    kind = text(attachment, "type")
    if kind == "location":
        place = branch(attachment, "payload", "coordinates")
        return f"{_plain(place, 'latitude')}, {_plain(place, 'longitude')}"
    if kind == "link":
        payload = branch(attachment, "payload")
        return lines([text(payload, "title"), text(payload, "description"), text(payload, "url")])
    return text(attachment, "payload", "description") if kind in FILES else ""


def _plain(value: Json, name: str) -> str:
    """Coordinates come as text or as numbers."""
    found = at(value, name)
    return str(found) if isinstance(found, str | int | float) else ""


def _file(attachment: Json, number: int) -> File | None:
    kind, payload = text(attachment, "type"), branch(attachment, "payload")
    url = text(payload, "url")
    if not url or kind not in (*FILES, "sticker"):
        return None
    name = text(payload, "name") or url.partition("?")[0].rpartition("/")[2][-100:] or f"{kind}-{number}"
    mime = mimetypes.guess_type(name)[0] or FILES.get(kind, "image/png")
    return File(name, mime, url=url)


def _info(endpoint: Endpoint, body: Json) -> Sequence[Incoming]:
    """What a customer filled into the form we sent: his own words, so no more than claims."""
    customer, also = _customer(endpoint, body)
    info, when = branch(body, "info"), _when(body)
    digits = text(info, "phone")
    claims = [Known("phone", "+" + digits if digits.startswith("84") else digits, trust=Trust.CLAIMED)]
    home = branch(info, "full_address")
    address = ", ".join(
        part for part in (text(home, f"user_{one}") for one in ("address", "ward", "city")) if part
    )
    address = address or ", ".join(
        part for part in (text(info, one) for one in ("address", "ward", "city")) if part
    )
    told = lines([text(info, "name"), digits, text(info, "user_dob"), text(info, "gender"), address])
    known = [*also, *(claims if digits else ())]
    key = key_of("user_submit_info", customer.value, text(body, "timestamp"))
    return [
        Learnt(customer, when, known, text(info, "name") or None),
        Message(customer, key, when, told or "[info]", is_automatic=True, meta={"form": "user_submit_info"}),
    ]


def _reaction(endpoint: Endpoint, body: Json) -> Sequence[Incoming]:
    customer, also = _customer(endpoint, body)
    said = branch(body, "message")
    icon = text(said, "react_icon") or text(said, "reaction") or text(said, "text")
    if icon in ("", "/-remove"):
        return [Ignored("a reaction was taken back")]
    mid = text(said, "msg_id")
    key = key_of(mid, "reaction", customer.value, text(body, "timestamp"))
    return [
        Message(
            customer, key, _when(body), icon, also=also, reply_to=mid or None, is_automatic=True,
            meta={"reaction": icon},
        )
    ]  # fmt: skip


def _feedback(endpoint: Endpoint, body: Json) -> Sequence[Incoming]:
    customer, also = _customer(endpoint, body)
    said = branch(body, "message")
    stars = text(said, "rate")
    words = lines([f"{stars}/5" if stars else "", text(said, "note"), *texts(said, "feedbacks")])
    key = text(said, "msg_id") or key_of("user_feedback", customer.value, text(body, "timestamp"))
    return [Message(customer, key, _when(body), words or "[feedback]", also=also, is_automatic=True)]


def _received(endpoint: Endpoint, body: Json) -> Sequence[Incoming]:
    return _receipt(endpoint, body, "delivered")


def _seen(endpoint: Endpoint, body: Json) -> Sequence[Incoming]:
    return _receipt(endpoint, body, "read")


def _receipt(endpoint: Endpoint, body: Json, status: str) -> Sequence[Incoming]:
    customer, _ = _customer(endpoint, body)
    said = branch(body, "message")
    keys = [*texts(said, "msg_ids"), *([text(said, "msg_id")] if text(said, "msg_id") else [])]
    if not keys:
        raise Invalid("The receipt names no message.")
    return [Status("read" if status == "read" else "delivered", _when(body), keys, customer)]


def _came(endpoint: Endpoint, body: Json) -> Sequence[Incoming]:
    customer, also = _customer(endpoint, body)
    return [Learnt(customer, _when(body), also)]


_Reader = Callable[[Endpoint, Json], Sequence[Incoming]]
_READERS: Final[dict[str, _Reader]] = {
    "user_submit_info": _info,
    "user_reacted_message": _reaction,
    "user_feedback": _feedback,
    "user_received_message": _received,
    "user_seen_message": _seen,
    "follow": _came,
    "user_click_chatnow": _came,
}
