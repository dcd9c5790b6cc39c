"""Finds the messages in a TCP stream (RFC 3261 section 18.3): halves, threes and keep-alives alike."""

from collections.abc import Iterator
from typing import Final

from telephony.sip.errors import BadHeader, BadMessage, StreamBroken
from telephony.sip.grammar import read_number, unfold
from telephony.sip.message import MAX_BODY, read_headers

MAX_HEAD: Final = 65_535
PING: Final = b"\r\n\r\n"
PONG: Final = b"\r\n"


class Framer:
    """Bytes in, whole messages out. A PING between messages comes out as PING itself (RFC 5626 section 4.4.1)."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._needed: int | None = None  # size of the message at the front, once its head is read

    @property
    def is_empty(self) -> bool:
        return not self._buffer

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yields what is complete. Raises StreamBroken when the next boundary can't be known."""
        self._buffer += data
        while True:
            if self._needed is None and not self._measure():
                if self._is_ping():
                    yield PING
                    continue
                return
            assert self._needed is not None
            if len(self._buffer) < self._needed:
                return
            message = bytes(self._buffer[: self._needed])
            del self._buffer[: self._needed]
            self._needed, self._searched = None, 0
            yield message

    def _is_ping(self) -> bool:
        if self._buffer.startswith(PING):
            del self._buffer[:4]
            self._searched = 0
            return True
        return False

    def _measure(self) -> bool:
        """Reads the head at the front of the buffer, if it is all there."""
        buffer = self._buffer
        if buffer[:2] == b"\r\n":
            if buffer[:4] == PING or (len(buffer) < 4 and PING.startswith(bytes(buffer))):
                return False
            del buffer[:2]  # the single line ends some phones send
            self._searched = 0
        end = buffer.find(b"\r\n\r\n", max(0, self._searched - 3))
        if end < 0:
            self._searched = len(buffer)
            if len(buffer) > MAX_HEAD:
                raise StreamBroken(BadMessage(513, "Message Too Large"))
            return False
        start, _, rest = bytes(buffer[:end]).decode("utf-8", "surrogateescape").partition("\r\n")
        self._needed = end + 4 + _body_size(start, rest)
        return True


def _body_size(start: str, rest: str) -> int:
    """Content-Length is mandatory in a stream; without it nobody knows where the next message begins."""
    method = "" if start.startswith("SIP/") else start.partition(" ")[0]
    try:
        headers = read_headers(rest)
    except BadHeader as exc:
        raise StreamBroken(BadMessage(400, str(exc), method)) from exc
    lengths = headers.get("content-length", [])
    try:
        if len(lengths) != 1:
            raise BadHeader("Content-Length Needed Once")
        return read_number(unfold(lengths[0]), MAX_BODY)
    except BadHeader as exc:
        raise StreamBroken(BadMessage(400, "Bad Content-Length", method, headers)) from exc
