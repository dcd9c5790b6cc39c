"""queue: waits for a person, with music, the caller's place, offers by key and a longest wait."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema, model_validator

from ivr_flows.effects import EnterQueue, Need, Recording
from ivr_flows.expressions import ExpressionFailed
from ivr_flows.inputs import Key, PlayDone, QueuePlace, QueueRefused
from ivr_flows.nodes import holding
from ivr_flows.nodes.base import STAY, Alarm, Move, Step, StepEvent
from ivr_flows.nodes.holding import Hold
from ivr_flows.shapes import Way, between
from ivr_flows.wording import wrong
from ivr_flows.words import Duration, Int, QueueName, Shape, SkillName, StepRef, Template

if TYPE_CHECKING:
    from ivr_flows.run import Run
    from threadline.kernel.events import Json

SkillLevel = Annotated[Int, AfterValidator(between(1, 5))]
BEST, MIDDLE, WORST = 1, 5, 10


def _priority(raw: object) -> int | Template:
    if isinstance(raw, int) and not isinstance(raw, bool) and BEST <= raw <= WORST:
        return raw
    if isinstance(raw, str) and "${" in raw:
        return Template(raw)
    raise wrong("priority")


Priority = Annotated[
    int | Template,
    PlainValidator(_priority),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": BEST, "maximum": WORST}, {"type": "string"}]}),
]


Skills: TypeAlias = dict[SkillName, SkillLevel]


class RouteStep(Shape):
    """Who will do, and for how long we insist. Of `any_of`, one has to be met as a whole, beside `need`."""

    need: Skills = Field(default_factory=dict)
    any_of: tuple[Skills, ...] = ()
    for_: Duration | None = Field(default=None, alias="for")


class Prefer(Shape):
    """One person first: `last_agent`, or an agent's id."""

    agent: Template
    for_: Duration = Field(default=15.0, alias="for")


class Route(Shape):
    """Routing criteria, relaxed step by step; `min_level_hard` never is, and agents of `exclude` never get it."""

    prefer: Prefer | None = None
    steps: tuple[RouteStep, ...] = ()
    min_level_hard: Skills = Field(default_factory=dict)
    exclude: tuple[Template, ...] = ()

    @model_validator(mode="after")
    def _only_the_last_is_for_ever(self) -> "Route":
        if any(step.for_ is None for step in self.steps[:-1]):
            raise wrong("route_for")
        if self.steps and self.steps[-1].for_ is not None:
            raise wrong("route_last")
        return self


class Queue(Step):
    """Waits in a queue. `no_agents` and `full` go the way of `timeout`, `closed` that of `no_agents`, where unset.

    `record` on or off: from here on the call is recorded or not, whatever it was before.
    """

    WRITTEN_AS: ClassVar[str] = (
        "hands the conversation over to the people of the queue, with the answers so far"
    )
    EXAMPLE: ClassVar[str] = """\
to_support:
  type: queue
  queue: support
  priority: '${contact.vip ? 2 : 5}'
  route:
    steps:
      - {need: {support: 4, "lang:${call.language}": 4}, for: 20s}
      - {need: {"lang:${call.language}": 3}}
  hold:
    announce: {position: true, ewt: true}
    offers: [{key: "2", after: 45s, next: voicemail}]
  max_wait: 10m
  timeout: voicemail
"""

    IS_PAUSE: ClassVar[bool] = True
    REACHES_PERSON: ClassVar[bool] = True

    type: Literal["queue"]
    queue: QueueName
    priority: Priority = MIDDLE
    route: Route = Field(default_factory=Route)
    hold: Hold = Field(default_factory=Hold)
    max_wait: Duration = 900.0
    full: Way | None = None
    no_agents: Way | None = None
    closed: Way | None = None
    timeout: Way
    after_call: StepRef | None = None
    record: Literal["inherit", "on", "off"] = "inherit"

    @property
    def after_talk(self) -> str | None:
        return self.after_call

    def begin(self, run: "Run") -> Move:
        run.session.typed = ""
        route = self.route
        steps = tuple(
            Need(_levels(run, step.need), step.for_, tuple(_levels(run, one) for one in step.any_of))
            for step in route.steps
        )
        prefer: Json | None = None
        if route.prefer is not None:
            prefer = {"agent": run.text(route.prefer.agent), "for_s": route.prefer.for_}
        run.answer()
        if self.record != "inherit" and not run.session.is_written:
            run.emit(Recording("start" if self.record == "on" else "stop"))
        run.emit(
            EnterQueue(
                str(self.queue), self._priority(run), steps, prefer, self.max_wait, _levels(run, route.min_level_hard),
                tuple(run.text(agent) for agent in route.exclude),
            )
        )  # fmt: skip
        run.session.in_queue = True
        run.alarm("max_wait", self.max_wait)
        holding.begin(self.hold, run)
        return STAY

    def _priority(self, run: "Run") -> int:
        value: Any = run.value(self.priority)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ExpressionFailed("the priority is no number")
        return max(BEST, min(WORST, int(value)))

    def on(self, run: "Run", event: StepEvent) -> Move:
        if isinstance(event, QueueRefused):
            return run.leave(self._refused(event))
        if isinstance(event, Alarm) and event.name == "max_wait":
            run.local["reason"] = "timeout"
            return run.leave(self.timeout)
        if isinstance(event, Key):
            way = holding.offered(self.hold, run, event.key)
            if way is None:
                return STAY
            run.local["reason"] = "offer_taken"
            run.keys_taken(event.key, "choice")
            return run.leave(way)
        if isinstance(event, Alarm | PlayDone | QueuePlace):
            holding.on(self.hold, run, event)
        return STAY

    def _refused(self, event: QueueRefused) -> Way:
        if event.reason == "full":
            return self.full or self.timeout
        no_agents = self.no_agents or self.timeout
        return (self.closed or no_agents) if event.reason == "closed" else no_agents


def _levels(run: "Run", skills: Skills) -> dict[str, int]:
    return {run.text(skill): level for skill, level in skills.items()}
