"""The chat on a site, as a channel: its messages stand in the thread, the visitor's open pages fetch them there."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from omnichannel.channels.chat import wording
from omnichannel.channels.chat.lobby import Lobby
from omnichannel.channels.port import (
    Check,
    Endpoint,
    Field,
    Forged,
    HookRequest,
    Incoming,
    Limits,
    Opening,
    Outgoing,
    Receipt,
    Sent,
    Taps,
    Window,
)

KIND: Final = "chat"
TEXT_MAX: Final = 8_000
ANY_FILE: Final = ("image/", "audio/", "video/", "application/", "text/")
SECRET_MIN: Final = 32


class ChatChannel:
    """omnichannel.channels.port.Channel. Nothing leaves by it: a visitor who is away finds his answer later."""

    kind: str = KIND
    identity_kind: str = wording.IDENTITY
    is_idempotent = True
    fields: Sequence[Field] = (
        Field("origins", example="https://shop.example.vn, https://www.shop.example.vn"),
        Field("greeting", is_required=False, example="Chào bạn! Chúng tôi giúp được gì?"),
        Field("colour", is_required=False, default="#0e6a6f", example="#0e6a6f"),
        Field("position", is_required=False, default="right", example="right"),
        Field("prechat", is_required=False, example="name, phone?"),
        Field("calendar", is_required=False, example="store"),
        Field("prove_phone", is_required=False, example="+842873000000"),
        Field("prove_email", is_required=False, example="support@shop.example.vn"),
        Field("identity_scope", is_required=False, example="shop"),
        Field("identity_secret", is_secret=True, is_required=False),
    )
    limits = Limits(
        TEXT_MAX, 25 * 1024 * 1024, ANY_FILE, has_typing=True, has_read_marks=True,
        taps=(Taps(most=20, shown_max=100, text_max=TEXT_MAX),),
    )  # fmt: skip

    def __init__(self, lobby: Lobby) -> None:
        self._lobby = lobby

    def receive(self, endpoint: Endpoint, request: HookRequest) -> Receipt:
        raise Forged("A chat has no webhook.")

    def read(self, endpoint: Endpoint, raw: bytes, headers: Mapping[str, str]) -> Sequence[Incoming]:
        return wording.read(endpoint.id, raw)

    def window(self, endpoint: Endpoint, last_inbound: datetime | None, now: datetime) -> Window:
        return Window(Opening.OPEN)

    async def send(self, endpoint: Endpoint, message: Outgoing) -> Sent:
        self._lobby.wake(endpoint.id, message.to.value)
        return Sent(message.key)

    async def check(self, endpoint: Endpoint) -> Sequence[Check]:
        origins = origins_of(endpoint)
        secret = endpoint.secrets.get("identity_secret", "")
        return [
            Check("origins", bool(origins), "" if origins else "Name the sites that may show the chat, with https://."),
            Check(
                "identity_secret",
                not secret or len(secret) >= SECRET_MIN,
                "" if not secret or len(secret) >= SECRET_MIN else f"Use at least {SECRET_MIN} random characters.",
            ),
        ]  # fmt: skip


def origins_of(endpoint: Endpoint) -> frozenset[str]:
    """The sites whose pages may show this chat, as browsers write an Origin."""
    words = endpoint.config.get("origins", "").replace(",", " ").split()
    return frozenset(word.lower().rstrip("/") for word in words if urlsplit(word).scheme in ("http", "https"))
