"""DNS for SIP by dnspython, and the keeping of each trunk's ways up to date."""

import asyncio
import logging
import socket
from collections.abc import Sequence
from random import SystemRandom
from typing import Any, Final

import dns.asyncresolver
import dns.exception
import dns.resolver

from telephony.sip.locate import DEFAULT_TTL_S, LookupFailed, Naptr, Resolver, Srv, is_address, locate
from telephony.sip.trunks import Trunk
from threadline.ending import heed

log = logging.getLogger(__name__)

ANSWER_WITHIN_S: Final = 4.0
SHORTEST_S: Final = 30.0
LONGEST_S: Final = 3600.0


class DnsResolver:
    """Asks the machine's name servers, or `servers` at `port`. Addresses may also come from the hosts file."""

    def __init__(self, servers: Sequence[str] = (), port: int = 53) -> None:
        self._resolver: dns.asyncresolver.Resolver | None = None
        self._servers = list(servers)
        self._port = port

    async def naptr(self, name: str) -> tuple[list[Naptr], float]:
        records, ttl_s = await self._ask(name, "NAPTR")
        return [
            Naptr(one.order, one.preference, one.flags.decode(), one.service.decode(), _text(one.replacement))
            for one in records
        ], ttl_s

    async def srv(self, name: str) -> tuple[list[Srv], float]:
        records, ttl_s = await self._ask(name, "SRV")
        return [Srv(one.priority, one.weight, one.port, _text(one.target)) for one in records], ttl_s

    async def addresses(self, name: str) -> tuple[list[str], float]:
        """IPv4 before IPv6."""
        try:
            found4, ttl4_s = await self._ask(name, "A")
            found6, ttl6_s = await self._ask(name, "AAAA")
        except LookupFailed:
            return await self._from_hosts(name)
        found = [one.address for one in (*found4, *found6)]
        return (found, min(ttl4_s, ttl6_s)) if found else await self._from_hosts(name)

    async def _from_hosts(self, name: str) -> tuple[list[str], float]:
        if self._servers:
            return [], DEFAULT_TTL_S
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                found = await loop.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
        except (OSError, TimeoutError):
            return [], DEFAULT_TTL_S
        return [str(one[4][0]) for one in found], DEFAULT_TTL_S

    async def _ask(self, name: str, kind: str) -> tuple[list[Any], float]:
        try:
            async with asyncio.timeout(2 * ANSWER_WITHIN_S):
                answer = await self._opened().resolve(
                    name, kind, lifetime=ANSWER_WITHIN_S, raise_on_no_answer=False, search=False
                )
        except dns.resolver.NXDOMAIN:
            return [], DEFAULT_TTL_S
        except (dns.exception.DNSException, OSError, TimeoutError) as exc:
            raise LookupFailed from exc
        if answer.rrset is None:
            return [], DEFAULT_TTL_S
        return list(answer.rrset), float(answer.rrset.ttl)

    def _opened(self) -> dns.asyncresolver.Resolver:
        """Read late: a machine without name servers is no reason not to start."""
        if self._resolver is None:
            self._resolver = dns.asyncresolver.Resolver(configure=not self._servers)
            if self._servers:
                self._resolver.nameservers = self._servers
                self._resolver.port = self._port
        return self._resolver


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True)


async def keep_ways(trunk: Trunk, resolver: Resolver) -> None:
    """Looks a trunk's host name up, again and again as its records run out. Returns where there is none."""
    config = trunk.config
    if config.flow is None or is_address(config.flow.host):
        return
    pick = SystemRandom().randrange
    while True:
        wait_s = SHORTEST_S
        try:
            ways = await locate(resolver, config.flow.host, config.port, config.transport, pick)
        except LookupFailed as exc:
            log.warning("trunk not looked up", extra={"trunk": trunk.name, "error": str(exc)})
        else:
            if ways.flows:
                trunk.found = ways.flows
                wait_s = min(max(ways.ttl_s, SHORTEST_S), LONGEST_S)
                log.info("trunk looked up", extra={"trunk": trunk.name, "ways": len(ways.flows)})
            else:
                log.warning("trunk's name leads nowhere", extra={"trunk": trunk.name})
        heed()
        await asyncio.sleep(wait_s)
