"""The load of `benchmarks.calls`: many callers and called phones on one UDP socket, in a process of its own.

    python -m benchmarks.calls_load
    < {"server": [host, port], "number", "rate", "calls", "hold_s", "callers": [number, ...], "media_port"}
    > {"port"} first, then the result

Messages are byte templates, nothing is parsed but what the next message needs, so a call costs less here than at
any server. It repeats what is not answered in T1 (RFC 3261 section 17) and counts that, and what the server repeats.
INVITEs that reach it are answered at once: it is also the far end of calls that the server passes on.
"""

import json
import select
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

T1_S: Final = 0.5
GIVE_UP_S: Final = 16.0
SLICE_S: Final = 0.001  # what is due within one goes out together
SOCKET_BUFFER: Final = 32 << 20
SO_RCVBUFFORCE, SO_SNDBUFFORCE = 33, 32
HOST: Final = "127.0.0.1"
IDLE, INVITED, RINGING, UP, LEAVING, OVER, FAILED = range(7)
Address = tuple[str, int]


@dataclass(slots=True)
class Call:
    """One call of ours. `head`: its From, To and Call-ID lines once answered."""

    state: int = IDLE
    sent_at: float = 0.0
    resend_at: float = 0.0
    interval: float = T1_S
    uri: bytes = b""
    head: bytes = b""
    last: bytes = b""
    is_late: bool = False  # given up already, and counted as failed


@dataclass(slots=True)
class Counts:
    """`repeated`: messages we or the server sent a second time. `passed_on`: calls that came back to us."""

    answered: int = 0
    ended: int = 0
    failed: int = 0
    repeated: int = 0
    passed_on: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    setup_ms: list[float] = field(default_factory=list)


class Callers:
    """The state of all calls. `now` is passed in."""

    def __init__(self, sock: socket.socket, task: dict[str, Any]) -> None:
        host, port = task["server"]
        self._sock = sock
        self._server: Address = (host, port)
        self._hold_s = float(task["hold_s"])
        self._calls = [Call() for _ in range(int(task["calls"]))]
        self._callers = [number.encode() for number in task["callers"]]
        own = sock.getsockname()[1]
        self._me = f"{HOST}:{own}".encode()
        self._uri = f"sip:{task['number']}@{host}:{port}".encode()
        self._run = f"{time.time_ns():x}".encode()  # calls of different runs are told apart by it
        self._sdp = _sdp(int(task["media_port"]))
        self._byes: deque[tuple[float, int]] = deque()
        self._waiting: deque[tuple[float, int]] = deque()
        self._incoming: set[bytes] = set()
        self.counts = Counts()

    # --- what is due ---

    def invite(self, n: int, now: float) -> None:
        call = self._calls[n]
        number = self._callers[n % len(self._callers)]
        call.head = b"From: <sip:%b@%b>;tag=c%d\r\nTo: <%b>\r\nCall-ID: %b-%d\r\n" % (
            number, self._me, n, self._uri, self._run, n,
        )  # fmt: skip
        call.last = (
            b"INVITE %b SIP/2.0\r\nVia: SIP/2.0/UDP %b;branch=z9hG4bKi%b-%d;rport\r\nMax-Forwards: 70\r\n%b"
            b"CSeq: 1 INVITE\r\nContact: <sip:%b@%b>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%b"
            % (self._uri, self._me, self._run, n, call.head, number, self._me, len(self._sdp), self._sdp)
        )
        call.state, call.sent_at = INVITED, now
        self._ask(call, n, now)

    def _bye(self, n: int, now: float) -> None:
        call = self._calls[n]
        if call.state != UP:
            return
        call.last = (
            b"BYE %b SIP/2.0\r\nVia: SIP/2.0/UDP %b;branch=z9hG4bKb%b-%d;rport\r\nMax-Forwards: 70\r\n%b"
            b"CSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n" % (call.uri, self._me, self._run, n, call.head)
        )
        call.state, call.sent_at, call.interval = LEAVING, now, T1_S
        self._ask(call, n, now)

    def _ask(self, call: Call, n: int, now: float) -> None:
        call.resend_at = now + call.interval
        self._waiting.append((call.resend_at, n))
        self._send(call.last, self._server)

    def due(self, now: float) -> None:
        """Hangs up, and repeats what was not answered."""
        while self._byes and self._byes[0][0] <= now:
            self._bye(self._byes.popleft()[1], now)
        while self._waiting and self._waiting[0][0] <= now:
            at, n = self._waiting.popleft()
            call = self._calls[n]
            if call.resend_at != at or call.state not in (INVITED, LEAVING):
                if call.state == RINGING and now - call.sent_at < GIVE_UP_S:
                    self._waiting.append((now + T1_S, n))
                    call.resend_at = now + T1_S
                elif call.state == RINGING:
                    self._fail(call, "no answer")
                continue
            if now - call.sent_at >= GIVE_UP_S:
                self._fail(call, "no answer")
                continue
            self.counts.repeated += 1
            call.interval *= 2
            self._ask(call, n, now)

    def _fail(self, call: Call, why: str) -> None:
        call.state = FAILED
        if call.is_late:
            return
        self.counts.failed += 1
        self.counts.statuses[why] = self.counts.statuses.get(why, 0) + 1

    @property
    def is_over(self) -> bool:
        return self.counts.ended + self.counts.failed >= len(self._calls)

    # --- what comes ---

    def heard(self, data: bytes, source: Address, now: float) -> None:
        if data[:8] != b"SIP/2.0 ":
            self._asked(data, source)
            return
        run, _, number = _line(data, b"\r\nCall-ID: ").partition(b"-")
        if run != self._run:
            return
        n = int(number)
        call, status = self._calls[n], data[8:11]
        if b"\r\nCSeq: 1 " in data:
            self._of_invite(call, n, status, data, now)
        elif call.state == LEAVING and status[:1] != b"1":
            call.state, call.last = OVER, b""
            self.counts.ended += not call.is_late

    def _of_invite(self, call: Call, n: int, status: bytes, data: bytes, now: float) -> None:
        if status[:1] == b"1":
            if call.state == INVITED:
                call.state = RINGING
            return
        to = _line(data, b"\r\nTo: ")
        if status[:1] != b"2":
            self._send(
                b"ACK %b SIP/2.0\r\nVia: SIP/2.0/UDP %b;branch=z9hG4bKi%b-%d;rport\r\nMax-Forwards: 70\r\nFrom: <sip:%b@%b>;tag=c%d\r\n"
                b"To: %b\r\nCall-ID: %b-%d\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n"
                % (
                    self._uri,
                    self._me,
                    self._run,
                    n,
                    self._callers[n % len(self._callers)],
                    self._me,
                    n,
                    to,
                    self._run,
                    n,
                ),
                self._server,
            )
            if call.state in (INVITED, RINGING):
                self._fail(call, status.decode())
            return
        if call.state in (INVITED, RINGING, FAILED):
            if call.state != FAILED:
                self.counts.answered += 1
                self.counts.setup_ms.append((now - call.sent_at) * 1000)
            call.is_late = call.state == FAILED  # answered after all: nobody is left hanging in it
            call.state = UP
            contact = _line(data, b"\r\nContact: ")
            call.uri = contact[contact.find(b"<") + 1 : contact.find(b">")]
            begin = call.head.find(b"\r\nTo: ")
            call.head = b"%b\r\nTo: %b\r\nCall-ID: %b-%d\r\n" % (call.head[:begin], to, self._run, n)
            self._byes.append((now + self._hold_s, n))
        else:
            self.counts.repeated += 1  # our ACK was not there in time
        self._send(
            b"ACK %b SIP/2.0\r\nVia: SIP/2.0/UDP %b;branch=z9hG4bKa%b-%d;rport\r\nMax-Forwards: 70\r\n%b"
            b"CSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n" % (call.uri, self._me, self._run, n, call.head),
            self._server,
        )

    def _asked(self, data: bytes, source: Address) -> None:
        """A request of the server: calls are taken at once, everything else is agreed to."""
        method = data[: data.find(b" ")]
        if method == b"ACK":
            return
        to, call_id = _line(data, b"\r\nTo: "), _line(data, b"\r\nCall-ID: ")
        body, extra = b"", b""
        if method == b"INVITE":
            if call_id in self._incoming:
                self.counts.repeated += 1
            self._incoming.add(call_id)
            self.counts.passed_on += 1
            to += b";tag=a"
            body, extra = self._sdp, b"Contact: <sip:far@%b>\r\nContent-Type: application/sdp\r\n" % self._me
        elif method == b"BYE":
            self._incoming.discard(call_id)
        self._send(
            b"SIP/2.0 200 OK\r\nVia: %b\r\nFrom: %b\r\nTo: %b\r\nCall-ID: %b\r\nCSeq: %b\r\n%bContent-Length: %d\r\n\r\n%b"
            % (
                _line(data, b"\r\nVia: "), _line(data, b"\r\nFrom: "), to, call_id, _line(data, b"\r\nCSeq: "), extra,
                len(body), body,
            ),
            source,
        )  # fmt: skip

    def _send(self, data: bytes, to: Address) -> None:
        try:
            self._sock.sendto(data, to)
        except BlockingIOError:
            return  # lost, as on a network; it will be repeated and counted


def _line(data: bytes, name: bytes) -> bytes:
    begin = data.find(name)
    return data[begin + len(name) : data.find(b"\r\n", begin + 2)] if begin >= 0 else b""


def _sdp(port: int) -> bytes:
    return (
        f"v=0\r\no=- 1 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\n"
        "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    ).encode()


def run(sock: socket.socket, callers: Callers, rate: float, calls: int) -> float:
    """Until every call is over; how late the latest INVITE went out, in seconds."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    monotonic, start, n, latest = time.monotonic, time.monotonic(), 0, 0.0
    while not callers.is_over:
        now = monotonic()
        while n < calls and start + n / rate <= now:
            latest = max(latest, now - start - n / rate)
            callers.invite(n, now)
            n += 1
        callers.due(now)
        for _ in range(256):
            try:
                data, source = sock.recvfrom(8192)
            except BlockingIOError:
                break
            callers.heard(data, source, now)
        time.sleep(SLICE_S)
    return latest


def main() -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((HOST, 0))
    sock.setblocking(False)
    for option, forced in ((socket.SO_RCVBUF, SO_RCVBUFFORCE), (socket.SO_SNDBUF, SO_SNDBUFFORCE)):
        try:
            sock.setsockopt(socket.SOL_SOCKET, forced, SOCKET_BUFFER)
        except OSError:
            sock.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER)
    print(json.dumps({"port": sock.getsockname()[1]}), flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        callers = Callers(sock, task)
        before, began = time.process_time(), time.monotonic()
        late = run(sock, callers, float(task["rate"]), int(task["calls"]))
        counts = callers.counts
        result = {
            "answered": counts.answered, "failed": counts.failed, "repeated": counts.repeated,
            "passed_on": counts.passed_on, "statuses": counts.statuses, "setup_ms": sorted(counts.setup_ms),
            "cpu_s": time.process_time() - before, "seconds": time.monotonic() - began, "latest_s": late,
        }  # fmt: skip
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
