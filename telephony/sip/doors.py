"""The listeners beside UDP and TCP: TLS and WebSocket, their ports, and the certificate they share."""

import asyncio
import logging
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telephony.sip.errors import BadMessage
from telephony.sip.tcp import TcpShell
from telephony.sip.tls import Certificates, client_context
from telephony.sip.wire import Flow
from telephony.sip.ws import WebSocketShell

log = logging.getLogger(__name__)

LOOK_AGAIN_S: Final = 10.0  # how soon a renewed certificate is noticed
EVERY_V6: Final = "::"
EVERY_V4: Final = "0.0.0.0"  # noqa: S104  # only beside [::], which the operator asked for


@dataclass(frozen=True, slots=True)
class Doors:
    """Where else phones reach us, each as (host, port); port 0: the system chooses.

    `certificates` are needed for `tls`, and make WebSocket `wss`. `authorities` are trusted besides the
    system's when we call a trunk over TLS.
    """

    tls: tuple[str, int] | None = None
    ws: tuple[str, int] | None = None
    certificates: Certificates | None = None
    authorities: Path | None = None


def hosts_of(host: str) -> tuple[str, ...]:
    """`::` means every address, of both kinds; sockets of either kind keep to themselves."""
    return (EVERY_V6, EVERY_V4) if host == EVERY_V6 else (host,)


class DoorKeeper:
    """Opens and closes the doors, and knows which shell carries a flow."""

    def __init__(
        self,
        doors: Doors,
        receive: Callable[[bytes, Flow], None],
        refuse: Callable[[BadMessage, Flow], None],
        lost: Callable[[Flow], None],
    ) -> None:
        self._doors = doors
        self._tcp = TcpShell(receive, refuse, lost)
        self._tls = TcpShell(receive, refuse, lost, "tls")
        self._ws = WebSocketShell(receive, lost)
        self._outward: ssl.SSLContext | None = None
        self.ports: dict[str, int] = {}

    async def open_tcp(self, host: str, port: int) -> None:
        """Raises OSError."""
        await self._tcp.open(hosts_of(host), port)

    async def close_tcp(self) -> None:
        await self._tcp.close()

    async def open_others(self, stack: AsyncExitStack) -> None:
        """TLS and WebSocket, as far as they are wanted. Raises OSError and CertificateUnusable."""
        self._outward = client_context(self._doors.authorities)
        certificates = self._doors.certificates
        front = certificates.front if certificates is not None else None
        stack.push_async_callback(self._tls.close)  # connections to trunks, even without a listener
        if self._doors.tls is not None:
            assert front is not None, "TLS needs a certificate"
            host, port = self._doors.tls
            self.ports["tls"] = await self._tls.open(hosts_of(host), port, front)
        if self._doors.ws is not None:
            host, port = self._doors.ws
            port = await self._ws.open(hosts_of(host), port, front)
            self.ports[self._ws.transport] = port
            stack.push_async_callback(self._ws.close)

    def send(self, flow: Flow, data: bytes) -> bool:
        """False when there is no connection to that end."""
        if flow.transport in ("ws", "wss"):
            return self._ws.send(flow, data)
        return self._shell(flow).send(flow, data)

    async def connect(self, flow: Flow, address: str, data: bytes, name: str) -> None:
        """`name` is who the other end has to prove to be, over TLS."""
        tls = self._outward if flow.transport == "tls" else None
        await self._shell(flow).connect(flow, address, data, tls, name)

    def reload_certificates(self) -> bool:
        """True when there are any and they were read anew."""
        return self._doors.certificates is not None and self._doors.certificates.reload()

    async def watch_certificates(self) -> None:
        while self._doors.certificates is not None:
            await asyncio.sleep(LOOK_AGAIN_S)
            self._doors.certificates.reload_if_changed()

    def _shell(self, flow: Flow) -> TcpShell:
        return self._tls if flow.transport == "tls" else self._tcp


def can_be_reached(flow: Flow) -> bool:
    """Browsers listen nowhere (RFC 7118 section 5)."""
    return flow.transport not in ("ws", "wss")
