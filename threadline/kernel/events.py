"""News: what one room tells the others. Plain frozen facts, published on a Bus.

A listener is called synchronously in the publisher's turn and must not block; one that needs to wait
puts the event in a queue of its own.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, TypeVar

from threadline.kernel.ids import AgentId, CallId, RecordingId, ReservationId, ThreadId

log = logging.getLogger(__name__)

JsonValue: TypeAlias = bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"] | None
Json: TypeAlias = dict[str, JsonValue]


class CallEventKind(StrEnum):
    """Rows of the append-only call ledger, and the `call.*` types of the live socket.

    The `data` of each kind (keys beyond these may be added, none removed):
    """

    STARTED = "call.started"  # direction, from, to, entry, flow, revision, language
    ANSWERED = "call.answered"  # {}: the system picked up
    STEP = "call.step"  # step, type, label|None
    KEYS = "call.keys"  # step, keys|None (None where the step's log says none), outcome
    LANGUAGE = "call.language"  # language
    QUEUED = "call.queued"  # queue, position
    UNQUEUED = "call.unqueued"  # queue, reason, wait_s
    OFFERED = "call.offered"  # reservation, agent, queue
    OFFER_MISSED = "call.offer_missed"  # reservation, agent, reason
    CONNECTED = "call.connected"  # agent, wait_s|None
    AGENT_LEFT = "call.agent_left"  # agent, by: agent|customer|system|supervisor, talk_s
    HELD = "call.held"  # by
    RESUMED = "call.resumed"  # by
    RECORDING = "call.recording"  # recording, action: started|stopped|masked|unmasked; by, until of a pause
    TRANSFER = "call.transfer"  # to, mode, result|None
    PARTY = "call.party"  # party, agent|None, name, role, mode, by, state: ringing|joined|changed|refused|left, reason
    PARKED = "call.parked"  # slot, by
    PICKED_UP = "call.picked_up"  # slot, agent
    VOICEMAIL = "call.voicemail"  # recording, seconds, box
    ENDED = "call.ended"  # result, reason, by, talk_s, wait_s; place where a restart ended the waiting


class AgentState(StrEnum):
    """Explicit states, one open interval per agent at any time (reference: agent_state)."""

    LOGGED_OUT = "logged_out"
    READY = "ready"
    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    MISSED = "missed"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One line of a call's ledger, published after it is committed."""

    call: CallId
    at: datetime
    kind: CallEventKind
    data: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfferMade:
    """A reservation is committed; the agent's phone is to ring and his page to pop.

    `pop` is the JSON the page shows without any further request:
    {contact, identities, work_items, timeline (newest first), call: {id, from, queue, language, path, wait_s}}.
    """

    reservation: ReservationId
    call: CallId
    agent: AgentId
    queue: str
    lease_until: datetime
    ring_timeout_s: float
    pop: Json


@dataclass(frozen=True, slots=True)
class OfferClosed:
    """An offer is over.

    `reason`: answered, missed, declined, caller_left, withdrawn, expired, taken (another agent was quicker).
    """

    reservation: ReservationId
    call: CallId
    agent: AgentId
    reason: str


@dataclass(frozen=True, slots=True)
class AgentStateChanged:
    agent: AgentId
    state: AgentState
    reason: str | None
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ThreadDelta:
    """`entry` is a timeline entry in the shape of `GET /api/threads/{id}/timeline`; new or changed."""

    thread: ThreadId
    entry: Json


@dataclass(frozen=True, slots=True)
class RecordingChanged:
    """A recording or its transcript reached a new state."""

    recording: RecordingId
    call: CallId
    state: str  # recording | ready | lost
    transcript: str | None  # queued | running | ready | waiting_for_model | failed | None


@dataclass(frozen=True, slots=True)
class ThreadMoved:
    """Entries of `thread` are to be found in `to`: what shows either reads it anew.

    `reason`: merged, unmerged (then some of them), identity, chosen (those of `call`, if set), changed (the contact
    itself; both threads are the same).
    """

    thread: ThreadId
    to: ThreadId
    reason: str
    call: CallId | None = None


@dataclass(frozen=True, slots=True)
class CustomerTyping:
    """The customer of this thread writes something at this moment; not stored."""

    thread: ThreadId
    channel: str


@dataclass(frozen=True, slots=True)
class AgentMentioned:
    """A colleague's note in `thread` names these agents; `entry` is the note, in the timeline's shape."""

    agents: tuple[AgentId, ...]
    thread: ThreadId
    entry: Json


@dataclass(frozen=True, slots=True)
class PhoneSignal:
    """What the server's end of a browser phone tells the agent's pages (docs/agents.md); not stored.

    `kind` is the type of the live message, `phone.*`.
    """

    agent: AgentId
    kind: str
    data: Json


@dataclass(frozen=True, slots=True)
class CallCaption:
    """What is heard on a call at this moment, or how its captions stand; not stored (docs/agents.md).

    `kind` is the type of the live message: `call.caption` {call, recording, speaker, line, t0, t1, text, is_final} or
    `call.captions` {call, state}.
    """

    call: CallId
    kind: str
    data: Json


@dataclass(frozen=True, slots=True)
class WallboardChanged:
    """What supervisors see of queues and agents: omnichannel.routing.board.service.Board.wallboard; not stored."""

    board: Json


Event = (
    CallEvent
    | CallCaption
    | PhoneSignal
    | OfferMade
    | OfferClosed
    | AgentStateChanged
    | ThreadDelta
    | RecordingChanged
    | ThreadMoved
    | CustomerTyping
    | AgentMentioned
    | WallboardChanged
)
E_ = TypeVar(
    "E_",
    CallEvent,
    CallCaption,
    PhoneSignal,
    OfferMade,
    OfferClosed,
    AgentStateChanged,
    ThreadDelta,
    RecordingChanged,
    ThreadMoved,
    CustomerTyping,
    AgentMentioned,
    WallboardChanged,
)


class Bus:
    """Hands each event to the listeners of its type, in the order they subscribed."""

    def __init__(self) -> None:
        self._listeners: dict[type[Event], list[Callable[[Event], None]]] = {}

    def subscribe(self, kind: type[E_], listener: Callable[[E_], None]) -> None:
        self._listeners.setdefault(kind, []).append(listener)  # type: ignore[arg-type]  # keyed by its own type

    def publish(self, event: Event) -> None:
        for listener in self._listeners.get(type(event), ()):
            try:
                listener(event)
            except Exception:  # one room's fault must not end the room that brings the news
                log.exception("a listener failed", extra={"event": type(event).__name__})
