"""Whose request it is, told only by proxies of ours."""

import pytest

from web.client_address import Proxies, bucket

pytestmark = pytest.mark.unit
OURS = Proxies(("127.0.0.1", "10.0.0.0/8", "fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),  # nobody we trust said so
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"),  # the client made the first one up
        ("127.0.0.1", "192.0.2.66, 198.51.100.1, 10.1.2.3", "198.51.100.1"),
        ("127.0.0.1", "10.1.2.3, 10.1.2.4", "10.1.2.3"),
        ("127.0.0.1", "198.51.100.1:5123", "198.51.100.1"),
        ("fd00::1", "[2001:db8::7]:443", "2001:db8::7"),
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, unknown", "127.0.0.1"),
        ("127.0.0.1", "," * 5000, "127.0.0.1"),
        ("", "198.51.100.1", ""),
    ],
)
def test_only_trusted_proxies_name_another_client(peer: str, forwarded: str, client: str) -> None:
    assert OURS.behind(peer, forwarded) == client


def test_without_trusted_proxies_the_header_says_nothing() -> None:
    assert Proxies().behind("127.0.0.1", "198.51.100.1") == "127.0.0.1"


def test_one_subscribers_ipv6_addresses_are_limited_together() -> None:
    assert bucket("2001:db8:1:2:3::4") == bucket("2001:db8:1:2:ffff::9") != bucket("2001:db8:1:3::4")
    assert bucket("198.51.100.1") == "198.51.100.1"
    assert bucket("odd") == "odd"
