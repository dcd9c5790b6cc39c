"""Where a SIP host name leads (RFC 3263): NAPTR, SRV, then addresses, in the order they are to be tried."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Protocol

from telephony.sip.build import DEFAULT_PORT, DEFAULT_TLS_PORT
from telephony.sip.errors import SipError
from telephony.sip.wire import Flow

SERVICES: Final = {"udp": "SIP+D2U", "tcp": "SIP+D2T", "tls": "SIPS+D2T"}
PREFIXES: Final = {"udp": "_sip._udp.", "tcp": "_sip._tcp.", "tls": "_sips._tcp."}
AUTO: Final = "auto"  # the transport is the name servers' choice
TRIED_IN_TURN: Final = ("udp", "tcp", "tls")  # where they name none
MOST_WAYS: Final = 10  # a name that leads to more is somebody's mistake
DEFAULT_TTL_S: Final = 300.0


class LookupFailed(SipError):
    """No name server gave an answer. What was known before stays good."""


@dataclass(frozen=True, slots=True)
class Naptr:
    order: int
    preference: int
    flags: str
    service: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Srv:
    priority: int
    weight: int
    port: int
    target: str


@dataclass(frozen=True, slots=True)
class Ways:
    """The flows to try, best first, and for how long they may be kept."""

    flows: list[Flow]
    ttl_s: float


class Resolver(Protocol):
    """A name server. Each answer is the records and their time to live in seconds; none: an empty list.

    Raises LookupFailed when nobody answers.
    """

    async def naptr(self, name: str) -> tuple[list[Naptr], float]: ...

    async def srv(self, name: str) -> tuple[list[Srv], float]: ...

    async def addresses(self, name: str) -> tuple[list[str], float]: ...


def srv_name(records: Sequence[Naptr], host: str, transport: str) -> str:
    """Which SRV record to ask for: what NAPTR names for our transport, else the well-known one."""
    fit = [one for one in records if one.service.upper() == SERVICES[transport] and one.flags.lower() == "s"]
    best = min(fit, key=lambda one: (one.order, one.preference), default=None)
    return best.replacement if best is not None else PREFIXES[transport] + host


def services_of(records: Sequence[Naptr]) -> list[tuple[str, str]]:
    """The transports of ours that NAPTR names, with the SRV record to ask for, in the domain's order."""
    ours = {service: transport for transport, service in SERVICES.items()}
    fit = [one for one in records if one.service.upper() in ours and one.flags.lower() == "s"]
    fit.sort(key=lambda one: (one.order, one.preference))
    return [(ours[one.service.upper()], one.replacement) for one in fit]


def in_order(records: Sequence[Srv], pick: Callable[[int], int]) -> list[Srv]:
    """RFC 2782: by priority, and within one at random by weight. `pick(n)` is a number from 0 to n - 1."""
    ordered: list[Srv] = []
    for priority in sorted({one.priority for one in records}):
        left = sorted((one for one in records if one.priority == priority), key=lambda one: one.weight)
        while left:
            chosen, sum_so_far = pick(sum(one.weight for one in left) + 1), 0
            for one in left:
                sum_so_far += one.weight
                if sum_so_far >= chosen:
                    ordered.append(one)
                    left.remove(one)
                    break
    return [one for one in ordered if one.target not in ("", ".")]


async def locate(
    resolver: Resolver, host: str, port: int, transport: str, pick: Callable[[int], int]
) -> Ways:
    """Raises LookupFailed. An address leads to itself; a port of its own rules out SRV (section 4.2).

    `transport`: udp, tcp, tls or auto, which leaves it to NAPTR, else to the SRV records there are, else is udp.
    """
    if transport == AUTO:
        return await _locate_any(resolver, host, port, pick)
    if is_address(host):
        return Ways([Flow(transport, host, port)], float("inf"))
    usual = DEFAULT_TLS_PORT if transport == "tls" else DEFAULT_PORT
    if port not in (usual, DEFAULT_PORT) or transport not in SERVICES:
        return await _by_address(resolver, [(host, port)], transport, float("inf"))
    records, naptr_ttl_s = await resolver.naptr(host)
    servers, srv_ttl_s = await resolver.srv(srv_name(records, host, transport))
    ttl_s = min(naptr_ttl_s if records else srv_ttl_s, srv_ttl_s)
    if not servers:
        return await _by_address(resolver, [(host, port)], transport, float("inf"))
    targets = [(one.target, one.port) for one in in_order(servers, pick)]
    return await _by_address(resolver, targets, transport, ttl_s)


async def _locate_any(resolver: Resolver, host: str, port: int, pick: Callable[[int], int]) -> Ways:
    """Section 4.1: an address or a port of its own means UDP; else the domain's own order of transports."""
    if is_address(host):
        return Ways([Flow("udp", host, port)], float("inf"))
    if port != DEFAULT_PORT:
        return await _by_address(resolver, [(host, port)], "udp", float("inf"))
    records, naptr_ttl_s = await resolver.naptr(host)
    services = services_of(records)
    found = Ways([], naptr_ttl_s if services else float("inf"))
    for transport, name in services or [(one, PREFIXES[one] + host) for one in TRIED_IN_TURN]:
        servers, ttl_s = await resolver.srv(name)
        if servers:
            targets = [(one.target, one.port) for one in in_order(servers, pick)]
            ways = await _by_address(resolver, targets, transport, ttl_s)
            found = Ways((found.flows + ways.flows)[:MOST_WAYS], min(found.ttl_s, ways.ttl_s))
    return found if found.flows else await _by_address(resolver, [(host, port)], "udp", found.ttl_s)


async def _by_address(
    resolver: Resolver, targets: list[tuple[str, int]], transport: str, ttl_s: float
) -> Ways:
    flows: list[Flow] = []
    for target, port in targets[:MOST_WAYS]:
        if is_address(target):
            flows.append(Flow(transport, target, port))
            continue
        found, address_ttl_s = await resolver.addresses(target)
        ttl_s = min(ttl_s, address_ttl_s) if found else ttl_s
        flows.extend(Flow(transport, address, port) for address in found)
    return Ways(flows[:MOST_WAYS], ttl_s if flows else DEFAULT_TTL_S)


def is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
