"""Customers on every channel at once, whose providers deliver as they do: signed, and through each channel's own proof."""

import hashlib
import hmac
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Final

from omnichannel.channels.chat.token import Visitor
from omnichannel.channels.chat.wording import Said, said_event
from omnichannel.channels.port import Delivered, Endpoint, HookRequest
from tests.integration.providers.support import connect, now_ms
from tests.support.fake_meta import FakeMeta
from tests.support.fake_provider import FakeProvider
from tests.support.fake_twilio.messages import FakeTwilioMessages
from tests.support.fake_zalo import FakeZalo
from tests.support.touchpoint import SECRET, delivery, said
from threadline.channels import Correspondence

MAILBOX: Final = "crowd@shop.example.vn"
KINDS: Final = ("webhook", "zalo", "messenger", "whatsapp", "sms", "email", "chat")


class Crowd:
    """`customers` people on each channel; `says(number)` is what the next of them says, as it is delivered."""

    def __init__(self, rooms: Correspondence, customers: int) -> None:
        self._rooms, self._customers = rooms, customers
        self._endpoints: dict[str, Endpoint] = {}
        whatsapp = FakeMeta()
        whatsapp.speaks = "whatsapp"
        self._fakes: dict[str, FakeProvider] = {
            "zalo": FakeZalo(), "messenger": FakeMeta(), "whatsapp": whatsapp, "sms": FakeTwilioMessages()
        }  # fmt: skip

    async def arrive(self) -> None:
        """Every address of ours is on."""
        endpoints = self._rooms.endpoints
        plain = {
            "webhook": ("crowd", {"url": "https://shop.example.vn/in"}, {"secret": SECRET}),
            "chat": ("crowd", {"origins": "https://shop.example.vn"}, {}),
            "email": (MAILBOX, {"imap_host": "127.0.0.1", "smtp_host": "127.0.0.1"}, {"password": "x", "hook_secret": SECRET}),
        }  # fmt: skip
        for kind, (address, config, secrets) in plain.items():
            made = await endpoints.add(kind, address, kind, config, secrets)
            self._endpoints[kind] = await endpoints.switch(made.id, "on")
        for kind, fake in self._fakes.items():
            fake._port = 9  # nobody listens there: these customers only write
            self._endpoints[kind] = await connect(self._rooms, kind, fake)
            if isinstance(fake, FakeTwilioMessages):
                fake.public_hook_url = self._endpoints[kind].hook_url
            if isinstance(fake, FakeZalo | FakeMeta):
                fake.now_ms = now_ms() - 10_000_000

    def says(self, number: int) -> tuple[Endpoint, list[Delivered], str, str]:
        """(where, what is delivered, who, the words); each customer's words carry their number."""
        kind = KINDS[number % len(KINDS)]
        who = number // len(KINDS) % self._customers
        name, words = f"{kind}-{who}", f"{kind}-{who} says {number}"
        return self._endpoints[kind], self._delivered(kind, who, number, words), name, words

    def _delivered(self, kind: str, who: int, number: int, words: str) -> list[Delivered]:
        if kind == "chat":
            visitor = Visitor(f"visitor{who:025d}")
            return [said_event(visitor, Said(f"key-{number}", words), (), datetime.now(UTC))]
        if kind == "email":
            raw = _mail(who, number, words)
            return self._through(
                kind,
                raw,
                {"X-Threadline-Signature": hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()},
            )
        if kind == "webhook":
            return self._through(kind, *delivery([said(number, f"crowd{who}", words)]))
        fake = self._fakes[kind]
        fake.customer_says(f"+8490333{who:04d}" if kind == "sms" else f"8490444{who:04d}", words)
        [post], fake.pending = fake.pending, []
        return self._through(kind, post.body, dict(post.headers))

    def _through(self, kind: str, body: bytes, headers: dict[str, str]) -> list[Delivered]:
        """As the web's door does it, without the web."""
        endpoint = self._endpoints[kind]
        low = {name.lower(): value for name, value in headers.items()}
        request = HookRequest("POST", endpoint.hook_url, {}, low, body, datetime.now(UTC))
        return [*self._rooms.registry.channel(kind).receive(endpoint, request).deliveries]


def _mail(who: int, number: int, words: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"crowd{who}@example.vn", MAILBOX, "Hello"
    mail["Message-ID"] = f"<{number}.{who}@example.vn>"
    mail.set_content(words)
    return mail.as_bytes()
