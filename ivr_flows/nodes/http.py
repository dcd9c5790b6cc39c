"""http: asks a named service, keeps what it answers, and goes on by how it answered."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from ivr_flows.effects import Fetch
from ivr_flows.expressions import ExpressionFailed
from ivr_flows.inputs import Fetched
from ivr_flows.nodes.base import STAY, Alarm, Move, Step, StepEvent
from ivr_flows.picking import Pick, picked
from ivr_flows.shapes import Events, Exit, Value, Way, between
from ivr_flows.wording import wrong
from ivr_flows.words import Duration, Int, MusicName, ServiceName, Shape, StatusKey, Str, Template, VarName

if TYPE_CHECKING:
    from ivr_flows.run import Run

REPEATABLE: Final = frozenset({"GET", "PUT", "DELETE"})
LONGEST_S: Final = 10.0
SLACK_S: Final = 1.0  # the server's own time-out comes first; this one keeps a caller from waiting for ever


def _bounded(seconds: float) -> float:
    if not 0 < seconds <= LONGEST_S:
        raise wrong("http_timeout")
    return seconds


def _path(path: Template) -> Template:
    if not path.startswith("/") or path.startswith("//"):
        raise wrong("path")
    return path


class Request(Shape):
    """What is asked. `path` is added to the service's base; templates in it are escaped where they are filled in."""

    service: ServiceName
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: Annotated[Template, AfterValidator(_path)] = Template("/")
    query: dict[Str, Template] = Field(default_factory=dict)
    headers: dict[Str, Template] = Field(default_factory=dict)
    json_: Value = Field(default=None, alias="json")


class WhileWaiting(Shape):
    """A sound from `after` on, so that the line is not dead."""

    after: Duration = 1.0
    sound: MusicName = MusicName("typing")


def _by_status(raw: object) -> object:
    if not isinstance(raw, dict):
        return raw
    statuses = {name: way for name, way in raw.items() if isinstance(name, str) and name[:1].isdigit()}
    rest = {name: way for name, way in raw.items() if name not in statuses}
    return {**rest, "statuses": statuses} if statuses else rest


class HttpEvents(Events):
    """Ways by status: the exact one, else its class, else `error`."""

    statuses: dict[StatusKey, Way] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _statuses(cls, raw: object) -> object:
        return _by_status(raw)


class HttpStep(Step):
    """Asks a service declared under `http:`; no other address can be reached.

    `save` puts parts of the answer into variables: `status`, `body`, or a path such as `body.items[0].name`. Then
    the way of the status (`"404"`) or of its class (`"4xx"`) is taken, `next` after a 2xx without one. No answer
    within `timeout`, one that is larger than the service's `max_body`, no JSON, or a status without a way: `error`
    of the step, `error.http` of the step or the flow, then `error` of the flow. `retries` are for GET, PUT and
    DELETE, and only where nothing or a 5xx came back. `cache` keeps a good answer to the same question for that
    long, for all calls.
    """

    EXAMPLE: ClassVar[str] = """\
get_order:
  type: http
  request: {service: orders, path: "/orders/${vars.order_no}", query: {phone: "${call.from}"}}
  timeout: 3s
  save: {order: body}
  play_while_waiting: {after: 1s, sound: typing}
  events:
    "2xx": {next: say_order}
    "404": {next: no_order}
    error: {next: to_support}
"""

    type: Literal["http"]
    request: Request
    timeout: Annotated[Duration, AfterValidator(_bounded)] = 3.0
    retries: Annotated[Int, AfterValidator(between(0, 3))] = 1
    save: dict[VarName, Pick] = Field(default_factory=dict)
    play_while_waiting: WhileWaiting | None = None
    cache: Duration = 0.0
    events: HttpEvents = Field(default_factory=HttpEvents)

    def begin(self, run: "Run") -> Move:
        if run.session.requests >= run.root.head.defaults.limits.max_requests:
            raise ExpressionFailed("the call asked services too often")
        retries = self.retries if self.request.method in REPEATABLE else 0
        run.emit(self._fetch(run, retries))
        run.alarm("answer", self.timeout * (retries + 1) + SLACK_S)
        if self.play_while_waiting is not None and not run.session.is_written:
            run.alarm("sound", self.play_while_waiting.after)
        return STAY

    def _fetch(self, run: "Run", retries: int) -> Fetch:
        asked, service = self.request, run.flow.head.http[self.request.service]
        return Fetch(
            request=run.request(), service=str(asked.service), base=service.base, method=asked.method,
            path=run.escaped(asked.path),
            query={name: run.text(value) for name, value in asked.query.items()},
            headers={**service.headers, **{name: run.text(value) for name, value in asked.headers.items()}},
            json=run.value(asked.json_), auth=service.auth, timeout_s=self.timeout, retries=retries,
            cache_s=self.cache if asked.method == "GET" else 0.0, max_bytes=service.max_body,
        )  # fmt: skip

    def on(self, run: "Run", event: StepEvent) -> Move:
        if isinstance(event, Fetched):
            return self._answered(run, event)
        if isinstance(event, Alarm):
            if event.name == "answer":
                return self._answered(run, Fetched(0, 0, error="timeout"))
            assert self.play_while_waiting is not None, "the other alarm is its own"
            run.music(self.play_while_waiting.sound)
        return STAY

    def _answered(self, run: "Run", answer: Fetched) -> Move:
        way = self._way(answer.status)
        is_good = 200 <= answer.status < 300
        if way is None and not is_good:
            return self._failed(run)
        for name, pick in self.save.items():
            if is_good or pick == "status":
                run.assign_value(name, picked(pick, answer.status, answer.body))
        return run.leave(way) if way is not None else self.onward()

    def _way(self, status: int) -> Exit | None:
        ways = self.events.statuses
        return ways.get(StatusKey(str(status))) or ways.get(StatusKey(f"{status // 100}xx"))

    def _failed(self, run: "Run") -> Move:
        way = self.events.error or self.events.http or run.flow.head.events.http
        if way is None:
            raise ExpressionFailed(f"service {self.request.service} gave no answer that has a way")
        return run.leave(way)
