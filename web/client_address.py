"""From which address a request came, also behind proxies of ours. Pure.

What `X-Forwarded-For` says is anybody's word: it is read from its end, and only as far as those who wrote it are
proxies we were told to trust. The first address that is none of them is the client.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from aiohttp import web

HOPS_MAX: Final = 20


class Proxies:
    """`trusted`: addresses and networks of proxies of ours."""

    def __init__(self, trusted: Sequence[str] = ()) -> None:
        self._networks = [ip_network(one) for one in trusted]

    def client(self, request: web.Request) -> str:
        """The client's address as text; the peer's own where no trusted proxy says another, "" if there is none."""
        said = ",".join(request.headers.getall("X-Forwarded-For", []))
        return self.behind(request.remote or "", said)

    def behind(self, peer: str, forwarded: str) -> str:
        """`forwarded` is the whole of X-Forwarded-For, the nearest hop last."""
        hops = forwarded.split(",")[-HOPS_MAX:] if forwarded else []
        while hops and self._is_ours(peer):
            nearer = _address(hops.pop())
            if nearer is None:
                return peer
            peer = str(nearer)
        return peer

    def _is_ours(self, peer: str) -> bool:
        address = _address(peer)
        return address is not None and any(address in network for network in self._networks)


def bucket(address: str) -> str:
    """What is limited as one: an IPv4 address, or the /64 that one IPv6 subscriber has to choose from."""
    found = _address(address)
    if not isinstance(found, IPv6Address):
        return address
    return str(IPv6Network((int(found) >> 64 << 64, 64)))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Also with a port, or in brackets, as some proxies write it."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
