"""Names come from providers that tell them when asked; STOP and START are heeded; a private reply shows who it reached."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from omnichannel.channels.port import Endpoint, Known, Message
from omnichannel.errors import CannotSend
from tests.integration.providers.support import connect
from tests.support.fake_meta import PAGE, FakeMeta
from tests.support.fake_twilio.messages import FakeTwilioMessages
from threadline.automation import Automation
from threadline.channels import Correspondence
from threadline.db.pool import Pool
from threadline.kernel.events import Bus, Json, ThreadDelta, ThreadMoved

pytestmark = pytest.mark.integration
LAN = Known("fb_psid", "PSID1", PAGE)


@pytest.fixture
async def page(rooms: Correspondence) -> AsyncIterator[Endpoint]:
    async with FakeMeta() as meta:
        yield await connect(rooms, "messenger", meta)


def said(customer: Known, key: str, text: str, **meta: str) -> Message:
    return Message(customer, key, datetime.now(UTC), text, meta={**meta}, is_automatic=bool(meta))


async def test_a_customer_without_a_name_gets_the_one_his_provider_knows(
    automation: Automation, rooms: Correspondence, page: Endpoint, pool: Pool, bus: Bus
) -> None:
    moved: list[ThreadMoved] = []
    bus.subscribe(ThreadMoved, moved.append)
    await rooms.messages.take(page, said(LAN, "m1", "hi"))
    await rooms.messages.take(page, said(LAN, "m2", "alo"))
    assert await pool.fetchval("select display_name from contact") is None
    assert await automation.names.look()
    assert await pool.fetchval("select display_name from contact") == "Lan Tran"
    assert [one.reason for one in moved] == ["changed"]
    await rooms.messages.take(page, said(LAN, "m3", "alo?"))
    assert not await automation.names.look()


async def test_who_says_stop_is_not_written_to_until_he_says_start(
    automation: Automation, rooms: Correspondence, told: list[ThreadDelta], pool: Pool
) -> None:
    async with FakeTwilioMessages() as twilio:
        sms = await connect(rooms, "sms", twilio)
        phone = Known("phone", "+84901234567")
        await rooms.messages.take(sms, said(phone, "SM1", "STOP", opt_out="STOP"))
        who = await pool.fetchval("select id from contact_identity")

        async def write() -> None:
            await rooms.outbound.send(thread=told[0].thread, identity=who, endpoint=sms.id, text="Offer!")

        with pytest.raises(CannotSend, match="does not want"):
            await write()
        await rooms.messages.take(sms, said(phone, "SM2", "START", opt_out="START"))
        await write()
        noted = await pool.fetch("select action from audit_log where action like 'contact.opt%' order by id")
        assert [row["action"] for row in noted] == ["contact.opt_out", "contact.opt_in"]


async def test_whoever_got_a_private_reply_to_a_comment_is_known_by_it_in_the_chat(
    automation: Automation, rooms: Correspondence, page: Endpoint, pool: Pool, told: list[ThreadDelta]
) -> None:
    commenter = Known("fb_commenter", "U1", PAGE)
    meta: Json = {"comment": "post1_c1"}
    comment = Message(commenter, "post1_c1", datetime.now(UTC), "giá?", display="Lan", meta=meta)
    await rooms.messages.take(page, comment)
    [way] = await rooms.outbound.reach(told[0].thread)
    await rooms.outbound.send(
        thread=told[0].thread,
        identity=int(str(way["identity"])),
        endpoint=page.id,
        text="Chào Lan",
        reply_to=str(told[0].entry["id"]),
        template={"name": "private_reply", "language": "vi", "values": []},
    )
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(rooms.outbound.run(), name="outbox")
        while not await pool.fetchval("select exists (select from contact_identity where kind = 'fb_psid')"):
            await asyncio.sleep(0.05)
        sending.cancel()
    assert await pool.fetchval("select count(*) from contact") == 1
