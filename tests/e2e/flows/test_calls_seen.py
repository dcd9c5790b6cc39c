"""What calls did, drawn over the picture: against calls made by hand, every number can be told beforehand."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from telephony.store import Batch, CallRow, EndedCall, TelephonyStore
from tests.e2e.flows.conftest import Desk, menu
from tests.support.pictures import photograph
from threadline.db.pool import open_pool
from threadline.kernel.events import CallEvent, CallEventKind
from threadline.kernel.ids import CallId, uuid7

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NAME = "counted"
CALLS = (
    # steps with the second each began, the end, why it ended, and what was pressed at `main`
    ({"main": 0, "fine": 10, "end": 14}, 14, "flow_ended", ("4", "choice")),
    ({"main": 0, "fine": 20, "end": 24}, 24, "flow_ended", ("4", "choice")),
    ({"main": 0, "to_support": 6, "end": 66}, 66, "flow_ended", ("3", "choice")),
    ({"main": 0}, 30, "customer_hung_up", ("9", "no_match")),
    ({"main": 0, "fine": 4}, 5, "customer_hung_up", ("4", "choice")),
)


async def _calls(desk: Desk) -> None:
    now = desk.server.clock.now() - timedelta(hours=1)
    batch = Batch()
    for steps, end, reason, (keys, outcome) in CALLS:
        call = CallId(uuid7(now))
        batch.calls.append(
            CallRow(call, "inbound", "+84901234567", "", "19005009", "trunk:x", NAME, 1, None, None, now)
        )
        for step, at in steps.items():
            data = {"step": step, "type": "say", "label": None}
            batch.events.append(CallEvent(call, now + timedelta(seconds=at), CallEventKind.STEP, {**data}))
        pressed = {"step": "main", "keys": keys, "outcome": outcome}
        batch.events.append(CallEvent(call, now, CallEventKind.KEYS, {**pressed}))
        batch.ended.append(
            EndedCall(call, None, None, None, now, now + timedelta(seconds=end), "handled", reason)
        )
    assert desk.server.settings.database_url is not None
    pool = await open_pool(desk.server.settings.database_url, max_size=1)
    try:
        await TelephonyStore(pool).write(batch)
    finally:
        await pool.close()


async def test_counts_ways_drop_outs_time_keys_and_hang_ups_stand_at_their_steps(desk: Desk) -> None:
    await desk.server.flows.save(menu(NAME), "test", "")
    await _calls(desk)
    await desk.sign_in(NAME)
    await desk.tab("Calls")
    counts = {"main": "5", "fine": "3", "to_support": "1", "end": "3"}
    for step, many in counts.items():
        await expect(desk.step(step).locator(".graph-count")).to_have_text(many)
    await expect(desk.step("main").locator(".graph-left")).to_contain_text("▼ 1")
    await expect(desk.step("fine").locator(".graph-left")).to_contain_text("▼ 1")
    await expect(desk.step("to_support").locator(".graph-left")).to_have_count(0)
    for way, many in {"main → fine": "3", "main → to_support": "1", "fine → end": "2"}.items():
        drawn = desk.page.locator(".graph-way").filter(has=desk.page.locator("title", has_text=way))
        await expect(drawn.locator("text")).to_have_text(many)

    await desk.step("main").click()
    facts = desk.pane.locator(".flow-facts dd")
    await expect(facts).to_have_text(["5", "14 s", "1", "1"])
    rows = desk.pane.locator("tbody tr")
    await expect(rows).to_have_text(["4chosen3", "3chosen1", "9wrong key1"])
    await desk.step("fine").click()
    await expect(facts).to_have_text(["3", "3 s", "1", "1"])
    await expect(desk.pane.locator(".flow-calls button")).to_have_count(3)
    await photograph(desk.page, "flows-seen")

    await desk.step("to_support").click()
    await expect(desk.pane.locator(".flow-calls button")).to_have_count(1)
    await desk.pane.locator(".flow-calls button").click()
    await expect(desk.page.locator(".graph-visited")).to_have_count(3)
    await expect(desk.step("end")).to_have_attribute("aria-pressed", "true")
    await expect(desk.step("fine")).not_to_have_class("graph-visited")
    await desk.page.reload()
    await expect(desk.page.locator(".graph-visited")).to_have_count(3)
    await expect(desk.step("end")).to_have_attribute("aria-pressed", "true")
