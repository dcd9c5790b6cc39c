"""One browser's connection: its packets decrypted on to the wire, the wire's encrypted on to it."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from telephony.edge.dtls import SecureLink
from telephony.edge.errors import EdgeError
from telephony.edge.ice import Address, fresh_credentials
from telephony.edge.sdp import BrowserOffer
from telephony.edge.wire import Wire

log = logging.getLogger(__name__)

CONNECT_S: Final = 10.0
RTP_HEADER: Final = 12


class Session:
    """From an offer until `close`. Packets come by `take`, from addresses whose check was genuine.

    The wire belongs to the leg and outlives the session: a page that was loaded anew brings another one.
    """

    def __init__(self, offer: BrowserOffer, wire: Wire, send: Callable[[bytes, Address], None]) -> None:
        self.offer = offer
        self.ours = fresh_credentials()
        self.on_lost: Callable[[], None] = _nothing
        self.heard_at = 0.0  # of the loop's clock: when its last RTP came
        self.forged = 0
        self._wire = wire
        self._send = send
        self._peer: Address | None = None
        self._link = SecureLink(self._send_to_peer, self._closed)

    @property
    def fingerprint(self) -> tuple[str, str]:
        return self._link.fingerprint

    async def connect(self) -> None:
        """Returns when both sides have keys; the wire is this browser's then. Raises EdgeError."""
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._link.handshake(self.offer.fingerprints)
        except TimeoutError:
            raise EdgeError("the browser did not come") from None
        self.heard_at = asyncio.get_running_loop().time()
        self._wire.listen(self._say, self._report)

    def checked(self, source: Address, *, nominates: bool) -> None:
        """A genuine check came from there; where the browser says so, or nothing is known yet, it is the way."""
        if nominates or self._peer is None:
            self._peer = source

    def take(self, data: bytes) -> None:
        """A packet from the browser that is no check (RFC 7983)."""
        first = data[0]
        if 20 <= first < 64:
            self._link.take(data)
        elif 128 <= first < 192 and self._link.is_up and len(data) >= RTP_HEADER:
            self._take_media(data)

    def _take_media(self, data: bytes) -> None:
        link = self._link
        if 64 <= data[1] & 0x7F < 96:  # RFC 5761 section 4
            plain = link.open_rtcp(data)
            if plain is not None:
                self._wire.send_rtcp(plain)
        else:
            plain = link.open_rtp(data)
            if plain is not None:
                self.heard_at = asyncio.get_running_loop().time()
                self._wire.send_rtp(plain)
        self.forged += plain is None

    def _say(self, packet: bytes) -> None:
        sealed = self._link.seal_rtp(packet)
        if sealed is not None:
            self._send_to_peer(sealed)

    def _report(self, packet: bytes) -> None:
        sealed = self._link.seal_rtcp(packet)
        if sealed is not None:
            self._send_to_peer(sealed)

    def _send_to_peer(self, data: bytes) -> None:
        if self._peer is not None:
            self._send(data, self._peer)

    def _closed(self) -> None:
        log.debug("a browser said goodbye")
        self.on_lost()

    async def close(self) -> None:
        """Idempotent. The wire is left to whoever has it."""
        self.on_lost = _nothing
        await self._link.close()


def _nothing() -> None:
    """Nobody waits for the end."""
