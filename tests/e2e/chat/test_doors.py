"""Which pages may speak with a chat: those of its sites and our own, by HTTP and by WebSocket."""

import aiohttp
import pytest

from tests.e2e.chat.conftest import Shop

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

VISITOR = "A" * 43
STRANGE = ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1.evil.example"]


@pytest.mark.parametrize("origin", STRANGE)
async def test_a_page_of_another_site_gets_nothing(shop: Shop, origin: str) -> None:
    root = f"{shop.url}/api/chat/{shop.endpoint.id}"
    headers = {"Origin": origin, "X-Chat-Visitor": VISITOR}
    async with aiohttp.ClientSession(headers=headers) as client:
        for path in ("site", "messages"):
            async with client.get(f"{root}/{path}") as reply:
                assert reply.status == 403
                assert "Access-Control-Allow-Origin" not in reply.headers
        async with client.options(f"{root}/messages") as reply:
            assert reply.status == 403
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.ws_connect(f"{root}/live")
        assert refused.value.status == 403


async def test_a_page_of_the_site_may_ask_and_only_it_may_read(shop: Shop) -> None:
    root = f"{shop.url}/api/chat/{shop.endpoint.id}"
    headers = {"Origin": shop.site.origin, "X-Chat-Visitor": VISITOR}
    async with aiohttp.ClientSession(headers=headers) as client:
        async with client.options(f"{root}/messages") as reply:
            assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (204, shop.site.origin)
        async with client.get(f"{root}/messages") as reply:
            assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (200, shop.site.origin)
            assert "Origin" in reply.headers["Vary"]
            assert "Access-Control-Allow-Credentials" not in reply.headers
        async with client.ws_connect(f"{root}/live") as socket:
            await socket.send_json({"type": "hello", "visitor": VISITOR})
            assert await socket.receive_json() == {"type": "items", "items": []}


async def test_a_socket_without_an_origin_or_a_name_is_refused(shop: Shop) -> None:
    root = f"{shop.url}/api/chat/{shop.endpoint.id}"
    async with aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await client.ws_connect(f"{root}/live")
        async with client.ws_connect(f"{root}/live", headers={"Origin": shop.site.origin}) as socket:
            await socket.send_json({"type": "hello", "visitor": "short"})
            await socket.receive()
            assert socket.close_code == 4403
