"""Keeps bans and the day's spending over restarts: read once at start, written as they change."""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final, Protocol

from telephony.sip.defence import Ban
from telephony.sip.watch import Watch
from threadline.db.errors import DatabaseUnavailable
from threadline.kernel.clock import Clock

log = logging.getLogger(__name__)

WRITE_EVERY_S: Final = 1.0  # what a crash may forget
WRITE_TIMEOUT_S: Final = 5.0
BanRow = tuple[str, datetime, datetime, int, str]
"""address, since, until, how often, reason."""
Spent = dict[str, float]
"""Seconds of a day, by payer."""


class GuardRows(Protocol):
    """Where they are kept (telephony.sip.store). Raises DatabaseUnavailable."""

    async def bans(self, forgiven_before: datetime) -> list[BanRow]: ...

    async def save_bans(self, bans: list[BanRow], lifted: list[str]) -> None: ...

    async def spent(self, at: datetime) -> Spent: ...

    async def save_spent(self, at: datetime, spent: Spent) -> None: ...


class GuardBook:
    """`load` before the SIP port opens; `run` until cancelled, which writes once more."""

    def __init__(self, watch: Watch, rows: GuardRows, clock: Clock) -> None:
        self._watch = watch
        self._rows = rows
        self._clock = clock
        self._bans: dict[str, Ban] = {}
        self._spent: Spent = {}

    async def load(self) -> None:
        """Raises DatabaseUnavailable."""
        wall, now = self._clock.now(), _now()
        defence, policy = self._watch.defence, self._watch.policy
        for address, since, until, count, reason in await self._rows.bans(
            wall - timedelta(seconds=defence.forgives_after_s)
        ):
            ban = Ban(
                address,
                now + (since - wall).total_seconds(),
                now + (until - wall).total_seconds(),
                count,
                reason,
            )
            self._bans[address] = ban
            defence.restore(ban)
        self._spent = await self._rows.spent(wall)
        if policy is not None:
            policy.restore(self._spent, wall)
        if self._bans or self._spent:
            log.info("guard remembers", extra={"bans": len(self._bans), "payers": len(self._spent)})

    async def run(self) -> None:
        try:
            while True:
                await asyncio.sleep(WRITE_EVERY_S)
                await self._write()
        finally:
            await self._write()

    async def save(self) -> None:
        """Writes what differs from what was written last. Raises DatabaseUnavailable."""
        await self._save_bans()
        await self._save_spent()

    async def _write(self) -> None:
        """A database that is away costs nothing: the next round writes what is due then."""
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await self.save()
        except (TimeoutError, DatabaseUnavailable) as exc:
            log.warning("guard's memory not written", extra={"error": type(exc).__name__})

    async def _save_bans(self) -> None:
        wall, now = self._clock.now(), _now()
        bans = {ban.address: ban for ban in self._watch.defence.remembered(now)}
        changed = [ban for address, ban in bans.items() if self._bans.get(address) != ban]
        lifted = [address for address in self._bans if address not in bans]
        if changed or lifted:
            offset = wall - timedelta(seconds=now)
            await self._rows.save_bans(
                [
                    (
                        ban.address, offset + timedelta(seconds=ban.since), offset + timedelta(seconds=ban.until),
                        ban.count, ban.reason,
                    )
                    for ban in changed
                ],
                lifted,
            )  # fmt: skip
            self._bans = bans

    async def _save_spent(self) -> None:
        policy, wall = self._watch.policy, self._clock.now()
        if policy is None:
            return
        spent = policy.spent(wall)
        changed = {payer: seconds for payer, seconds in spent.items() if self._spent.get(payer) != seconds}
        if changed:
            await self._rows.save_spent(wall, changed)
        self._spent = spent


def _now() -> float:
    return asyncio.get_running_loop().time()
