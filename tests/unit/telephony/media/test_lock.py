import pytest

from telephony.media.lock import CANDIDATES_MAX, Address, SourceLearner, Verdict

pytestmark = pytest.mark.unit

SIGNALLED = ("192.0.2.10", 4000)
BEHIND_NAT = ("198.51.100.7", 61000)
STRANGER = ("203.0.113.66", 9)


def feed(
    learner: SourceLearner, source: Address, numbers: list[int], *, ssrc: int = 1, now: float = 0.0
) -> list[Verdict]:
    return [learner.packet(source, ssrc, seq, is_expected=True, now=now) for seq in numbers]


def test_the_signalled_address_is_heard_at_once_and_locked_after_four_in_order() -> None:
    assert feed(SourceLearner(SIGNALLED), SIGNALLED, [65534, 65535, 0, 1]) == [Verdict.HEAR] * 3 + [
        Verdict.LOCK
    ]


def test_a_source_behind_nat_must_prove_itself_before_it_is_heard() -> None:
    assert feed(SourceLearner(SIGNALLED), BEHIND_NAT, [5, 6, 7, 8]) == [Verdict.DROP] * 3 + [Verdict.LOCK]


def test_a_gap_or_another_ssrc_starts_the_count_anew() -> None:
    learner = SourceLearner(SIGNALLED)
    assert Verdict.LOCK not in feed(learner, BEHIND_NAT, [1, 2, 3, 5, 6, 7])
    assert Verdict.LOCK not in feed(learner, BEHIND_NAT, [8, 9, 10], ssrc=2)


def test_nobody_else_is_locked_once_the_signalled_address_has_spoken() -> None:
    learner = SourceLearner(SIGNALLED)
    feed(learner, SIGNALLED, [1])
    assert feed(learner, STRANGER, list(range(20))) == [Verdict.DROP] * 20
    assert feed(learner, SIGNALLED, [2, 3, 4])[-1] is Verdict.LOCK
    assert learner.strangers(SIGNALLED) == 20


def test_unexpected_payload_types_never_count() -> None:
    learner = SourceLearner(SIGNALLED)
    verdicts = {learner.packet(STRANGER, 1, seq, is_expected=False, now=0) for seq in range(10)}
    assert verdicts == {Verdict.DROP}


def test_after_two_seconds_the_best_source_of_a_lossy_line_is_locked() -> None:
    learner = SourceLearner(SIGNALLED)
    feed(learner, BEHIND_NAT, [1, 3, 5, 7, 9])
    feed(learner, STRANGER, [1])
    assert feed(learner, STRANGER, [9], now=2.5) == [Verdict.DROP]
    assert feed(learner, BEHIND_NAT, [11], now=2.5) == [Verdict.LOCK]


def test_learning_anew_can_be_narrowed_to_one_host() -> None:
    learner = SourceLearner(SIGNALLED, only_host=BEHIND_NAT[0])
    assert feed(learner, STRANGER, [1, 2, 3, 4, 5]) == [Verdict.DROP] * 5
    assert feed(learner, (BEHIND_NAT[0], 62000), [1, 2, 3, 4])[-1] is Verdict.LOCK


def test_a_spray_of_sources_is_bounded_and_leaves_room_for_the_signalled_one() -> None:
    learner = SourceLearner(SIGNALLED)
    for number in range(CANDIDATES_MAX * 4):
        feed(learner, (f"203.0.113.{number}", 5), [1])
    assert feed(learner, SIGNALLED, [1, 2, 3, 4])[-1] is Verdict.LOCK
