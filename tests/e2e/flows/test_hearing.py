"""A revision on telephones: on some callers, at a number of its own, and by a call to the author's own phone."""

import re

import pytest
from playwright.async_api import expect

from tests.e2e.flows.conftest import Desk, menu
from tests.integration.telephony.stage import hears, outcome, steps_of
from tests.support.agent_page import AgentPage
from tests.support.pictures import photograph
from threadline.kernel.events import CallEventKind

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

OLD, NEW = "We are fine.", "Nobody is here on Sundays."


async def _two_revisions(desk: Desk, name: str, number: str) -> None:
    """The first is in force at the number, the second open."""
    await desk.office.publish(menu(name), number=number)
    await desk.server.flows.save(menu(name).replace(OLD, NEW), "test", "Sundays")
    await desk.sign_in(name)
    await desk.tab("Revisions")


async def test_a_share_of_callers_hears_a_revision_until_it_is_stopped_or_everybodys(desk: Desk) -> None:
    await _two_revisions(desk, "shared", "19005001")
    await desk.pane.get_by_label("Share of callers in percent").fill("30")
    await desk.button("% hear revision 2").click()
    await expect(desk.pane).to_contain_text("30 % of callers hear revision 2.")
    heard = {_revision(desk, f"+8490{caller:07}") for caller in range(60)}
    assert heard == {1, 2}
    await desk.button("End it").click()
    await expect(desk.pane).not_to_contain_text("of callers hear")
    assert {_revision(desk, f"+8490{caller:07}") for caller in range(60)} == {1}
    await desk.button("% hear revision 2").click()
    await photograph(desk.page, "flows-canary")
    await desk.button("Give it to everybody").click()
    await desk.page.get_by_text("Revision 2 is in force.").wait_for()
    await expect(desk.pane).not_to_contain_text("of callers hear")
    assert {_revision(desk, f"+8490{caller:07}") for caller in range(60)} == {2}


def _revision(desk: Desk, caller: str) -> int:
    found = desk.server.flows.answering("19005001", caller)
    assert found is not None
    return found.revision


async def test_a_draft_answers_at_a_number_of_its_own_and_calls_its_authors_phone(desk: Desk) -> None:
    """Both in one: the phone dials the trial number, then it rings itself, and the page has its keys."""
    await _two_revisions(desk, "drafted", "19005002")
    new = await desk.office.prompt(NEW)
    async with desk.office.desk("101") as phone:
        await desk.button("A number for revision 2").click()
        told = desk.page.get_by_text(
            re.compile(r"Dial \*99\d\d from any phone of yours: revision 2 answers.")
        )
        number = re.search(r"\*99\d\d", await told.inner_text())
        assert number is not None
        await desk.office.call(phone, number.group())
        await desk.office.event(CallEventKind.STEP, step="main")
        await phone.press("4")
        await hears(phone, new)
        await phone.closed(timeout_s=60)
        before = len(phone.heard()) / 8000

        await desk.button("Call me with revision 2").click()
        await phone.incoming(timeout_s=60)
        await expect(desk.page.get_by_text("Your phone rings …")).to_be_visible()
        await phone.answer()
        await expect(desk.page.get_by_text("You hear revision 2.")).to_be_visible()
        await expect(desk.step("main")).to_have_class(re.compile("graph-visited"))
        await photograph(desk.page, "flows-call-me")
        await desk.page.get_by_role("group", name="Keys of the call").get_by_role("button", name="4").click()
        await hears(phone, new, since_s=before)
        story = await desk.office.story(count=2)
        assert (story["flow"], story["revision"], steps_of(story)) == ("drafted", 2, ["main", "fine", "end"])
    await expect(desk.page.get_by_text("You hear revision 2.")).to_have_count(0)
    await expect(desk.step("fine")).to_have_class(re.compile("graph-visited"))


async def test_a_draft_calls_the_page_of_an_author_whose_phone_that_is(desk: Desk) -> None:
    await _two_revisions(desk, "paged", "19005003")
    people = desk.server.people
    author = next(one.id for one in await people.agents() if one.login == "dung")
    await people.set_phone(author, "browser")
    await desk.button("Call me with revision 2").click()
    await expect(desk.page.get_by_text("Your phone is not connected")).to_be_visible()
    desk.chromium.expect_refusals(422)
    agents = AgentPage(await desk.page.context.new_page())
    await agents.prepare()
    await agents.page.goto(desk.url)
    await expect(agents.page.get_by_role("button", name="Phone ready")).to_be_visible()
    await desk.button("Call me with revision 2").click()
    await expect(desk.page.get_by_text("You hear revision 2.")).to_be_visible()
    await desk.office.event(CallEventKind.STEP, step="main")
    await desk.page.get_by_role("group", name="Keys of the call").get_by_role("button", name="9").click()
    await desk.office.event(CallEventKind.KEYS, keys="9", outcome="no_match")
    await desk.button("Hang up").click()
    story = await desk.office.story()
    assert (outcome(story), steps_of(story)) == (("left_in_menu", "customer_hung_up"), ["main"])
    await expect(desk.page.get_by_text("You hear revision 2.")).to_have_count(0)
    await people.set_phone(author, "sip")
