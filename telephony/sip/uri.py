"""SIP addresses (RFC 3261 section 19.1)."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from telephony.sip.errors import BadHeader, BadUri
from telephony.sip.grammar import Params, is_token, read_host_port

SIP_SCHEMES = frozenset({"sip", "sips"})
PLAIN_PORT: Final = "([1-5][0-9]{4}|6[0-4][0-9]{3}|[0-9]{1,4})"  # all but the highest few
_PLAIN: Final = re.compile(rf"sips?:([A-Za-z0-9.\-_+*#~!]++)@[A-Za-z0-9.\-_]++(?::{PLAIN_PORT})?+")


def is_plain(text: str) -> bool:
    """An address of nothing but a user, a host and perhaps a port: what nearly everybody writes."""
    return _PLAIN.fullmatch(text) is not None


def plain_user(text: str) -> str | None:
    """The user of a plain address, None for any other."""
    found = _PLAIN.fullmatch(text)
    return None if found is None else found[1]


def scheme_of(text: str) -> str:
    """The scheme of any URI, lower-case. Raises BadUri when there is none."""
    if text[:4] == "sip:" and len(text) > 4:
        return "sip"
    scheme, colon, rest = text.partition(":")
    if not colon or not rest or not is_token(scheme) or not scheme[0].isalpha():
        raise BadUri("an address needs a scheme")
    return scheme.lower()


@dataclass(frozen=True, slots=True)
class SipUri:
    """A `sip:` or `sips:` address. `user` is raw (still escaped), names in `params` are lower-case."""

    scheme: str
    user: str | None
    host: str
    port: int | None = None
    password: str | None = None
    params: Params = field(default_factory=dict)
    headers: str | None = None

    @classmethod
    def parse(cls, text: str) -> "SipUri":
        """Reads an address without brackets around it. Raises BadUri."""
        scheme, _, rest = text.partition(":")
        scheme = scheme.lower()
        if scheme not in SIP_SCHEMES:
            raise BadUri("not a SIP address")
        if not rest.isprintable() or " " in rest or "<" in rest or ">" in rest or '"' in rest:
            raise BadUri("white space or brackets in an address")
        userinfo, at, hostpart = rest.partition("@")
        if not at:
            userinfo, hostpart = "", rest
        user, colon, password = userinfo.partition(":")
        if at and not user:
            raise BadUri("an empty user")
        hostpart, question, headers = hostpart.partition("?")
        hostport, semicolon, params = hostpart.partition(";")
        try:
            host, port = read_host_port(hostport)
        except BadHeader as exc:
            raise BadUri(str(exc)) from exc
        return cls(
            scheme=scheme,
            user=user if at else None,
            host=host,
            port=port,
            password=password if colon else None,
            params=_params(params) if semicolon else {},
            headers=headers if question else None,
        )

    @property
    def number(self) -> str:
        """The user part as people write it: escapes resolved, parameters (`;phone-context=`) left out."""
        raw = (self.user or "").partition(";")[0]
        if "%" not in raw:
            return raw
        return unquote_to_bytes(raw).decode("utf-8", "replace")

    @property
    def is_loose_router(self) -> bool:
        return "lr" in self.params

    def __str__(self) -> str:
        password = f":{self.password}" if self.password is not None else ""
        user = f"{self.user}{password}@" if self.user is not None else ""
        port = f":{self.port}" if self.port is not None else ""
        params = "".join(
            f";{name}" if value is None else f";{name}={value}" for name, value in self.params.items()
        )
        headers = f"?{self.headers}" if self.headers is not None else ""
        return f"{self.scheme}:{user}{self.host}{port}{params}{headers}"


def _params(text: str) -> Params:
    params: Params = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if not name:
            raise BadUri("an empty parameter")
        params.setdefault(name.lower(), value if equals else None)
    return params
