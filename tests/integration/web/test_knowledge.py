"""Articles over the real database: who writes them, what finds them, and the public page that shows them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final, cast

import pytest
from aiohttp.test_utils import TestClient, TestServer

from omnichannel.audit.service import SYSTEM, Audit
from omnichannel.canned.service import Canned
from omnichannel.knowledge.service import Knowledge
from tests.integration.web.conftest import Client, bearer
from tests.support.web_standins import House
from tests.support.web_story import Story
from threadline.db.pool import Pool
from web.app import make_app
from web.automation_ports import AutomationRooms

pytestmark = pytest.mark.integration

DELIVERY: Final[dict[str, Any]] = {
    "slug": "giao-hang",
    "category": "Giao nhận",
    "is_published": True,
    "texts": {
        "vi": {"title": "Giao hàng", "body": "Chúng tôi giao hàng trong **2 ngày**.\n\n- Nội thành: 20.000 đồng"},
        "en": {"title": "Delivery", "body": "We deliver within two days. <script>alert(1)</script>"},
    },
}  # fmt: skip
RETURNS: Final = {
    "slug": "doi-tra",
    "texts": {"vi": {"title": "Đổi trả", "body": "Bạn đổi trả hàng trong 7 ngày."}},
}


@pytest.fixture
async def web(pool: Pool, house: House, story: Story) -> AsyncIterator[Client]:
    audit = Audit(pool, house.clock)
    nobody = cast(Any, None)
    canned = Canned(pool, house.clock, house.bus, audit, nobody, nobody, "vi-VN")
    texts = {"vi": "Đơn của anh chị sẽ được giao hàng trong hôm nay.", "en": "It is delivered today."}
    await canned.save_text("giao", "Giao hôm nay", texts, None, SYSTEM)
    await canned.save_text("chao", "Chào", {"vi": "Chào anh chị, em nghe đây ạ."}, None, SYSTEM)
    services = replace(
        house.services(),
        knowledge=Knowledge(pool, house.clock, audit),
        automation=AutomationRooms(nobody, canned, nobody, nobody),
    )
    async with TestClient(TestServer(make_app(services))) as client:
        yield client


async def written(web: Client, article: dict[str, Any]) -> dict[str, Any]:
    made = await web.post("/api/knowledge", json=article, headers=bearer("chi"))
    assert made.status == 201
    told: dict[str, Any] = await made.json()
    return told


async def counts(web: Client) -> dict[str, int]:
    listed = await (await web.get("/api/knowledge", headers=bearer("an"))).json()
    found: dict[str, int] = listed["articles"][0]["counts"]
    return found


async def test_an_article_is_written_once_and_a_colleagues_change_is_not_overwritten(
    web: Client, pool: Pool
) -> None:
    made = await written(web, DELIVERY)
    path, other = f"/api/knowledge/{made['id']}", {**DELIVERY, "category": "Khác"}
    chi = {**bearer("chi"), "If-Match": f'"{made["version"]}"'}
    assert (await web.put(path, json=other, headers=chi)).status == 200
    late = await web.put(path, json=DELIVERY, headers=chi)
    assert (late.status, (await late.json())["error"]["code"]) == (409, "outdated")
    taken = await web.post("/api/knowledge", json={**RETURNS, "slug": "giao-hang"}, headers=bearer("chi"))
    assert (taken.status, (await taken.json())["error"]["field"]) == (409, "slug")
    half = {**RETURNS, "texts": {"vi": {"title": "Đổi trả", "body": " "}}}
    refused = await web.post("/api/knowledge", json=half, headers=bearer("chi"))
    error = (await refused.json())["error"]
    assert (refused.status, error["field"], error["reason"]) == (422, "texts.vi.body", "needed")
    assert (await web.delete(path, headers=bearer("chi"))).status == 200
    assert (await web.delete(path, headers=bearer("chi"))).status == 404
    notes = await pool.fetch("select action, detail from audit_log where action like 'article.%' order by id")
    assert [row["action"] for row in notes] == ["article.save", "article.save", "article.delete"]
    assert notes[1]["detail"] == {"before": {"category": "Giao nhận"}, "after": {"category": "Khác"}}


async def test_a_draft_is_found_by_nobody_until_it_is_published(web: Client) -> None:
    made = await written(web, RETURNS)
    asked = "/api/knowledge/search?q=doi+tra"
    assert (await (await web.get(asked, headers=bearer("an"))).json())["articles"] == []
    assert (await web.get("/help/vi/doi-tra")).status == 404
    assert "Đổi trả" not in await (await web.get("/help/vi")).text()
    path = f"/api/knowledge/{made['id']}"
    await web.put(path, json={**RETURNS, "is_published": True}, headers=bearer("chi"))
    (found,) = (await (await web.get(asked, headers=bearer("an"))).json())["articles"]
    assert (found["title"], found["url"]) == ("Đổi trả", "/help/vi/doi-tra")
    assert "Đổi trả" in await (await web.get("/help/vi")).text()


async def test_what_a_customer_said_brings_ready_texts_and_articles(web: Client) -> None:
    await written(web, DELIVERY)
    await written(web, {**RETURNS, "is_published": True})
    said = {"text": "Chị ơi bao giờ thì giao hàng cho em?"}
    fitting = await (
        await web.post("/api/knowledge/suggestions", json=said, headers=bearer("machine-supervisor"))
    ).json()
    assert [one["title"] for one in fitting["articles"]] == ["Giao hàng"]
    assert [one["shortcut"] for one in fitting["canned"]] == ["giao"]
    assert fitting["canned"][0]["text"] == "Đơn của anh chị sẽ được giao hàng trong hôm nay."
    nothing = await web.post("/api/knowledge/suggestions", json={"text": "dạ"}, headers=bearer("an"))
    assert await nothing.json() == {"canned": [], "articles": []}


async def test_the_help_page_needs_no_script_shows_no_markup_of_texts_and_sets_no_cookie(web: Client) -> None:
    await written(web, DELIVERY)
    page = await web.get("/help/en/giao-hang")
    text = await page.text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert text.count("<script") == 1  # the one that chooses light or dark
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in page.headers
    vietnamese = await (await web.get("/help/vi/giao-hang")).text()
    assert "<strong>2 ngày</strong>" in vietnamese
    assert 'href="/help/en/giao-hang"' in vietnamese
    found = await (await web.get("/help/vi?q=GIAO+HANG")).text()
    assert "<mark>giao</mark> <mark>hàng</mark>" in found
    odd = await (await web.get("/help/vi", params={"q": '"><b>{{main}}'})).text()
    assert "<b>" not in odd


async def test_an_article_is_shown_in_the_language_it_is_in(web: Client) -> None:
    await written(web, {**RETURNS, "is_published": True})
    there = await web.get("/help/en/doi-tra", allow_redirects=False)
    assert (there.status, there.headers["Location"]) == (302, "/help/vi/doi-tra")
    found = await (await web.get("/help/en", params={"q": "đổi trả"})).text()
    assert '<li lang="vi"><a href="/help/vi/doi-tra">' in found  # better than nothing
    home = await web.get("/help", headers={"Accept-Language": "en-GB,vi;q=0.5"}, allow_redirects=False)
    assert home.headers["Location"] == "/help/en"
    for path in ("/help/fr", "/help/vi/%00", "/help/vi/../../etc", "/help/vi/nothing"):
        assert (await web.get(path)).status == 404


async def test_readers_and_their_verdicts_are_counted_by_the_day_and_of_nobody(
    web: Client, pool: Pool
) -> None:
    made = await written(web, DELIVERY)
    await web.get("/help/vi/giao-hang")
    for verdict in ("helped", "person", "nonsense"):
        path, said = "/help/vi/giao-hang/verdict", {"verdict": verdict}
        answer = await web.post(path, data=said, headers={"Origin": "null"}, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/help/vi/giao-hang?thanks")
    await web.get("/help/vi/giao-hang?thanks")
    await web.post(f"/api/knowledge/{made['id']}/sent", headers=bearer("an"))
    assert await counts(web) == {"read": 1, "helped": 1, "person": 1, "sent": 1}


async def test_one_address_may_not_ask_without_end(web: Client) -> None:
    statuses = [(await web.get("/help/vi")).status for _ in range(90)]
    assert statuses[:50] == [200] * 50
    assert 429 in statuses
