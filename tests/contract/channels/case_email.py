"""Mails posted raw by a mail server, signed; what a mailbox is sent by SMTP has tests of its own."""

import hashlib
import hmac
from datetime import timedelta
from typing import Any, cast

from omnichannel.channels.email.channel import SIGNATURE, EmailChannel
from omnichannel.channels.email.reading import key_of
from omnichannel.channels.port import HookRequest, Incoming, Known, Message, Opening
from omnichannel.identity import Trust
from tests.contract.channels.case import NOON, ChannelCase, Golden, endpoint, hook
from threadline.kernel.clock import Clock

LAN = Known("email", "lan@example.com")
SECRET = "a-secret-of-the-mail-server"
ADDRESS = "support@shop.example.vn"
MAIL = """\
From: Lan <lan@example.com>
To: Shop <support@shop.example.vn>
Subject: =?utf-8?B?xJDGoW4gaMOgbmc=?=
Message-ID: <{id}@example.com>
Date: Thu, 26 Nov 2026 11:59:00 +0700
{more}MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

{text}
"""


def _hook(raw: bytes, secret: str = SECRET, mark: str = "sha256=") -> HookRequest:
    given = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return hook(raw, {SIGNATURE: f"{mark}{given}", "Content-Type": "message/rfc822"})


def _mail(number: str, text: str, more: str = "") -> bytes:
    return MAIL.format(id=number, text=text, more=more).replace("\n", "\r\n").encode()


def _in(name: str, raw: bytes, *expected: Incoming) -> Golden:
    return Golden(name, _hook(raw), expected)


def _said(number: str, raw: bytes, text: str, **more: Any) -> Message:
    digest = hashlib.sha256(raw).hexdigest()
    key = f"<{number}@example.com> {key_of(raw).partition(' ')[2]}"
    meta = {"message_id": f"<{number}@example.com>", "raw_sha256": digest, **more.pop("meta", {})}
    known = Known("email", LAN.value, trust=Trust.OBSERVED)
    written_at = NOON - timedelta(minutes=1)
    return Message(known, key, written_at, text, subject="Đơn hàng", display="Lan", meta=meta, **more)


PLAIN = _mail("m1", "Hàng đâu?")
AWAY = _mail("m2", "Tôi vắng mặt", "Auto-Submitted: auto-replied\n")
GOLDEN = (
    _in("mail", PLAIN, _said("m1", PLAIN, "Hàng đâu?")),
    _in(
        "away from the office",
        AWAY,
        _said("m2", AWAY, "Tôi vắng mặt", is_automatic=True, meta={"automatic": "auto-submitted"}),
    ),
)


def _channel(clock: Clock) -> EmailChannel:
    nothing = cast(Any, None)  # neither a database nor a provider is asked to read a mail
    return EmailChannel(nothing, clock, nothing, nothing, bytes(32))


CASES = (
    ChannelCase(
        "email",
        lambda outside, clock, secrets: _channel(clock),
        endpoint(
            "email",
            ADDRESS,
            {"imap_host": "imap.example.vn", "smtp_host": "smtp.example.vn"},
            {"hook_secret": SECRET},
        ),
        LAN,
        GOLDEN,
        forged=(_hook(PLAIN, "another"), _hook(PLAIN, ""), hook(PLAIN, {SIGNATURE: "sha256="})),
        windows=((None, Opening.OPEN), (timedelta(days=900), Opening.OPEN)),
    ),
)
