"""The rules of a call: states, the view folded from the ledger, and how it ended."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from telephony.call import TRANSITIONS, CallState, NotNow, fold, moved, outcome_of
from telephony.digits import DigitMerge
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


def test_the_same_press_told_by_rtp_and_info_counts_once() -> None:
    merge = DigitMerge()
    assert merge.press("1", "rtp") == "1"
    assert merge.press("1", "info") is None
    assert merge.press("1", "rtp") == "1"
