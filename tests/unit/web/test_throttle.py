"""Password guessing slows down; honest typing mistakes do not."""

from datetime import UTC, datetime, timedelta

import pytest

from web.throttle import FREE_FAILURES_ADDRESS, FREE_FAILURES_PAIR, LONGEST_PAUSE_S, MOST_KEYS, LoginThrottle

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def fail(throttle: LoginThrottle, times: int, login: str = "an") -> None:
    for _ in range(times):
        throttle.failed("10.0.0.1", login, NOON)


def test_the_first_mistakes_cost_nothing() -> None:
    throttle = LoginThrottle()
    fail(throttle, FREE_FAILURES_PAIR - 1)
    assert throttle.pause_s("10.0.0.1", "an", NOON) == 0


def test_each_further_mistake_doubles_the_pause_up_to_a_limit() -> None:
    throttle = LoginThrottle()
    fail(throttle, FREE_FAILURES_PAIR)
    pauses = []
    for _ in range(12):
        pauses.append(throttle.pause_s("10.0.0.1", "an", NOON))
        fail(throttle, 1)
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] == LONGEST_PAUSE_S


def test_the_pause_passes_with_time() -> None:
    throttle = LoginThrottle()
    fail(throttle, FREE_FAILURES_PAIR + 3)
    assert throttle.pause_s("10.0.0.1", "an", NOON + timedelta(seconds=5)) == 3
    assert throttle.pause_s("10.0.0.1", "an", NOON + timedelta(seconds=8)) == 0


def test_another_login_or_address_is_not_slowed() -> None:
    throttle = LoginThrottle()
    fail(throttle, FREE_FAILURES_PAIR + 3)
    assert throttle.pause_s("10.0.0.1", "bao", NOON) == 0
    assert throttle.pause_s("10.0.0.2", "an", NOON) == 0


def test_trying_many_logins_slows_the_address() -> None:
    throttle = LoginThrottle()
    for n in range(FREE_FAILURES_ADDRESS):
        fail(throttle, 1, login=f"guess{n}")
    assert throttle.pause_s("10.0.0.1", "somebody else", NOON) > 0


def test_success_forgives_the_login() -> None:
    throttle = LoginThrottle()
    fail(throttle, FREE_FAILURES_PAIR + 3)
    throttle.succeeded("10.0.0.1", "AN")
    assert throttle.pause_s("10.0.0.1", "an", NOON) == 0


def test_a_flood_of_logins_does_not_fill_the_memory() -> None:
    throttle = LoginThrottle()
    for n in range(MOST_KEYS + 50):
        throttle.failed(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", "an", NOON)
    assert len(throttle._failures) == MOST_KEYS
