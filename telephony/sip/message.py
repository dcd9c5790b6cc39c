"""SIP messages (RFC 3261 section 7): bytes in, a Request or a Response out, BadMessage otherwise.

The raw text of every header value is kept, folds included, so that it can be echoed byte for byte.
Text is UTF-8 with surrogate escapes: bytes that are no UTF-8 survive the way in and out.
"""

from telephony.sip.errors import BadHeader, BadMessage
from telephony.sip.grammar import is_token, read_number, unfold
from telephony.sip.headers import NameAddr, Via, read_addresses, read_cseq
from telephony.sip.uri import SIP_SCHEMES, SipUri, is_plain, scheme_of

MAX_MESSAGE = 65_535
MAX_HEADERS = 256
MAX_COMMAS = 512  # of all headers together, and so for the next two: they bound what lists cost
MAX_SEMICOLONS = 1024
MAX_BACKSLASHES = 2048
MAX_BODY = 65_535
COMPACT = {
    "a": "accept-contact", "b": "referred-by", "c": "content-type", "d": "request-disposition",
    "e": "content-encoding", "f": "from", "i": "call-id", "j": "reject-contact", "k": "supported",
    "l": "content-length", "m": "contact", "n": "identity-info", "o": "event", "r": "refer-to",
    "s": "subject", "t": "to", "u": "allow-events", "v": "via", "x": "session-expires", "y": "identity",
}  # fmt: skip
REQUIRED = ("via", "from", "to", "call-id", "cseq")
SINGLE = frozenset(
    {"from", "to", "call-id", "cseq", "max-forwards", "content-length", "content-type", "expires"}
)

Headers = dict[str, list[str]]


class Message:
    """What requests and responses have in common. `headers`: lower-case long names to raw values in order."""

    __slots__ = ("body", "call_id", "cseq", "from_", "headers", "method", "to", "via")

    headers: Headers
    body: bytes
    method: str  # of the CSeq in a response
    via: Via  # the topmost
    from_: NameAddr
    to: NameAddr
    call_id: str
    cseq: int

    def header(self, name: str) -> str | None:
        """The first value of a header, unfolded."""
        values = self.headers.get(name)
        return unfold(values[0]) if values else None

    def values(self, name: str) -> list[str]:
        return self.headers.get(name, [])

    @property
    def content_type(self) -> str:
        """Media type without parameters, lower-case; empty when there is none."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @property
    def sdp(self) -> bytes | None:
        """The body when it is a session description."""
        return self.body if self.body and self.content_type == "application/sdp" else None

    @property
    def contact(self) -> NameAddr | None:
        """The only or first Contact, None when there is none or it can't be read."""
        values = self.headers.get("contact")
        try:
            return read_addresses(values[:1])[0] if values else None
        except BadHeader:
            return None


class Request(Message):
    """`uri` is the Request-URI as text; any scheme."""

    __slots__ = ("max_forwards", "uri")

    uri: str
    max_forwards: int


class Response(Message):
    __slots__ = ("reason", "status")

    status: int
    reason: str


def parse_message(data: bytes) -> Request | Response:
    """Reads one whole message; bytes after Content-Length are ignored. Raises BadMessage only."""
    if len(data) > MAX_MESSAGE:
        raise BadMessage(513, "Message Too Large")
    data = data.lstrip(b"\r\n")
    end = data.find(b"\r\n\r\n")
    head, body = (data, b"") if end < 0 else (data[:end], data[end + 4 :])
    start, _, rest = head.decode("utf-8", "surrogateescape").partition("\r\n")
    if start.startswith("SIP/"):
        return _response(start, rest, body)
    return _request(start, rest, body)


def _response(start: str, rest: str, body: bytes) -> Response:
    version, _, tail = start.partition(" ")
    code, _, reason = tail.partition(" ")
    if (
        version.upper() != "SIP/2.0"
        or len(code) != 3
        or not (code.isascii() and code.isdigit())
        or code[0] in "0789"
    ):
        raise BadMessage(400, "Bad Status Line")
    response = Response()
    response.status, response.reason = int(code), reason
    try:
        response.headers = read_headers(rest)
        _read_core(response)
        response.body = _cut_body(response.headers, body)
    except BadHeader as exc:
        raise BadMessage(400, str(exc)) from exc
    return response


def _request(start: str, rest: str, body: bytes) -> Request:
    method, _, tail = start.partition(" ")
    uri, _, version = tail.partition(" ")
    if not is_token(method):
        raise BadMessage(400, "Bad Request Line")
    headers: Headers = {}
    try:
        headers = read_headers(rest)
        request = Request()
        request.headers = headers
        _check_start_line(uri, version)
        _read_core(request)
        if request.method != method:
            raise BadHeader("CSeq Method Mismatch")
        request.uri = uri
        forwards = headers.get("max-forwards")
        request.max_forwards = read_number(forwards[0], 255) if forwards else 70
        if "contact" in headers and headers["contact"] != ["*"]:
            read_addresses(headers["contact"])
        request.body = _cut_body(headers, body)
    except BadHeader as exc:
        status = 505 if isinstance(exc, _OtherVersion) else 400
        raise BadMessage(status, str(exc), method, headers) from exc
    return request


class _OtherVersion(BadHeader):
    """Version Not Supported"""


def _check_start_line(uri: str, version: str) -> None:
    if version.upper() != "SIP/2.0":
        protocol, _, number = version.partition("/")
        if protocol.upper() == "SIP" and number.replace(".", "", 1).isdigit():
            raise _OtherVersion
        raise BadHeader("Bad Request Line")
    if is_plain(uri):
        return
    if scheme_of(uri) in SIP_SCHEMES and SipUri.parse(uri).headers is not None:
        raise BadHeader("Headers In Request-URI")


def read_headers(text: str) -> Headers:
    """Splits a header section into raw values by long lower-case name. Raises BadHeader."""
    headers: Headers = {}
    if not text:
        return headers
    values: list[str] = []
    lines = text.split("\r\n")
    if len(lines) > MAX_HEADERS:
        raise BadHeader("Too Many Headers")
    if text.count(",") > MAX_COMMAS or text.count(";") > MAX_SEMICOLONS or text.count("\\") > MAX_BACKSLASHES:
        raise BadHeader("Too Many Parts")
    for line in lines:
        if line[:1] in (" ", "\t"):
            if not values:
                raise BadHeader("Folded First Header")
            values[-1] = f"{values[-1]}\r\n{line}" if values[-1] else line.strip()
            continue
        written, colon, value = line.partition(":")
        name = _NAMES.get(written) or _long_name(written)
        if not colon or not name:
            if not line:
                continue
            raise BadHeader("Bad Header Line")
        values = headers.setdefault(name, [])
        values.append(value.strip())
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
        raise BadHeader("Stray Line End")
    return headers


_NAMES: dict[str, str] = {}  # as written: long and lower-case; peers write the same few over and over
_MAX_NAMES = 1000


def _long_name(written: str) -> str:
    """The long lower-case form of a header name, empty when it is none."""
    name = written.rstrip().lower()
    name = COMPACT.get(name, name)
    if not is_token(name):
        return ""
    if len(_NAMES) < _MAX_NAMES and len(written) < 40:
        _NAMES[written] = name
    return name


def _read_core(message: Message) -> None:
    """The five headers every message needs, each single one once."""
    headers = message.headers
    for name in REQUIRED:
        if name not in headers:
            raise BadHeader(f"Missing {name.title()}")
    for name, values in headers.items():
        if len(values) > 1 and name in SINGLE:
            raise BadHeader(f"Repeated {name.title()}")
    message.via = Via.parse(top_via(headers["via"][0]))
    message.from_ = NameAddr.parse(headers["from"][0])
    message.to = NameAddr.parse(headers["to"][0])
    message.call_id = headers["call-id"][0]
    if not message.call_id:
        raise BadHeader("Empty Call-Id")
    message.cseq, message.method = read_cseq(headers["cseq"][0])
    if "record-route" in headers:  # dialogs are made of it, where nobody could refuse any more
        read_addresses(headers["record-route"])


def top_via(raw: str) -> str:
    """The first of the comma-separated hops in a raw Via value. Raises BadHeader on an empty one anywhere."""
    if "," not in raw:
        return raw
    if '"' in raw:
        return raw  # a comma may stand in a quoted parameter; such a Via has to be alone in its header
    hops = raw.split(",")
    if not all(hop.strip() for hop in hops):
        raise BadHeader("Empty Via")
    return hops[0]


def _cut_body(headers: Headers, body: bytes) -> bytes:
    length = headers.get("content-length")
    if not length:
        return body
    try:
        size = read_number(unfold(length[0]), MAX_BODY)
    except BadHeader as exc:
        raise BadHeader("Bad Content-Length") from exc
    if size > len(body):
        raise BadHeader("Body Shorter Than Content-Length")
    return body[:size]
