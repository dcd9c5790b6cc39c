"""Many plain phones on one UDP socket: they dial, answer, register, and are a registrar for a phone.

Nothing is repeated and little is checked: on loopback a lost packet is a finding, and shows as a failed call.
"""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple, cast

from telephony.sip.digest import answer_challenge, pick_challenge

HOST: Final = "127.0.0.1"
TIMEOUT_S: Final = 15.0
_AUDIO: Final = re.compile(r"^m=audio (\d+) ", re.MULTILINE)
_numbers = itertools.count(1)

_SDP: Final = """\
v=0\r
o=- {n} 1 IN IP4 127.0.0.1\r
s=-\r
c=IN IP4 127.0.0.1\r
t=0 0\r
m=audio {port} RTP/AVP 0 101\r
a=rtpmap:0 PCMU/8000\r
a=rtpmap:101 telephone-event/8000\r
a=fmtp:101 0-15\r
a=sendrecv\r
"""


class CallFailed(Exception):
    """A call or registration was refused with `status`, or nothing came back in time (0)."""

    def __init__(self, what: str, status: int = 0) -> None:
        super().__init__(what)
        self.status = status


class Message(NamedTuple):
    """One SIP message, its headers by lower-case name; of repeated ones the first counts."""

    start: str
    headers: dict[str, str]
    body: str
    at: datetime
    source: tuple[str, int]

    @property
    def status(self) -> int:
        """0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def audio_port(self) -> int:
        found = _AUDIO.search(self.body)
        if found is None:
            raise CallFailed("no audio in the session description")
        return int(found[1])


@dataclass(frozen=True, slots=True)
class Leg:
    """A call of ours that was answered. `port`: where the other side takes RTP."""

    head: str  # From, To and Call-ID lines of requests within the call
    uri: str
    call_id: str
    peer: tuple[str, int]
    port: int


class Phones(asyncio.DatagramProtocol):
    """`invites` holds calls to us, `cancels` those taken back; `registered` is whoever registered with us last."""

    def __init__(self) -> None:
        self.invites: asyncio.Queue[Message] = asyncio.Queue()
        self.cancels: asyncio.Queue[Message] = asyncio.Queue()
        self.registered: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
        self._answers: dict[tuple[str, str], asyncio.Future[Message]] = {}
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    # --- what phones do -----------------------------------------------------------------------------

    async def dial(self, server: tuple[str, int], number: str, caller: str, media_port: int) -> Leg:
        """Calls and acknowledges. Raises CallFailed."""
        n = next(_numbers)
        call_id, uri = f"bench-{n}-{self.port}", f"sip:{number}@{server[0]}:{server[1]}"
        from_ = f"From: <sip:{caller}@{HOST}:{self.port}>;tag=b{n}\r\n"
        sdp = _SDP.format(n=n, port=media_port)
        answer = await self._ask(
            "INVITE", uri, f"{from_}To: <{uri}>\r\nCall-ID: {call_id}\r\n", call_id, 1, server, sdp
        )
        head = f"{from_}To: {answer.headers['to']}\r\nCall-ID: {call_id}\r\n"
        leg = Leg(head, _uri_of(answer.headers.get("contact", uri)), call_id, server, answer.audio_port)
        self._request("ACK", leg.uri, head, 1, server)
        return leg

    async def hang_up(self, leg: Leg) -> None:
        """Raises CallFailed."""
        await self._ask("BYE", leg.uri, leg.head, leg.call_id, 2, leg.peer)

    async def register(self, server: tuple[str, int], user: str, password: str) -> None:
        """Once, with a digest where one is asked for. Raises CallFailed."""
        call_id, uri, extra = f"register-{next(_numbers)}", f"sip:{server[0]}:{server[1]}", ""
        address = f"<sip:{user}@{server[0]}:{server[1]}>"
        head = f"From: {address};tag=r{call_id}\r\nTo: {address}\r\nCall-ID: {call_id}\r\n"
        for cseq in (1, 2):
            try:
                await self._ask("REGISTER", uri, head + extra, call_id, cseq, server, expires=True, user=user)
            except _Challenged as asked:
                challenge = pick_challenge([asked.challenge], proxy=False)
                if challenge is None or cseq == 2:
                    raise CallFailed("the registration was refused") from None
                extra = answer_challenge(challenge, "REGISTER", uri, user, password)
            else:
                return

    def ring(self, invite: Message) -> None:
        self._respond(invite, "180 Ringing")

    def answer(self, invite: Message, media_port: int) -> None:
        self._respond(invite, "200 OK", _SDP.format(n=next(_numbers), port=media_port))

    # --- the wire -----------------------------------------------------------------------------------

    async def _ask(
        self, method: str, uri: str, head: str, call_id: str, cseq: int, server: tuple[str, int], sdp: str = "",
        *, expires: bool = False, user: str = "bench",
    ) -> Message:  # fmt: skip
        """Sends a request and returns its success. Raises CallFailed."""
        key = (call_id, f"{cseq} {method}")
        waiting: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[key] = waiting
        try:
            self._request(method, uri, head, cseq, server, sdp, expires=expires, user=user)
            async with asyncio.timeout(TIMEOUT_S):
                answer = await waiting
        except TimeoutError:
            raise CallFailed(f"no answer to {method}") from None
        finally:
            del self._answers[key]
        if answer.status == 401 and method == "REGISTER":
            raise _Challenged(answer.headers["www-authenticate"])
        if answer.status >= 300:
            raise CallFailed(answer.start, answer.status)
        return answer

    def _request(
        self, method: str, uri: str, head: str, cseq: int, server: tuple[str, int], sdp: str = "",
        *, expires: bool = False, user: str = "bench",
    ) -> None:  # fmt: skip
        me = f"{HOST}:{self.port}"
        text = (
            f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {me};branch=z9hG4bK{next(_numbers)};rport\r\n{head}"
            f"CSeq: {cseq} {method}\r\nContact: <sip:{user}@{me}>\r\nMax-Forwards: 70\r\n"
            f"{'Expires: 600' + chr(13) + chr(10) if expires else ''}{_tail(sdp)}"
        )
        self._send(text, server)

    def _respond(self, request: Message, status: str, sdp: str = "") -> None:
        headers = request.headers
        to = headers["to"] if ";tag=" in headers["to"] else f"{headers['to']};tag=a{headers['call-id']}"
        text = (
            f"SIP/2.0 {status}\r\nVia: {headers['via']}\r\nFrom: {headers['from']}\r\nTo: {to}\r\n"
            f"Call-ID: {headers['call-id']}\r\nCSeq: {headers['cseq']}\r\n"
            f"Contact: {headers.get('contact') if request.start.startswith('REGISTER') else f'<sip:bench@{HOST}:{self.port}>'}"
            f"\r\n{_tail(sdp)}"
        )
        self._send(text, request.source)

    def _send(self, text: str, to: tuple[str, int]) -> None:
        assert self._transport is not None
        self._transport.sendto(text.encode(), to)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = _read(data, addr)
        if message.status:
            waiting = self._answers.get((message.headers["call-id"], message.headers["cseq"].strip()))
            if waiting is not None and not waiting.done() and message.status >= 200:
                waiting.set_result(message)
        elif message.start.startswith("INVITE "):
            self.invites.put_nowait(message)
        elif not message.start.startswith("ACK "):
            self._respond(message, "200 OK")
            if message.start.startswith("CANCEL "):
                self._let_go(message)
            if message.start.startswith("REGISTER ") and not self.registered.done():
                self.registered.set_result(addr)

    def _let_go(self, cancel: Message) -> None:
        of_invite = {**cancel.headers, "cseq": cancel.headers["cseq"].replace("CANCEL", "INVITE")}
        self._respond(cancel._replace(headers=of_invite), "487 Request Terminated")
        self.cancels.put_nowait(cancel)

    def error_received(self, exc: Exception) -> None:
        """An ICMP error of an earlier packet; the call it belonged to times out."""


class _Challenged(Exception):
    def __init__(self, challenge: str) -> None:
        super().__init__(challenge)
        self.challenge = challenge


@asynccontextmanager
async def open_phones(port: int = 0) -> AsyncIterator[Phones]:
    """Phones on a port of loopback, a free one by default."""
    loop = asyncio.get_running_loop()
    transport, phones = await loop.create_datagram_endpoint(Phones, local_addr=(HOST, port))
    try:
        yield phones
    finally:
        transport.close()


def _read(data: bytes, source: tuple[str, int]) -> Message:
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), value.strip())
    return Message(start, headers, body, datetime.now(UTC), source)


def _tail(sdp: str) -> str:
    kind = "Content-Type: application/sdp\r\n" if sdp else ""
    return f"{kind}Content-Length: {len(sdp)}\r\n\r\n{sdp}"


def _uri_of(address: str) -> str:
    return address.partition("<")[2].partition(">")[0] or address
