"""The operators' page in Chromium."""

import pytest

from tests.e2e.web.conftest import Shift

pytestmark = pytest.mark.e2e


async def open_as(shift: Shift, login: str) -> None:
    await shift.sign_in(login)
    await shift.page.goto(f"{shift.url}operations")


async def test_an_admin_sees_who_is_shut_out_and_lets_him_in_again(shift: Shift) -> None:
    await open_as(shift, "dung")
    page = shift.page
    row = page.get_by_role("row").filter(has_text="2001:db8::/64")
    await row.get_by_role("button", name="Let in again").click()
    await page.get_by_text("too many from one address").first.wait_for()
    await page.get_by_text("premium number").wait_for()
    async with page.expect_response("**/api/operations"):
        pass
    assert shift.house.operations.lifted_by == ["dung"]


async def test_a_supervisor_sees_the_same_without_the_button_and_an_agent_nothing(shift: Shift) -> None:
    await open_as(shift, "chi")
    await shift.page.get_by_text("198.51.100.7").wait_for()
    assert await shift.page.get_by_role("button", name="Let in again").count() == 0
    await shift.page.get_by_title("Language of this page").click()
    await shift.page.get_by_role("menuitem", name="Tiếng Việt").click()
    await shift.page.get_by_text("Địa chỉ bị cấm").first.wait_for()
