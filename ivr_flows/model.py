"""A flow, read and checked for form. `parse_flow` makes it, `check` says whether it may be published."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from ivr_flows.nodes.base import Step
from ivr_flows.script import Test
from ivr_flows.shapes import Events, Prompt, Var, between
from ivr_flows.source import Mark, Node, Path
from ivr_flows.words import Bool, Duration, FlowId, Int, Language, PromptId, Shape, StepRef, Str, VarName

DEFAULT_TIMEZONE = "Asia/Ho_Chi_Minh"


class Languages(Shape):
    """What the flow speaks."""

    default: Language
    supported: Annotated[tuple[Language, ...], Field(min_length=1)]


class Limits(Shape):
    """Bounds of one call; beyond them `events: {limit: …}` decides."""

    max_steps: Annotated[Int, AfterValidator(between(1, 10_000))] = 500
    max_visits_per_step: Annotated[Int, AfterValidator(between(1, 1_000))] = 25
    max_call_time: Duration = 3600.0


class PromptDefaults(Shape):
    """Defaults of every step that says something."""

    barge_in: Bool | None = None


class Defaults(Shape):
    """What is not a step kind under `defaults:`."""

    prompt: PromptDefaults = Field(default_factory=PromptDefaults)
    limits: Limits = Field(default_factory=Limits)


class Head(Shape):
    """The keys of a flow, steps aside."""

    threadline: Literal[1]
    kind: Literal["flow"] = "flow"
    id: FlowId
    title: Str = ""
    owner: Str = ""
    description: Str = ""
    entry: StepRef
    timezone: Str = DEFAULT_TIMEZONE
    languages: Languages
    vars: dict[VarName, Var] = Field(default_factory=dict)
    defaults: Defaults = Field(default_factory=Defaults)
    prompts: dict[PromptId, Prompt] = Field(default_factory=dict)
    events: Events = Field(default_factory=Events)
    tests: tuple[Test, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow ready to run. `source` keeps the places in the text."""

    name: str
    head: Head
    steps: Mapping[str, Step]
    source: Node = field(repr=False, compare=False)

    @property
    def id(self) -> str:
        return self.head.id

    @property
    def title(self) -> str:
        return self.head.title or self.head.id

    @property
    def languages(self) -> tuple[str, ...]:
        """The default language first."""
        default = self.head.languages.default
        return (default, *(each for each in self.head.languages.supported if each != default))

    @property
    def prompts(self) -> Mapping[PromptId, Prompt]:
        return self.head.prompts

    def at(self, path: Path) -> Mark:
        """Line and column of a path such as ("steps", "main", "choices", "1")."""
        return self.source.at(path)

    def shape(self) -> dict[str, Any]:
        """Everything by section, for walking: the head's keys and the steps."""
        return {**{name: item for name, item in self.head if name != "tests"}, "steps": dict(self.steps)}
