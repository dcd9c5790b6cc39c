"""The shell of TCP and TLS: connections by their other end, reused for everything that goes there."""

import asyncio
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from telephony.sip.errors import BadMessage, StreamBroken
from telephony.sip.stream import PING, PONG, Framer
from telephony.sip.wire import Flow

log = logging.getLogger(__name__)

MAX_CONNECTIONS: Final = 5_000
MAX_OF_ONE: Final = 500  # connections of one address, so that nobody takes them all
FIRST_MESSAGE_S: Final = 30.0  # a connection that says nothing whole for so long is closed
CONNECT_TIMEOUT_S: Final = 5.0
MAX_UNSENT: Final = 1024 * 1024  # a peer that does not read is dropped
HANDSHAKE_TIMEOUT_S: Final = 10.0
# A phone whose network is gone says no goodbye: found out after IDLE + COUNT * INTERVAL seconds of silence.
KEEPALIVE: Final = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 15), (socket.TCP_KEEPCNT, 4))


class TcpShell:
    """All streams of one transport, `tcp` or `tls`.

    `receive` gets whole messages, `refuse` what is broken, `lost` flows that are gone.
    """

    def __init__(
        self,
        receive: Callable[[bytes, Flow], None],
        refuse: Callable[[BadMessage, Flow], None],
        lost: Callable[[Flow], None],
        transport: str = "tcp",
    ) -> None:
        self.receive = receive
        self.refuse = refuse
        self.lost = lost
        self.transport = transport
        self.streams: dict[Flow, Stream] = {}
        self.by_host: Counter[str] = Counter()
        self._servers: list[asyncio.Server] = []

    async def open(self, hosts: Sequence[str], port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listens on one port of every host; returns it. Raises OSError."""
        loop = asyncio.get_running_loop()
        try:
            for host in hosts:
                server = await loop.create_server(
                    lambda: Stream(self), host, port, backlog=512,
                    ssl=tls, ssl_handshake_timeout=HANDSHAKE_TIMEOUT_S if tls is not None else None,
                )  # fmt: skip
                self._servers.append(server)
                port = int(server.sockets[0].getsockname()[1])
        except OSError:
            await self.close()
            raise
        return port

    async def close(self) -> None:
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        for stream in list(self.streams.values()):
            stream.close()
        for server in servers:
            await server.wait_closed()

    def gone(self, host: str) -> None:
        """One connection of that address less."""
        self.by_host[host] -= 1
        if self.by_host[host] <= 0:
            del self.by_host[host]

    def send(self, flow: Flow, data: bytes) -> bool:
        """False when there is no connection to that end."""
        stream = self.streams.get(flow)
        if stream is None:
            return False
        stream.write(data)
        return True

    async def connect(
        self, flow: Flow, host: str, data: bytes, tls: ssl.SSLContext | None = None, name: str | None = None
    ) -> None:
        """Opens a connection to `host`, the address of `flow.host`, and sends; `lost(flow)` when it fails.

        With `tls` the other end must prove to be `name`.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await loop.create_connection(
                    lambda: Stream(self, flow), host, flow.port,
                    ssl=tls, server_hostname=(name or flow.host) if tls is not None else None,
                )  # fmt: skip
        except (OSError, TimeoutError) as exc:
            log.info(
                "no connection",
                extra={"to": str(flow), "transport": flow.transport, "why": type(exc).__name__},
            )
            self.lost(flow)
            return
        if not self.send(flow, data):
            self.lost(flow)


class Stream(asyncio.Protocol):
    """One connection. `known_as`: the flow it was opened for, which may carry a name instead of an address."""

    def __init__(self, shell: TcpShell, known_as: Flow | None = None) -> None:
        self._shell = shell
        self._framer = Framer()
        self._transport: asyncio.Transport | None = None
        self._known_as = known_as
        self._host = ""
        self._flow = known_as or Flow(shell.transport, "", 0)
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername")
        shell = self._shell
        if peer is None or len(shell.streams) >= MAX_CONNECTIONS or shell.by_host[peer[0]] >= MAX_OF_ONE:
            transport.abort()
            return
        self._host = peer[0]
        shell.by_host[peer[0]] += 1
        _keep_alive(transport.get_extra_info("socket"))
        self._flow = Flow(self._shell.transport, peer[0], peer[1])
        self._shell.streams[self._flow] = self
        if self._known_as is not None:
            self._shell.streams[self._known_as] = self
        else:
            self._deadline = asyncio.get_running_loop().call_later(FIRST_MESSAGE_S, self.close)

    def data_received(self, data: bytes) -> None:
        try:
            for message in self._framer.feed(data):
                if message == PING:
                    self.write(PONG)
                    continue
                self._spoke()
                self._shell.receive(message, self._flow)
        except StreamBroken as broken:
            self._shell.refuse(broken.answer, self._flow)
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._spoke()
        self._shell.gone(self._host)
        for flow in {self._flow, self._known_as} - {None}:
            if flow is not None and self._shell.streams.get(flow) is self:
                del self._shell.streams[flow]
                self._shell.lost(flow)

    def write(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > MAX_UNSENT:
            transport.abort()
            return
        transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _spoke(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _keep_alive(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEPALIVE:
        sock.setsockopt(socket.IPPROTO_TCP, option, value)
