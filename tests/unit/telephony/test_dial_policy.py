"""What may be dialled out, in virtual time."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from telephony.dial_policy import DialPolicy, DialRefusal, DialRefused, DialRules

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MOBILE = "0901234567"


def refusal(
    policy: DialPolicy, number: str, *, trunk: str = "main", now: datetime = NOON
) -> DialRefusal | None:
    """Why the number is not dialled; None when it would be."""
    try:
        policy.begin("probe", trunk, number, "somebody", now)
    except DialRefused as exc:
        return exc.reason
    policy.over("probe", now)
    return None


@pytest.mark.parametrize("number", [MOBILE, "+84901234567", "0084901234567", "02438252525"])
def test_numbers_of_the_own_country_are_dialled(number: str) -> None:
    assert refusal(DialPolicy(DialRules()), number) is None


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("+442079460018", DialRefusal.COUNTRY),
        ("0044 2079460018", DialRefusal.NOT_A_NUMBER),
        ("+8821312345678", DialRefusal.NOT_A_NUMBER),
        ("19001234", DialRefusal.PREMIUM),
        ("+8419001234", DialRefusal.PREMIUM),
        ("", DialRefusal.NOT_A_NUMBER),
        ("113", DialRefusal.NOT_A_NUMBER),
        ("0901234567;phone-context=x", DialRefusal.NOT_A_NUMBER),
        ("0901234567@evil.example", DialRefusal.NOT_A_NUMBER),
        ("0" * 500, DialRefusal.NOT_A_NUMBER),
    ],
)
def test_other_numbers_are_not(number: str, why: DialRefusal) -> None:
    policy = DialPolicy(DialRules())
    assert refusal(policy, number) is why
    assert policy.refused[why] == 1
    assert policy.recent[0].number == number


def test_one_country_code_may_hold_several_countries() -> None:
    policy = DialPolicy(DialRules("US", frozenset({"US"})))
    assert refusal(policy, "+12125550123") is None
    assert refusal(policy, "+18765550123") is DialRefusal.COUNTRY  # Jamaica
    assert refusal(policy, "+19005550123") is DialRefusal.PREMIUM


def test_without_countries_nothing_is_dialled() -> None:
    assert refusal(DialPolicy(DialRules(countries=frozenset())), MOBILE) is DialRefusal.COUNTRY


def test_a_trunk_abroad_reads_numbers_its_own_way() -> None:
    policy = DialPolicy(DialRules("VN", frozenset({"VN", "GB"})), {"london": "GB"})
    assert refusal(policy, "02079460018", trunk="london") is None


def test_a_payer_has_so_many_calls_a_minute() -> None:
    policy = DialPolicy(DialRules(calls_per_minute=2))
    assert [refusal(policy, MOBILE) for _ in range(3)] == [None, None, DialRefusal.RATE]
    policy.begin("other", "main", MOBILE, "somebody else", NOON)
    assert refusal(policy, MOBILE, now=NOON + timedelta(minutes=1)) is None


def test_calls_between_our_own_phones_count_but_cost_no_minutes() -> None:
    policy = DialPolicy(DialRules(calls_at_once=1, minutes_per_day=0, countries=frozenset()))
    policy.begin_inside("one", "account 101", "102", NOON)
    with pytest.raises(DialRefused) as refused:
        policy.begin_inside("other", "account 101", "103", NOON)
    assert refused.value.reason is DialRefusal.AT_ONCE
    policy.over("one", NOON + timedelta(hours=1))
    policy.begin_inside("other", "account 101", "103", NOON + timedelta(hours=1))
    assert policy.spent(NOON + timedelta(hours=2)) == {}


def test_a_payer_has_so_many_calls_at_once() -> None:
    policy = DialPolicy(DialRules(calls_at_once=1))
    policy.begin("first", "main", MOBILE, "somebody", NOON)
    assert refusal(policy, MOBILE) is DialRefusal.AT_ONCE
    policy.over("first", NOON)
    policy.over("first", NOON)
    assert refusal(policy, MOBILE) is None
    assert policy.running() == 0


def test_the_day_has_so_many_minutes_and_a_running_call_counts() -> None:
    policy = DialPolicy(DialRules(minutes_per_day=10))
    policy.begin("long", "main", MOBILE, "somebody", NOON)
    policy.answered("long", NOON + timedelta(minutes=1))
    assert refusal(policy, MOBILE, now=NOON + timedelta(minutes=9)) is None
    assert refusal(policy, MOBILE, now=NOON + timedelta(minutes=11)) is DialRefusal.MINUTES
    policy.over("long", NOON + timedelta(minutes=12))
    assert policy.usage(NOON + timedelta(minutes=12)) == [("somebody", 0, 11.0)]
    assert refusal(policy, MOBILE, now=NOON + timedelta(minutes=13)) is DialRefusal.MINUTES
    assert refusal(policy, MOBILE, now=NOON + timedelta(days=1)) is None


def test_who_spent_the_days_money_places_no_further_calls_that_day() -> None:
    policy = DialPolicy(DialRules(money_per_day=Decimal("1.50")))
    policy.charge({"somebody": Decimal("1.49"), "another": Decimal(9)}, NOON)
    assert refusal(policy, MOBILE) is None
    policy.charge({"somebody": Decimal("1.50")}, NOON)
    assert refusal(policy, MOBILE) is DialRefusal.MONEY
    assert refusal(policy, MOBILE, now=NOON + timedelta(days=1)) is None
