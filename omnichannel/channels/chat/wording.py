"""What a visitor did, as it is stored in the inbox, and as our words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from omnichannel.channels.chat.token import Visitor
from omnichannel.channels.port import Delivered, File, Incoming, Known, Message, Status
from omnichannel.channels.reading import at, branch, items, parsed, text, written
from omnichannel.identity import Trust
from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json

IDENTITY: Final = "web_visitor"


@dataclass(frozen=True, slots=True)
class Attached:
    """A file the visitor uploaded before."""

    id: UUID
    name: str
    mime: str


@dataclass(frozen=True, slots=True)
class Said:
    """`key` is made by the browser, the same at every attempt. Phone and e-mail are what he typed: claims."""

    key: str
    text: str
    files: Sequence[UUID] = ()
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    is_offline: bool = False
    page: str | None = None
    language: str | None = None


def message_key(visitor: Visitor, key: str) -> str:
    """Of one visitor, so that nobody can take another's key away from him."""
    return f"{visitor.value}:{key}"


def said_event(visitor: Visitor, said: Said, files: Sequence[Attached], now: datetime) -> Delivered:
    body: Json = {
        "type": "message",
        "visitor": visitor.value,
        "display": visitor.display or said.name,
        "proven": [{"kind": one.kind, "value": one.value, "scope": one.scope} for one in visitor.also],
        "claimed": [
            {"kind": kind, "value": value} for kind, value in (("phone", said.phone), ("email", said.email)) if value
        ],
        "key": message_key(visitor, said.key),
        "at": now.isoformat(),
        "text": said.text,
        "files": [{"id": str(one.id), "name": one.name, "mime": one.mime} for one in files],
        "meta": {
            "offline": said.is_offline,
            "page": said.page,
            "language": said.language,
            "phone": said.phone,
            "email": said.email,
        },
    }  # fmt: skip
    return Delivered(f"m:{message_key(visitor, said.key)}", visitor.value, written(body))


def status_event(
    visitor: Visitor, status: Literal["delivered", "read"], keys: Sequence[str], now: datetime
) -> Delivered:
    body: Json = {
        "type": "status", "visitor": visitor.value, "status": status, "keys": [*keys], "at": now.isoformat()
    }  # fmt: skip
    return Delivered(f"s:{status}:{visitor.value}:{keys[-1]}", visitor.value, written(body))


def read(endpoint_id: UUID, raw: bytes) -> Sequence[Incoming]:
    """Raises Invalid."""
    body = parsed(raw)
    visitor = Known(IDENTITY, text(body, "visitor"), str(endpoint_id))
    moment = moment_of(body)
    if text(body, "type") == "status":
        status: Literal["delivered", "read"] = "read" if text(body, "status") == "read" else "delivered"
        keys = at(body, "keys")
        named = [str(key) for key in keys] if isinstance(keys, list) else []
        return [Status(status, moment, keys=named)]
    also = [
        Known(text(one, "kind"), text(one, "value"), text(one, "scope"), Trust.PROVEN)
        for one in items(body, "proven")
    ]
    also += [
        Known(text(one, "kind"), text(one, "value"), "", Trust.CLAIMED) for one in items(body, "claimed")
    ]
    meta: Json = {name: value for name, value in branch(body, "meta").items() if value}
    files = list(items(body, "files"))
    if files:
        meta["files"] = [text(one, "id") for one in files]
        meta["uploaded_by"] = f"visitor:{visitor.value}"
    return [
        Message(
            customer=visitor, key=text(body, "key"), at=moment, text=text(body, "text"),
            display=text(body, "display") or None, also=also, meta=meta,
            files=[File(text(one, "name"), text(one, "mime")) for one in files],
        )
    ]  # fmt: skip


def moment_of(body: Json) -> datetime:
    """When it was taken. Raises Invalid."""
    try:
        return datetime.fromisoformat(text(body, "at"))
    except ValueError as exc:
        raise Invalid("The event has no time.") from exc
