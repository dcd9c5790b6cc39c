"""Two admins at one flow: each sees the other, and no text is ever lost."""

import pytest
from playwright.async_api import expect

from tests.e2e.flows.conftest import Desk, menu
from tests.support.pictures import photograph

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

HIS_TIMEOUT, MY_TIMEOUT = "timeout: 12s", "timeout: 9s"


async def _both_write(desk: Desk, name: str, mine: str, his: str) -> str:
    """Tâm saves first, from the revision that Dũng has open, too; Dũng's refused save shows the conflict."""
    await desk.server.flows.save(menu(name), "Dũng Lê", "first")
    await desk.sign_in(name)
    other = await desk.window()
    await other.sign_in(name, "tam")
    for who, text in ((desk, mine), (other, his)):
        await expect(who.text).to_have_value(menu(name))
        await who.write(text)
    await other.button("Save").click()
    await other.page.get_by_text("Saved as revision 2.").wait_for()
    await desk.button("Save").click()
    await expect(desk.page.get_by_role("alert")).to_contain_text(
        "Tâm Đỗ saved revision 2 while you were writing."
    )
    desk.chromium.expect_refusals(409)
    return menu(name)


async def test_changes_at_different_places_are_put_together(desk: Desk) -> None:
    base = menu("apart")
    mine = base.replace("We are fine.", "We are closed.")
    await _both_write(desk, "apart", mine, base.replace("timeout: 30s", HIS_TIMEOUT))
    await desk.button("See what differs").click()
    await expect(desk.page.locator(".flow-diff-new")).to_have_count(2)
    await desk.button("Put both together").click()
    await expect(desk.page.locator(".flow-merge")).to_contain_text(
        "Changes of theirs: 1, of yours: 1, both at the same lines: 0."
    )
    await desk.button("Go on with this text").click()
    await expect(desk.text).to_have_value(mine.replace("timeout: 30s", HIS_TIMEOUT))
    await desk.button("Save").click()
    await desk.page.get_by_text("Saved as revision 3.").wait_for()


async def test_where_both_changed_the_same_line_the_admin_chooses(desk: Desk) -> None:
    base = menu("clash")
    mine = base.replace("timeout: 30s", MY_TIMEOUT)
    await _both_write(desk, "clash", mine, base.replace("timeout: 30s", HIS_TIMEOUT))
    await desk.button("Put both together").click()
    await expect(desk.button("Go on with this text")).to_be_disabled()
    clash = desk.page.get_by_role("group", name="Both changed these lines")
    await expect(clash).to_contain_text(HIS_TIMEOUT)
    await expect(clash).to_contain_text(MY_TIMEOUT)
    await photograph(desk.page, "flows-merge")
    await clash.get_by_label("Theirs, Tâm Đỗ").check()
    await desk.button("Go on with this text").click()
    await expect(desk.text).to_have_value(base.replace("timeout: 30s", HIS_TIMEOUT))


async def test_a_text_that_gives_way_to_theirs_can_be_had_back(desk: Desk) -> None:
    base = menu("aside")
    mine, his = base.replace("We are fine.", "Mine."), base.replace("We are fine.", "His.")
    await _both_write(desk, "aside", mine, his)
    await desk.button("Drop mine, open theirs").click()
    await expect(desk.text).to_have_value(his)
    await desk.button("Back to mine").click()
    await expect(desk.text).to_have_value(mine)
    await desk.button("Save").click()
    await desk.page.get_by_text("Saved as revision 3.").wait_for()


async def test_mine_is_saved_over_theirs_when_i_say_so(desk: Desk) -> None:
    base = menu("over")
    await _both_write(
        desk, "over", base.replace("We are fine.", "Mine."), base.replace("We are fine.", "His.")
    )
    await desk.button("Save mine after it").click()
    await desk.page.get_by_text("Saved as revision 3.").wait_for()
    assert (await desk.server.flow_rooms.room.text("over", 2))["yaml"] == base.replace("We are fine.", "His.")  # type: ignore[union-attr]


async def test_an_unsaved_text_comes_back_after_a_reload_also_when_somebody_saved_meanwhile(
    desk: Desk,
) -> None:
    base = menu("reload")
    await desk.server.flows.save(base, "Dũng Lê", "first")
    await desk.sign_in("reload")
    await expect(desk.text).to_have_value(base)
    mine = base.replace("We are fine.", "Mine.")
    await desk.write(mine)
    await desk.server.flows.save(base.replace("timeout: 30s", HIS_TIMEOUT), "Tâm Đỗ", "meanwhile")
    await desk.page.reload()
    await expect(desk.text).to_have_value(mine)
    await expect(desk.page.get_by_role("alert")).to_contain_text("Tâm Đỗ saved revision 2")
