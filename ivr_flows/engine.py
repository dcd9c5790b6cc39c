"""The engine: an event in, effects out. Pure; the time is passed in, a deadline is data (`Turn.wake_at`).

Events that come too late or too early and are passed over on purpose: PlayDone of a play already left,
queue news outside a queue, keys and faults while the customer talks with a person, answers to questions
of a step already left, what is heard when nobody listens, anything after the end but the message a caller
left by hanging up.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ivr_flows.calendar import Calendar
from ivr_flows.effects import Effect, Entered, Hangup, LeaveQueue, Recording
from ivr_flows.expressions import ExpressionFailed, plain
from ivr_flows.inputs import (
    AgentJoined,
    AgentLeft,
    CallbackRefused,
    CallbackTaken,
    Fault,
    Fetched,
    Heard,
    HungUp,
    Input,
    Key,
    MessageSent,
    MessageTaken,
    PlayDone,
    QueueFacts,
    QueuePlace,
    QueueRefused,
    Speaking,
    Tick,
)
from ivr_flows.model import Flow
from ivr_flows.nodes.base import Alarm, Finish, Go, Move, Step, StepEvent
from ivr_flows.run import Run, first_values
from ivr_flows.session import Session
from ivr_flows.shapes import KEY_EVENT, Events, Exit
from threadline.kernel.events import Json, JsonValue

__all__ = ["FlowContext", "Session", "Turn", "resume", "start"]

CALL_TIME: Final = "call time"  # the one timer that outlives its step
GRACE: Final = timedelta(minutes=5)  # what the limit event's own way out may take
_CONTACT: Final[Json] = {
    "id": None,
    "name": None,
    "vip": False,
    "language": None,
    "tags": [],
    "last_agent": None,
    "open_tickets": 0,
    "panel": {},
    "fields": {},
}
_CALL: Final[Json] = {
    "id": "",
    "from": "",
    "to": "",
    "started_at": "",
    "direction": "inbound",
    "channel": "voice",
    "network": "",
    "stir": "",
}
LONGEST_KEY_EVENT: Final = 4
ANSWERS: Final = (Fetched, QueueFacts, CallbackTaken, CallbackRefused, MessageSent)


@dataclass(frozen=True, slots=True)
class FlowContext:
    """What is known when a call enters a flow. Keys left out of `call` and `contact` have empty values."""

    call: Json
    contact: Json = field(default_factory=dict)
    thread: Json = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    default_language: str = "vi-VN"


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of an event. At `wake_at` the engine wants a Tick; `over`: nothing more will be asked."""

    session: Session
    effects: tuple[Effect, ...]
    wake_at: datetime | None
    over: bool


def start(flow: Flow, context: FlowContext, now: datetime) -> Turn:
    """Enters the flow at its entry step. `now` is aware."""
    session = Session(flow=flow.id, language=_first_language(flow, context), facts=_facts(context))
    session.is_written = context.call.get("channel", "voice") != "voice"
    session.vars = first_values(flow)
    run = Run(flow, session, now)
    session.is_answered = session.is_written
    session.timers[CALL_TIME] = now + timedelta(seconds=_longest(run))
    _advance(run, Go(flow.head.entry))
    return _turn(run)


def resume(flow: Flow, session: Session, event: Input, now: datetime) -> Turn:
    """What comes of `event`. `session` stays as it is; the turn has its successor."""
    run = Run(flow, session.copy(), now)
    if session.mode == "over":
        if isinstance(event, MessageTaken):
            with suppress(ExpressionFailed):
                run.step.late(run, event)
    elif isinstance(event, HungUp):
        _customer_gone(run)
    elif session.mode == "talking":
        if isinstance(event, AgentLeft):
            _agent_left(run)
    elif isinstance(event, AgentJoined):
        _agent_joined(run)
    elif isinstance(event, Tick):
        _tick(run)
    elif isinstance(event, Fault):
        _advance(run, _fault(run))
    elif not isinstance(event, AgentLeft):
        _happened(run, event)
    return _turn(run)


def _longest(run: Run) -> float:
    limits = run.root.head.defaults.limits
    return limits.max_chat_time if run.session.is_written else limits.max_call_time


def _first_language(flow: Flow, context: FlowContext) -> str:
    for wished in (context.call.get("language"), context.default_language):
        if isinstance(wished, str) and wished in flow.languages:
            return wished
    return flow.languages[0]


def _facts(context: FlowContext) -> Json:
    """The context as plain data; lists longer than an expression may see are cut."""
    return {
        "call": {**_CALL, **_short(context.call)},
        "contact": {**_CONTACT, **_short(context.contact)},
        "thread": _short(context.thread),
        "calendars": {name: calendar.to_json() for name, calendar in context.calendars.items()},
    }


def _short(facts: Json) -> Json:
    return {name: plain(value[:200] if isinstance(value, list) else value) for name, value in facts.items()}


def _turn(run: Run) -> Turn:
    session = run.session
    return Turn(session, tuple(run.effects), session.wake_at, session.mode == "over")


# --- events -----------------------------------------------------------------------------------------


def _happened(run: Run, event: StepEvent) -> None:
    session = run.session
    if not _is_timely(session, event):
        return
    if isinstance(event, PlayDone):
        session.playing = None
    elif isinstance(event, QueuePlace | QueueRefused):
        session.in_queue = isinstance(event, QueuePlace)
        session.queue = _queue_facts(event)
    elif isinstance(event, ANSWERS):
        session.asked = 0
    elif isinstance(event, Key) and (way := _key_event(run, event.key)) is not None:
        _advance(run, _leave_by(run, way))
        return
    _advance(run, _ask(run, event))


def _is_timely(session: Session, event: StepEvent) -> bool:
    """Whether anybody waits for this."""
    if isinstance(event, PlayDone):
        return event.play == session.playing
    if isinstance(event, QueuePlace | QueueRefused):
        return session.in_queue
    if isinstance(event, ANSWERS):
        return event.request == session.asked
    if isinstance(event, Heard | Speaking):
        return event.listen == session.listening
    return True


def _key_event(run: Run, key: str) -> Exit | None:
    """The way of a `key:` event whose last key this is; the step's own before the flow's.

    Keys of a step that hides them are nobody else's.
    """
    if run.step.hides_keys(run):
        run.session.tail = ""
        return None
    run.session.tail = (run.session.tail + key)[-LONGEST_KEY_EVENT:]
    for outward, events in _handlers(run):
        for name, way in events.keys.items():
            if run.session.tail.endswith(name.removeprefix(KEY_EVENT)):
                run.session.tail = ""
                for _ in range(outward):
                    run.surface()
                return way
    return None


def _handlers(run: Run) -> list[tuple[int, Events]]:
    """Who may handle an event: the step, what it stands in, and so on out to the flow the call entered.

    With each the number of modules that are left to get there.
    """
    found = [(0, run.step.events), (0, run.flow.head.events)]
    for outward, frame in enumerate(reversed(run.session.frames), 1):
        part = run.root.part(str(frame["module"]))
        found += [(outward, part.steps[str(frame["step"])].events), (outward, part.head.events)]
    return found


def _queue_facts(event: QueuePlace | QueueRefused) -> Json:
    if isinstance(event, QueueRefused):
        return {}
    facts: dict[str, JsonValue] = {"position": event.position}
    if event.wait_s is not None:
        facts |= {"ewt_p50": event.wait_s[0], "ewt_p75": event.wait_s[1]}
    return facts


def _tick(run: Run) -> None:
    """Rings every alarm that is due, the earliest first."""
    timers = run.session.timers
    while run.session.mode == "flow":
        due = [(at, name) for name, at in timers.items() if at <= run.now]
        if not due:
            return
        name = min(due)[1]
        del timers[name]
        _advance(run, _limit(run) if name == CALL_TIME else _ask(run, Alarm(name)))


def _agent_joined(run: Run) -> None:
    run.hush()
    run.session.in_queue = False
    run.session.timers.clear()
    run.session.mode = "talking"


def _agent_left(run: Run) -> None:
    run.session.mode = "flow"
    run.session.timers[CALL_TIME] = run.now + timedelta(seconds=_longest(run))
    after = run.step.after_talk
    _advance(run, Go(after) if after else Finish("normal"))


def _customer_gone(run: Run) -> None:
    event = next((each.hangup for _, each in _handlers(run) if each.hangup is not None), None)
    after = run.step.after_talk if run.session.mode == "talking" else None
    with suppress(ExpressionFailed):  # nobody is left to hear of it
        if event is not None:
            run.note(event.thread)
        (run.flow.steps[after] if after else run.step).gone(run)
    run.session.listening = 0
    _over(run)


def _over(run: Run) -> None:
    run.session.mode = "over"
    run.session.playing = None
    run.session.timers.clear()


# --- moves ------------------------------------------------------------------------------------------


def _ask(run: Run, event: StepEvent) -> Move:
    try:
        return run.step.on(run, event)
    except ExpressionFailed:
        return _fault(run)


def _leave_by(run: Run, way: Exit) -> Move:
    try:
        return run.leave(way)
    except ExpressionFailed:
        return _fault(run)


def _advance(run: Run, move: Move) -> None:
    """Moves on until a step waits or the flow is over; every entry counts against the limits."""
    while isinstance(move, Go):
        _leave_step(run)
        session, limits = run.session, run.root.head.defaults.limits
        place = run.place(move.step)
        session.steps += 1
        visits = session.visits[place] = session.visits.get(place, 0) + 1
        if session.steps > limits.max_steps or visits > limits.max_visits_per_step:
            move = _limit(run)
        else:
            move = _enter(run, move.step)
    if isinstance(move, Finish):
        _finish(run, move.cause)


def _leave_step(run: Run) -> None:
    session = run.session
    run.hush()
    run.deaf()
    session.asked = 0
    if session.in_queue:
        session.in_queue = False
        run.emit(LeaveQueue(str(session.local.get("reason", "fault"))))
    if session.local.get("masked"):
        run.emit(Recording("unmask"))
    session.local = {}
    session.queue = {}
    session.timers = {name: at for name, at in session.timers.items() if name == CALL_TIME}


def _enter(run: Run, name: str) -> Move:
    step: Step = run.flow.steps[name]
    run.session.step = name
    try:
        if step.when is not None and not run.holds(step.when):
            return step.onward()
        if run.session.is_written and step.written is not None:
            return Go(step.written)
        run.emit(Entered(run.place(name), step.type, step.label))
        if step.thread is not None and step.notes_on_entry:
            run.note(step.thread)
        return step.begin(run)
    except ExpressionFailed:
        return _fault(run)


def _fault(run: Run) -> Move:
    """The declared way out of an error; without one, or when that very step fails, the call ends.

    What a module does not handle is the fault of the step that called it.
    """
    while True:
        way = run.step.events.error or run.flow.head.events.error
        if way is not None and way.next != run.session.step:
            try:
                return run.leave(way)
            except ExpressionFailed:
                return Finish("error")
        if not run.session.frames:
            return Finish("error")
        run.surface()


def _limit(run: Run) -> Move:
    """A limit is reached: once the declared way out with fresh counts, then the end."""
    session = run.session
    while (way := run.step.events.limit or run.flow.head.events.limit) is None and session.frames:
        run.surface()
    if way is None or session.had_limit:
        return Finish("limit")
    session.had_limit = True
    session.local["reason"] = "limit"
    session.steps, session.visits = 0, {}
    session.timers[CALL_TIME] = run.now + GRACE
    try:
        return run.leave(way)
    except ExpressionFailed:
        return Finish("limit")


def _finish(run: Run, cause: str | None) -> None:
    if cause is not None:
        _leave_step(run)
        run.emit(Hangup(cause))
    _over(run)
