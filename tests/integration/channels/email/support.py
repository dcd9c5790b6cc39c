"""Mails as tests send them."""

import asyncio
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from omnichannel.channels.email.reading import key_of, sender_of
from omnichannel.channels.port import Delivered, Endpoint
from tests.support.dovecot import USER
from threadline.channels import Correspondence
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock

LAN = "lan@customer.example"
AN = "an@stranger.example"
BEFORE = "Mon, 16 Nov 2026 10:12:00 +0700"


def mail(
    text: str, *, sender: str = LAN, to: str = USER, number: int = 1, date: str = BEFORE, **fields: str
) -> bytes:
    """One mail; `fields` are further header fields, their underscores hyphens."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = f"Lan <{sender}>", to, "Đơn hàng"
    made["Message-ID"] = f"<{number}.{sender}>"
    made["Date"] = date
    for name, value in fields.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


async def arrive(rooms: Correspondence, mailbox: Endpoint, *raws: bytes) -> None:
    """As if fetched, then made into entries."""
    now = {"received_at": SystemClock().now().isoformat()}
    await rooms.inbox(mailbox, [Delivered(key_of(raw), sender_of(raw), raw, now) for raw in raws])
    while await rooms.inbox.take_next():
        pass


async def until(pool: Pool, query: str, is_it: Callable[[Any], bool]) -> Any:
    """Looks until the database says so."""
    async with asyncio.timeout(60):
        while not is_it(found := await pool.fetchval(query)):
            await asyncio.sleep(0.05)
    return found
