"""SIP over WebSocket (RFC 7118), `ws` and `wss`: one message a frame, and nobody is ever connected back to."""

import asyncio
import logging
import ssl
from collections.abc import Callable, Sequence
from typing import Final

from aiohttp import WSMsgType, web

from telephony.sip.message import MAX_MESSAGE
from telephony.sip.stream import PING, PONG
from telephony.sip.wire import Flow

log = logging.getLogger(__name__)

SUBPROTOCOL: Final = "sip"
MAX_CONNECTIONS: Final = 5_000
MAX_WAITING: Final = 1_000  # messages a peer has not read yet; one more and it is dropped
FIRST_MESSAGE_S: Final = 30.0
HEARTBEAT_S: Final = 30.0  # a browser whose network is gone is found out within one and a half of these
GOING_AWAY: Final = 1001


class WebSocketShell:
    """A listener of its own. `receive` gets whole messages, `lost` the flows of closed connections."""

    def __init__(self, receive: Callable[[bytes, Flow], None], lost: Callable[[Flow], None]) -> None:
        self._receive = receive
        self._lost = lost
        self._connections: dict[Flow, _Connection] = {}
        self._runner: web.AppRunner | None = None
        self.transport = "ws"

    async def open(self, hosts: Sequence[str], port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listens, for `wss` when `tls` is there; returns the port. Raises OSError."""
        self.transport = "ws" if tls is None else "wss"
        app = web.Application()
        app.router.add_get("/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        try:
            for host in hosts:
                await web.TCPSite(self._runner, host, port, ssl_context=tls, backlog=512).start()
                port = int(self._runner.addresses[0][1])
        except OSError:
            await self.close()
            raise
        return port

    async def close(self) -> None:
        for connection in list(self._connections.values()):
            connection.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def send(self, flow: Flow, data: bytes) -> bool:
        """False when there is no connection to that end."""
        connection = self._connections.get(flow)
        return connection is not None and connection.put(data)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,), max_msg_size=MAX_MESSAGE, heartbeat=HEARTBEAT_S, compress=False
        )
        offered = socket.can_prepare(request)
        peer = request.transport.get_extra_info("peername") if request.transport is not None else None
        if not offered.ok:
            return web.Response(status=426, headers={"Upgrade": "websocket"})
        if offered.protocol != SUBPROTOCOL:
            return web.Response(status=400, text=f"ask for the subprotocol {SUBPROTOCOL}\n")
        if peer is None or len(self._connections) >= MAX_CONNECTIONS:
            return web.Response(status=503)
        await socket.prepare(request)
        await self._attend(_Connection(socket), Flow(self.transport, peer[0], peer[1]))
        return socket

    async def _attend(self, connection: "_Connection", flow: Flow) -> None:
        self._connections[flow] = connection
        try:
            async with asyncio.TaskGroup() as tasks:
                writing = tasks.create_task(connection.write_for_ever(), name="sip websocket")
                try:
                    await self._read(connection, flow)
                finally:
                    writing.cancel()
        except TimeoutError:
            await connection.socket.close()
        finally:
            del self._connections[flow]
            self._lost(flow)

    async def _read(self, connection: "_Connection", flow: Flow) -> None:
        """Until the peer closes. Raises TimeoutError when it never said anything."""
        async with asyncio.timeout(FIRST_MESSAGE_S) as patience:
            async for frame in connection.socket:
                if frame.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                    break
                connection.is_binary = frame.type is WSMsgType.BINARY
                data = frame.data if connection.is_binary else frame.data.encode("utf-8", "surrogateescape")
                if data == PING:
                    connection.put(PONG)
                elif data.strip(b"\r\n"):
                    patience.reschedule(None)
                    self._receive(data, flow)


class _Connection:
    """One browser. Answers go out in the kind of frame it speaks itself, text unless it sends binary."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.is_binary = False
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_WAITING)

    def put(self, data: bytes | None) -> bool:
        try:
            self._waiting.put_nowait(data)
        except asyncio.QueueFull:
            return False
        return True

    def close(self) -> None:
        self.put(None)

    async def write_for_ever(self) -> None:
        try:
            while (data := await self._waiting.get()) is not None:
                text = None if self.is_binary else _as_text(data)
                await (self.socket.send_bytes(data) if text is None else self.socket.send_str(text))
        except ConnectionError:
            log.debug("websocket peer is gone")
        await self.socket.close(code=GOING_AWAY)


def _as_text(data: bytes) -> str | None:
    """A text frame carries UTF-8 and nothing else."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
