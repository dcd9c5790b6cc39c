"""Shapes that several steps share: prompts, exits, the thread block."""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from ivr_flows.wording import said, wrong
from ivr_flows.words import Bool, Int, Language, PromptId, Shape, StepRef, Str, Tag, Template, VarName, Word

ANY: Final = "any"


class Either:
    """JSON Schema of a shape that also has a shorthand."""

    def __init__(self, *shorthands: dict[str, Any]) -> None:
        self._shorthands = shorthands

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [*self._shorthands, handler(schema)]}


TEXT_SCHEMA: Final[dict[str, Any]] = {"type": "string"}
OBJECT_SCHEMA: Final[dict[str, Any]] = {"type": "object"}


class _OneOrMore:
    """JSON Schema of a list that may be written as its only item."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        array = handler(schema)
        return {"anyOf": [array["items"], array]}


def _listed(raw: object) -> object:
    return raw if isinstance(raw, list) else [raw]


class PromptLanguage(Word):
    """A language, or `any` for one recording that serves all."""

    __slots__ = ()
    PATTERN = r"^([a-z]{2,3}-[A-Z]{2}|any)\Z"
    FORM = said("form.language_any")


class AudioPath(Word):
    """A sound file beside the flow."""

    __slots__ = ()
    PATTERN = r"^(?!/)(?!.*\.\.)[\w./-]{1,200}\Z"
    FORM = said("form.path")


class PromptPart(Shape):
    """One stretch of a prompt. `audio` wins over `ssml`, that over `text`; `language` only where the prompt is for any.

    `written` is what a chat or a message shows instead (no “press 1” where nobody has keys), else `text`, else the
    words of `ssml`.
    """

    text: Template | None = None
    ssml: Template | None = None
    audio: AudioPath | None = None
    written: Template | None = None
    language: Language | None = None

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, raw: object) -> object:
        return {"text": raw} if isinstance(raw, str) else raw

    @model_validator(mode="after")
    def _says_something(self) -> "PromptPart":
        if not (self.is_heard or self.written is not None):
            raise wrong("empty_prompt")
        return self

    @property
    def is_heard(self) -> bool:
        """Whether a call can say it."""
        return any(each is not None for each in (self.text, self.ssml, self.audio))


Parts = Annotated[
    tuple[Annotated[PromptPart, Either(TEXT_SCHEMA)], ...],
    BeforeValidator(_listed),
    Field(min_length=1),
    _OneOrMore(),
]
Prompt = dict[PromptLanguage, Parts]


class PromptUse(Shape):
    """A prompt as a step names it: by id, or written in place."""

    id: PromptId | None = None
    inline: Prompt | None = None

    @model_validator(mode="before")
    @classmethod
    def _form(cls, raw: object) -> object:
        if isinstance(raw, str):
            return {"id": raw}
        if isinstance(raw, dict) and raw:
            return {"inline": raw}
        raise wrong("prompt")


_USE_SCHEMA: Final[dict[str, Any]] = {"anyOf": [TEXT_SCHEMA, OBJECT_SCHEMA]}


class _UsesSchema:
    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [TEXT_SCHEMA, OBJECT_SCHEMA, {"type": "array", "items": _USE_SCHEMA}]}


Uses = Annotated[tuple[PromptUse, ...], BeforeValidator(_listed), _UsesSchema()]
Needed = Annotated[tuple[PromptUse, ...], BeforeValidator(_listed), Field(min_length=1), _UsesSchema()]


def _as_value(raw: Any) -> Any:
    if isinstance(raw, str):
        return Template(raw)
    if isinstance(raw, list):
        return [_as_value(item) for item in raw]
    if isinstance(raw, dict):
        return {key: _as_value(item) for key, item in raw.items()}
    return raw


Value = Annotated[Any, AfterValidator(_as_value)]


class ThreadBlock(Shape):
    """What a step writes to the conversation thread."""

    tag: Annotated[tuple[Tag, ...], BeforeValidator(_listed), Either(TEXT_SCHEMA)] = ()
    fields: dict[VarName, Template] = Field(default_factory=dict)
    note: Template | None = None
    create_task: Bool = False


class Exit(Shape):
    """A way out of a step: where to, and what is set on the way. A bare step id will do."""

    next: StepRef
    set_language: Template | None = None
    set: dict[VarName, Value] = Field(default_factory=dict)
    thread: ThreadBlock | None = None

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, raw: object) -> object:
        return {"next": raw} if isinstance(raw, str) else raw


Way = Annotated[Exit, Either(TEXT_SCHEMA)]


def _with_written_names(schema: dict[str, Any]) -> None:
    """Events known by the form of their names stand beside the others."""
    patterns: dict[str, Any] = {}
    for gathered in ("keys", "statuses"):
        patterns |= schema["properties"].pop(gathered, {}).get("patternProperties", {})
    schema["patternProperties"] = patterns


class HangupEvent(Shape):
    """What is written when the customer hangs up; nothing can be said any more."""

    thread: ThreadBlock


KEY_EVENT: Final = "key:"


def _gathered(raw: object) -> object:
    """`key:*0` and its like under one name."""
    if not isinstance(raw, dict):
        return raw
    keys = {name: way for name, way in raw.items() if isinstance(name, str) and name.startswith(KEY_EVENT)}
    rest = {name: way for name, way in raw.items() if name not in keys}
    return {**rest, "keys": keys} if keys else rest


class KeyEvent(Word):
    """Keys pressed one after another, anywhere."""

    __slots__ = ()
    PATTERN = r"^key:[0-9*#A-D]{1,4}\Z"
    FORM = said("form.key_event")


class Events(Shape):
    """Where a flow or a step turns when something happens."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, json_schema_extra=_with_written_names
    )

    error: Way | None = None
    http: Way | None = Field(default=None, alias="error.http")
    limit: Way | None = None
    hangup: HangupEvent | None = None
    keys: dict[KeyEvent, Way] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, raw: object) -> object:
        if isinstance(raw, dict) and "keys" in raw:
            raise wrong("events")
        return _gathered(raw)


VarType = Literal["string", "int", "float", "bool", "date", "phone", "object", "list"]


class Var(Shape):
    """A declared variable. `min` and `max` bound a number, or the length of a text."""

    type: VarType
    default: Any = None
    pattern: Str | None = None
    min: Int | None = None
    max: Int | None = None
    personal: Bool = False


def between(low: int, high: int) -> Callable[[int], int]:
    """A check that a whole number is in a range."""

    def check(number: int) -> int:
        if not low <= number <= high:
            raise wrong("range", low=low, high=high)
        return number

    return check
