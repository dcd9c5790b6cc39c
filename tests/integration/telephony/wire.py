"""SIP by hand, for what no phone would send: datagrams from an address of its own, and what comes back."""

import asyncio
import random
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from tests.integration.telephony.stage import PATIENCE_S, Office
from tests.support.house import HOTLINE

# A network of its own for each run, all of it this machine; no address is used by two senders.
NETWORK = f"127.{random.randrange(16, 250)}.{random.randrange(1, 250)}"
TRUNK = f"{NETWORK}.100"
SIP_ONLY = frozenset({5060})


@dataclass
class Sender:
    """One address with a socket on every port an answer may go to; sends from 5060."""

    host: str
    server: tuple[str, int]
    sockets: list[socket.socket] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)

    def send(self, *datagrams: bytes) -> None:
        for data in datagrams:
            self.sockets[0].sendto(data, self.server)

    def collect(self) -> list[bytes]:
        """Everything that has come so far."""
        for one in self.sockets:
            try:
                while True:
                    self.received.append(one.recv(65535))
            except BlockingIOError:
                continue
        return self.received

    def answers(self, method: str | None = None) -> list[bytes]:
        """Final answers to requests of a method; to any but our own OPTIONS when none is named."""
        finals = [one for one in self.collect() if re.match(rb"SIP/2\.0 [2-6]", one)]
        if method is not None:
            return [one for one in finals if re.search(rb"\r\nCSeq: *\d+ +" + method.encode(), one, re.I)]
        return [one for one in finals if b"Call-ID: alive" not in one]

    async def gets(self, count: int, method: str | None = None) -> list[int]:
        """Waits for so many final answers; their statuses."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while len(found := self.answers(method)) < count:
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"{self.host}: no answer; so far {self.received}") from None
        return [int(one[8:11]) for one in found]

    async def request(self, method: str) -> bytes:
        """Waits for a request of the server's."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (found := [one for one in self.collect() if one.startswith(method.encode())]):
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"{self.host}: no {method}; so far {self.received}") from None
        return found[0]


@contextmanager
def sender(office: Office, host: str, ports: frozenset[int] = SIP_ONLY) -> Iterator[Sender]:
    made = Sender(host, ("127.0.0.1", office.server.sip.port))
    with ExitStack() as stack:
        for port in (5060, *sorted(ports - SIP_ONLY)):
            one = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            one.setblocking(False)
            one.bind((made.host, port))
            made.sockets.append(one)
        yield made


def options(host: str) -> bytes:
    return (
        f"OPTIONS sip:threadline SIP/2.0\r\nVia: SIP/2.0/UDP {host}:5060;rport;branch=z9hG4bKalive\r\n"
        f"From: <sip:x@{host}>;tag=1\r\nTo: <sip:threadline>\r\nCall-ID: alive\r\nCSeq: 1 OPTIONS\r\n"
        "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def sdp(host: str, port: int = 40000, codecs: str = "0 101") -> bytes:
    """What we can hear and say, where."""
    return (
        f"v=0\r\no=x 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP {codecs}\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
    ).encode()


@dataclass(frozen=True, slots=True)
class Dialled:
    """A call by hand. `body` None: the offer is left to the server."""

    host: str
    number: str = HOTLINE
    from_: bytes = b"<sip:0901234567@x>"
    more: str = ""
    body: bytes | None = None

    def invite(self) -> bytes:
        head = f"{self.more}Contact: <sip:odd@{self.host}:5060>\r\n"
        return self._request("INVITE", f"<sip:{self.number}@threadline>", 1, head, self.body or b"")

    def cancel(self) -> bytes:
        return self._request("CANCEL", f"<sip:{self.number}@threadline>", 1)

    def ack(self, answer: bytes, body: bytes = b"") -> bytes:
        return self._request("ACK", to_of(answer), 1, body=body, branch="ack")

    def bye(self, answer: bytes) -> bytes:
        return self._request("BYE", to_of(answer), 2, branch="bye")

    def hang_up(self, answer: bytes) -> tuple[bytes, bytes]:
        """ACK and BYE of the dialog the 200 made."""
        return self.ack(answer), self.bye(answer)

    def _request(
        self, method: str, to: str, cseq: int, more: str = "", body: bytes = b"", *, branch: str = "1"
    ) -> bytes:
        kind = "Content-Type: application/sdp\r\n" if body else ""
        head = (
            f"{method} sip:{self.number}@threadline SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.host}:5060;rport;branch=z9hG4bK{branch}\r\n"
            f"To: {to}\r\nCall-ID: odd@{self.host}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n"
            f"{more}{kind}Content-Length: {len(body)}\r\n"
        )
        return head.encode() + b"From: " + self.from_ + b";tag=odd\r\n\r\n" + body


def to_of(answer: bytes) -> str:
    line = next(one for one in answer.split(b"\r\n") if one.lower().startswith(b"to:"))
    return line.partition(b":")[2].strip().decode()
