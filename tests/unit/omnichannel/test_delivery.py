"""Where a message stands, what a failed attempt means, and what may be sent at all."""

from datetime import UTC, datetime, timedelta

import pytest

from omnichannel.channels.port import Remedy, SendFailed
from omnichannel.correspondence.delivery import FORWARD, moves
from omnichannel.outbound.attempt import ATTEMPTS, Step, back_off_s, judge

pytestmark = pytest.mark.unit
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize("current", FORWARD)
@pytest.mark.parametrize("said", FORWARD[1:])
def test_a_message_only_moves_forward(current: str, said: str) -> None:
    assert moves(current, said) is (FORWARD.index(said) > FORWARD.index(current))


def test_a_refusal_counts_until_the_message_arrived_and_a_sign_of_life_after_it_wins() -> None:
    assert [moves(status, "failed") for status in FORWARD] == [True, True, False, False]
    assert [moves("failed", status) for status in FORWARD] == [False, False, True, True]
    assert moves("failed", "sent", is_unsure=True)
    assert moves("cancelled", "sent")
    assert not moves("failed", "failed")


@pytest.mark.parametrize(
    ("remedy", "is_idempotent", "step", "is_counted"),
    [
        (Remedy.RETRY, False, Step.AGAIN, True),
        (Remedy.PAUSE, False, Step.REST, False),
        (Remedy.RECONNECT, False, Step.MEND, False),
        (Remedy.GIVE_UP, True, Step.FAIL, True),
        (Remedy.WINDOW, True, Step.FAIL, True),
        (Remedy.BLOCKED, True, Step.FAIL, True),
        (Remedy.UNSURE, False, Step.FAIL, True),
        (Remedy.UNSURE, True, Step.AGAIN, True),
    ],
)
def test_each_remedy_has_its_step(remedy: Remedy, is_idempotent: bool, step: Step, is_counted: bool) -> None:
    verdict = judge(SendFailed(remedy, "why"), 1, NOON, is_idempotent=is_idempotent)
    assert (verdict.step, verdict.is_counted, verdict.detail) == (step, is_counted, "why")


def test_a_provider_that_says_when_is_asked_then_and_not_for_ever() -> None:
    later = SendFailed(Remedy.RETRY, "busy", retry_after_s=90)
    assert judge(later, 1, NOON, is_idempotent=True).until == NOON + timedelta(seconds=90)
    assert judge(later, ATTEMPTS, NOON, is_idempotent=True).step is Step.FAIL
    rest = judge(SendFailed(Remedy.PAUSE, "slow down", retry_after_s=7), 1, NOON, is_idempotent=False)
    assert rest.until == NOON + timedelta(seconds=7)


def test_pauses_grow_and_have_an_end() -> None:
    for attempts in range(1, 30):
        longest = min(2.0 ** (attempts - 1), 900.0)
        assert 0.75 * longest <= back_off_s(attempts) <= longest
