"""Inline tests of a flow: what a caller does, and what must have come of it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from ivr_flows.wording import said, wrong
from ivr_flows.words import Bool, Duration, Int, Shape, Str, Word


class Keys(Word):
    """Keys pressed one after another."""

    __slots__ = ()
    PATTERN = r"^[0-9*#A-D]{1,64}\Z"
    FORM = said("form.pressed")


class Line(Shape):
    """One line of a script: wait until `hear` is said, then act.

    `silence` does nothing and lets the time run; `speak` is how long a voicemail is spoken; `barge`
    presses or says while the prompt still plays, `say` needs a step that listens, `noise` is a sound that is no
    word, `write` is for written channels, on which `press` writes the keys.
    """

    hear: Str | None = None
    contains: Str | None = None
    press: Keys | None = None
    say: Str | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    noise: Bool = False
    write: Str | None = None
    barge: Bool = False
    silence: Bool = False
    speak: Duration | None = None
    wait: Duration | None = None
    hangup: Bool = False


class MockQueue(Shape):
    """How a queue behaves in a test. Nothing given: nobody answers."""

    answer_after: Duration | None = None
    agent: Str = "agent"
    talk: Duration = 60.0
    position: Int = 1
    wait: tuple[Int, Int] | None = None
    refuse: Literal["full", "no_agents", "closed"] | None = None


class MockAnswer(Shape):
    """What a service answers to a path that begins with `match`, after so many seconds; `text` is no JSON."""

    match: Str = "/"
    method: Str | None = None
    status: Int = 200
    json_: Any = Field(default=None, alias="json")
    text: Str | None = None
    timeout: Bool = False
    after: Duration = 0.2


class CalendarState(Word):
    """What a calendar says on the day of a test."""

    __slots__ = ()
    PATTERN = r"^(open|closed|holiday(:[^\n]{1,60})?)\Z"
    FORM = said("form.calendar")


class Mock(Shape):
    """The world around a test. `facts` is what queue_check hears of a queue; a holiday may have a name."""

    http: dict[str, tuple[MockAnswer, ...]] = Field(default_factory=dict)
    facts: dict[str, dict[str, Any]] = Field(default_factory=dict)
    callback: Literal["taken", "refused", "silent"] = "taken"
    message: Literal["sent", "failed", "silent"] = "sent"

    queue: dict[str, MockQueue] = Field(default_factory=dict)
    transfer: dict[str, Literal["busy", "no_answer", "failed", "done"]] = Field(default_factory=dict)
    calendar: dict[str, CalendarState] = Field(default_factory=dict)
    fault: dict[str, Str] = Field(default_factory=dict)


class Queued(Shape):
    """The first queue entered."""

    queue: Str | None = None
    need: dict[str, Int] | None = None
    priority: Int | None = None


class CalledBack(Shape):
    """The callback asked for."""

    queue: Str | None = None
    number: Str | None = None


class Written(Shape):
    """A message sent; `text` is a part of it."""

    channel: Str | None = None
    text: Str = ""
    to: Str | None = None


class Expect(Shape):
    """What must be true at the end. Everything is optional."""

    ended_by: Literal["system", "caller", "agent", "nobody"] | None = None
    cause: Str | None = None
    language: Str | None = None
    visited: tuple[Str, ...] = ()
    not_visited: tuple[Str, ...] = ()
    queued: Queued | None = None
    voicemail: dict[str, Str] | None = None
    transfer: Str | None = None
    callback: CalledBack | None = None
    message: Written | None = None
    fetched: tuple[Str, ...] = ()
    survey: dict[str, Str] = Field(default_factory=dict)
    tags: tuple[Str, ...] = ()
    vars: dict[str, Any] = Field(default_factory=dict)
    heard: tuple[Str, ...] = ()


def _moment(raw: object) -> object:

    try:
        at = datetime.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise wrong("moment")
    return raw


Moment = Annotated[str, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]


class Test(Shape):
    """A test that must be green before a flow is published."""

    __test__ = False

    name: Str
    channel: Str = "voice"
    at: Moment = "2026-03-10T10:00:00+07:00"
    call: dict[str, Any] = Field(default_factory=dict)
    contact: dict[str, Any] = Field(default_factory=dict)
    thread: dict[str, Any] = Field(default_factory=dict)
    mock: Mock = Field(default_factory=Mock)
    script: tuple[Line, ...] = ()
    expect: Expect = Field(default_factory=Expect)
