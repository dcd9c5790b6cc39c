"""The kinds of text a flow holds, as types: a step's name is not a prompt's, a condition no template.

Each checks its own form; whether what it names exists is checked in ivr_flows.check, which finds every
value of these types by walking a flow (`walk`).
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, ClassVar, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetCoreSchemaHandler, Strict, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from ivr_flows.source import Path
from ivr_flows.wording import Said, said, wrong

W = TypeVar("W", bound="Word")

DURATION: Final = r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"
SIZE: Final = r"^([0-9]{1,7})(B|KiB|MiB)\Z"
_SIZES: Final = {"B": 1, "KiB": 1024, "MiB": 1024 * 1024}
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

_BARE: Final = (bool, int, float)

Str = Annotated[str, Strict()]
Int = Annotated[int, Strict()]
Bool = Annotated[bool, Strict()]
Level = Annotated[int, Strict()]


class Shape(BaseModel):
    """A mapping of a flow: known keys only, unchangeable once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Word(str):
    """A text of one kind."""

    __slots__ = ()
    PATTERN: ClassVar[str] = r"(?s)^.+$"
    FORM: ClassVar[Said] = said("form.some")

    @classmethod
    def read(cls: type[W], raw: str) -> W:
        """Raises PydanticCustomError when `raw` has not the form of this kind."""
        if re.match(cls.PATTERN, raw) is None:
            raise wrong("form", shown=repr(raw), form=cls.FORM)
        return cls(raw)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = core_schema.no_info_after_validator_function(cls.read, core_schema.str_schema(strict=True))
        return schema

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": cls.PATTERN.removeprefix("(?s)"), "description": cls.FORM}


class _Id(Word):
    __slots__ = ()
    PATTERN = r"^[a-z][a-z0-9_]{0,62}\Z"
    FORM = said("form.id")


class FlowId(_Id):
    """The name of a flow."""

    __slots__ = ()


class StepRef(_Id):
    """A step to go to."""

    __slots__ = ()


class PromptId(_Id):
    """A prompt declared under `prompts:`."""

    __slots__ = ()


class VarName(_Id):
    """A variable declared under `vars:`."""

    __slots__ = ()


class ContactField(_Id):
    """A fact of a customer's card."""

    __slots__ = ()


class QueueName(_Id):
    """A queue of the server."""

    __slots__ = ()


class CalendarName(_Id):
    """A calendar of the server."""

    __slots__ = ()


class BoxName(_Id):
    """A voicemail box of the server."""

    __slots__ = ()


class MusicName(_Id):
    """A hold music of the server."""

    __slots__ = ()


class ServiceName(_Id):
    """A service declared under `http:`."""

    __slots__ = ()


class ModuleName(_Id):
    """A module of the server."""

    __slots__ = ()


class QuestionId(_Id):
    """A question of a survey; where a variable has its name, it keeps the answer."""

    __slots__ = ()


class CounterName(_Id):
    """The count of a loop."""

    __slots__ = ()


class SecretRef(Word):
    """A secret of the server's, by name; its value never stands in a flow."""

    __slots__ = ()
    PATTERN = r"^secret:[a-z][a-z0-9_]{0,62}\Z"
    FORM = said("form.secret")


class StatusKey(Word):
    """An HTTP status or a class of them."""

    __slots__ = ()
    PATTERN = r"^([1-5]xx|[1-5][0-9]{2})\Z"
    FORM = said("form.status")


class VoiceName(Word):
    """A voice by the language it speaks and its kind; `en_natural` where that is installed, else the usual one."""

    __slots__ = ()
    PATTERN = r"^([a-z]{2,3}_(female|male)|en_natural)\Z"
    FORM = said("form.voice")

    @property
    def tongue(self) -> str:
        return self.partition("_")[0]

    @property
    def kind(self) -> str:
        return self.partition("_")[2]


class Tag(Word):
    """A tag put on the thread."""

    __slots__ = ()
    PATTERN = r"^[^\s,]{1,64}\Z"
    FORM = said("form.tag")


class Language(Word):
    """A BCP-47 language with its region."""

    __slots__ = ()
    PATTERN = r"^[a-z]{2,3}-[A-Z]{2}\Z"
    FORM = said("form.language")


class KeyPress(Word):
    """One key of a telephone."""

    __slots__ = ()
    PATTERN = r"^[0-9*#A-D]\Z"
    FORM = said("form.key")


class EndKey(Word):
    """The key that ends a number; empty for none."""

    __slots__ = ()
    PATTERN = r"^[0-9*#A-D]?\Z"
    FORM = said("form.key_or_none")


class AllowedKeys(Word):
    """A set of keys, ranges allowed: `0-9*`."""

    __slots__ = ()
    PATTERN = r"^([0-9](-[0-9])?|[*#A-D])+\Z"
    FORM = said("form.keys")

    def keys(self) -> frozenset[str]:
        """Every key in the set."""
        found: set[str] = set()
        for first, last in re.findall(r"([0-9*#A-D])(?:-([0-9]))?", self):
            found |= {chr(code) for code in range(ord(first), ord(last or first) + 1)}
        return frozenset(found)


class Cel(Word):
    """A CEL expression."""

    __slots__ = ()
    FORM = said("form.cel")


class Template(Word):
    """Text in which `${…}` holds CEL."""

    __slots__ = ()
    FORM = said("form.text")


class SkillName(Template):
    """A skill; `lang:${call.language}` is filled in."""

    __slots__ = ()
    PATTERN = r"^[A-Za-z$][^\s]{0,99}\Z"
    FORM = said("form.skill")


def seconds(raw: object) -> object:
    """`6s`, `1.2s`, `500ms`, `15m`, `8h`, `180d` as seconds."""
    if isinstance(raw, str) and (found := re.match(DURATION, raw)):
        return float(raw[: -len(found[2])]) * _UNITS[found[2]]
    raise wrong("duration", shown=str(raw))


Duration = Annotated[
    float,
    BeforeValidator(seconds),
    WithJsonSchema({"type": "string", "pattern": DURATION, "description": "a duration such as 6s or 15m"}),
]


def size(raw: object) -> object:
    """`64KiB`, `1MiB`, `2000B` as bytes."""
    if isinstance(raw, str) and (found := re.match(SIZE, raw)):
        return int(found[1]) * _SIZES[found[2]]
    raise wrong("size", shown=str(raw))


Size = Annotated[
    int,
    BeforeValidator(size),
    WithJsonSchema(
        {"type": "string", "pattern": "^[0-9]+(B|KiB|MiB)$", "description": "a size such as 64KiB"}
    ),
]


def filled(shape: BaseModel) -> Iterator[tuple[str, object]]:
    """(name as written, value) of the fields that hold anything to look into."""
    written = _as_written(type(shape))
    for name, item in vars(shape).items():
        if item and not isinstance(item, _BARE):
            yield written[name], item


@cache
def _as_written(shape: type[BaseModel]) -> dict[str, str]:
    """The key of each field."""
    return {name: field.alias or name for name, field in shape.model_fields.items()}


def walk(value: object, path: Path = ()) -> Iterator[tuple[Path, Word]]:
    """Every Word below `value` with its path, mapping keys included."""
    if isinstance(value, Word):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, item in filled(value):
            yield from walk(item, (*path, name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from walk(key, (*path, str(key)))
            yield from walk(item, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))
