"""A socket that is not read for a while knows how long its packets waited."""

import asyncio
import socket
import time

import pytest

from telephony.sip.incoming import IncomingCall
from telephony.sip.overload import MAX_WAIT_S, Backlog
from telephony.sip.server import TrunkConfig
from telephony.sip.udp import BURST, UdpShell
from telephony.sip.wire import Flow
from tests.integration.telephony.sip.house import house
from tests.unit.telephony.sip.bench import invite

pytestmark = pytest.mark.integration
HOST = "127.0.0.1"


async def test_packets_that_the_loop_left_lying_are_a_backlog_until_all_are_read() -> None:
    loop, backlog, seen = asyncio.get_running_loop(), Backlog(), list[bool]()

    def receive(data: bytes, flow: Flow) -> None:
        seen.append(backlog.is_old(loop.time()))

    shell = UdpShell(receive, backlog)
    port = shell.open([HOST], 0)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            for _ in range(BURST + 1):
                peer.sendto(b"x", (HOST, port))
        time.sleep(MAX_WAIT_S + 0.1)  # the loop is held up: that is what is tested
        while len(seen) <= BURST:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert seen == [False] * BURST + [True]
        assert not backlog.is_old(loop.time())
    finally:
        shell.close()


async def test_what_a_stream_brings_after_a_long_turn_of_the_loop_has_waited_as_well() -> None:
    """Both INVITEs are read at once; the first holds the loop up."""

    def slow(call: IncomingCall) -> None:
        call.ring()
        time.sleep(MAX_WAIT_S + 0.1)  # the loop is held up: that is what is tested

    trunk = TrunkConfig("near", (HOST,))
    async with house(trunks=(trunk,), greet=slow) as home, asyncio.timeout(30):
        reader, writer = await asyncio.open_connection(HOST, home.server.port)
        try:
            flow = Flow("tcp", *writer.get_extra_info("sockname")[:2])
            writer.write(
                invite(flow=flow, call_id="one", branch="one")
                + invite(flow=flow, call_id="two", branch="two")
            )
            answers = await reader.readuntil(b"503 ")
            assert answers.count(b"SIP/2.0 180") == 1
            assert home.server.watch.overload(asyncio.get_running_loop().time())["packets"]
        finally:
            writer.close()
            await writer.wait_closed()
