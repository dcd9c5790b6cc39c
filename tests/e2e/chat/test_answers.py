"""An article from the admin's page to the visitor: found while he types, read in the chat and on the help page."""

import pytest
from playwright.async_api import Page, expect

from omnichannel.audit.service import SYSTEM
from omnichannel.knowledge.service import Given
from tests.e2e.chat.conftest import Shop, eventually, visit
from tests.support.axe import flaws
from tests.support.chromium import Chromium
from tests.support.pictures import photograph

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

TITLE = "Returning goods"
BODY = "You may return goods within **seven days**.\n\n- unused\n- in their box\n\n## Who pays\nWe do."


async def fares(shop: Shop, slug: str) -> dict[str, object]:
    """How often it was read, helped and did not."""
    assert shop.server.knowledge is not None
    (article,) = [one for one in await shop.server.knowledge.articles() if one["slug"] == slug]
    counts = article["counts"]
    assert isinstance(counts, dict)
    return {**counts}


async def write(page: Page, slug: str) -> None:
    """As an admin does, in English."""
    await page.get_by_role("button", name="New article").click()
    form = page.get_by_role("form", name="New article")
    await form.get_by_label("Address").fill(slug)
    await form.get_by_label("Category").fill("Orders")
    await form.get_by_label("Published").check()
    await form.get_by_role("tab", name="English").click()
    await form.get_by_label("Title").fill(TITLE)
    await form.locator("#article-body").fill(BODY)
    await expect(form.get_by_role("region", name="What it looks like").locator("li")).to_have_count(2)
    assert await flaws(page) == []
    await photograph(page, "knowledge-admin")
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_have_count(0)
    await expect(page.get_by_role("row").filter(has_text=TITLE)).to_contain_text("Published")


async def test_an_admin_writes_what_a_visitor_finds_before_he_asks_a_person(
    shop: Shop, chromium: Chromium
) -> None:
    await shop.server.people.add(
        "boss", "boss-password", role="admin", display_name="Boss", extension=None, locale="en-US"
    )
    boss = (await visit(chromium, f"{shop.url}/admin#knowledge")).page
    await boss.get_by_label("Login").fill("boss")
    await boss.get_by_label("Password").fill("boss-password")
    await boss.keyboard.press("Enter")
    await write(boss, "returning-goods")

    lan = await visit(chromium, shop.site.url)
    await lan.open()
    await lan.chat.locator("textarea.box").press_sequentially("How do I return my goods?")
    await lan.chat.get_by_role("button", name=TITLE).click()
    article = lan.chat.get_by_role("article")
    await expect(article.get_by_role("heading", name=TITLE)).to_be_focused()
    await expect(article.get_by_role("listitem")).to_have_text(["unused", "in their box"])
    await photograph(lan.page, "knowledge-chat")
    await article.get_by_role("button", name="Talk to a person").click()
    await expect(lan.chat.locator("textarea.box")).to_have_value("How do I return my goods?")
    await lan.chat.locator("textarea.box").press("Enter")
    await shop.thread_of("How do I return my goods?")
    await expect(lan.chat.get_by_role("region", name="This may be your answer:")).to_have_count(0)
    assert await fares(shop, "returning-goods") == {"read": 1, "helped": 0, "person": 1, "sent": 0}
    assert chromium.errors == []
    assert chromium.outside == []


async def test_the_help_page_is_read_with_the_keyboard_alone_in_the_browsers_language(
    shop: Shop, chromium: Chromium
) -> None:
    assert shop.server.knowledge is not None
    texts = {"vi": ("Lắp đặt tại nhà", "Thợ đến **trong ngày**."), "en": ("Installation", "Within a day.")}
    await shop.server.knowledge.save(Given("lap-dat", "Dịch vụ", True, texts), SYSTEM)
    page = (await visit(chromium, f"{shop.url}/help", locale="vi-VN")).page
    await expect(page).to_have_url(f"{shop.url}/help/vi")
    assert await flaws(page) == []
    await photograph(page, "knowledge-help")
    search = page.get_by_role("searchbox", name="Tìm trong trợ giúp")
    await search.fill("lap dat")
    await search.press("Enter")
    await page.get_by_role("link", name="Lắp đặt tại nhà").press("Enter")
    await expect(page.get_by_role("heading", name="Lắp đặt tại nhà")).to_be_visible()
    assert await flaws(page) == []
    await photograph(page, "knowledge-article")
    await page.get_by_role("button", name="Có", exact=True).press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Cảm ơn bạn đã cho chúng tôi biết.")
    await page.get_by_role("link", name="English").press("Enter")
    await expect(page.get_by_role("heading", name="Installation")).to_be_visible()

    async def is_counted() -> bool:
        return (await fares(shop, "lap-dat"))["helped"] == 1

    await eventually(is_counted, "the verdict is counted")
    assert chromium.errors == []
    assert chromium.outside == []
