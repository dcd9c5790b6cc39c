"""The rules of a call: its states, and everything that is known of it folded from its ledger. Pure."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from threadline.kernel.events import CallEvent, CallEventKind, Json
from threadline.kernel.outcome import Outcome, Result


class CallState(StrEnum):
    ARRIVED = "arrived"  # known to us, not answered
    IN_FLOW = "in_flow"  # the flow speaks
    QUEUED = "queued"
    RINGING = "ringing"  # queued, and an agent's phone rings
    TALKING = "talking"
    HELD = "held"
    ENDED = "ended"


KEEPS: Final = frozenset(
    {
        CallEventKind.STEP,
        CallEventKind.KEYS,
        CallEventKind.LANGUAGE,
        CallEventKind.RECORDING,
        CallEventKind.VOICEMAIL,
        CallEventKind.TRANSFER,
        CallEventKind.PARTY,
        CallEventKind.PARKED,
        CallEventKind.PICKED_UP,
    }
)
"""Events that say something but move nothing."""

TRANSITIONS: Final[dict[tuple[CallState, CallEventKind], CallState]] = {
    (CallState.ARRIVED, CallEventKind.ANSWERED): CallState.IN_FLOW,
    (CallState.IN_FLOW, CallEventKind.QUEUED): CallState.QUEUED,
    (CallState.QUEUED, CallEventKind.OFFERED): CallState.RINGING,
    (CallState.QUEUED, CallEventKind.UNQUEUED): CallState.IN_FLOW,
    (CallState.RINGING, CallEventKind.OFFERED): CallState.RINGING,
    (CallState.RINGING, CallEventKind.OFFER_MISSED): CallState.QUEUED,  # the last one; see `CallView.ringing`
    (CallState.RINGING, CallEventKind.UNQUEUED): CallState.IN_FLOW,
    (CallState.RINGING, CallEventKind.CONNECTED): CallState.TALKING,
    (CallState.IN_FLOW, CallEventKind.CONNECTED): CallState.TALKING,  # a transfer reached a person
    (CallState.TALKING, CallEventKind.HELD): CallState.HELD,
    (CallState.HELD, CallEventKind.RESUMED): CallState.TALKING,
    (CallState.TALKING, CallEventKind.AGENT_LEFT): CallState.IN_FLOW,
    (CallState.HELD, CallEventKind.AGENT_LEFT): CallState.IN_FLOW,
    **{(state, CallEventKind.ENDED): CallState.ENDED for state in CallState if state is not CallState.ENDED},
}


class NotNow(ValueError):
    """The event does not belong to the state the call is in."""


def moved(state: CallState, kind: CallEventKind) -> CallState:
    """The state after an event. Raises NotNow for one that does not belong."""
    if kind in KEEPS and state is not CallState.ENDED:
        return state
    try:
        return TRANSITIONS[state, kind]
    except KeyError:
        raise NotNow(f"{kind} in state {state}") from None


@dataclass(slots=True)
class CallView:
    """What the ledger tells of one call so far. Times in seconds."""

    state: CallState = CallState.ARRIVED
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    language: str | None = None
    path: list[Json] = field(default_factory=list)
    queue: str | None = None
    queued_at: datetime | None = None
    wait_s: float | None = None
    ringing: set[str] = field(default_factory=set)  # reservations of agents whose phones ring
    agent: str | None = None
    connected_at: datetime | None = None
    talk_s: float | None = None
    recordings: list[str] = field(default_factory=list)
    has_voicemail: bool = False
    transferred_to: str | None = None
    ended_in: CallState | None = None  # the state it was in when it ended
    outcome: Outcome | None = None

    def sums(self, kind: CallEventKind, at: datetime) -> Json:
        """What a ledger line of `kind` also says: the seconds waited and talked up to it."""
        found: Json = {}
        if kind in (CallEventKind.CONNECTED, CallEventKind.UNQUEUED, CallEventKind.ENDED):
            found["wait_s"] = _and_since(self.wait_s, self.queued_at, at)
        if kind in (CallEventKind.AGENT_LEFT, CallEventKind.ENDED):
            found["talk_s"] = _and_since(self.talk_s, self.connected_at, at)
        return found

    def see(self, event: CallEvent) -> None:
        """Folds one more event in. Raises NotNow."""
        if event.kind is CallEventKind.STARTED:
            self.started_at = event.at
            self.language = str(event.data.get("language") or "") or None
            return
        before = self.state
        self.state = moved(before, event.kind)
        if event.kind is CallEventKind.ENDED:
            self.ended_in = before
        handler = _SEEN.get(event.kind)
        if handler is not None:
            handler(self, event)


def fold(events: Iterable[CallEvent]) -> CallView:
    """The view of a ledger, oldest event first.

    A kept ledger may have gaps (rows the database refused): what does not belong to the state it left is
    passed over, so that one bad row can't hide the rest of the story.
    """
    view = CallView()
    for event in events:
        with suppress(NotNow):
            view.see(event)
    return view


def _answered(view: CallView, event: CallEvent) -> None:
    view.answered_at = event.at


def _step(view: CallView, event: CallEvent) -> None:
    view.path.append({"at": event.at.isoformat(), "keys": None, **event.data})


def _keys(view: CallView, event: CallEvent) -> None:
    for entry in reversed(view.path):
        if entry["step"] == event.data["step"]:
            entry["keys"] = event.data["keys"]
            entry["outcome"] = event.data["outcome"]
            return


def _language(view: CallView, event: CallEvent) -> None:
    view.language = str(event.data["language"])


def _queued(view: CallView, event: CallEvent) -> None:
    view.queue = str(event.data["queue"])
    view.queued_at = event.at


def _and_since(so_far: float | None, since: datetime | None, at: datetime) -> float | None:
    return so_far if since is None else round((so_far or 0.0) + (at - since).total_seconds(), 3)


def _offered(view: CallView, event: CallEvent) -> None:
    view.ringing.add(str(event.data.get("reservation")))


def _offer_missed(view: CallView, event: CallEvent) -> None:
    """She is offered to nobody only once the last phone has stopped ringing."""
    view.ringing.discard(str(event.data.get("reservation")))
    if view.ringing:
        view.state = CallState.RINGING


def _waited(view: CallView, event: CallEvent) -> None:
    view.ringing.clear()
    view.wait_s = _and_since(view.wait_s, view.queued_at, event.at)
    view.queued_at = None


def _connected(view: CallView, event: CallEvent) -> None:
    _waited(view, event)
    agent = event.data["agent"]
    view.agent = view.agent if agent is None else str(agent)  # sent on to nobody we know: she was served
    view.connected_at = event.at


def _agent_left(view: CallView, event: CallEvent) -> None:
    view.talk_s = _and_since(view.talk_s, view.connected_at, event.at)
    view.connected_at = None


def _recording(view: CallView, event: CallEvent) -> None:
    recording = str(event.data["recording"])
    if recording not in view.recordings:
        view.recordings.append(recording)


def _voicemail(view: CallView, event: CallEvent) -> None:
    _recording(view, event)
    view.has_voicemail = True


def _transfer(view: CallView, event: CallEvent) -> None:
    if event.data.get("result") == "done":
        view.transferred_to = str(event.data["to"])


def _ended(view: CallView, event: CallEvent) -> None:
    _waited(view, event)
    _agent_left(view, event)
    view.ended_at = event.at
    view.outcome = Outcome(Result(str(event.data["result"])), str(event.data["reason"]))


_SEEN: Final = {
    CallEventKind.ANSWERED: _answered,
    CallEventKind.STEP: _step,
    CallEventKind.KEYS: _keys,
    CallEventKind.LANGUAGE: _language,
    CallEventKind.QUEUED: _queued,
    CallEventKind.OFFERED: _offered,
    CallEventKind.OFFER_MISSED: _offer_missed,
    CallEventKind.UNQUEUED: _waited,
    CallEventKind.CONNECTED: _connected,
    CallEventKind.AGENT_LEFT: _agent_left,
    CallEventKind.RECORDING: _recording,
    CallEventKind.VOICEMAIL: _voicemail,
    CallEventKind.TRANSFER: _transfer,
    CallEventKind.ENDED: _ended,
}

FAULTS: Final = frozenset(
    {
        "server_restarted",
        "media_engine_lost",
        "no_media",
        "internal_error",
        "shutdown",
        "flow_error",
        "flow_limit",
    }
)


def outcome_of(view: CallView, by: str, reason: str) -> Outcome:
    """How a call that ends now ended. `by`: customer, agent, system; `reason` says the same more closely."""
    if reason in FAULTS:
        return Outcome(Result.FAILED, reason)
    if view.transferred_to is not None:
        return Outcome(Result.TRANSFERRED, reason)
    if view.agent is not None:
        return Outcome(Result.SERVED, reason)
    if view.has_voicemail:
        return Outcome(Result.VOICEMAIL, reason)
    if view.answered_at is None and by == "system":
        return Outcome(Result.REFUSED, reason)
    if view.state in (CallState.QUEUED, CallState.RINGING):
        return Outcome(Result.ABANDONED, reason)
    if by == "customer":
        return Outcome(Result.LEFT_IN_MENU, reason)
    return Outcome(Result.SELF_SERVED, reason)
