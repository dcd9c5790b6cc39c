"""What may be dialled out through a trunk, and how much of it. Pure; the caller owns the clock.

Against toll fraud (a stolen account, a caller who types a premium number into a menu): only numbers of allowed
countries, no premium ranges, and caps per payer on calls a minute, calls at once, minutes and money a day. A payer is
whoever the bill is laid at: an account, or the flow that dials.
"""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType as Kind

from telephony.errors import TelephonyError

MAX_PAYERS: Final = 10_000
MAX_RECENT: Final = 100
DIALLABLE: Final = frozenset("+0123456789")
COSTLY: Final = frozenset({Kind.PREMIUM_RATE, Kind.SHARED_COST, Kind.PERSONAL_NUMBER, Kind.UAN, Kind.PAGER})


class DialRefusal(StrEnum):
    """Why a number is not dialled."""

    NOT_A_NUMBER = "not_a_number"
    COUNTRY = "country"
    PREMIUM = "premium"
    RATE = "calls_per_minute"
    AT_ONCE = "calls_at_once"
    MINUTES = "minutes_per_day"
    MONEY = "money_per_day"


class DialRefused(TelephonyError):
    """This number is not dialled; `reason` says why."""

    def __init__(self, reason: DialRefusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class DialRules:
    """`countries`: ISO 3166 codes; empty: nothing is dialled. `region` reads national numbers."""

    region: str = "VN"
    countries: frozenset[str] = frozenset({"VN"})
    calls_per_minute: int = 30
    calls_at_once: int = 30
    minutes_per_day: float = 1000.0
    money_per_day: Decimal | None = None  # of what carriers report, in their currency


@dataclass(slots=True)
class _Payer:
    """What one payer used: the last minute's starts, running calls, today's seconds of talk and what they cost."""

    starts: deque[datetime] = field(default_factory=deque)
    running: int = 0
    day: date | None = None
    seconds: float = 0.0
    cost: Decimal = Decimal(0)


@dataclass(slots=True)
class _Running:
    payer: str
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DialDenied:
    """One refusal, for the operator's page. `number` is personal data."""

    at: datetime
    payer: str
    number: str
    reason: DialRefusal


class DialPolicy:
    """Keeps account of every call out. Each call that was `begun` must be `over` once."""

    def __init__(self, rules: DialRules, regions: Mapping[str, str] | None = None) -> None:
        """`regions`: how a trunk reads national numbers where it differs."""
        self.rules = rules
        self.refused: Counter[DialRefusal] = Counter()
        self.recent: deque[DialDenied] = deque(maxlen=MAX_RECENT)
        self._regions = dict(regions or {})
        self._payers: dict[str, _Payer] = {}
        self._running: dict[str, _Running] = {}

    def begin(self, call: str, trunk: str, number: str, payer: str, now: datetime) -> None:
        """Asks for a call out under the identifier `call`. Raises DialRefused."""
        account = self._account(payer, now)
        reason = self._range(trunk, number) or self._caps(payer, account, now)
        self._admit(call, payer, number, reason, now)

    def begin_inside(self, call: str, payer: str, number: str, now: datetime) -> None:
        """Asks for a call to another phone of ours: capped in number, not in minutes. Raises DialRefused."""
        account = self._account(payer, now)
        self._admit(call, payer, number, self._rates(account, now), now)

    def _admit(self, call: str, payer: str, number: str, reason: DialRefusal | None, now: datetime) -> None:
        if reason is not None:
            self.refused[reason] += 1
            self.recent.append(DialDenied(now, payer, number, reason))
            raise DialRefused(reason)
        account = self._account(payer, now)
        account.starts.append(now)
        account.running += 1
        self._running[call] = _Running(payer)

    def why_not(self, trunk: str, number: str) -> DialRefusal | None:
        """Whether this number is ever dialled, caps apart."""
        return self._range(trunk, number)

    def answered(self, call: str, now: datetime) -> None:
        """Somebody picked up: the minutes count from here."""
        running = self._running.get(call)
        if running is not None and running.answered_at is None:
            running.answered_at = now

    def over(self, call: str, now: datetime) -> None:
        running = self._running.pop(call, None)
        if running is None:
            return
        account = self._account(running.payer, now)
        account.running -= 1
        if running.answered_at is not None:
            account.seconds += max(0.0, (now - running.answered_at).total_seconds())

    def running(self) -> int:
        return len(self._running)

    def usage(self, now: datetime) -> list[tuple[str, int, float]]:
        """(payer, calls running, minutes today), the busiest first."""
        found = [
            (name, one.running, round(self._seconds(name, one, now) / 60, 1))
            for name, one in self._payers.items()
        ]
        return sorted(found, key=lambda one: -one[2])

    def spent(self, now: datetime) -> dict[str, float]:
        """Seconds of today's talk by payer, calls under way included; who spent nothing is left out."""
        today = now.date()
        found = {
            name: self._seconds(name, one, now) for name, one in self._payers.items() if one.day == today
        }
        return {name: seconds for name, seconds in found.items() if seconds}

    def restore(self, spent: Mapping[str, float], now: datetime) -> None:
        """What was spent today before a restart."""
        for payer, seconds in spent.items():
            self._account(payer, now).seconds += seconds

    def charge(self, costs: Mapping[str, Decimal], now: datetime) -> None:
        """What today's calls cost so far, by payer, as far as carriers have told."""
        for payer, cost in costs.items():
            self._account(payer, now).cost = cost

    # --- rules ------------------------------------------------------------------------------------------

    def forbids(self, trunk: str, number: str) -> DialRefusal | None:
        """Why a number will never be dialled; how much was spent is not asked."""
        return self._range(trunk, number)

    def _range(self, trunk: str, number: str) -> DialRefusal | None:
        """Is this a number of an allowed country that costs what numbers cost?"""
        if not number or not set(number) <= DIALLABLE or len(number) > 20:
            return DialRefusal.NOT_A_NUMBER
        try:
            read = phonenumbers.parse(number, self._regions.get(trunk, self.rules.region))
        except phonenumbers.NumberParseException:
            return DialRefusal.NOT_A_NUMBER
        if not phonenumbers.is_valid_number(read):
            return DialRefusal.NOT_A_NUMBER
        if phonenumbers.region_code_for_number(read) not in self.rules.countries:
            return DialRefusal.COUNTRY
        return DialRefusal.PREMIUM if phonenumbers.number_type(read) in COSTLY else None

    def _caps(self, payer: str, account: _Payer, now: datetime) -> DialRefusal | None:
        reason = self._rates(account, now)
        if reason is None and self._seconds(payer, account, now) >= self.rules.minutes_per_day * 60:
            return DialRefusal.MINUTES
        most = self.rules.money_per_day
        return DialRefusal.MONEY if reason is None and most is not None and account.cost >= most else reason

    def _rates(self, account: _Payer, now: datetime) -> DialRefusal | None:
        rules = self.rules
        while account.starts and (now - account.starts[0]).total_seconds() >= 60:
            account.starts.popleft()
        if len(account.starts) >= rules.calls_per_minute:
            return DialRefusal.RATE
        if account.running >= rules.calls_at_once:
            return DialRefusal.AT_ONCE
        return None

    def _seconds(self, payer: str, account: _Payer, now: datetime) -> float:
        """Today's talk, calls under way included."""
        open_s = sum(
            (now - one.answered_at).total_seconds()
            for one in self._running.values()
            if one.payer == payer and one.answered_at is not None
        )
        return account.seconds + open_s

    def _account(self, payer: str, now: datetime) -> _Payer:
        found = self._payers.get(payer)
        if found is None:
            self._make_room()
            found = self._payers[payer] = _Payer()
        today = now.date()
        if found.day != today:
            found.day, found.seconds, found.cost = today, 0.0, Decimal(0)
        return found

    def _make_room(self) -> None:
        """Whoever has no call running may be forgotten, the oldest first."""
        while len(self._payers) >= MAX_PAYERS:
            idle = next((name for name, one in self._payers.items() if not one.running), None)
            if idle is None:
                return
            del self._payers[idle]
