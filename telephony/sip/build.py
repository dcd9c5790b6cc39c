"""Renders what we send. Responses echo the peer's own header text; requests are built from a Draft."""

from dataclasses import dataclass, replace
from typing import Final

from telephony.sip.grammar import split_list
from telephony.sip.headers import MAGIC_COOKIE
from telephony.sip.message import Message
from telephony.sip.wire import Flow

ALLOW: Final = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, REGISTER, UPDATE, PRACK, REFER"
SUPPORTED: Final = ("100rel", "timer", "replaces", "norefersub")  # option tags (RFC 3261 section 19.2)
SUPPORTED_LINE: Final = f"Supported: {', '.join(SUPPORTED)}\r\n"
METHODS: Final = frozenset(ALLOW.split(", "))
DEFAULT_PORT: Final = 5060
DEFAULT_TLS_PORT: Final = 5061
REASONS: Final = {
    100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress", 200: "OK",
    202: "Accepted",
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension",
    422: "Session Interval Too Small", 423: "Interval Too Brief", 480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist",
    482: "Loop Detected", 483: "Too Many Hops", 484: "Address Incomplete", 486: "Busy Here",
    487: "Request Terminated", 488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error",
    501: "Not Implemented", 503: "Service Unavailable", 504: "Server Time-out", 505: "Version Not Supported", 600: "Busy Everywhere",
    603: "Decline",
}  # fmt: skip


@dataclass(slots=True)
class Echo:
    """What a response repeats of its request: kept instead of the parsed request."""

    head: str  # Via (stamped), From, Call-ID and CSeq lines
    to: str  # the To line, with the tag if there was one
    has_tag: bool


def echo_of(message: Message, flow: Flow) -> Echo:
    """The echo of a whole request that came by `flow`."""
    headers = message.headers
    vias = headers["via"]
    lines = [f"Via: {stamp_via(vias[0], message.via.host, flow)}"]
    if len(vias) > 1:
        lines.extend(f"Via: {via}" for via in vias[1:])
    head = (
        "\r\n".join(lines)
        + f"\r\nFrom: {headers['from'][0]}\r\nCall-ID: {message.call_id}\r\nCSeq: {headers['cseq'][0]}\r\n"
    )
    return Echo(head, f"To: {headers['to'][0]}", "tag" in message.to.params)


def stamp_via(raw: str, host: str, flow: Flow) -> str:
    """The topmost Via as the answer carries it: `rport` filled, `received` added (RFC 3581, 3261 18.2.1)."""
    if "rport" not in raw and host == flow.host:
        return raw
    hops = split_list(raw, ",") if '"' in raw else raw.split(",")
    parts = hops[0].split(";") if '"' not in hops[0] else split_list(hops[0], ";")
    asks_port = False
    for index, part in enumerate(parts):
        if part.strip().lower() == "rport":
            parts[index] = f"rport={flow.port}"
            asks_port = True
    if asks_port or host != flow.host:
        parts = [part for part in parts if not part.strip().lower().startswith("received=")]
        parts.append(f"received={flow.host}")
    return ",".join([";".join(parts), *hops[1:]])


def reply_flow(message: Message, flow: Flow) -> Flow:
    """Where the answer goes (RFC 3261 section 18.2.2, RFC 3581).

    Over a stream: back by it. Over UDP: to the source port when `rport` asks so or when the sent-by host is
    not the source (the peer is behind address translation), else to the sent-by port.
    """
    via = message.via
    if flow.is_reliable or "rport" in via.params or via.host != flow.host:
        return flow
    port = via.port or DEFAULT_PORT
    return flow if port == flow.port else flow._replace(port=port)


def render_response(
    status: int, reason: str, echo: Echo, tag: str, extra: str = "", body: bytes = b""
) -> bytes:
    """A response. `tag` becomes the To tag where the request had none; `extra` is whole header lines."""
    to = echo.to if echo.has_tag or not tag else f"{echo.to};tag={tag}"
    head = (
        f"SIP/2.0 {status} {reason or REASONS.get(status, 'Unknown')}\r\n{echo.head}{to}\r\n{extra}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("utf-8", "surrogateescape") + body


@dataclass(frozen=True, slots=True)
class Draft:
    """A request but for its Via. `from_` and `to` are header values, `extra` whole header lines."""

    method: str
    uri: str
    from_: str
    to: str
    call_id: str
    cseq: int
    routes: tuple[str, ...] = ()
    extra: str = ""
    body: bytes = b""

    def render(self, via: str) -> bytes:
        routes = "".join(f"Route: {route}\r\n" for route in self.routes)
        head = (
            f"{self.method} {self.uri} SIP/2.0\r\nVia: {via}\r\nMax-Forwards: 70\r\n{routes}From: {self.from_}\r\n"
            f"To: {self.to}\r\nCall-ID: {self.call_id}\r\nCSeq: {self.cseq} {self.method}\r\n{self.extra}"
            f"Content-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode("utf-8", "surrogateescape") + self.body

    def companion(self, method: str, to: str | None = None, extra: str = "") -> "Draft":
        """The CANCEL or the non-2xx ACK of this INVITE: same addresses, number and route, no body."""
        return replace(self, method=method, to=to or self.to, extra=extra, body=b"")


def via_line(flow: Flow, host: str, port: int, branch: str) -> str:
    """Our own Via value. `rport` is asked for, so that answers come back through address translation."""
    return f"SIP/2.0/{flow.transport.upper()} {host}:{port};branch={branch};rport"


def new_branch(unique: str) -> str:
    return MAGIC_COOKIE + unique
