"""A mailbox of ours on a real Dovecot, and a real SMTP server for what leaves."""

from collections.abc import AsyncIterator

import pytest

from omnichannel.channels.port import Endpoint
from tests.support.dovecot import PASSWORD, USER, Dovecot, running_dovecot
from tests.support.mail_sink import MailSink, running_sink
from threadline.channels import Correspondence


@pytest.fixture
async def dovecot() -> AsyncIterator[Dovecot]:
    async with running_dovecot() as server:
        yield server


@pytest.fixture
async def sink() -> AsyncIterator[MailSink]:
    async with running_sink(PASSWORD) as running:
        yield running


@pytest.fixture
async def mailbox(rooms: Correspondence, sink: MailSink) -> Endpoint:
    """Switched on; nobody listens at its IMAP port."""
    return await configured(rooms, sink, imap_port=1)


async def configured(
    rooms: Correspondence, sink: MailSink, *, imap_port: int, password: str = PASSWORD, **more: str
) -> Endpoint:
    config = {
        "imap_host": "127.0.0.1",
        "imap_port": str(imap_port),
        "imap_security": "none",
        "smtp_host": "127.0.0.1",
        "smtp_port": str(sink.port),
        "smtp_security": "none",
        "start": "all",
        "poll_s": "1",
        **more,
    }
    made = await rooms.endpoints.add("email", USER, "Shop Support", config, {"password": password})
    return await rooms.endpoints.switch(made.id, "on")
