"""Which addresses we call for an admin who names a URL: none within our own network. Pure.

Judged is the address a name leads to at the moment of the call, by the resolver that then connects.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from threadline.kernel.errors import Invalid

_TRANSLATED: Final = (
    ip_network("64:ff9b::/96"),
    ip_network("64:ff9b:1::/48"),
    ip_network("2002::/16"),
    ip_network("2001::/32"),
)
"""IPv6 that carries an IPv4 address, which may be a private one: nobody needs it to be called."""


class UrlRefused(Invalid):
    """This URL may not be called. `reason` is a word that pages translate."""

    field = "url"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def is_public(address: str) -> bool:
    """Whether an IP address is anybody's on the Internet."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in net for net in _TRANSLATED):
            return False
    return ip.is_global and not ip.is_multicast


def check_url(url: str, *, may_be_private: bool = False) -> None:
    """Raises UrlRefused. A name that leads inside is found when it is called."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as exc:
        raise UrlRefused("pattern", "That is no URL.") from exc
    schemes = ("https", "http") if may_be_private else ("https",)
    if parts.scheme not in schemes or not host:
        raise UrlRefused("needs_https", "The URL must begin with https://")
    if parts.username is not None or parts.fragment or any(ord(one) <= 32 for one in url):
        raise UrlRefused("url_extras", "The URL may hold neither a login, nor a fragment, nor spaces.")
    if not may_be_private and _is_literal(host) and not is_public(host):
        raise UrlRefused("private", "Addresses within a private network are not called.")


def _is_literal(host: str) -> bool:
    """As aiohttp sees it: such a host is connected to without being resolved, in forms like 2130706433, too."""
    return ":" in host or host.replace(".", "").isdigit()
