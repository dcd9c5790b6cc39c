"""The guard of the SIP port, in virtual time."""

import pytest

from telephony.sip.defence import (
    FORGIVE_S,
    MAX_BANS,
    MAX_SOURCES,
    Defence,
    DefenceRules,
    LagWatch,
    Refusal,
    address_of,
)
from telephony.sip.wire import Flow

pytestmark = pytest.mark.unit

RULES = DefenceRules(
    per_address=10,
    address_burst=20,
    per_known=100,
    known_burst=200,
    strangers=50,
    strangers_burst=100,
    failures=5,
)
STRANGER, PHONE, TRUNK = "198.51.100.7", "203.0.113.5", "192.0.2.1"


def guard(**more: object) -> Defence:
    return Defence(RULES, **more)  # type: ignore[arg-type]


def heard(defence: Defence, host: str, count: int, now: float, port: int = 5060) -> int:
    """How many of `count` packets at one moment are let in."""
    return sum(defence.admits(Flow("udp", host, port), now) for _ in range(count))


def fail(defence: Defence, host: str, count: int, now: float) -> None:
    for _ in range(count):
        defence.proof_failed(host, now)


def test_an_address_gets_its_burst_and_then_its_rate() -> None:
    defence = guard()
    assert heard(defence, STRANGER, 100, 0.0) == 20
    assert heard(defence, STRANGER, 100, 1.0) == 10
    assert defence.refused[Refusal.ADDRESS_RATE] == 170
    assert [(one.address, one.refused) for one in defence.floods(2.0)] == [(STRANGER, 170)]
    assert defence.floods(1000.0) == []


def test_strangers_together_have_a_limit_that_trunks_and_known_phones_do_not_share() -> None:
    defence = guard()
    defence.is_trusted = lambda host: host == TRUNK
    defence.proof_given(PHONE, 0.0)
    strangers = sum(heard(defence, f"10.0.{number}.1", 10, 0.0) for number in range(100))
    assert strangers == 100
    assert defence.refused[Refusal.GLOBAL_RATE] == 900
    assert heard(defence, PHONE, 50, 0.0) == 50
    assert heard(defence, TRUNK, 5000, 0.0) == 5000


def test_an_address_that_becomes_a_trunks_is_exempt_soon() -> None:
    defence, trunks = guard(), set[str]()
    defence.is_trusted = trunks.__contains__
    assert heard(defence, TRUNK, 1000, 0.0) == 20
    trunks.add(TRUNK)
    assert heard(defence, TRUNK, 1000, 31.0) == 1000


def test_only_wrong_proofs_ban_and_each_ban_is_longer() -> None:
    defence = guard()
    fail(defence, STRANGER, 4, 0.0)
    assert defence.bans(0.0) == []
    fail(defence, STRANGER, 1, 0.0)
    (ban,) = defence.bans(0.0)
    assert (ban.address, ban.until, ban.count) == (STRANGER, RULES.ban_s, 1)
    assert heard(defence, STRANGER, 5, 10.0) == 0
    assert heard(defence, STRANGER, 5, 61.0) == 5
    fail(defence, STRANGER, 5, 100.0)
    (ban,) = defence.bans(100.0)
    assert (ban.until - ban.since, ban.count) == (RULES.ban_s * RULES.ban_growth, 2)
    later = ban.until + FORGIVE_S + 1
    fail(defence, STRANGER, 5, later)
    assert defence.bans(later)[0].count == 1


def test_a_phone_with_an_old_password_is_not_banned() -> None:
    defence = guard()
    for minute in range(200):
        defence.proof_failed(PHONE, minute * 60.0)
    assert defence.bans(200 * 60.0) == []


def test_no_ban_lasts_longer_than_the_longest() -> None:
    defence = guard()
    now = 0.0
    for _ in range(60):
        now = defence.ban(STRANGER, "wrong_proof", now).until
    (ban,) = defence.bans(now - 1)
    assert ban.until - ban.since == RULES.longest_ban_s


def test_a_registered_phone_is_heard_although_its_neighbour_got_the_address_banned() -> None:
    defence = guard()
    defence.is_bound = lambda flow: flow == Flow("udp", PHONE, 5062)
    defence.ban(PHONE, "wrong_proof", 0.0)
    assert heard(defence, PHONE, 3, 1.0, port=5062) == 3
    assert heard(defence, PHONE, 3, 1.0, port=5999) == 0


def test_who_is_on_the_allow_list_is_neither_limited_nor_banned() -> None:
    defence = guard(allowed=("198.51.100.0/24", "2001:db8::/32"))
    fail(defence, STRANGER, 100, 0.0)
    assert defence.bans(0.0) == []
    assert heard(defence, STRANGER, 1000, 0.0) == 1000
    assert heard(defence, f"::ffff:{STRANGER}", 1000, 0.0) == 1000
    assert heard(defence, "2001:db8::7", 1000, 0.0) == 1000
    assert defence.refused[Refusal.WRONG_PROOF] == 100


def test_a_ban_can_be_lifted_and_is_forgotten_then() -> None:
    defence = guard()
    fail(defence, STRANGER, 5, 0.0)
    assert defence.lift(STRANGER)
    assert not defence.lift(STRANGER)
    assert heard(defence, STRANGER, 1, 0.0) == 1
    fail(defence, STRANGER, 4, 0.0)
    assert defence.bans(0.0) == []


def test_addresses_of_ipv6_are_counted_by_the_line_they_come_from() -> None:
    assert address_of("2001:db8:1:2:3::4") == address_of("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert address_of(address_of("2001:db8::1")) == "2001:db8::/64"
    assert address_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert address_of("fe80::1%eth0") == "fe80::/64"
    assert address_of("pbx.example.net") == "pbx.example.net"


@pytest.mark.parametrize(
    "agent", ["friendly-scanner", "SIPVicious 0.3", "sipcli/v1.8", "VaxSIPUserAgent/3.5"]
)
def test_scanners_are_known_by_name(agent: str) -> None:
    assert guard().is_scanner(STRANGER, agent)
    assert not guard(allowed=(STRANGER,)).is_scanner(STRANGER, agent)


@pytest.mark.parametrize(
    "agent", [None, "", "Yealink SIP-T46S 66.86", "baresip v3.10", "Grandstream GXP2170"]
)
def test_phones_are_no_scanners(agent: str | None) -> None:
    assert not guard().is_scanner(STRANGER, agent)


def test_tables_stay_bounded_whoever_comes() -> None:
    defence = Defence(DefenceRules(strangers=1e9, strangers_burst=1e9, failures=1))
    for number in range(MAX_SOURCES + 500):
        host = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        defence.admits(Flow("udp", host, 5060), 0.0)
        defence.proof_failed(host, 0.0)
        defence.proof_given(host, 0.0)
    sizes = defence.sizes()
    assert sizes["sources"] == MAX_SOURCES
    assert sizes["bans"] == MAX_BANS
    assert sizes["failures"] <= MAX_SOURCES
    assert len(defence.recent) == defence.recent.maxlen


def test_in_a_full_table_a_ban_that_is_over_gives_way_before_one_in_force() -> None:
    defence = guard()
    last = defence.ban(STRANGER, "wrong_proof", 0.0)
    for number in range(MAX_BANS - 1):
        defence.ban(f"10.0.{number >> 8}.{number & 255}", "wrong_proof", 1.0)
    assert defence.ban(STRANGER, "wrong_proof", 2.0).until > last.until
    for at in (3.0, 1.0 + RULES.ban_s):  # while none is over, and when all but the stranger's are
        defence.ban(f"10.1.0.{at:.0f}", "wrong_proof", at)
        assert defence.sizes()["bans"] == MAX_BANS
        assert STRANGER in {one.address for one in defence.bans(at)}


def test_the_loop_is_behind_only_when_it_stays_behind() -> None:
    lag = LagWatch(limit_s=0.1, ticks=3)
    lag.ticked(2.0)
    lag.ticked(0.0)
    assert not lag.is_behind
    for _ in range(3):
        lag.ticked(0.2)
    assert lag.is_behind
    assert lag.lag_s == 0.2
    lag.ticked(0.01)
    assert not lag.is_behind
