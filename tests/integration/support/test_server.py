"""A server started by its command line, killed, and started again."""

from pathlib import Path

import aiohttp
import pytest

from tests.support.server import ServerFailed, ThreadlineServer

pytestmark = pytest.mark.integration


async def _log_in(server: ThreadlineServer) -> int:
    body = {"login": "admin", "password": server.admin_password}
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{server.http_url}/api/session", json=body) as reply,
    ):
        return reply.status


async def test_a_server_is_healthy_survives_a_kill_and_ends_when_asked(tmp_path: Path) -> None:
    async with ThreadlineServer(tmp_path / "data") as server:
        assert await _log_in(server) < 300
        await server.kill9()
        await server.restart()
        assert await _log_in(server) < 300
        assert await server.terminate() == 0


async def test_a_server_that_does_not_come_up_shows_what_it_said(tmp_path: Path) -> None:
    server = ThreadlineServer(tmp_path / "data", options=("--no-such-option",))
    with pytest.raises(ServerFailed, match="no-such-option"):
        await server.start()
