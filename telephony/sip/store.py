"""Accounts, bindings and trunks in the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from telephony.sip.accounts import Binding, SipAccount
from telephony.sip.digest import hash_password
from telephony.sip.guard_book import BanRow, Spent
from telephony.sip.sdes import SrtpPolicy
from telephony.sip.trunks import TrunkConfig
from threadline.db.errors import DatabaseUnavailable
from threadline.db.pool import DATABASE_TROUBLE, Pool
from threadline.db.queries import load_queries
from threadline.kernel.clock import Clock

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))


class SipStore:
    """Implements AccountBook. Raises DatabaseUnavailable when the database can't be reached."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def account(self, username: str) -> SipAccount | None:
        if not username or "\x00" in username or not username.isprintable():
            return None
        async with _reachable():
            row = await self._pool.fetchrow(QUERIES["account"], username)
        return SipAccount(**dict(row)) if row is not None else None

    async def accounts(self) -> list[SipAccount]:
        async with _reachable():
            rows = await self._pool.fetch(QUERIES["accounts"])
        return [SipAccount(**dict(row)) for row in rows]

    async def add_account(
        self,
        username: str,
        realm: str,
        password: str,
        *,
        md5: bool = False,
        kind: str = "phone",
        may_dial: bool = True,
        number: str | None = None,
        srtp: SrtpPolicy = "off",
    ) -> SipAccount:
        """Keeps digests of the password, never the password. `md5`: for phones that know nothing better.

        `number` is the E.164 number its calls show as caller ID; None: the user name itself.
        """
        ha1_md5 = hash_password(username, realm, password, "MD5") if md5 else None
        account = SipAccount(
            username, realm, hash_password(username, realm, password), ha1_md5, kind, may_dial, srtp
        )
        async with _reachable():
            await self._pool.execute(
                QUERIES["add_account"], username, realm, account.ha1_sha256, ha1_md5, kind, may_dial, number, srtp
            )  # fmt: skip
        return account

    async def drop_account(self, username: str) -> None:
        async with _reachable():
            await self._pool.execute(QUERIES["drop_account"], username)

    async def save_binding(self, binding: Binding) -> None:
        async with _reachable():
            await self._pool.execute(
                QUERIES["save_binding"], binding.username, binding.contact, binding.transport, binding.source,
                binding.call_id, binding.cseq, binding.q, binding.user_agent, binding.expires_at,
            )  # fmt: skip

    async def drop_binding(self, username: str, contact: str) -> None:
        async with _reachable():
            await self._pool.execute(QUERIES["drop_binding"], username, contact)

    async def bindings(self) -> list[Binding]:
        """Every binding that has not expired; the others are cleared away."""
        now = self._clock.now()
        async with _reachable():
            await self._pool.execute(QUERIES["drop_expired_bindings"], now)
            rows = await self._pool.fetch(QUERIES["bindings"], now)
        return [Binding(**dict(row)) for row in rows]

    async def bans(self, forgiven_before: datetime) -> list[BanRow]:
        """Bans that still count, those that are over included; older ones are cleared away."""
        async with _reachable():
            await self._pool.execute(QUERIES["drop_forgiven_bans"], forgiven_before)
            rows = await self._pool.fetch(QUERIES["bans"])
        return [(row["address"], row["since"], row["until"], row["count"], row["reason"]) for row in rows]

    async def save_bans(self, bans: list[BanRow], lifted: list[str]) -> None:
        columns = [[ban[at] for ban in bans] for at in range(5)]
        async with _reachable():
            await self._pool.execute(QUERIES["drop_bans"], lifted)
            await self._pool.execute(QUERIES["save_bans"], *columns)

    async def spent(self, at: datetime) -> Spent:
        """Seconds of the day of `at` by payer; other days are cleared away."""
        async with _reachable():
            await self._pool.execute(QUERIES["drop_spent_before"], at.date())
            rows = await self._pool.fetch(QUERIES["spent"], at.date())
        return {row["payer"]: row["seconds"] for row in rows}

    async def save_spent(self, at: datetime, spent: Spent) -> None:
        async with _reachable():
            await self._pool.execute(QUERIES["save_spent"], at.date(), [*spent], [*spent.values()])

    async def save_trunk(self, trunk: TrunkConfig) -> None:
        async with _reachable():
            await self._pool.execute(QUERIES["save_trunk"], trunk.name, trunk.to_json())

    async def drop_trunk(self, name: str) -> None:
        async with _reachable():
            await self._pool.execute(QUERIES["drop_trunk"], name)

    async def trunks(self) -> list[TrunkConfig]:
        """Raises TrunkMisconfigured on a row nobody can use."""
        async with _reachable():
            rows = await self._pool.fetch(QUERIES["trunks"])
        return [TrunkConfig.from_json(row["name"], row["config"]) for row in rows]


@asynccontextmanager
async def _reachable() -> AsyncIterator[None]:
    try:
        yield
    except DATABASE_TROUBLE as exc:
        raise DatabaseUnavailable(str(exc)) from exc
