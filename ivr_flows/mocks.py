"""What a test's `mock` answers in place of the world."""

from typing import Final, TypeAlias, cast

from ivr_flows import effects as fx
from ivr_flows import inputs as ev
from ivr_flows.script import Mock, MockAnswer
from threadline.kernel.events import Json

AT_ONCE_S: Final = 0.1
NEVER_S: Final = 1e9
FACTS: Final[Json] = {
    "waiting": 0,
    "agents_ready": 1,
    "agents_logged_in": 1,
    "ewt_p50": None,
    "ewt_p75": None,
    "longest_wait": 0.0,
    "is_open": True,
}

Later: TypeAlias = tuple[float, ev.Input]


def answer_to(effect: fx.Effect, mock: Mock) -> Later | str | None:
    """(after so many seconds, what comes back); a failure of the test in words; None for other effects."""
    match effect:
        case fx.Fetch():
            return _fetched(effect, mock)
        case fx.AskQueue():
            facts = cast(Json, mock.facts.get(effect.queue, {}))
            return AT_ONCE_S, ev.QueueFacts(effect.request, {**FACTS, **facts})
        case fx.RequestCallback():
            if mock.callback == "taken":
                return AT_ONCE_S, ev.CallbackTaken(effect.request, "ticket")
            wait_s = NEVER_S if mock.callback == "silent" else AT_ONCE_S
            return wait_s, ev.CallbackRefused(effect.request, "refused")
        case fx.SendMessage() if effect.request:
            wait_s = NEVER_S if mock.message == "silent" else AT_ONCE_S
            return wait_s, ev.MessageSent(effect.request, mock.message == "sent")
    return None


def _fetched(effect: fx.Fetch, mock: Mock) -> Later | str:
    for answer in mock.http.get(effect.service, ()):
        if effect.path.startswith(answer.match) and answer.method in (None, effect.method):
            return _told(effect, answer)
    return f"{effect.service} was asked {effect.method} {effect.path}, which the test does not mock"


def _told(effect: fx.Fetch, answer: MockAnswer) -> Later:
    if answer.timeout:
        waited_s = effect.timeout_s * (effect.retries + 1)
        return waited_s, ev.Fetched(effect.request, 0, error="timeout")
    if answer.text is not None:
        return answer.after, ev.Fetched(effect.request, 0, error="no JSON")
    return answer.after, ev.Fetched(effect.request, answer.status, answer.json_)
