"""Structured header values (RFC 3261 section 20). Text in, frozen values out, BadHeader when it can't be read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from telephony.sip.errors import BadHeader
from telephony.sip.grammar import (
    Params,
    closing_quote,
    is_token,
    read_host_port,
    read_number,
    read_params,
    split_list,
    unfold,
    unquote,
)
from telephony.sip.uri import PLAIN_PORT, scheme_of

MAGIC_COOKIE = "z9hG4bK"
CSEQ_LIMIT = 2**31 - 1

# What nearly every peer writes, read in one match; anything else is read with care below, to the same result.
_PLAIN_PARAMS = r"((?:;[A-Za-z0-9\-]++(?:=[A-Za-z0-9.\-_!%*+'~:\[\]]++)?+)*+)"
_PLAIN_VIA: Final = re.compile(rf"SIP/2\.0/([A-Z]++) ([A-Za-z0-9.\-_]++)(?::{PLAIN_PORT})?+{_PLAIN_PARAMS}")
_PLAIN_ADDRESS: Final = re.compile(
    rf'(?:"([^"\\\r\n]*+)" ?)?+<((?:sips?|tel):[A-Za-z0-9.\-_+*#~!@:;=]++)>{_PLAIN_PARAMS}'
)


def _plain_params(text: str) -> Params:
    params: Params = {}
    for part in text[1:].split(";") if text else ():
        name, equals, value = part.partition("=")
        params.setdefault(name.lower(), value if equals else None)
    return params


@dataclass(frozen=True, slots=True)
class Via:
    """One hop (section 20.42). `host` and `port` are the sent-by."""

    transport: str
    host: str
    port: int | None
    params: Params

    @classmethod
    def parse(cls, text: str) -> "Via":
        """Reads a single value."""
        plain = _PLAIN_VIA.fullmatch(text)
        if plain is not None:
            name, host, digits, params = plain.groups()
            return cls(name, host, int(digits) if digits else None, _plain_params(params))
        return cls._odd(unfold(text))

    @classmethod
    def _odd(cls, text: str) -> "Via":
        if text.startswith("SIP/2.0/"):
            transport, space, rest = text[8:].partition(" ")
        else:
            transport, space, rest = _spaced_protocol(text)
        transport = transport.strip()
        if not space or not is_token(transport):
            raise BadHeader("Via names no transport")
        sent_by, semicolon, params = rest.lstrip().partition(";")
        host, port = read_host_port(sent_by)
        return cls(transport.upper(), host, port, read_params(";" + params) if semicolon else {})

    @property
    def branch(self) -> str:
        return self.params.get("branch") or ""

    @property
    def is_rfc3261(self) -> bool:
        """The branch identifies the transaction (section 8.1.1.7); a bare cookie does not."""
        return self.branch.startswith(MAGIC_COOKIE) and len(self.branch) > len(MAGIC_COOKIE)


def _spaced_protocol(text: str) -> tuple[str, str, str]:
    """`SIP / 2.0 / UDP host` with the white space the grammar allows."""
    parts = text.replace("\t", " ").split("/", 2)
    if len(parts) != 3 or parts[0].strip().upper() != "SIP" or parts[1].strip() != "2.0":
        raise BadHeader("Via is not SIP/2.0")
    return parts[2].lstrip().partition(" ")


@dataclass(frozen=True, slots=True)
class NameAddr:
    """From, To, Contact, Route and their kin (section 20.10). `display` is unquoted, `uri` raw text."""

    display: str
    uri: str
    params: Params

    @classmethod
    def parse(cls, text: str) -> "NameAddr":
        """Reads a single value. The scheme may be any; only its presence is checked."""
        plain = _PLAIN_ADDRESS.fullmatch(text)
        if plain is not None:
            display, uri, params = plain.groups()
            return cls(display or "", uri, _plain_params(params))
        return cls._odd(unfold(text).strip())

    @classmethod
    def _odd(cls, text: str) -> "NameAddr":
        after_display = closing_quote(text, 0) + 1 if text.startswith('"') else 0
        opening = text.find("<", after_display)
        if opening < 0:
            return cls._bare(text, after_display)
        closing = text.find(">", opening)
        if closing < 0:
            raise BadHeader("missing >")
        uri = text[opening + 1 : closing].strip()
        scheme_of(uri)
        display = text[:opening].strip()
        if '"' in display and not (after_display and len(display) == after_display):
            raise BadHeader("quotes inside a display name")
        rest = text[closing + 1 :]
        return cls(unquote(display), uri, read_params(rest) if rest else {})

    @classmethod
    def _bare(cls, text: str, after_display: int) -> "NameAddr":
        """Without brackets every parameter is the header's, and `?` or `,` may not stand in the address."""
        uri, semicolon, params = text.partition(";")
        uri = uri.rstrip()
        if after_display or "?" in uri or "," in uri or " " in uri or "\t" in uri or '"' in uri:
            raise BadHeader("an address that needs brackets")
        scheme_of(uri)
        return cls("", uri, read_params(";" + params) if semicolon else {})

    @property
    def tag(self) -> str:
        return self.params.get("tag") or ""


def read_addresses(values: Iterable[str]) -> list[NameAddr]:
    """All addresses of a header that may be repeated or comma-separated."""
    return [NameAddr.parse(part) for value in values for part in split_list(unfold(value), ",")]


def read_tokens(values: Iterable[str]) -> list[str]:
    """Option tags, methods: a comma-separated list, empty parts left out."""
    return [part.strip() for value in values for part in unfold(value).split(",") if part.strip()]


def read_cseq(text: str) -> tuple[int, str]:
    """`(number, method)`; the number is below 2**31 (section 8.1.1.5)."""
    parts = unfold(text).split()
    if len(parts) != 2 or not is_token(parts[1]):
        raise BadHeader("CSeq is a number and a method")
    return read_number(parts[0], CSEQ_LIMIT), parts[1]
