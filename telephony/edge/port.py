"""The one UDP port of all browsers: finds each packet's session, by the user name of a check, then by its source."""

import asyncio
import logging
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, cast

import ifaddr

from telephony.edge import ice
from telephony.edge.errors import NoEdge
from telephony.edge.ice import Address
from telephony.edge.sdp import BrowserOffer, make_answer
from telephony.edge.session import Session
from telephony.edge.wire import Wire

log = logging.getLogger(__name__)

ANY: Final = ("0.0.0.0", "::")  # noqa: S104  # compared, not bound
SOCKET_BUFFER: Final = 1 << 20
WAYS_MAX: Final = 16  # addresses one session may be reached from


class _Door(asyncio.DatagramProtocol):
    """The socket of one local address; answers leave by the address that was asked."""

    def __init__(self, port: "EdgePort") -> None:
        self._port = port
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        if data:
            self._port.take(self, data, (str(addr[0]), int(addr[1])))

    def error_received(self, exc: Exception) -> None:
        log.debug("a browser can't be reached", extra={"error": type(exc).__name__})

    def send(self, data: bytes, to: Address) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.sendto(data, to)


class EdgePort:
    """`places` are the addresses told to browsers, the best first. Made by `open_port`."""

    def __init__(self) -> None:
        self.places: list[Address] = []
        self._doors: list[_Door] = []
        self._by_fragment: dict[str, Session] = {}
        self._by_source: dict[tuple[_Door, Address], Session] = {}
        self._ways: dict[Session, list[tuple[_Door, Address]]] = {}

    def session(self, offer: BrowserOffer, wire: Wire) -> tuple[Session, str]:
        """A session that waits for its browser, and the answer to the offer."""
        made: Session

        def send(data: bytes, to: Address) -> None:
            ways = self._ways.get(made, ())
            door = next((door for door, source in ways if source == to), None)
            if door is not None:
                door.send(data, to)

        made = Session(offer, wire, send)
        self._by_fragment[made.ours.fragment] = made
        self._ways[made] = []
        return made, make_answer(offer, made.ours, made.fingerprint, self.places)

    async def drop(self, session: Session) -> None:
        """Ends a session; its packets are nobody's from now on. Idempotent."""
        with suppress(OSError):
            await session.close()
        self._by_fragment.pop(session.ours.fragment, None)
        for way in self._ways.pop(session, ()):
            self._by_source.pop(way, None)

    def take(self, door: _Door, data: bytes, source: Address) -> None:
        """A datagram. What belongs to no session is dropped without a word."""
        if ice.is_stun(data):
            self._check(door, data, source)
            return
        session = self._by_source.get((door, source))
        if session is not None:
            session.take(data)

    def _check(self, door: _Door, data: bytes, source: Address) -> None:
        check = ice.read_check(data)
        session = self._by_fragment.get(check.fragment) if check is not None else None
        if check is None or session is None:
            return
        reply = ice.answer(check, source, session.ours)
        if reply is None:
            return
        ways, way = self._ways[session], (door, source)
        if way not in ways:
            if len(ways) >= WAYS_MAX:
                self._by_source.pop(ways.pop(0), None)
            ways.append(way)
            self._by_source[way] = session
        session.checked(source, nominates=check.nominates)
        door.send(reply, source)

    async def _open(self, hosts: Sequence[str], port: int) -> int:
        loop = asyncio.get_running_loop()
        for host in hosts:
            try:
                transport, door = await loop.create_datagram_endpoint(
                    lambda: _Door(self), local_addr=(host, port)
                )
            except OSError as exc:
                log.warning(
                    "browsers' sound can't be taken", extra={"address": f"{host}:{port}", "error": str(exc)}
                )
                continue
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER)
            port = int(transport.get_extra_info("sockname")[1])
            self._doors.append(door)
            self.places.append((host, port))
        return port

    def close(self) -> None:
        for door in self._doors:
            if door.transport is not None:
                door.transport.close()
        self._doors.clear()


async def open_port(host: str, port: int, public: str | None) -> EdgePort:
    """Listens on `host`:`port`, on each address of the machine where that is any. `public` is told to browsers first.

    Raises NoEdge.
    """
    made = EdgePort()
    bound = await made._open(own_addresses() if host in ANY else [host], port)
    if not made.places:
        raise NoEdge(f"no socket on {host}:{port}")
    if public is not None:
        with suppress(OSError):
            found = await asyncio.get_running_loop().getaddrinfo(public, bound, type=socket.SOCK_DGRAM)
            place = (str(found[0][4][0]), bound)
            made.places = [place, *(one for one in made.places if one != place)]
    return made


def own_addresses() -> list[str]:
    """Every IPv4 address of this machine; loopback last, for a browser beside the server."""
    found = [
        ip.ip
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if isinstance(ip.ip, str) and not ip.ip.startswith("169.254.")
    ]
    return sorted(dict.fromkeys(found), key=lambda host: host.startswith("127."))
