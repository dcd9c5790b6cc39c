"""A running server whose numbers are at a fake Twilio."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from telephony.line import Due
from tests.integration.telephony.stage import Office, until
from tests.support.databases import fresh_database
from tests.support.fake_twilio.calls import FakeTwilioCalls
from tests.support.fake_twilio.messages import ACCOUNT, TOKEN
from tests.support.house import settings_for
from tests.support.ports import LOOPBACK, free_port
from threadline.compose import running
from threadline.config import HostPort
from threadline.db.embedded import EmbeddedPostgres
from threadline.kernel.events import AgentState
from threadline.kernel.ids import AgentId

NEXT_TOKEN, SHARED_KEY = "the_token_that_comes_next", "a_shared_key"
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
            twilio_token_next=NEXT_TOKEN, twilio_webhook_key=SHARED_KEY,
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


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def floor(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    """One server for all tests of a module."""
    async with fresh_database(postgres) as dsn, a_line(tmp_path_factory.mktemp("twilio"), dsn) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def shared_line(floor: Line) -> AsyncIterator[Line]:
    """That server, quiet before and afterwards, and nobody at work. Whom one test hires no other can hire."""
    office, twilio = floor.office, floor.twilio
    office.events.clear()
    yield floor
    for caller in twilio.callers.values():
        await caller.vanish()
    for run in office.server.controller.active:
        run.line.inbox.put_nowait(Due("shutdown"))

    async def is_quiet() -> bool:
        return not office.server.controller.active and await office.is_quiet()

    await until(is_quiet, "every call is over")
    for state in await office.server.router.states():
        await office.server.router.set_state(AgentId(UUID(str(state["agent"]))), AgentState.LOGGED_OUT)
    twilio.forget()
