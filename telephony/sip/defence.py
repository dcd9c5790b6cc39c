"""Who may talk to the SIP port, how fast, and who is shut out. Pure: the caller owns the clock (seconds, any origin).

Asked before a packet is parsed, so the usual answer costs two table look-ups. Every table is bounded, and an
attacker who fills one forgets his own past, never a ban or a known phone. Addresses are counted whole in IPv4
and by /64 in IPv6, which is what one customer line is given.
"""

import ipaddress
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from telephony.sip.wire import Flow

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK: Final = ("127.0.0.1", "::1")
MAX_SOURCES: Final = 20_000
MAX_KNOWN: Final = 50_000
MAX_BANS: Final = 10_000
ASK_AGAIN_S: Final = 30.0
RECENT: Final = 200
FLOOD_MEMORY_S: Final = 300.0
KNOWN_S: Final = 7200.0  # longer than any registration lasts without being repeated
FORGIVE_S: Final = 86_400.0  # after so long without a ban the next one is short again
SCANNERS: Final = (
    "friendly-scanner", "friendly-request", "sipvicious", "sip-scan", "sundayddr", "iwar", "vaxsipuseragent",
    "vaxipuseragent", "pplsip", "sivus", "siparmyknife", "sipcli", "smap ", "sipptk", "svwar", "svmap", "svcrack",
)  # fmt: skip
"""Words of User-Agents nobody's phone has; what sends them wants in."""


class Refusal(StrEnum):
    """Why a packet or a request went no further."""

    BANNED = "banned"
    ADDRESS_RATE = "address_rate"  # too many from one address
    GLOBAL_RATE = "global_rate"  # too many from strangers together
    SCANNER = "scanner"
    MALFORMED = "malformed"
    OVERLOADED = "overloaded"  # the loop lags, packets wait too long, or set-ups take too long
    DRAINING = "draining"
    TABLE_FULL = "table_full"
    WRONG_PROOF = "wrong_proof"  # a completed digest that is wrong
    NOT_ALLOWED = "not_allowed"  # proved, but may not do this
    NOBODY_THERE = "nobody_there"  # a number nobody answers
    NO_SUCH_DIALOG = "no_such_dialog"


@dataclass(frozen=True, slots=True)
class DefenceRules:
    """Messages a second and bursts; failed digests until a ban; how long bans last, in seconds.

    `per_known`: from an address whose phone proved a password lately; such are not part of the global limit.
    `failures` are forgiven one every `failure_every_s`. Each ban of the same address lasts `ban_growth` times
    as long as the one before.
    """

    per_address: float = 60.0
    address_burst: float = 400.0
    per_known: float = 600.0
    known_burst: float = 3000.0
    strangers: float = 3000.0
    strangers_burst: float = 3000.0
    failures: int = 10
    failure_every_s: float = 30.0
    ban_s: float = 60.0
    ban_growth: float = 4.0
    longest_ban_s: float = 86_400.0


@dataclass(frozen=True, slots=True)
class Ban:
    """An address shut out. `count`: how often by now."""

    address: str
    since: float
    until: float
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """One thing refused, for the operator's page."""

    at: float
    address: str
    reason: Refusal
    method: str


@dataclass(frozen=True, slots=True)
class Flood:
    """An address that was cut off by its bucket lately. `refused`: packets since it began."""

    address: str
    refused: int
    last: float


class Bucket:
    """Tokens: `rate` a second, at most `burst`."""

    __slots__ = ("at", "tokens")

    def __init__(self, burst: float, now: float) -> None:
        self.tokens = burst
        self.at = now

    def take(self, rate: float, burst: float, now: float) -> bool:
        tokens = self.tokens + (now - self.at) * rate
        self.at = now
        self.tokens = min(tokens, burst)
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True


class _Source(Bucket):
    """One address as far as it is remembered."""

    __slots__ = ("last_refused", "refused")

    def __init__(self, burst: float, now: float) -> None:
        super().__init__(burst, now)
        self.refused = 0
        self.last_refused = 0.0


class Defence:
    """The guard of one SIP port.

    `allowed`: networks that are never limited nor banned, so that an operator can't lock himself out; trunks
    are exempt too (`is_trusted`). `is_bound` says whether a phone is registered from exactly there, host and port:
    it is heard even when its neighbours behind the same address got that address banned.
    """

    def __init__(self, rules: DefenceRules | None = None, allowed: Iterable[str] = LOOPBACK) -> None:
        self.rules = rules or DefenceRules()
        self.refused: Counter[Refusal] = Counter()
        self.bans_made = 0
        self.recent: deque[Refused] = deque(maxlen=RECENT)
        self.is_trusted: Callable[[str], bool] = lambda host: False
        self.is_bound: Callable[[Flow], bool] = lambda flow: False
        self._allowed = tuple(ipaddress.ip_network(one, strict=False) for one in allowed)
        self._exempt: dict[str, bool] = {}
        self._ask_again_at = 0.0
        self._sources: dict[str, _Source] = {}
        self._known: dict[str, float] = {}
        self._failures: dict[str, Bucket] = {}
        self._bans: dict[str, Ban] = {}
        self._first_end = float("inf")  # no ban is over before
        self._strangers: Bucket | None = None

    # --- before parsing ---------------------------------------------------------------------------------

    def admits(self, flow: Flow, now: float) -> bool:
        """May this packet be read? False is counted; nothing is answered."""
        host = flow.host
        if now >= self._ask_again_at:  # a trunk's name may have come to mean another address
            self._ask_again_at = now + ASK_AGAIN_S
            self._exempt.clear()
        exempt = self._exempt.get(host)
        if exempt is None:
            exempt = self._note_exempt(host)
        if exempt:
            return True
        address = address_of(host)
        if self._bans and self._is_banned(address, now):
            return self.is_bound(flow) or self._drop(address, Refusal.BANNED, now)
        rules, known = self.rules, self._known.get(address, 0.0) > now
        rate, burst = (
            (rules.per_known, rules.known_burst) if known else (rules.per_address, rules.address_burst)
        )
        source = self._sources.get(address) or self._new_source(address, burst, now)
        if not source.take(rate, burst, now):
            source.refused += 1
            source.last_refused = now
            return self._drop(address, Refusal.ADDRESS_RATE, now)
        if known:
            return True
        if self._strangers is None:
            self._strangers = Bucket(rules.strangers_burst, now)
        if not self._strangers.take(rules.strangers, rules.strangers_burst, now):
            return self._drop(address, Refusal.GLOBAL_RATE, now)
        return True

    def is_exempt(self, host: str) -> bool:
        """A trunk's address, or one on the allow-list."""
        found = self._exempt.get(host)
        return self._note_exempt(host) if found is None else found

    def is_familiar(self, host: str, now: float) -> bool:
        """Exempt, or proved a password lately: may use the last third of a table that fills up."""
        return self.is_exempt(host) or self._known.get(address_of(host), 0.0) > now

    def _note_exempt(self, host: str) -> bool:
        found = self.is_trusted(host) or self._is_allowed(host)
        if len(self._exempt) >= MAX_SOURCES:
            self._exempt.clear()
        self._exempt[host] = found
        return found

    def _is_allowed(self, host: str) -> bool:
        try:
            address = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._allowed)

    def _new_source(self, address: str, burst: float, now: float) -> _Source:
        while len(self._sources) >= MAX_SOURCES:
            del self._sources[next(iter(self._sources))]
        source = self._sources[address] = _Source(burst, now)
        return source

    def _drop(self, address: str, reason: Refusal, now: float) -> bool:
        """Counts; of a flood only every so many packets stand among the recent ones."""
        self.refused[reason] += 1
        last = self.recent[-1] if self.recent else None
        if last is None or (last.address, last.reason) != (address, reason) or now - last.at >= 1.0:
            self.recent.append(Refused(now, address, reason, ""))
        return False

    # --- after parsing ------------------------------------------------------------------------------------

    def refuse(self, host: str, reason: Refusal, now: float, method: str = "") -> None:
        """Counts a request the layers above turned down."""
        self.refused[reason] += 1
        self.recent.append(Refused(now, address_of(host), reason, method))

    def proof_failed(self, host: str, now: float) -> Ban | None:
        """A digest with a live nonce of ours was wrong: somebody guesses. A challenge is no failure.

        Returns the ban when this was one too many. The nonce is bound to the address, so nobody can get
        another's address banned without receiving its packets.
        """
        self.refuse(host, Refusal.WRONG_PROOF, now)
        if self.is_exempt(host):
            return None
        address, rules = address_of(host), self.rules
        chances = self._failures.pop(address, None) or Bucket(rules.failures, now)
        self._failures[address] = chances
        while len(self._failures) > MAX_SOURCES:
            del self._failures[next(iter(self._failures))]
        chances.take(1.0 / rules.failure_every_s, rules.failures, now)
        return self.ban(host, "wrong_proof", now) if chances.tokens < 1.0 else None

    def proof_given(self, host: str, now: float) -> None:
        """A password was proved from there: its phones get the larger bucket for a while."""
        address = address_of(host)
        self._known.pop(address, None)
        self._known[address] = now + KNOWN_S
        while len(self._known) > MAX_KNOWN:
            del self._known[next(iter(self._known))]

    def is_scanner(self, host: str, agent: str | None) -> bool:
        """A User-Agent of a known scanner; from exempt addresses anything goes."""
        return agent is not None and _names_scanner(agent[:200]) and not self.is_exempt(host)

    # --- bans -----------------------------------------------------------------------------------------------

    def ban(self, host: str, reason: str, now: float) -> Ban:
        """Shuts an address out, longer each time."""
        address, rules = address_of(host), self.rules
        before = self._bans.pop(address, None)
        count = before.count + 1 if before is not None and now - before.until < FORGIVE_S else 1
        lasts_s = min(rules.ban_s * rules.ban_growth ** min(count - 1, 50), rules.longest_ban_s)
        ban = self._bans[address] = Ban(address, now, now + lasts_s, count, reason)
        self._first_end = min(self._first_end, ban.until)
        self.bans_made += 1
        self._failures.pop(address, None)
        self._known.pop(address, None)
        if len(self._bans) > MAX_BANS:
            self._forget_a_ban(now)
        return ban

    def lift(self, address: str) -> bool:
        """Lets an address back in and forgets its past. False when it is not known."""
        key = address_of(address)
        self._failures.pop(key, None)
        return self._bans.pop(key, None) is not None

    def bans(self, now: float) -> list[Ban]:
        """In force, the latest first."""
        return sorted((ban for ban in self._bans.values() if ban.until > now), key=lambda one: -one.since)

    def remembered(self, now: float) -> list[Ban]:
        """In force, or over so lately that the next one is longer."""
        return [ban for ban in self._bans.values() if now - ban.until < FORGIVE_S]

    @property
    def forgives_after_s(self) -> float:
        """How long a ban that is over still makes the next one longer."""
        return FORGIVE_S

    def restore(self, ban: Ban) -> None:
        """A ban from before a restart."""
        if len(self._bans) < MAX_BANS:
            self._bans[ban.address] = ban
            self._first_end = min(self._first_end, ban.until)

    def floods(self, now: float, limit: int = 20) -> list[Flood]:
        """Addresses that were cut off in the last minutes, the loudest first."""
        found = [
            Flood(address, source.refused, source.last_refused)
            for address, source in self._sources.items()
            if source.refused and now - source.last_refused < FLOOD_MEMORY_S
        ]
        return sorted(found, key=lambda one: -one.refused)[:limit]

    def sizes(self) -> dict[str, int]:
        """How full the tables are."""
        return {
            "sources": len(self._sources),
            "known": len(self._known),
            "failures": len(self._failures),
            "bans": len(self._bans),
        }

    def _is_banned(self, address: str, now: float) -> bool:
        ban = self._bans.get(address)
        return ban is not None and ban.until > now

    def _forget_a_ban(self, now: float) -> None:
        """One that is over goes first, else the oldest. A full table is looked through only where one can be over."""
        over: str | None = None
        for age_s in (FORGIVE_S, 0.0):
            if over is None and now - self._first_end >= age_s:
                over = next((one.address for one in self._bans.values() if now - one.until >= age_s), None)
        if over is None and now >= self._first_end:
            self._first_end = min(one.until for one in self._bans.values())
        del self._bans[over or next(iter(self._bans))]


class LagWatch:
    """Is the loop behind? Only when every one of the last ticks was late: one slow moment is no overload."""

    def __init__(self, limit_s: float = 0.1, ticks: int = 5) -> None:
        self._limit_s = limit_s
        self._late: deque[float] = deque([0.0] * ticks, maxlen=ticks)
        self.is_behind = False
        self.observe: Callable[[float], None] = lambda late_s: None

    @property
    def lag_s(self) -> float:
        """How late the last tick was."""
        return self._late[-1]

    def ticked(self, late_s: float) -> None:
        self._late.append(max(0.0, late_s))
        self.observe(self._late[-1])
        self.is_behind = min(self._late) > self._limit_s


@lru_cache(maxsize=4096)
def address_of(host: str) -> str:
    """What is counted as one: an IPv4 address (mapped ones too), or the /64 of an IPv6 address.

    A text that is no address is counted as it is.
    """
    if ":" not in host:
        return host
    try:
        if "/" in host:
            return str(ipaddress.ip_network(host, strict=False))
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))


@lru_cache(maxsize=1024)
def _names_scanner(agent: str) -> bool:
    text = agent.lower()
    return any(word in text for word in SCANNERS)
