"""Scanners shared by the header parsers (RFC 3261 section 25.1). Every one is linear in its input."""

import re
import string

from telephony.sip.errors import BadHeader

TOKEN_CHARS = string.ascii_letters + string.digits + "-.!%*_+`'~"
HOST_CHARS = string.ascii_letters + string.digits + "-._"
Params = dict[str, str | None]
_QUOTED = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)  # from behind the opening quote on


def is_token(text: str) -> bool:
    """True for one or more token characters: stripping them from both ends leaves nothing."""
    return bool(text) and not text.strip(TOKEN_CHARS)


def unfold(value: str) -> str:
    """A folded header value on one line (RFC 3261 section 7.3.1); the white space itself stays."""
    return value.replace("\r\n", "") if "\r" in value else value


def read_number(text: str, limit: int) -> int:
    """A decimal number up to `limit`, leading zeros allowed. Raises BadHeader."""
    if len(text) < 8 and text.isascii() and text.isdigit() and (number := int(text)) <= limit:
        return number
    text = text.strip()
    if not (text.isascii() and text.isdigit()) or len(text.lstrip("0")) > len(str(limit)):
        raise BadHeader("not a number in range")
    number = int(text)
    if number > limit:
        raise BadHeader("number too large")
    return number


def closing_quote(text: str, start: int) -> int:
    """Index of the quote that ends the string opened at `start`. Raises BadHeader when there is none."""
    inner = _QUOTED.match(text, start + 1)
    if inner is None:
        raise BadHeader("unbalanced quotes")
    return inner.end() - 1


def unquote(text: str) -> str:
    """The content of a quoted string, escapes resolved; other text as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    inner = text[1:-1]
    if "\\" not in inner:
        return inner
    return "\\".join(part.replace("\\", "") for part in inner.split("\\\\"))


def quote(text: str) -> str:
    """A quoted string safe to put in a header: control characters dropped, quotes and backslashes escaped."""
    clean = "".join(char for char in text if char >= " " and char != "\x7f")
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'


def split_list(text: str, separator: str) -> list[str]:
    """Splits at `separator` where it stands outside quotes and angle brackets; parts are stripped.

    Raises BadHeader on unbalanced quotes.
    """
    if '"' not in text:
        if "<" not in text:
            return [part.strip() for part in text.split(separator)]
        if separator not in text and text.count("<") == 1 and text.find(">") > text.find("<"):
            return [text.strip()]
    parts: list[str] = []
    start = at = 0
    while at < len(text):
        char = text[at]
        if char == '"':
            at = closing_quote(text, at)
        elif char == "<":
            end = text.find(">", at)
            if end < 0:
                raise BadHeader("missing >")
            at = end
        elif char == separator:
            parts.append(text[start:at].strip())
            start = at + 1
        at += 1
    parts.append(text[start:].strip())
    return parts


def read_params(text: str) -> Params:
    """`;a=b;c` as {"a": "b", "c": None}: names lower-case, values raw, the first of a double wins.

    Raises BadHeader on an empty parameter or anything before the first semicolon.
    """
    text = text.strip()
    if not text:
        return {}
    if text[0] != ";":
        raise BadHeader("text between address and parameters")
    params: Params = {}
    for part in split_list(text[1:], ";"):
        name, equals, value = part.partition("=")
        name = name.rstrip().lower()
        if not is_token(name):
            raise BadHeader("not a parameter")
        params.setdefault(name, value.lstrip() if equals else None)
    return params


def read_host_port(text: str) -> tuple[str, int | None]:
    """`host`, `host:5060`, `[v6]:5060`. The brackets of a v6 address stay. Raises BadHeader."""
    text = text.strip()
    if text.startswith("["):
        host, bracket, rest = text.partition("]")
        if not bracket or (rest and rest[0] != ":"):
            raise BadHeader("not a host")
        if host[1:].strip("0123456789abcdefABCDEF:."):
            raise BadHeader("not a host")
        host, port = host + "]", rest[1:]
        has_port = bool(rest)
    else:
        host, colon, port = text.partition(":")
        host, has_port = host.rstrip(), bool(colon)
        if not host or host.strip(HOST_CHARS):
            raise BadHeader("not a host")
    return host, read_number(port, 65535) if has_port else None
