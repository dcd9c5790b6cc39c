"""Which address phones and trunks are told to send to."""

import ipaddress
import socket

from threadline.config import Settings

_NOWHERE = "192.0.2.1"  # RFC 5737: documentation, never routed; connecting a UDP socket sends nothing
_NOWHERE6 = "2001:db8::1"  # RFC 3849: the same


def advertised_host(settings: Settings) -> str:
    """`public_host` where set, else the address we listen on, else the machine's own on its default route."""
    if settings.public_host:
        return settings.public_host
    return own_address() if is_any(settings.sip.host) else settings.sip.host


def advertised_host6(settings: Settings) -> str | None:
    """The same for IPv6 peers; None where we don't listen on both kinds of address or have no IPv6 one."""
    if settings.public_host6 or settings.sip.host != "::":
        return settings.public_host6
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_NOWHERE6, 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def own_address() -> str:
    """The IPv4 address this machine would send from; 127.0.0.1 without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_NOWHERE, 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def is_any(host: str) -> bool:
    """0.0.0.0 or ::, every interface."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_private(host: str) -> bool:
    """An address that only a local network knows."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False
