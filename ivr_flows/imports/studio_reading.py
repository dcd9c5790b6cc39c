"""The widgets of a Twilio Studio flow, and what their readers share: ways, Liquid, what a widget leaves behind.

What a widget leaves behind (`widgets.NAME.Digits`) is a variable of the flow.
"""

import re
from typing import Any, Final

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import from_json

from ivr_flows.imports.report import ImportRefused, Place
from ivr_flows.imports.sketch import Ref, Sketch, identifier, language_of, literal

_HOLE: Final = re.compile(r"\{\{\s*([^{}|]{1,200}?)\s*(\|[^{}]{0,200})?\}\}")
_CONTEXT: Final = {
    "trigger.call.From": "call.from",
    "trigger.message.From": "call.from",
    "contact.channel.address": "call.from",
    "trigger.call.To": "call.to",
    "trigger.message.To": "call.to",
    "flow.channel.address": "call.to",
    "trigger.call.CallSid": "call.id",
    "flow.sid": "call.id",
}


class Condition(BaseModel):
    """One test of a split; the tests of one transition must all hold."""

    arguments: list[str] = Field(default_factory=list)
    type: str = ""
    value: str = ""


class Transition(BaseModel):
    event: str
    next: str | None = None
    conditions: list[Condition] = Field(default_factory=list)


class State(BaseModel):
    """A widget."""

    name: str
    type: str
    transitions: list[Transition] = Field(default_factory=list)
    properties: dict[str, Any] = Field(default_factory=dict)

    def text(self, name: str) -> str:
        """A property as text; empty where it is none."""
        value = self.properties.get(name)
        return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""

    def number(self, name: str, default: int) -> int:
        value = self.text(name)
        return int(value) if re.fullmatch(r"[0-9]{1,6}", value) else default

    def to(self, event: str) -> str | None:
        """The widget an event leads to."""
        return next((each.next for each in self.transitions if each.event == event and each.next), None)


class Definition(BaseModel):
    description: str = ""
    states: list[State]
    initial_state: str = ""


class Studio:
    """A reading under way."""

    def __init__(self, sketch: Sketch, states: dict[str, State], lines: dict[str, int]) -> None:
        self.sketch = sketch
        self.states = states
        self._lines = lines
        self._written = {name: state.model_dump_json() for name, state in states.items()}
        self._refs: dict[str, Ref] = {}
        self._waiting: list[str] = []

    def place(self, state: State) -> Place:
        return Place(self._lines.get(state.name, 1), state.name, state.type)

    def ref(self, name: str | None) -> Ref:
        """The step of a widget, which is read in its turn; the end where the source just stops."""
        if name is None or name not in self.states:
            return self.sketch.end()
        if name not in self._refs:
            self._refs[name] = self.sketch.reserve(name)
            self._waiting.append(name)
        return self._refs[name]

    def way(self, state: State, event: str) -> Ref:
        return self.ref(state.to(event))

    def pending(self) -> State | None:
        """The next widget that a way leads to and nobody has read."""
        return self.states[self._waiting.pop(0)] if self._waiting else None

    def unread(self) -> list[State]:
        """Widgets no way leads to."""
        return [state for name, state in self.states.items() if name not in self._refs]

    # --- values -----------------------------------------------------------------------------------

    def left_by(self, widget: str, what: str) -> str:
        """The variable that keeps what a widget leaves behind."""
        return self.sketch.variable(f"{widget}_{what}")

    def cel(self, path: str) -> str | None:
        """A Liquid path as CEL, or None."""
        if path in _CONTEXT:
            return _CONTEXT[path]
        if found := re.fullmatch(r"flow\.(?:variables|data)\.(\w+)", path):
            return f"vars.{self.sketch.variable(found[1])}"
        if found := re.fullmatch(r"widgets\.([\w-]+)\.parsed((?:\.\w+)+)", path):
            self.sketch.variable(f"{found[1]}_parsed", type="object", default={})
            return f"string(vars.{identifier(found[1] + '_parsed', 'var')}{found[2]})"
        if found := re.fullmatch(r"widgets\.([\w-]+)\.(?:inbound\.)?(\w+)", path):
            return f"vars.{self.left_by(found[1], found[2])}"
        return None

    def template(self, state: State, text: str) -> str:
        """A text with Liquid in it as one with `${…}`; what has no counterpart is left out and told."""
        made, end = "", 0
        for hole in _HOLE.finditer(text):
            made += literal(text[end : hole.start()])
            cel = None if hole[2] else self.cel(hole[1])
            if cel is None:
                why = f"{hole[0]} has no counterpart and is left out"
                self.sketch.note("differs", self.place(state), "", why, "write what belongs there by hand")
            else:
                made += "${" + cel + "}"
            end = hole.end()
        return made + literal(text[end:])

    def used_beyond(self, name: str, *readers: str) -> bool:
        """Whether any widget but `readers` asks for what `name` left behind."""
        asked = f"widgets.{name}."
        return any(asked in written for key, written in self._written.items() if key not in readers)

    def said(self, state: State) -> str:
        """The prompt of a widget that says or plays."""
        language = language_of(state.text("language"), self.sketch.default_language)
        if words := state.text("say"):
            return self.sketch.prompt(state.name, self.template(state, words), language)
        return self.sketch.recording(self.place(state), state.text("play") or "silence", language)


def read_definition(text: str, source: str) -> Definition:
    """Raises ImportRefused."""
    try:
        raw = from_json(text)
        if isinstance(raw, dict) and isinstance(raw.get("definition"), dict):
            raw = raw["definition"]
        return Definition.model_validate(raw)
    except ValueError as exc:
        if isinstance(exc, ValidationError):
            first = exc.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise ImportRefused(f"{source} is no Studio flow: {where}: {first['msg']}") from exc
        raise ImportRefused(f"{source} is no JSON that can be read") from exc


def lines_of(text: str) -> dict[str, int]:
    """Where each `"name": "…"` stands first, the JSON itself having no lines."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        for name in re.findall(r'"name"\s*:\s*"([^"]{1,200})"', line):
            found.setdefault(name, number)
    return found
