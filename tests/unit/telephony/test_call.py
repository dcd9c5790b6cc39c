"""The rules of a call: states, the view folded from the ledger, and how it ended."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from telephony.call import TRANSITIONS, CallState, NotNow, fold, moved, outcome_of
from threadline.kernel.events import CallEvent, CallEventKind, JsonValue
from threadline.kernel.ids import CallId
from threadline.kernel.outcome import Result

pytestmark = pytest.mark.unit

CALL = CallId(UUID(int=1))
START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
K = CallEventKind


def ledger(*lines: tuple[float, CallEventKind, dict[str, JsonValue]]) -> list[CallEvent]:
    return [CallEvent(CALL, START + timedelta(seconds=at), kind, data) for at, kind, data in lines]


SERVED = ledger(
    (0, K.STARTED, {"direction": "inbound"}),
    (0.1, K.ANSWERED, {}),
    (0.1, K.STEP, {"step": "greet", "type": "say", "label": None}),
    (4, K.STEP, {"step": "main", "type": "menu", "label": None}),
    (6, K.KEYS, {"step": "main", "keys": "3", "outcome": "choice"}),
    (6, K.LANGUAGE, {"language": "en-US"}),
    (7, K.QUEUED, {"queue": "support", "position": None}),
    (8, K.RECORDING, {"recording": "r1", "action": "started"}),
    (10, K.OFFERED, {"agent": "a", "queue": "support", "reservation": "x"}),
    (25, K.OFFER_MISSED, {"agent": "a", "reservation": "x", "reason": "missed"}),
    (25, K.OFFERED, {"agent": "b", "queue": "support", "reservation": "y"}),
    (30, K.CONNECTED, {"agent": "b"}),
    (40, K.HELD, {"by": "page"}),
    (50, K.RESUMED, {"by": "page"}),
    (90, K.AGENT_LEFT, {"agent": "b", "by": "agent"}),
    (91, K.ENDED, {"result": "served", "reason": "agent_hung_up", "by": "agent"}),
)


def test_a_served_call_tells_its_path_its_wait_and_its_talk() -> None:
    view = fold(SERVED)
    assert [(step["step"], step["keys"]) for step in view.path] == [("greet", None), ("main", "3")]
    assert (view.queue, view.wait_s, view.talk_s, view.agent) == ("support", 23.0, 60.0, "b")
    assert (view.language, view.recordings, view.state) == ("en-US", ["r1"], CallState.ENDED)
    assert view.outcome is not None
    assert view.outcome.result is Result.SERVED


def test_any_prefix_of_a_ledger_can_be_folded_and_ended() -> None:
    for length in range(1, len(SERVED)):
        view = fold(SERVED[:length])
        outcome = outcome_of(view, "system", "server_restarted")
        assert (outcome.result, outcome.reason) == (Result.FAILED, "server_restarted")
        view.see(
            CallEvent(CALL, START + timedelta(seconds=99), K.ENDED, {"result": outcome.result, "reason": "x"})
        )
        assert view.state is CallState.ENDED


def test_an_event_that_does_not_belong_is_an_error() -> None:
    for state in CallState:
        for kind in CallEventKind:
            if kind in (K.STARTED,):
                continue
            if (state, kind) in TRANSITIONS:
                assert moved(state, kind) is TRANSITIONS[state, kind]
            elif state is CallState.ENDED:
                with pytest.raises(NotNow):
                    moved(state, kind)


@pytest.mark.parametrize(
    ("length", "by", "result"),
    [
        (1, "system", Result.REFUSED),
        (5, "customer", Result.LEFT_IN_MENU),
        (5, "system", Result.SELF_SERVED),
        (7, "customer", Result.ABANDONED),
        (9, "customer", Result.ABANDONED),
        (13, "customer", Result.SERVED),
    ],
)
def test_the_outcome_follows_from_where_the_call_ended(length: int, by: str, result: Result) -> None:
    assert outcome_of(fold(SERVED[:length]), by, "whatever").result is result


def test_a_call_that_is_offered_to_several_rings_until_the_last_of_them_has_missed_it() -> None:
    lines = ledger(
        (1, K.ANSWERED, {}),
        (2, K.QUEUED, {"queue": "support"}),
        (3, K.OFFERED, {"agent": "a", "reservation": "x"}),
        (3, K.OFFERED, {"agent": "b", "reservation": "y"}),
        (5, K.OFFER_MISSED, {"agent": "a", "reservation": "x", "reason": "declined"}),
        (9, K.OFFER_MISSED, {"agent": "b", "reservation": "y", "reason": "missed"}),
    )
    states = [fold(lines[:length]).state for length in range(3, 7)]
    assert states == [CallState.RINGING] * 3 + [CallState.QUEUED]


def test_a_call_that_is_refused_has_the_language_it_would_have_spoken() -> None:
    view = fold(ledger((0, K.STARTED, {"language": "vi-VN"})))
    assert view.language == "vi-VN"


def test_ledger_lines_tell_the_seconds_waited_and_talked_so_far() -> None:
    told = {event.kind: fold(SERVED[:place]).sums(event.kind, event.at) for place, event in enumerate(SERVED)}
    assert told[K.CONNECTED] == {"wait_s": 23.0}
    assert told[K.AGENT_LEFT] == {"talk_s": 60.0}
    assert told[K.ENDED] == {"wait_s": 23.0, "talk_s": 60.0}
    assert told[K.STEP] == {}


def test_a_call_that_ends_while_it_waits_or_talks_has_waited_and_talked_until_then() -> None:
    at = START + timedelta(seconds=40)
    assert fold(SERVED[:9]).sums(K.ENDED, at) == {"wait_s": 33.0, "talk_s": None}
    assert fold(SERVED[:12]).sums(K.ENDED, at) == {"wait_s": 23.0, "talk_s": 10.0}


def test_a_ledger_with_any_one_line_missing_still_tells_how_the_call_ended() -> None:
    for gap in range(len(SERVED) - 1):
        view = fold(SERVED[:gap] + SERVED[gap + 1 :])
        assert view.state is CallState.ENDED
        assert view.outcome is not None


@pytest.mark.parametrize("reason", ["flow_error", "flow_limit", "internal_error", "shutdown", "no_media"])
def test_a_fault_of_ours_is_no_service(reason: str) -> None:
    assert outcome_of(fold(SERVED[:5]), "system", reason).result is Result.FAILED
