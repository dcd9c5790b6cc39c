"""Which of an agent's pages is the phone, as pages come, go and are loaded anew."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from telephony.phones import BrowserPhones, EdgePlace
from threadline.kernel.events import Bus, JsonValue, PhoneSignal
from threadline.kernel.ids import AgentId

pytestmark = pytest.mark.integration

AN = AgentId(uuid4())
OLD, NEW = "0" * 24, "1" * 24


class Room:
    """The phones, and which page was told last to be the one."""

    def __init__(self) -> None:
        self.page: JsonValue = None
        bus = Bus()
        bus.subscribe(PhoneSignal, self._hear)
        self.phones = BrowserPhones(bus, EdgePlace("127.0.0.1", 0))

    def _hear(self, signal: PhoneSignal) -> None:
        if signal.kind == "phone.state":
            self.page = signal.data["page"]


@asynccontextmanager
async def a_room() -> AsyncIterator[Room]:
    made = Room()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(made.phones.run(), name="phones")
        yield made
        running.cancel()


async def test_a_page_loaded_anew_is_the_phone_when_its_former_selfs_goodbye_comes_late() -> None:
    async with a_room() as room:
        await room.phones.here(AN, OLD)
        await room.phones.here(AN, NEW)
        assert room.page == OLD, "it may be a second window"
        room.phones.gone(AN, OLD)
        assert room.page == NEW


async def test_a_page_loaded_anew_is_the_phone_when_the_goodbye_was_lost() -> None:
    async with a_room() as room:
        await room.phones.here(AN, OLD)
        await room.phones.here(AN, NEW)
        room.phones.left(AN, OLD)
        async with asyncio.timeout(30):
            while room.page != NEW:
                await asyncio.sleep(0.05)
        assert room.phones.is_there(AN)
