"""Accounts, bindings and trunks in a real database, and a phone that logs in against it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from telephony.sip.accounts import Binding
from telephony.sip.digest import hash_password
from telephony.sip.store import QUERIES, SipStore
from telephony.sip.trunks import TrunkConfig, TrunkMisconfigured
from tests.integration.telephony.sip.house import PASSWORD, REALM, house, named
from tests.support.scenarios import Who, register
from tests.support.sipp import run_sipp
from threadline.db.errors import DatabaseUnavailable
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock, VirtualClock

pytestmark = pytest.mark.integration

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def binding(contact: str = "sip:alice@127.0.0.1:5062", *, seconds: int = 60) -> Binding:
    expires = NOW + timedelta(seconds=seconds)
    return Binding("alice", contact, "udp", "127.0.0.1:5062", "call", 7, 0.5, "Phone 1.0", expires)


@pytest.fixture
def store(pool: Pool) -> SipStore:
    return SipStore(pool, VirtualClock(NOW))


async def test_every_query_is_valid_sql(pool: Pool) -> None:
    async with pool.acquire() as link:
        for sql in QUERIES.values():
            await link.prepare(sql)


async def test_an_account_keeps_digests_and_never_the_password(store: SipStore, pool: Pool) -> None:
    made = await store.add_account("alice", REALM, PASSWORD)
    assert made.ha1_md5 is None
    assert await store.account("alice") == made
    assert made.ha1_sha256 == hash_password("alice", REALM, PASSWORD)
    row = await pool.fetchrow("select * from sip_account")
    assert row is not None
    assert PASSWORD not in str(dict(row))
    changed = await store.add_account("alice", REALM, "new", md5=True, kind="service", may_dial=False)
    assert await store.accounts() == [changed]
    for strange in ("", "bob", "a\x00b", "x" * 10_000):
        assert await store.account(strange) is None


async def test_bindings_are_saved_changed_dropped_and_expire(store: SipStore) -> None:
    await store.add_account("alice", REALM, PASSWORD)
    await store.save_binding(binding())
    await store.save_binding(binding(seconds=90))
    await store.save_binding(binding("sip:old@h", seconds=-1))
    assert await store.bindings() == [binding(seconds=90)]
    await store.drop_binding("alice", "sip:alice@127.0.0.1:5062")
    assert await store.bindings() == []
    await store.save_binding(binding())
    await store.drop_account("alice")
    await store.save_binding(binding())  # the phone of an account that is gone
    assert await store.bindings() == []


async def test_trunks_are_kept_as_they_were_written(store: SipStore) -> None:
    trunk = TrunkConfig(
        "carrier",
        ("203.0.113.0/24",),
        host="sip.carrier.example",
        user="u",
        password="p",
        register=True,
        region="VN",
    )
    await store.save_trunk(trunk)
    await store.save_trunk(TrunkConfig("bare"))
    assert await store.trunks() == [TrunkConfig("bare"), trunk]
    await store.drop_trunk("bare")
    assert await store.trunks() == [trunk]


@pytest.mark.parametrize(
    "config",
    [
        {"adresses": []},
        {"addresses": "1.2.3.4"},
        {"addresses": ["nowhere"]},
        {"transport": "pigeon"},
        {"register": True},
    ],
)
def test_a_trunk_nobody_can_use_is_refused(config: dict[str, object]) -> None:
    with pytest.raises(TrunkMisconfigured):
        TrunkConfig.from_json("x", config)  # type: ignore[arg-type]  # wrong on purpose


async def test_a_phone_registers_against_the_database_and_is_known_after_a_restart(
    pool: Pool, tmp_path: Path
) -> None:
    store = SipStore(pool, SystemClock())
    await store.add_account("alice", REALM, PASSWORD, md5=True)
    who = Who(user="alice", challenged=True, password=PASSWORD)
    async with house(book=store) as home:
        done = await run_sipp(tmp_path, named(register(who, expires_s=600)), home.address, timeout_s=20)
        assert done.is_clean, done.errors
    async with house(book=store) as home:
        assert home.server.is_registered("alice")


async def test_a_database_that_is_gone_says_so(pool: Pool) -> None:
    store = SipStore(pool, VirtualClock(NOW))
    await pool.close()
    with pytest.raises(DatabaseUnavailable):
        await store.account("alice")
