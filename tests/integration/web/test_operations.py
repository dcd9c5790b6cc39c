"""What operators ask the server for, and who else may not."""

import pytest

from tests.integration.web.conftest import Client, bearer
from tests.support.web_standins import METRICS_TOKEN, House
from tests.support.web_story import Story

pytestmark = pytest.mark.integration


async def test_a_ban_is_lifted_once_and_it_is_known_by_whom(
    client: Client, house: House, story: Story
) -> None:
    for address in ("198.51.100.7", "2001:db8::%2F64"):
        answer = await client.delete(f"/api/operations/bans/{address}", headers=bearer("dung"))
        assert answer.status == 200
    assert house.operations.lifted_by == ["dung", "dung"]
    answer = await client.delete("/api/operations/bans/192.0.2.200", headers=bearer("dung"))
    assert answer.status == 404


async def test_the_metrics_token_reads_metrics_and_nothing_else(client: Client, story: Story) -> None:
    mine = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    answer = await client.get("/metrics", headers=mine)
    assert (answer.status, await answer.text()) == (200, "threadline_calls_active 3.0\n")
    assert answer.content_type == "text/plain"
    for path in ("/api/operations", "/api/agents", f"/api/calls/{story.call}"):
        assert (await client.get(path, headers=mine)).status == 401


async def test_a_trace_comes_as_text_or_as_pcap(client: Client, story: Story) -> None:
    path = f"/api/calls/{story.call}/trace"
    text = await client.get(path, headers=bearer("dung"))
    assert (text.content_type, await text.text()) == ("text/plain", f"INVITE {story.call}\n")
    assert "v=0" in await (await client.get(f"{path}?bodies=true", headers=bearer("dung"))).text()
    pcap = await client.get(f"{path}?format=pcap", headers=bearer("dung"))
    assert pcap.headers["Content-Disposition"] == f'attachment; filename="{story.call}.pcap"'
    assert (await pcap.read())[:4] == b"\xd4\xc3\xb2\xa1"
    assert (await client.get(f"{path}?format=docx", headers=bearer("dung"))).status == 422
