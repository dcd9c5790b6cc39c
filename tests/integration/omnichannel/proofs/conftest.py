"""A shop's chat, its SMS number and its mailbox, on a real database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from omnichannel.channels.port import Endpoint
from tests.integration.omnichannel.proofs.support import Shop
from tests.integration.providers.support import connect
from tests.support.dovecot import PASSWORD, USER
from tests.support.fake_twilio.messages import NUMBER, FakeTwilioMessages
from tests.support.mail_sink import running_sink
from threadline.channels import Correspondence, open_correspondence
from threadline.chat import ChatParts
from threadline.config import Settings
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import Bus
from threadline.secret_key import SecretKey

KEY = SecretKey(bytes(range(32)))


@pytest.fixture
async def shop(pool: Pool, clock: VirtualClock, bus: Bus, tmp_path: Path) -> AsyncIterator[Shop]:
    parts = ChatParts()
    settings = Settings(data_dir=tmp_path, public_url="https://contact.example.vn")
    async with (
        open_correspondence(settings, pool, clock, bus, KEY, more=(parts.channels,)) as rooms,
        FakeTwilioMessages() as twilio,
        running_sink(PASSWORD) as sink,
    ):
        await connect(rooms, "sms", twilio)
        await _mailbox(rooms, sink.port)
        site = await _chat(rooms)
        chat = parts.open(pool, clock, bus, rooms, _always)
        proofs = parts.proofs(pool, clock, bus, rooms, KEY, "vi-VN")
        yield Shop(pool, clock, bus, rooms, chat, proofs, site, twilio, sink)


async def _always(_: Endpoint) -> bool:
    return True


async def _mailbox(rooms: Correspondence, port: int) -> None:
    config = {
        "imap_host": "127.0.0.1", "imap_port": "1", "imap_security": "none",
        "smtp_host": "127.0.0.1", "smtp_port": str(port), "smtp_security": "none",
    }  # fmt: skip
    made = await rooms.endpoints.add("email", USER, "Shop Support", config, {"password": PASSWORD})
    await rooms.endpoints.switch(made.id, "on")


async def _chat(rooms: Correspondence) -> Endpoint:
    config = {"origins": "https://shop.example.vn", "prove_phone": NUMBER, "prove_email": USER.upper()}
    made = await rooms.endpoints.add("chat", "shop", "Shop", config, {})
    return await rooms.endpoints.switch(made.id, "on")
