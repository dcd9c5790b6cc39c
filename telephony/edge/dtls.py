"""DTLS-SRTP by aiortc, on datagrams that are handed in: the handshake, and the two SRTP sessions it yields.

aiortc's media stack costs ten times what forwarding does, so only its transport is used, by methods it calls private:
the version is pinned, and tests/integration/telephony/edge/test_dtls.py tells when they change.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from aiortc.rtcdtlstransport import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    State,
)
from pylibsrtp import Error as SrtpError

from telephony.edge.errors import EdgeError

RECORDS_MAX: Final = 64  # DTLS records waiting to be read
HASH: Final = "sha-256"


class _Pipe:
    """What aiortc takes for its ICE transport."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send_out = send
        self._records: asyncio.Queue[bytes | None] = asyncio.Queue(RECORDS_MAX)

    def put(self, record: bytes | None) -> None:
        if not self._records.full():
            self._records.put_nowait(record)

    async def _recv(self) -> bytes:
        record = await self._records.get()
        if record is None:
            raise ConnectionError
        return record

    async def _send(self, data: bytes) -> None:
        self._send_out(data)


class SecureLink:
    """One browser's keys. `handshake` first; then the four ways of a packet, each None for one that fails its check."""

    def __init__(self, send: Callable[[bytes], None], on_closed: Callable[[], None]) -> None:
        """`send` sends a DTLS record; `on_closed` is called when the browser says goodbye."""
        self._pipe = _Pipe(send)
        self._certificate = RTCCertificate.generateCertificate()
        pipe: Any = self._pipe
        self._dtls = RTCDtlsTransport(pipe, [self._certificate])
        self._dtls._set_role("server")
        self._on_closed = on_closed
        self._receiving: Any = None
        self._sending: Any = None

    @property
    def fingerprint(self) -> tuple[str, str]:
        """(hash, value) of our certificate, for the answer."""
        return next(
            (one.algorithm, one.value) for one in self._certificate.getFingerprints() if one.algorithm == HASH
        )

    @property
    def is_up(self) -> bool:
        return self._sending is not None

    async def handshake(self, fingerprints: tuple[tuple[str, str], ...]) -> None:
        """Waits for the browser's hello and agrees on keys. Raises EdgeError; the caller sets the limit of time."""
        wanted = [RTCDtlsFingerprint(name, value) for name, value in fingerprints]
        await self._dtls.start(RTCDtlsParameters(fingerprints=wanted))
        if self._dtls.state != "connected":
            raise EdgeError("the DTLS handshake failed")
        self._receiving, self._sending = self._dtls._rx_srtp, self._dtls._tx_srtp
        self._dtls.on("statechange", self._see)

    def _see(self) -> None:
        if self._dtls._state is State.CLOSED:
            self._on_closed()

    def take(self, record: bytes) -> None:
        """A DTLS record of the browser."""
        self._pipe.put(record)

    def open_rtp(self, data: bytes) -> bytes | None:
        return _tried(self._receiving.unprotect, data)

    def open_rtcp(self, data: bytes) -> bytes | None:
        return _tried(self._receiving.unprotect_rtcp, data)

    def seal_rtp(self, data: bytes) -> bytes | None:
        return _tried(self._sending.protect, data)

    def seal_rtcp(self, data: bytes) -> bytes | None:
        return _tried(self._sending.protect_rtcp, data)

    async def close(self) -> None:
        """Says goodbye; returns when aiortc's own task is over."""
        self._on_closed = _nothing
        task = self._dtls._task
        await self._dtls.stop()
        self._pipe.put(None)
        if task is not None:
            await asyncio.wait({task})


def _tried(step: Callable[[bytes], bytes], data: bytes) -> bytes | None:
    try:
        return step(data)
    except SrtpError:
        return None


def _nothing() -> None:
    """Who is told of the end after we ended it ourselves."""
