"""A socket that is not read for a while knows how long its packets waited."""

import asyncio
import socket
import time

import pytest

from telephony.sip.overload import MAX_WAIT_S, Backlog
from telephony.sip.udp import BURST, UdpShell
from telephony.sip.wire import Flow

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
