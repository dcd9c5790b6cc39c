"""Bodies are checked at the door, errors are JSON, and every answer carries the same headers."""

import io
import logging
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from tests.integration.web.conftest import Client, bearer
from tests.support.web_standins import House
from tests.support.web_story import Story
from web.app import make_app
from web.pages import pages

pytestmark = pytest.mark.integration


async def test_a_page_of_a_thread_leads_to_the_next(client: Client, story: Story) -> None:
    path = f"/api/threads/{story.thread}/timeline"
    first = await (await client.get(path, params={"limit": "4"}, headers=bearer("an"))).json()
    rest = await (await client.get(path, params={"before": first["next"]}, headers=bearer("an"))).json()
    assert [entry["kind"] for entry in first["entries"]] == ["note", "call", "email", "message"]
    assert len(rest["entries"]) == 2
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": "   "}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"text": 7}, "text"),
        ({"text": "x", "colour": "red"}, "colour"),
    ],
)
async def test_a_field_that_can_not_be_used_is_named(
    body: dict[str, object], field: str, client: Client, story: Story
) -> None:
    response = await client.post(f"/api/threads/{story.thread}/notes", json=body, headers=bearer("an"))
    error = (await response.json())["error"]
    assert (response.status, error["code"], error["field"]) == (422, "invalid", field)


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff", b""])
async def test_a_body_that_is_no_json_object_is_refused(raw: bytes, client: Client, story: Story) -> None:
    headers = {**bearer("an"), "Content-Type": "application/json"}
    response = await client.post(f"/api/threads/{story.thread}/notes", data=raw, headers=headers)
    assert (response.status, (await response.json())["error"]["code"]) == (400, "bad_request")


async def test_a_message_has_one_target(client: Client, story: Story) -> None:
    message = {"channel": "chat", "direction": "in", "text": "x"}
    identity = {"kind": "email", "value": "a@example.com"}
    both = {**message, "thread": str(story.thread), "identity": identity}
    assert (await client.post("/api/messages", json=message, headers=bearer("an"))).status == 422
    assert (await client.post("/api/messages", json=both, headers=bearer("an"))).status == 422


async def test_an_outgoing_message_is_from_its_agent(client: Client, story: Story) -> None:
    message = {"thread": str(story.thread), "channel": "chat", "direction": "out", "text": "On its way."}
    entry = await (await client.post("/api/messages", json=message, headers=bearer("an"))).json()
    assert entry["actor"] == {"kind": "agent", "id": str(story.agent), "name": "Trần An"}


@pytest.mark.parametrize("params", [{"limit": "0"}, {"limit": "many"}, {"before": "x"}, {"colour": "red"}])
async def test_a_query_is_checked_too(params: dict[str, str], client: Client, story: Story) -> None:
    response = await client.get(f"/api/threads/{story.thread}/timeline", params=params, headers=bearer("an"))
    assert response.status == 422


async def test_a_wrong_method_or_a_huge_body_is_answered_in_json(client: Client, story: Story) -> None:
    wrong = await client.delete("/api/health")
    assert (wrong.status, (await wrong.json())["error"]["code"]) == (405, "method_not_allowed")
    huge = io.BytesIO(b'{"text": "' + b"x" * 3_000_000 + b'"}')
    headers = {**bearer("an"), "Content-Type": "application/json"}
    large = await client.post(f"/api/threads/{story.thread}/notes", data=huge, headers=headers)
    assert (large.status, (await large.json())["error"]["code"]) == (413, "too_large")


async def test_what_nobody_foresaw_tells_nothing_and_logs_no_personal_data(
    client: Client,
    house: House,
    story: Story,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def breaks(identity: str, region: str) -> list[object]:
        raise RuntimeError(f"no route to {identity}")

    monkeypatch.setattr(house.threads, "contacts", breaks)
    with caplog.at_level(logging.ERROR):
        response = await client.get(
            "/api/contacts", params={"identity": "+84901234567"}, headers=bearer("an")
        )
    assert response.status == 500
    assert "+8490" not in await response.text()
    (record,) = [one for one in caplog.records if one.name == "web.app"]
    assert record.exc_info is None
    plain = {key: value for key, value in vars(record).items() if not key.startswith("pii.")}
    assert "+8490" not in str(plain)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/health",
        "/api/agents",
        "/api/docs",
        "/static/desk/main.js",
        "/v/1/static/desk/main.js",
        "/i18n/vi.json",
        "/nowhere",
    ],
)
async def test_every_answer_carries_the_security_headers(path: str, client: Client, story: Story) -> None:
    headers = (await client.get(path)).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == ("no-store" if path.startswith("/api/") else "no-cache")
    assert "Server" not in headers or "aiohttp" not in headers["Server"]


async def test_a_pages_files_are_kept_for_good_and_those_of_another_version_are_not(
    client: Client, story: Story
) -> None:
    page = await client.get("/")
    version = pages().version
    assert page.headers["Cache-Control"] == "no-cache"
    assert f'src="/v/{version}/static/desk/main.js"' in await page.text()
    ours = await client.get(f"/v/{version}/static/desk/main.js")
    assert "immutable" in ours.headers["Cache-Control"]
    assert (ours.headers["Content-Encoding"], ours.headers["Vary"]) == ("gzip", "Accept-Encoding")
    plain = await client.get(f"/v/{version}/static/desk/main.js", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert await plain.text() == await ours.text()
    other = await client.get("/v/000000000000/static/desk/main.js")
    assert (other.status, other.headers["Cache-Control"]) == (200, "no-cache")
    font = await client.get(f"/v/{version}/static/vendor/inter-latin.woff2")
    assert (font.content_type, "Content-Encoding" in font.headers) == ("font/woff2", False)
    gone = await client.get(f"/v/{version}/static/desk/gone.js")
    assert (gone.status, gone.headers["Cache-Control"]) == (404, "no-cache")


@pytest.mark.parametrize(
    "path",
    [
        "/v/1/../app.py",
        "/v/1/static/../../app.py",
        "/v/1/app.py",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/i18n/..%2fapp.py",
        "/static/",
    ],
)
async def test_folders_give_out_nothing_beside_them(path: str, client: Client, story: Story) -> None:

    response = await client.get(URL(path, encoded=True))
    assert response.status in (403, 404)
    assert "make_app" not in await response.text()


async def test_health_tells_a_draining_server_from_a_good_one(house: House) -> None:

    async with TestClient(
        TestServer(make_app(replace(house.services(), health=lambda: "draining")))
    ) as client:
        response = await client.get("/api/health")
        assert (response.status, (await response.json())["status"]) == (503, "draining")
