"""A running server whose numbers are at a fake Twilio."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.telephony.stage import Office, until
from tests.support.fake_twilio.calls import FakeTwilioCalls
from tests.support.fake_twilio.messages import ACCOUNT, TOKEN
from tests.support.house import settings_for
from tests.support.ports import LOOPBACK, free_port
from threadline.compose import running
from threadline.config import HostPort

NUMBER, BY_TWIML = "+842871000000", "+842871000001"


@dataclass
class Line:
    """The server as an office, and Twilio beside it."""

    office: Office
    twilio: FakeTwilioCalls


@asynccontextmanager
async def a_line(folder: Path, dsn: str, **more: Any) -> AsyncIterator[Line]:
    """`more` are settings."""
    async with AsyncExitStack() as stack:
        twilio = await stack.enter_async_context(FakeTwilioCalls())
        port = free_port()
        url = f"http://{LOOPBACK}:{port}"
        settings = replace(
            settings_for(folder / "data", dsn), http=HostPort(LOOPBACK, port), public_url=url,
            twilio_account=ACCOUNT, twilio_token=TOKEN, twilio_url=twilio.base_url,
            twilio_twiml=(BY_TWIML,), twilio_numbers=(NUMBER, BY_TWIML), **more,
        )  # fmt: skip
        server = await stack.enter_async_context(running(settings))
        twilio.voice_url, twilio.status_url = f"{url}/twilio/voice", f"{url}/twilio/status"
        office = Office(server, folder)
        yield Line(office, twilio)
        if not server.controller.active:
            await until(office.is_quiet, "the media engine has closed every leg")


@pytest.fixture
async def line(tmp_path: Path, dsn: str) -> AsyncIterator[Line]:
    async with a_line(tmp_path, dsn) as made:
        yield made
