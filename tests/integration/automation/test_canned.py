"""Ready texts and macros on a real database."""

import pytest

from omnichannel.audit.service import SYSTEM
from omnichannel.canned.service import ShortcutTaken, Unfit, Way
from omnichannel.channels.port import Endpoint
from omnichannel.errors import CannotSend, NoSuchCase
from tests.integration.channels.support import deliver, entries, take_all
from tests.support.touchpoint import said
from threadline.automation import Automation
from threadline.channels import Correspondence
from threadline.db.pool import Pool
from threadline.kernel.events import Json, ThreadDelta
from threadline.kernel.ids import AgentId, ThreadId

pytestmark = pytest.mark.integration

GREETING = {
    "vi": "Chào ${contact.name}, tôi là ${agent.name}.",
    "en": "Hello ${contact.name}, case ${case.number}.",
}
CALM: list[Json] = [
    {"do": "assign", "to": "me"},
    {"do": "tag", "tags": ["calm"]},
    {"do": "note", "texts": {"": "Calmed ${contact.name}"}},
    {"do": "status", "status": "waiting"},
]


@pytest.fixture
async def thread(rooms: Correspondence, shop: Endpoint, told: list[ThreadDelta]) -> ThreadId:
    await deliver(rooms, shop, [said(1, "lan")])
    await take_all(rooms)
    return told[0].thread


async def test_a_slash_offers_texts_filled_in_for_the_customer(
    automation: Automation, thread: ThreadId, an: AgentId
) -> None:
    await automation.canned.save_text("hello", "Greeting", GREETING, None, SYSTEM)
    await automation.canned.save_text("bye", "Farewell", {"": "Bye ${contact.fields.nick}"}, None, SYSTEM)
    [found] = await automation.canned.complete("/he", thread, an)
    assert (found["shortcut"], found["language"], found["text"]) == (
        "hello",
        "vi",
        "Chào Khách lan, tôi là An.",
    )
    [found] = await automation.canned.complete("farew", thread, an)
    assert (found["text"], "nick" in str(found["problem"])) == ("Bye ${contact.fields.nick}", True)
    with pytest.raises(ShortcutTaken):
        await automation.canned.save_text("hello", "Another", GREETING, None, SYSTEM)
    with pytest.raises(Unfit, match="unknown name customer"):
        await automation.canned.save_text("x", "X", {"en": "${customer.name}"}, None, SYSTEM)


async def test_a_macro_does_it_all_at_once_and_sends_its_text_as_the_agent(
    automation: Automation, rooms: Correspondence, thread: ThreadId, an: AgentId, pool: Pool
) -> None:
    macro = await automation.canned.save_macro("Calm", CALM, GREETING, None, SYSTEM)
    row = await pool.fetchval("select id from macro")
    assert macro["id"] == str(row)
    [reach] = await rooms.outbound.reach(thread)
    endpoint = await pool.fetchval("select public_id from endpoint")
    done = await automation.canned.apply(row, thread, an, way=Way(int(str(reach["identity"])), endpoint))
    assert done["text"] == "Chào Khách lan, tôi là An."
    case = await pool.fetchrow("select * from work_item")
    assert case is not None
    assert (case["owner_agent_id"], case["tags"], case["status"]) == (an, ["calm"], 2)
    sent = next(one for one in await entries(pool) if str(one["id"]) == done["entry"])
    assert (sent["actor_kind"], sent["actor_id"], sent["status"]) == ("agent", an, "queued")
    note = next(one for one in await entries(pool) if one["kind"] == "note")
    assert (note["text"], note["meta"]) == ("Calmed Khách lan", {"macro": "Calm"})


async def test_a_macro_that_can_not_do_everything_does_nothing(
    automation: Automation, thread: ThreadId, an: AgentId, pool: Pool
) -> None:
    await automation.canned.save_macro("Calm", CALM, GREETING, None, SYSTEM)
    macro, endpoint = (
        await pool.fetchval("select id from macro"),
        await pool.fetchval("select public_id from endpoint"),
    )
    with pytest.raises(CannotSend):
        await automation.canned.apply(macro, thread, an, way=Way(999, endpoint))
    with pytest.raises(NoSuchCase):
        await automation.canned.apply(macro, thread, an, case=999)
    assert await pool.fetchval("select status from work_item") == 0
    assert not [one for one in await entries(pool) if one["kind"] == "note"]
