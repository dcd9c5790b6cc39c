"""Who a visitor is, what he claims, and how often he may ask."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from omnichannel.channels.chat.channel import origins_of
from omnichannel.channels.chat.token import IdentityRefused, VisitorUnreadable, visitor_of
from omnichannel.channels.chat.wording import Said, read, said_event
from omnichannel.channels.port import Endpoint, Message
from omnichannel.identity import Trust
from web.chat_limits import RATES, ChatLimits

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 26, 5, 0, tzinfo=UTC)
SECRET = "a-secret-of-the-shop-32-characters-long"
SHOP = Endpoint(
    1, UUID(int=7), "chat", "shop", config={"origins": "https://shop.example.vn/, ftp://x"}, secrets={"identity_secret": SECRET}
)  # fmt: skip
BROWSER = "b" * 43


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def token(claims: dict[str, Any], *, secret: str = SECRET, alg: str = "HS256") -> str:
    signed = f"{part({'alg': alg})}.{part(claims)}"
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


LATER = (NOON + timedelta(hours=1)).timestamp()


def test_a_browsers_secret_is_never_what_is_stored() -> None:
    visitor = visitor_of(SHOP, BROWSER, None, NOON)
    assert BROWSER not in visitor.value
    assert visitor == visitor_of(SHOP, BROWSER, None, NOON)
    assert visitor.value != visitor_of(Endpoint(2, UUID(int=8), "chat", "b"), BROWSER, None, NOON).value
    with pytest.raises(VisitorUnreadable):
        visitor_of(SHOP, "short", None, NOON)


def test_a_signed_in_customer_is_the_same_on_every_device_and_proven() -> None:
    signed = token({"sub": "C-7", "email": "lan@example.vn", "exp": LATER})
    here, there = (visitor_of(SHOP, char * 43, signed, NOON) for char in "ab")
    assert here.value == there.value
    assert {(one.kind, one.value, one.trust) for one in here.also} == {
        ("external", "C-7", Trust.PROVEN),
        ("email", "lan@example.vn", Trust.PROVEN),
    }


@pytest.mark.parametrize(
    "bad",
    [
        token({"sub": "C-7", "exp": LATER}, secret="another"),
        token({"sub": "C-7", "exp": LATER}, alg="none"),
        token({"sub": "C-7", "exp": LATER}, alg="HS512"),
        token({"sub": "C-7", "exp": NOON.timestamp() - 3600}),
        token({"sub": "C-7"}),
        token({"sub": "", "exp": LATER}),
        token({"sub": "C-7", "exp": LATER}).rpartition(".")[0] + ".",
        "a.b.c",
        "x" * 5000,
    ],
)
def test_a_token_that_does_not_hold_is_refused(bad: str) -> None:
    with pytest.raises(IdentityRefused):
        visitor_of(SHOP, BROWSER, bad, NOON)


def test_a_typed_number_is_a_claim_and_a_message_keeps_its_key() -> None:
    visitor = visitor_of(SHOP, BROWSER, None, NOON)
    event = said_event(visitor, Said("k1", "xin chào", phone="0901234567"), (), NOON)
    (message,) = read(SHOP.id, event.raw)
    assert isinstance(message, Message)
    assert [(one.kind, one.trust) for one in message.also] == [("phone", Trust.CLAIMED)]
    assert (message.customer.value, message.customer.scope) == (visitor.value, str(SHOP.id))
    assert (message.key, message.at, message.text) == (f"{visitor.value}:k1", NOON, "xin chào")


def test_only_sites_are_origins() -> None:
    assert origins_of(SHOP) == {"https://shop.example.vn"}


def test_a_flood_waits_and_is_admitted_again() -> None:
    limits = ChatLimits()
    burst = int(RATES["say"].burst)
    assert [limits.pause_s("say", "v", "a", 0.0) for _ in range(burst)] == [0.0] * burst
    assert limits.pause_s("say", "v", "a", 0.0) > 0
    assert limits.pause_s("say", "w", "a", 0.0) == 0
    assert limits.pause_s("say", "v", "a", 2.0) == 0
