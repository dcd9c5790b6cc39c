"""The network: ports that are free, an audio range that makes sense, an address others can reach."""

import json
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from threadline.addresses import advertised_host, is_any, is_loopback, is_private
from threadline.cli.doctor.finding import Finding, fail, ok, warn
from threadline.config import HostPort, Settings

EPHEMERAL: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
SAMPLES: Final = 32
FEW_PORTS: Final = 400  # a hundred bridged calls


def listening(settings: Settings) -> Iterator[Finding]:
    """The ports of pages and phones: free, or held by a Threadline that answers."""
    if _threadline_answers(settings.http):
        yield ok(f"a Threadline answers on http://{settings.http}; its ports are not examined")
        return
    for kind, name, address in (
        (socket.SOCK_STREAM, "--http", settings.http),
        (socket.SOCK_DGRAM, "--sip", settings.sip),
        (socket.SOCK_STREAM, "--sip", settings.sip),
    ):
        protocol = "TCP" if kind == socket.SOCK_STREAM else "UDP"
        trouble = _bind(kind, address)
        if trouble is None:
            yield ok(f"{name} {protocol} {address} is free")
        else:
            yield fail(f"{name} {protocol} {address}: {trouble}", f"end what uses it, or give another {name}")


def audio_ports(settings: Settings) -> Iterator[Finding]:
    ports = settings.rtp_ports
    count = ports.last - ports.first + 1
    if ports.first <= settings.sip.port <= ports.last:
        yield fail(f"--rtp-ports {ports} contains the SIP port {settings.sip.port}", "move one of them")
    host = "0.0.0.0" if is_any(settings.sip.host) else settings.sip.host  # noqa: S104  # a look, not a service
    step = max(1, count // SAMPLES)
    taken = [
        port
        for port in range(ports.first, ports.last + 1, step)
        if _bind(socket.SOCK_DGRAM, HostPort(host, port))
    ]
    fact = f"--rtp-ports {ports}: room for {count // 4} bridged calls"
    if len(taken) > SAMPLES // 2:
        yield fail(f"{fact}, but most are taken", "choose another range")
    elif count < FEW_PORTS:
        yield warn(fact, "four ports a bridged call; widen the range for more")
    else:
        yield ok(fact)
    yield from _ephemeral_overlap(ports.first, ports.last)


def public_address(settings: Settings) -> Finding:
    """Whether the address that goes into SDP and Contact can be reached by those who read it."""
    host = advertised_host(settings)
    fact = f"phones and trunks are told to send to {host}"
    if is_loopback(host):
        if is_loopback(settings.sip.host):
            return ok(f"{fact}: this machine only")
        return fail(fact, "nobody else can: set --public-host to this machine's address")
    if settings.public_host is None:
        if is_private(host):
            return warn(
                f"{fact} (found, a private address)",
                "for phones or trunks beyond this network set --public-host",
            )
        return ok(f"{fact} (found)")
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return fail(f"{fact}, which does not resolve", "correct --public-host")
    return ok(fact)


def _bind(kind: socket.SocketKind, address: HostPort) -> str | None:
    """None when the address can be had, else why not."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as exc:
            return exc.strerror or str(exc)
    return None


def _threadline_answers(address: HostPort) -> bool:
    host = "127.0.0.1" if is_any(address.host) else address.host
    try:
        with urllib.request.urlopen(f"http://{HostPort(host, address.port)}/api/health", timeout=2) as answer:
            return isinstance(json.load(answer), dict)
    except (OSError, ValueError):
        return False


def _ephemeral_overlap(first: int, last: int) -> Iterator[Finding]:
    try:
        low, high = map(int, EPHEMERAL.read_text("ascii").split())
    except (OSError, ValueError):
        return
    if first <= high and low <= last:
        yield warn(
            f"the kernel hands out {low}-{high} to outgoing connections, which overlaps --rtp-ports {first}-{last}",
            f"choose a range below {low}, or a call may find its port taken",
        )
