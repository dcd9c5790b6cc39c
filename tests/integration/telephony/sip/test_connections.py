"""Connections of strangers, on real sockets."""

import asyncio

import pytest

from telephony.sip import tcp
from tests.integration.telephony.sip.house import HOST, house
from tests.unit.telephony.sip.bench import request

pytestmark = pytest.mark.integration


async def connect(port: int, source: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(HOST, port, local_addr=(source, 0))


async def is_served(link: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> bool:
    """An OPTIONS is answered; False when the connection was closed instead."""
    reader, writer = link
    try:
        writer.write(request("OPTIONS"))
        async with asyncio.timeout(5):
            return (await reader.readline()).startswith(b"SIP/2.0 200")
    except ConnectionError:
        return False


async def test_one_address_can_not_take_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "MAX_OF_ONE", 3)
    async with house() as home:
        port = home.server.port
        links = [await connect(port, "127.0.0.5") for _ in range(4)]
        assert [await is_served(link) for link in links] == [True, True, True, False]
        other = await connect(port, "127.0.0.6")
        assert await is_served(other)
        links[0][1].close()
        await links[0][1].wait_closed()
        async with asyncio.timeout(5):
            while not await is_served(again := await connect(port, "127.0.0.5")):
                again[1].close()
        for _, writer in (*links[1:], other, again):
            writer.close()
