"""Bans and the day's spending in a real database: a restart changes nothing of them."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from telephony.dial_policy import DialPolicy, DialRefusal, DialRefused, DialRules
from telephony.sip.guard_book import GuardBook
from telephony.sip.store import SipStore
from telephony.sip.watch import Watch
from telephony.sip.wire import Flow
from tests.support.house import settings_for
from threadline.compose import running
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock

pytestmark = pytest.mark.integration

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
GUESSER = "198.51.100.7"


class Lives:
    """One server's guard after another, on the same database."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.clock = VirtualClock(NOON)

    async def next(self) -> tuple[Watch, GuardBook]:
        policy = DialPolicy(DialRules(minutes_per_day=10))
        watch = Watch(policy=policy)
        book = GuardBook(watch, SipStore(self.pool, self.clock), self.clock)
        await book.load()
        return watch, book


@pytest.fixture
def lives(pool: Pool) -> Lives:
    return Lives(pool)


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_ban_holds_after_a_restart_until_its_own_end_and_the_next_one_is_longer(lives: Lives) -> None:
    watch, book = await lives.next()
    first = watch.defence.ban(GUESSER, "wrong_proof", now())
    await book.save()
    lives.clock.advance(20)
    watch, book = await lives.next()
    assert not watch.defence.admits(Flow("udp", GUESSER, 5060), now())
    (ban,) = watch.defence.bans(now())
    assert (ban.count, ban.reason) == (1, "wrong_proof")
    assert ban.until - now() == pytest.approx(first.until - first.since - 20, abs=5)
    lives.clock.advance(120)
    watch, book = await lives.next()
    assert watch.defence.bans(now()) == []
    assert watch.defence.ban(GUESSER, "wrong_proof", now()).count == 2


async def test_a_ban_that_was_lifted_stays_lifted(lives: Lives) -> None:
    watch, book = await lives.next()
    watch.defence.ban(GUESSER, "wrong_proof", now())
    await book.save()
    watch, book = await lives.next()
    assert watch.defence.lift(GUESSER)
    await book.save()
    watch, _ = await lives.next()
    assert watch.defence.remembered(now()) == []


async def test_bans_long_over_are_cleared_away(lives: Lives) -> None:
    watch, book = await lives.next()
    watch.defence.ban(GUESSER, "wrong_proof", now())
    await book.save()
    lives.clock.advance(86_400 + 61)
    await lives.next()
    assert await lives.pool.fetchval("select count(*) from sip_ban") == 0


async def test_a_restart_gives_nobody_his_minutes_back_and_a_new_day_does(lives: Lives) -> None:
    watch, book = await lives.next()
    assert watch.policy is not None
    watch.policy.begin("a", "carrier", "+842838221234", "account 101", lives.clock.now())
    watch.policy.answered("a", lives.clock.now())
    lives.clock.advance(600)
    await book.save()  # while the call still goes on: a crash would forget it otherwise
    watch, book = await lives.next()
    assert watch.policy is not None
    assert watch.policy.usage(lives.clock.now()) == [("account 101", 0, 10.0)]
    with pytest.raises(DialRefused) as refusal:
        watch.policy.begin("b", "carrier", "+842838221234", "account 101", lives.clock.now())
    assert refusal.value.reason is DialRefusal.MINUTES
    lives.clock.advance(86_400)
    watch, book = await lives.next()
    assert watch.policy is not None
    watch.policy.begin("c", "carrier", "+842838221234", "account 101", lives.clock.now())
    assert await lives.pool.fetchval("select count(*) from dial_spent") == 0


async def test_a_running_server_writes_its_bans_down_when_it_stops(tmp_path: Path, dsn: str) -> None:
    async with running(settings_for(tmp_path / "data", dsn)) as server:
        server.sip.watch.defence.ban(GUESSER, "wrong_proof", now())
    async with running(settings_for(tmp_path / "data", dsn)) as server:
        assert [ban.address for ban in server.sip.watch.defence.bans(now())] == [GUESSER]
