"""Rules on a real database: each is applied once, visibly, and answers nobody it should not."""

from typing import Any

import pytest

from omnichannel.audit.service import SYSTEM
from omnichannel.channels.port import Endpoint
from omnichannel.rules.service import RuleUnfit
from tests.integration.channels.support import deliver, entries, take_all
from tests.support.touchpoint import said
from threadline.automation import Automation
from threadline.channels import Correspondence
from threadline.db.pool import Pool
from threadline.kernel.events import Json, JsonValue, ThreadDelta
from threadline.kernel.ids import AgentId

pytestmark = pytest.mark.integration

VIP: Json = {
    "title": "VIP first",
    "when": "message_in",
    "if": 'message.text.contains("gấp")',
    "then": [
        {"do": "tag", "tags": ["urgent"]},
        {"do": "queue", "queue": "sales"},
        {"do": "priority", "priority": 1},
        {"do": "assign", "to": "an"},
        {"do": "note", "texts": {"vi": "${contact.name} đang gấp."}},
        {"do": "reply", "texts": {"vi": "Chào ${contact.name}, chúng tôi gọi lại ngay.", "en": "At once."}},
    ],
    "on": True,
}
THANKS: Json = {
    "title": "Thanks",
    "when": "message_in",
    "then": [{"do": "reply", "texts": {"en": "We have it."}, "every_s": 3600}],
    "on": True,
}


async def apply_all(automation: Automation) -> int:
    taken = 0
    while await automation.worker.take_next():
        taken += 1
    return taken


async def write(
    rooms: Correspondence, shop: Endpoint, automation: Automation, *events: dict[str, Any]
) -> None:
    await deliver(rooms, shop, list(events))
    await take_all(rooms)
    await apply_all(automation)


async def test_a_rule_does_all_it_says_in_one_go_and_the_thread_shows_it(
    automation: Automation, rooms: Correspondence, shop: Endpoint, pool: Pool, an: AgentId, told: list[ThreadDelta]
) -> None:  # fmt: skip
    await automation.rules.save(VIP, SYSTEM)
    await write(rooms, shop, automation, said(1, "lan", "Máy lạnh hỏng, gấp lắm!"))
    case = await pool.fetchrow("select * from work_item")
    assert case is not None
    assert (case["tags"], case["queue"], case["priority"], case["owner_agent_id"]) == (
        ["urgent"],
        "sales",
        1,
        an,
    )
    by_rule = [one for one in await entries(pool) if one["meta"].get("rule") == "VIP first"]
    assert [(one["kind"], one["actor_kind"]) for one in by_rule] == [
        ("event", "system"),  # moved
        ("event", "system"),  # assigned
        ("note", "system"),
        ("message", "bot"),
        ("event", "system"),  # what shows nowhere else
    ]
    assert by_rule[2]["text"] == "Khách lan đang gấp."
    assert (by_rule[3]["text"], by_rule[3]["status"]) == ("Chào Khách lan, chúng tôi gọi lại ngay.", "queued")
    assert by_rule[4]["text"] == "VIP first: tag urgent; priority 1"
    assert {str(one["id"]) for one in by_rule} <= {str(delta.entry["id"]) for delta in told}
    assert await pool.fetchval("select count(*) from rule_run where outcome = 'applied'") == 1


async def test_a_correspondent_is_answered_once_within_the_period(
    automation: Automation, rooms: Correspondence, shop: Endpoint, pool: Pool
) -> None:
    await automation.rules.save(THANKS, SYSTEM)
    await write(rooms, shop, automation, said(1, "lan"), said(2, "lan"), said(1, "minh"))
    sent = [one["identity_id"] for one in await entries(pool) if one["direction"] == "out"]
    assert len(sent) == len(set(sent)) == 2
    skipped = await pool.fetch(
        "select done from rule_run where done @> '[{\"do\": \"reply\"}]' and done::text like '%skipped%'"
    )
    assert len(skipped) == 1


async def test_a_machine_is_never_answered(
    automation: Automation, rooms: Correspondence, shop: Endpoint, pool: Pool
) -> None:
    await automation.rules.save(THANKS, SYSTEM)
    await write(rooms, shop, automation, said(1, "robot", "I am away.", is_automatic=True))
    assert [one["direction"] for one in await entries(pool) if one["kind"] == "message"] == ["in"]


async def test_many_rules_together_answer_one_correspondent_only_so_often_in_a_day(
    automation: Automation, rooms: Correspondence, shop: Endpoint, pool: Pool
) -> None:
    for number in range(6):
        await automation.rules.save({**THANKS, "title": f"Thanks {number}"}, SYSTEM)
    await write(rooms, shop, automation, said(1, "lan"))
    assert sum(one["direction"] == "out" for one in await entries(pool)) == 4


async def test_what_a_rule_does_starts_no_rule(
    automation: Automation, rooms: Correspondence, shop: Endpoint, pool: Pool, an: AgentId
) -> None:
    await automation.rules.save(VIP, SYSTEM)
    echo: Json = {
        "title": "Echo",
        "when": "case_changed",
        "then": [{"do": "priority", "priority": 9}],
        "on": True,
    }
    await automation.rules.save(echo, SYSTEM)
    await automation.rules.save({**echo, "title": "Out", "when": "message_out"}, SYSTEM)
    await write(rooms, shop, automation, said(1, "lan", "gấp"))
    assert await pool.fetchval("select priority from work_item") == 1
    assert await pool.fetchval("select count(*) from rule_run") == 1


async def test_a_rule_that_fails_is_undone_alone_and_says_so(
    automation: Automation, rooms: Correspondence, shop: Endpoint, pool: Pool, an: AgentId
) -> None:
    steps: list[JsonValue] = [{"do": "tag", "tags": ["half"]}, {"do": "assign", "to": "an"}]
    await automation.rules.save({**THANKS, "title": "Breaks", "then": steps}, SYSTEM)
    await automation.rules.save({**THANKS, "place": 200}, SYSTEM)
    await pool.execute("update agent set active = false")
    await write(rooms, shop, automation, said(1, "lan"))
    assert await pool.fetchval("select tags from work_item") == []
    outcomes = await pool.fetch("select outcome from rule_run order by outcome")
    assert [row["outcome"] for row in outcomes] == ["applied", "failed"]


async def test_a_case_that_changes_and_a_call_that_ends_start_their_rules(
    automation: Automation, rooms: Correspondence, shop: Endpoint, pool: Pool
) -> None:
    opened: Json = {
        "title": "New",
        "when": "case_opened",
        "then": [{"do": "tag", "tags": ["new"]}],
        "on": True,
    }
    await automation.rules.save(opened, SYSTEM)
    ended: Json = {
        "title": "Missed", "when": "call_ended", "if": 'call.result == "abandoned"',
        "then": [{"do": "tag", "tags": ["call back"]}], "on": True,
    }  # fmt: skip
    await automation.rules.save(ended, SYSTEM)
    await write(rooms, shop, automation, said(1, "lan"))
    assert await pool.fetchval("select tags from work_item") == ["new"]
    await pool.execute(
        "with one as (insert into interaction (thread_id, kind, channel, direction, actor_kind, occurred_at, status)"
        " select id, 'call', 'voice', 'in', 'customer', now(), 'ongoing' from thread returning id)"
        " insert into interaction_body (interaction_id, meta) select id, '{}' from one"
    )
    await pool.execute("update interaction set status = 'abandoned' where kind = 'call'")
    await apply_all(automation)
    assert await pool.fetchval("select tags from work_item") == ["call back", "new"]


async def test_a_rule_that_can_not_work_is_not_switched_on_and_says_how_to_mend_it(
    automation: Automation, an: AgentId
) -> None:
    bad: Json = {
        "title": "Bad", "when": "message_out", "if": 'open("tet") && mesage.text == ""',
        "then": [{"do": "queue", "queue": "nowhere"}, {"do": "reply", "texts": {"vi": "${contact.}"}}],
    }  # fmt: skip
    assert [one["where"] for one in await automation.rules.check(bad)] == [
        "if",
        "then.0.queue",
        "then.1.texts.vi",
        "then.1",
    ]
    draft = await automation.rules.save(bad, SYSTEM)
    with pytest.raises(RuleUnfit, match="unknown name mesage") as refused:
        await automation.rules.save({**bad, "on": True}, SYSTEM)
    assert refused.value.field == "if"
    assert draft["on"] is False


async def test_rules_can_be_tried_on_what_was_said(
    automation: Automation, rooms: Correspondence, shop: Endpoint, pool: Pool, an: AgentId
) -> None:
    await write(rooms, shop, automation, said(1, "lan", "gấp"))
    await automation.rules.save(VIP, SYSTEM)
    entry = await pool.fetchval("select id from interaction where kind = 'message'")
    draft = {**THANKS, "title": "Draft", "if": "contact.fields.level == 1"}
    tried = await automation.rules.tried(str(entry), draft)
    assert [(one["title"], one["applies"]) for one in tried] == [("VIP first", True), ("Draft", False)]
    assert "level" in str(tried[1]["why"])
    assert await pool.fetchval("select count(*) from rule_run") == 0
