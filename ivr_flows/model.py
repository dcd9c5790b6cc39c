"""A flow, read and checked for form. `parse_flow` makes it, `check` says whether it may be published."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from ivr_flows.nodes.base import Step
from ivr_flows.script import Test
from ivr_flows.shapes import Events, Prompt, Var, between
from ivr_flows.source import Mark, Node, Path
from ivr_flows.wording import wrong
from ivr_flows.words import (
    Bool,
    Duration,
    FlowId,
    Int,
    Language,
    PromptId,
    SecretRef,
    ServiceName,
    Shape,
    Size,
    StepRef,
    Str,
    VarName,
    VoiceName,
)


def _web_address(base: str) -> str:
    if not re.match(r"^https?://[^\s/?#@]+(/[^\s?#]*)?\Z", base):
        raise wrong("base")
    return base.rstrip("/")


DEFAULT_TIMEZONE = "Asia/Ho_Chi_Minh"


class Languages(Shape):
    """What the flow speaks."""

    default: Language
    supported: Annotated[tuple[Language, ...], Field(min_length=1)]


class Limits(Shape):
    """Bounds of one call; beyond them `events: {limit: …}` decides.

    `max_requests` counts what is asked of services, `max_chat_time` is the call time of written channels, on
    which `reply_time` takes the place of the seconds a caller has for an answer.
    """

    max_steps: Annotated[Int, AfterValidator(between(1, 10_000))] = 500
    max_visits_per_step: Annotated[Int, AfterValidator(between(1, 1_000))] = 25
    max_call_time: Duration = 3600.0
    max_requests: Annotated[Int, AfterValidator(between(1, 1_000))] = 50
    max_chat_time: Duration = 24 * 3600.0
    reply_time: Duration = 1800.0


class PromptDefaults(Shape):
    """Defaults of every step that says something."""

    barge_in: Bool | None = None
    voice: dict[Language, VoiceName] = Field(default_factory=dict)


class Defaults(Shape):
    """What is not a step kind under `defaults:`."""

    prompt: PromptDefaults = Field(default_factory=PromptDefaults)
    limits: Limits = Field(default_factory=Limits)


class Service(Shape):
    """A service that steps may ask, and no other address. Secrets are named, never written."""

    base: Annotated[Str, AfterValidator(_web_address)]
    auth: SecretRef | None = None
    max_body: Size = 65_536
    headers: dict[Str, Str] = Field(default_factory=dict)


Medium = Literal["voice", "chat", "sms", "zalo", "messenger", "whatsapp", "webhook"]


class Head(Shape):
    """The keys of a flow, steps aside."""

    threadline: Literal[1]
    kind: Literal["flow", "module"] = "flow"
    id: FlowId
    title: Str = ""
    owner: Str = ""
    description: Str = ""
    entry: StepRef
    timezone: Str = DEFAULT_TIMEZONE
    languages: Languages
    channels: Annotated[tuple[Medium, ...], Field(min_length=1)] = ("voice",)
    params: dict[VarName, Var] = Field(default_factory=dict)
    returns: tuple[VarName, ...] = ()
    http: dict[ServiceName, Service] = Field(default_factory=dict)
    vars: dict[VarName, Var] = Field(default_factory=dict)
    defaults: Defaults = Field(default_factory=Defaults)
    prompts: dict[PromptId, Prompt] = Field(default_factory=dict)
    events: Events = Field(default_factory=Events)
    tests: tuple[Test, ...] = ()

    @model_validator(mode="after")
    def _only_modules_return(self) -> "Head":
        if self.kind == "flow" and (self.params or self.returns):
            raise wrong("module")
        return self


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow ready to run. `source` keeps the places in the text."""

    name: str
    head: Head
    steps: Mapping[str, Step]
    source: Node = field(repr=False, compare=False)
    modules: Mapping[str, "Flow"] = field(default_factory=dict, repr=False, compare=False)

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

    def spoken_as(self, language: str) -> str:
        """The tag by which a text is spoken: with the flow's voice, if it names one, for private use (BCP 47, 2.2.7)."""
        voice = self.head.defaults.prompt.voice.get(Language(language))
        return language if voice is None else f"{language}-x-{voice.kind}"

    def part(self, module: str) -> "Flow":
        """The flow itself for "", else a module it was linked with."""
        return self.modules[module] if module else self

    @property
    def is_written(self) -> bool:
        """Whether it answers any written channel."""
        return any(each != "voice" for each in self.head.channels)

    def at(self, path: Path) -> Mark:
        """Line and column of a path such as ("steps", "main", "choices", "1")."""
        return self.source.at(path)

    def shape(self) -> dict[str, Any]:
        """Everything by section, for walking: the head's keys and the steps."""
        return {**{name: item for name, item in self.head if name != "tests"}, "steps": dict(self.steps)}
