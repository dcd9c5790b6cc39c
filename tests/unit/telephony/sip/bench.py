"""The SIP core on a workbench: virtual time, a wire that remembers, and peers written as text."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from telephony.sip.accounts import Binding, SipAccount
from telephony.sip.calls import CallerId, CallHandler
from telephony.sip.digest import answer_challenge, hash_password, pick_challenge
from telephony.sip.errors import SdpRefused
from telephony.sip.incoming import IncomingCall
from telephony.sip.message import Request, Response, parse_message
from telephony.sip.outgoing import OutgoingCall
from telephony.sip.sdp import LocalMedia, answer_offer, make_offer
from telephony.sip.trunks import TrunkConfig
from telephony.sip.useragent import Identity, Target, UserAgent
from telephony.sip.wire import Flow
from threadline.kernel.clock import VirtualClock

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
REALM = "threadline"
PEER = Flow("udp", "203.0.113.7", 5060)  # an address of the trunk `carrier`
STRANGER = Flow("udp", "198.51.100.9", 5060)
PHONE = Flow("udp", "192.0.2.33", 5062)
OURS = LocalMedia("192.0.2.1", 20000, 7, 1)
OFFER = make_offer(LocalMedia("203.0.113.7", 30000, 1, 1))
ANSWER = answer_offer(OFFER, OURS)[0]


def account_of(
    username: str, password: str = "secret", *, md5: bool = True, may_dial: bool = True
) -> SipAccount:
    ha1_md5 = hash_password(username, REALM, password, "MD5") if md5 else None
    return SipAccount(username, REALM, hash_password(username, REALM, password), ha1_md5, may_dial=may_dial)


class Listener:
    """A call handler that writes down what it is told. `refuses`: says no to every offer."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []
        self.refuses = False

    def on_ringing(self, sdp: bytes | None) -> None:
        self.told.append(("ringing", sdp))

    def on_answered(self, sdp: bytes | None) -> None:
        self.told.append(("answered", sdp))

    def on_failed(self, code: int, reason: str) -> None:
        self.told.append(("failed", code, reason))

    def on_cancelled(self) -> None:
        self.told.append(("cancelled",))

    def on_acked(self, sdp: bytes | None) -> None:
        self.told.append(("acked", sdp))

    def on_offer(self, sdp: bytes | None) -> bytes:
        self.told.append(("offer", sdp))
        if self.refuses:
            raise SdpRefused
        return make_offer(OURS) if sdp is None else answer_offer(sdp, OURS)[0]

    def on_reanswered(self, sdp: bytes) -> None:
        self.told.append(("reanswered", sdp))

    def on_digit(self, digit: str) -> None:
        self.told.append(("digit", digit))

    def on_ended(self, reason: str) -> None:
        self.told.append(("ended", reason))

    @property
    def news(self) -> list[object]:
        """The names of what was told, in order."""
        return [one[0] for one in self.told]


class Bench:
    """A user agent, its wire and its clock. Satisfies Wire itself."""

    def __init__(self, *trunks: TrunkConfig) -> None:
        self.clock = VirtualClock(START)
        self.now = 1000.0
        self.sent: list[tuple[Flow, bytes]] = []
        self.last_request = b""
        self.accounts = {one.username: one for one in (account_of("alice"), account_of("bob", md5=False))}
        self.kept: list[Binding] = []
        self.dropped: list[tuple[str, str]] = []
        self.calls: list[IncomingCall] = []
        self.listeners: list[Listener] = []
        self.on_call: Callable[[IncomingCall], None] = lambda call: None
        carrier = TrunkConfig("carrier", ("203.0.113.7", "203.0.113.8"), host="203.0.113.7")
        identity = Identity("192.0.2.1", 5060, REALM, b"s" * 32)
        self.agent = UserAgent(identity, self, self.clock, self._called, trunks or (carrier,), self.now)

    # --- Wire ---

    def send(self, flow: Flow, data: bytes) -> None:
        self.sent.append((flow, data))

    def look_up(self, username: str, then: Callable[[SipAccount | None], None]) -> None:
        then(self.accounts.get(username))

    def keep_binding(self, binding: Binding) -> None:
        self.kept.append(binding)

    def drop_binding(self, username: str, contact: str) -> None:
        self.dropped.append((username, contact))

    # --- the test's hands ---

    def _called(self, call: IncomingCall) -> None:
        listener = Listener()
        call.handler = listener
        self.calls.append(call)
        self.listeners.append(listener)
        self.on_call(call)

    def hear(self, data: bytes, flow: Flow = PEER) -> list[Request | Response]:
        """What the core sends at once in return."""
        before = len(self.sent)
        self.hear_raw(data, flow)
        return self.since(before)

    def hear_raw(self, data: bytes, flow: Flow = PEER) -> list[bytes]:
        """The same for messages so broken that the answer can't be parsed either: it echoes them."""
        before = len(self.sent)
        self.last_request = data
        self.agent.receive(data, flow, self.now)
        return [sent for _, sent in self.sent[before:]]

    def since(self, before: int) -> list[Request | Response]:
        return [parse_message(data) for _, data in self.sent[before:]]

    def pass_time(self, seconds: float) -> list[Request | Response]:
        """Lets virtual time go by in steps of 50 ms; what was sent meanwhile."""
        before = len(self.sent)
        for _ in range(round(seconds / 0.05)):
            self.now += 0.05
            self.clock.advance(0.05)
            self.agent.tick(self.now)
        return self.since(before)

    def place(
        self, target: Target, sdp: bytes | None = OFFER, **headers: str
    ) -> tuple[OutgoingCall, Listener, list[Request]]:
        listener = Listener()
        before = len(self.sent)
        handler: CallHandler = listener
        call = self.agent.place_call(target, sdp, CallerId("+84901234567", "An"), handler, headers)
        return call, listener, [one for one in self.since(before) if isinstance(one, Request)]

    def last_flow(self) -> Flow:
        return self.sent[-1][0]

    def log_in(
        self, text: bytes, flow: Flow, user: str = "alice", password: str = "secret"
    ) -> list[Request | Response]:
        """Sends a request, answers its challenge, and returns what that brings."""
        (refusal,) = self.hear(text, flow)
        assert isinstance(refusal, Response)
        assert refusal.status == 401
        challenge = pick_challenge(refusal.values("www-authenticate"), proxy=False)
        assert challenge is not None
        request = parse_message(text)
        assert isinstance(request, Request)
        line = answer_challenge(challenge, request.method, request.uri, user, password)
        return self.hear(add_lines(text, line).replace(b"branch=z9hG4bK", b"branch=z9hG4bKx"), flow)


def add_lines(message: bytes, lines: str) -> bytes:
    """Puts header lines in front of Content-Length."""
    return message.replace(b"Content-Length", lines.encode() + b"Content-Length", 1)


def request(
    method: str,
    *,
    uri: str = "sip:19001234@192.0.2.1",
    flow: Flow = PEER,
    cseq: int = 1,
    branch: str = "one",
    call_id: str = "call-1",
    from_tag: str = "peer",
    to_tag: str = "",
    user: str = "+84901111111",
    body: bytes = b"",
    extra: Mapping[str, str] | None = None,
) -> bytes:
    """A request as a peer at `flow` would write it."""
    lines = [
        f"{method} {uri} SIP/2.0",
        f"Via: SIP/2.0/{flow.transport.upper()} {flow.host}:{flow.port};branch=z9hG4bK{branch};rport",
        "Max-Forwards: 70",
        f'From: "Peer" <sip:{user}@{flow.host}>;tag={from_tag}',
        f"To: <{uri}>" + (f";tag={to_tag}" if to_tag else ""),
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {method}",
        f"Contact: <sip:{user}@{flow.host}:{flow.port}>",
    ]
    if body:
        lines.append("Content-Type: application/sdp")
    lines += [f"{name}: {value}" for name, value in (extra or {}).items()]
    return ("\r\n".join(lines) + f"\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def invite(**more: object) -> bytes:
    more.setdefault("body", OFFER)
    return request("INVITE", **more)  # type: ignore[arg-type]  # as request's own


def reply(
    to: Request, status: int, *, tag: str = "them", body: bytes = b"", extra: str = "", contact: str = ""
) -> bytes:
    """A response as the peer of one of our requests would write it."""
    to_value = to.headers["to"][0] + (f";tag={tag}" if tag and not to.to.tag else "")
    lines = [f"SIP/2.0 {status} Whatever", *(f"Via: {via}" for via in to.headers["via"])]
    lines += [f"From: {to.headers['from'][0]}", f"To: {to_value}", f"Call-ID: {to.call_id}"]
    lines += [f"CSeq: {to.cseq} {to.method}", f"Contact: <{contact or 'sip:them@203.0.113.7:5060'}>"]
    if body:
        lines.append("Content-Type: application/sdp")
    return ("\r\n".join(lines) + f"\r\n{extra}Content-Length: {len(body)}\r\n\r\n").encode() + body


def statuses(messages: list[Request | Response]) -> list[int | str]:
    """Responses as their status, requests as their method."""
    return [one.status if isinstance(one, Response) else one.method for one in messages]
