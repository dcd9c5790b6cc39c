"""A template reaches a phone number by a channel that knows people otherwise by ids of its own; free words do not."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from omnichannel.errors import CannotSend
from omnichannel.threads import Threads
from tests.integration.providers.support import KEY, connect
from tests.support.fake_zalo import FakeZalo
from threadline.channels import open_correspondence
from threadline.config import Settings
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus, Json
from threadline.kernel.ids import AgentId, ThreadId

pytestmark = pytest.mark.integration
AGENT = AgentId(UUID(int=7))
QUEUED = "select count(*) from outbox where state = 'queued'"


async def test_whoever_has_the_number_gets_a_zalo_template_and_no_free_words(
    pool: Pool, tmp_path: Path
) -> None:
    clock, bus = SystemClock(), Bus()
    said = await Threads(pool, clock, bus).add_message(
        thread=None, identity=("phone", "0901234567"), channel="sms", direction="in", text="Hi"
    )
    thread = ThreadId(UUID(str(said["thread"])))
    settings = Settings(data_dir=tmp_path, public_url="https://contact.example.vn")
    async with FakeZalo() as zalo, open_correspondence(settings, pool, clock, bus, KEY) as rooms:
        await connect(rooms, "zalo", zalo)
        ways: list[Any] = await rooms.outbound.reach(thread)
        (way,) = [one for one in ways if one["channel"] == "zalo"]
        assert (way["kind"], way["window"]["opening"]) == ("phone", "template_only")
        to: dict[str, Any] = {"identity": way["identity"], "endpoint": UUID(way["endpoint"]), "agent": AGENT}
        with pytest.raises(CannotSend):
            await rooms.outbound.send(thread=thread, text="Chào chị", **to)
        template: Json = {"name": "7895417", "language": "vi", "values": {"name": "Lan"}}
        await rooms.outbound.send(thread=thread, text="", template=template, **to)
        async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(rooms.outbound.run(), name="outbox")
            while await pool.fetchval(QUEUED):
                await asyncio.sleep(0.02)
            running.cancel()
    (sent,) = zalo.sent
    assert (sent["phone"], sent["template_id"], sent["template_data"]) == (
        "84901234567",
        "7895417",
        {"name": "Lan"},
    )
    assert await pool.fetchval("select status from interaction where direction = 'out'") == "sent"
