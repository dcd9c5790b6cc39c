"""Trunks: carriers and other exchanges, known by address, with a login where they ask for one."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from telephony.sip.accounts import SipAccount
from telephony.sip.digest import Challenge, answer_challenge, hash_password
from telephony.sip.errors import SipError
from telephony.sip.locate import AUTO
from telephony.sip.sdes import SrtpPolicy
from telephony.sip.wire import Flow
from threadline.kernel.events import Json


class TrunkMisconfigured(SipError):
    """A trunk's configuration can't be used."""


@dataclass(frozen=True, slots=True)
class TrunkConfig:
    """One trunk.

    `addresses`: where its calls come from, as `203.0.113.7`, `203.0.113.0/24`, `[2001:db8::1]:5062` or
    `203.0.113.7:5080` (that port only). `inbound_user`/`inbound_password`: ask it for a digest as well.
    `host`, `port`, `transport`: where our calls go; transport `auto` leaves it to the domain's NAPTR and SRV
    records (RFC 3263 section 4.1). `user`, `password`: our login there; `register`: we
    register there, refreshed well before `expires_s`. `region`: how its national numbers are read.
    `trusted`: it may assert who calls, and is told who calls when that is not to be shown (RFC 3325).
    `qualify_s`: how often it is asked whether it is there (OPTIONS), 0 for never.
    `srtp`: keys in the session description, over TLS only.
    """

    name: str
    addresses: tuple[str, ...] = ()
    host: str | None = None
    port: int = 5060
    transport: str = "udp"
    user: str | None = None
    password: str | None = None
    register: bool = False
    expires_s: int = 3600
    inbound_user: str | None = None
    inbound_password: str | None = None
    region: str | None = None
    trusted: bool = True
    qualify_s: int = 60
    srtp: SrtpPolicy = "off"

    def __post_init__(self) -> None:
        if self.transport not in ("udp", "tcp", "tls", AUTO):
            raise TrunkMisconfigured("transport is udp, tcp, tls or auto")
        if self.srtp not in ("off", "offered", "required"):
            raise TrunkMisconfigured("srtp is off, offered or required")
        if self.srtp != "off" and self.transport != "tls":
            raise TrunkMisconfigured("srtp needs transport tls")
        if self.register and not (self.host and self.user):
            raise TrunkMisconfigured("register needs host and user")
        for address in self.addresses:
            _network(address)

    @classmethod
    def from_json(cls, name: str, config: Json) -> "TrunkConfig":
        """Reads the `config` column. Raises TrunkMisconfigured, unknown keys included."""
        known = {one for one in cls.__dataclass_fields__ if one != "name"}
        if unknown := set(config) - known:
            raise TrunkMisconfigured(f"unknown keys: {', '.join(sorted(unknown))}")
        values = dict(config)
        addresses = values.pop("addresses", None) or []
        if not isinstance(addresses, list):
            raise TrunkMisconfigured("addresses is a list")
        return cls(name=name, addresses=tuple(str(one) for one in addresses), **values)  # type: ignore[arg-type]  # keys checked above

    def to_json(self) -> Json:
        """What differs from the defaults, ready for the `config` column."""
        found: Json = {}
        for name, spec in self.__dataclass_fields__.items():
            value = getattr(self, name)
            if name != "name" and value != spec.default:
                found[name] = list(value) if isinstance(value, tuple) else value
        return found

    @property
    def uri_host(self) -> str:
        """Its host as it stands in an address: IPv6 in brackets. Empty where our calls have no way to it."""
        host = (self.host or "").strip("[]")
        return f"[{host}]" if ":" in host else host

    @property
    def flow(self) -> Flow | None:
        """Its host as configured; with transport `auto` by UDP until the name servers have answered."""
        transport = "udp" if self.transport == AUTO else self.transport
        return Flow(transport, self.host.strip("[]"), self.port) if self.host else None

    def inbound_account(self, realm: str) -> SipAccount | None:
        """The digest the trunk has to show us, as an account of our `realm`."""
        if self.inbound_user is None:
            return None
        user, password = self.inbound_user, self.inbound_password or ""
        sha, md5 = (hash_password(user, realm, password, algorithm) for algorithm in ("SHA-256", "MD5"))
        return SipAccount(user, realm, sha, md5, kind="trunk")


@dataclass(slots=True)
class Trunk:
    """A trunk at work: its addresses ready to compare, the realm it is pinned to."""

    config: TrunkConfig
    realm: str | None = None
    networks: list[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, int | None]] = field(
        default_factory=list
    )
    found: list[Flow] = field(default_factory=list)  # what DNS says its host is
    silent: set[Flow] = field(default_factory=set)  # of those, who does not answer OPTIONS

    def ways(self) -> list[Flow]:
        """Where its calls go, in the order to be tried: those that answer first."""
        flow = self.config.flow
        found = self.found or ([flow] if flow is not None else [])
        return sorted(found, key=lambda one: one in self.silent)

    def __post_init__(self) -> None:
        self.networks = [_network(address) for address in self.config.addresses]

    @property
    def name(self) -> str:
        return self.config.name

    def covers(self, flow: Flow) -> bool:
        """Does a packet from there come from this trunk? A page in a browser near it does not."""
        if flow.transport in ("ws", "wss"):
            return False
        address = _address(flow.host)
        if address is None:
            return False
        return any(address in network and port in (None, flow.port) for network, port in self.networks)

    def knows(self, host: str) -> bool:
        """Does the trunk use this address, by whatever port? The one our own calls go to included."""
        if self.config.host is not None and host == self.config.host.strip("[]"):
            return True
        if any(host == flow.host for flow in self.found):
            return True
        address = _address(host)
        return address is not None and any(address in network for network, _ in self.networks)

    def answer(self, challenge: Challenge, method: str, uri: str) -> str | None:
        """Our login line. The first realm seen is the only one ever answered."""
        config = self.config
        if config.user is None or config.password is None:
            return None
        if self.realm is None:
            self.realm = challenge.realm
        if self.realm != challenge.realm:
            return None
        return answer_challenge(challenge, method, uri, config.user, config.password)


def trunk_of(trunks: Sequence[Trunk], flow: Flow) -> Trunk | None:
    """The trunk a packet comes from; one that names the port goes before one that names the host only."""
    found = [trunk for trunk in trunks if trunk.covers(flow)]
    exact = [trunk for trunk in found if any(port == flow.port for _, port in trunk.networks)]
    return next(iter(exact or found), None)


def name_at(trunks: Sequence[Trunk], flow: Flow) -> str:
    """Who the other end of `flow` has to prove to be (RFC 5922): the trunk as it was configured, not as looked up."""
    named = (one.config.host for one in trunks if flow in one.found)
    return next((host.strip("[]") for host in named if host is not None), flow.host)


@lru_cache(4096)
def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _network(address: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, int | None]:
    host, port = address, None
    if address.startswith("[") or address.count(":") == 1:
        host, _, digits = address.rpartition(":")
        if not (digits.isascii() and digits.isdigit()):
            raise TrunkMisconfigured(f"not an address: {address}")
        host, port = host.strip("[]"), int(digits)
    try:
        return ipaddress.ip_network(host, strict=False), port
    except ValueError as exc:
        raise TrunkMisconfigured(f"not an address: {address}") from exc
