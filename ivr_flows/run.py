"""One turn of the engine, as a step sees it: the session it may change and the effects it asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote

from ivr_flows import phrases
from ivr_flows.calendar import DAYS, Calendar, zone_of
from ivr_flows.effects import (
    Answer,
    Effect,
    KeysTaken,
    Listen,
    NoteThread,
    Play,
    PlayMusic,
    SetLanguage,
    Spoken,
    StopListening,
    StopPlay,
)
from ivr_flows.expressions import ExpressionFailed, Scope, compile_expression
from ivr_flows.model import Flow
from ivr_flows.nodes.base import Go
from ivr_flows.prompting import Prompter, joined
from ivr_flows.session import Session
from ivr_flows.shapes import Exit, PromptUse, ThreadBlock
from ivr_flows.templates import parse_template, shown
from ivr_flows.variables import accept
from ivr_flows.words import VarName
from threadline.kernel.events import Json, JsonValue

if TYPE_CHECKING:
    from ivr_flows.nodes.base import Step

MAX_FRAMES: Final = 8


@dataclass(slots=True)
class Run:
    """`session` is a copy that becomes the turn's; nothing outside changes.

    `flow` is what runs now, `root` the flow the call entered; they differ within a module.
    """

    root: Flow
    session: Session
    now: datetime
    flow: Flow = field(init=False)
    effects: list[Effect] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.flow = self.root.part(self.session.module)

    @property
    def step(self) -> "Step":
        """The step that runs."""
        return self.flow.steps[self.session.step]

    def place(self, step: str) -> str:
        """A step's name for the ledger: within a module `module.step`."""
        return f"{self.session.module}.{step}" if self.session.module else step

    @property
    def local(self) -> Json:
        return self.session.local

    def emit(self, effect: Effect) -> None:
        self.effects.append(effect)

    # --- expressions ------------------------------------------------------------------------------

    def scope(self, **more: Any) -> Scope:
        """What an expression sees now; `more` adds names or replaces them."""
        facts = self.session.facts
        call = {**cast(Json, facts["call"]), "language": self.session.language}
        names = {
            "call": call,
            "contact": facts["contact"],
            "thread": facts["thread"],
            "vars": self.session.vars,
            "queue": self.session.queue,
            "now": self.now,
        }
        return Scope({**names, **more}, self._functions())

    def _functions(self) -> Mapping[str, Callable[..., Any]]:
        local = self.now.astimezone(zone_of(self.flow.head.timezone))
        language = self.session.language
        return {
            "hour": lambda: local.hour,
            "weekday": lambda: DAYS[local.weekday()],
            "open": lambda name: self.calendar(name).status(self.now) == "open",
            "days_since": lambda day: (local.date() - date.fromisoformat(str(day)[:10])).days,
            "say_digits": lambda value: phrases.say_digits(value, language),
            "say_money": lambda amount, currency: phrases.say_money(amount, currency, language),
            "say_date": lambda day: phrases.say_date(day, language),
        }

    def calendar(self, name: str) -> Calendar:
        """Raises ExpressionFailed when the call has no such calendar."""
        found = cast(dict[str, Any], self.session.facts["calendars"]).get(name)
        if found is None:
            raise ExpressionFailed(f"there is no calendar {name}")
        return Calendar.of(**found)

    def holds(self, condition: str, **more: Any) -> bool:
        """Whether a CEL condition is true. Raises ExpressionFailed, also when it is not true or false."""
        value = compile_expression(condition).value(self.scope(**more))
        if not isinstance(value, bool):
            raise ExpressionFailed(f"{condition}: neither true nor false")
        return value

    def text(self, template: str) -> str:
        """A template filled in, as text. Raises ExpressionFailed."""
        return parse_template(template).text(self.scope())

    def escaped(self, template: str) -> str:
        """A path with its templates filled in, each as one part of it. Raises ExpressionFailed."""
        pieces = parse_template(template).parts
        return "".join(
            piece if isinstance(piece, str) else quote(shown(piece.value(self.scope())), safe="")
            for piece in pieces
        )

    def value(self, written: Any) -> JsonValue:
        """A written value with its templates filled in. Raises ExpressionFailed."""
        if isinstance(written, str):
            return parse_template(written).value(self.scope())
        if isinstance(written, list):
            return [self.value(item) for item in written]
        if isinstance(written, dict):
            return {key: self.value(item) for key, item in written.items()}
        return cast(JsonValue, written)

    # --- what the caller hears --------------------------------------------------------------------

    def say(self, uses: Sequence[PromptUse], *, barge_in: bool, early: bool = False) -> bool:
        """Plays prompts in order. False when there is nothing to play: no PlayDone will come."""
        prompter = Prompter(
            self.flow, self.session.language, self.scope(), is_written=self.session.is_written
        )
        return self.speak(prompter.spoken(uses), barge_in=barge_in, early=early)

    def speak(self, items: Sequence[Spoken], *, barge_in: bool, early: bool = False) -> bool:
        """Plays ready texts in order; keys typed ahead are forgotten unless this may be interrupted."""
        if not barge_in:
            self.session.typed = ""
        if self.session.is_written:
            items = joined(items)
        elif self.flow.head.defaults.prompt.voice:
            items = [replace(item, language=self.flow.spoken_as(item.language)) for item in items]
        if not items:
            return False
        if not early:
            self.answer()
        self.emit(Play(self._next_play(), tuple(items), early and not self.session.is_answered))
        return True

    def music(self, name: str) -> None:
        self.answer()
        if not self.session.is_written:
            self.emit(PlayMusic(self._next_play(), name))

    def _next_play(self) -> int:
        self.session.plays += 1
        self.session.playing = self.session.plays
        return self.session.plays

    def hush(self) -> None:
        """Stops what is playing, if anything is."""
        if self.session.playing is not None:
            self.emit(StopPlay(self.session.playing))
            self.session.playing = None

    def answer(self) -> None:
        """Picks up, once."""
        if not self.session.is_answered:
            self.session.is_answered = True
            self.emit(Answer())

    # --- time and keys ----------------------------------------------------------------------------

    def alarm(self, name: str, seconds: float) -> None:
        """Sets a deadline of this step; setting it again moves it."""
        self.session.timers[name] = self.now + timedelta(seconds=seconds)

    def calm(self, name: str) -> None:
        """Takes a deadline back."""
        self.session.timers.pop(name, None)

    def keys_taken(self, keys: str, outcome: str) -> None:
        """For the ledger; the keys stay out where the step hides them."""
        shown_keys = None if self.step.hides_keys(self) else keys
        self.emit(KeysTaken(self.place(self.session.step), shown_keys, outcome))

    # --- speech, and the world's answers ----------------------------------------------------------

    def listen(self, phrases: Sequence[str], end_silence_s: float, max_s: float) -> None:
        """Hears speech until the step is left or `deaf`. No phrases: anything said."""
        self.session.listened += 1
        self.session.listening = self.session.listened
        self.emit(Listen(self.session.listening, self.session.language, tuple(phrases), end_silence_s, max_s))

    def deaf(self) -> None:
        """Stops listening, if anybody does."""
        if self.session.listening:
            self.emit(StopListening(self.session.listening))
            self.session.listening = 0

    def request(self) -> int:
        """The number of a question to the world; only the answer to the last one counts."""
        self.session.requests += 1
        self.session.asked = self.session.requests
        return self.session.asked

    def patience(self, seconds: float) -> float:
        """How long an answer may take: `seconds` of a caller, the flow's reply_time of who writes."""
        return self.root.head.defaults.limits.reply_time if self.session.is_written else seconds

    # --- modules ----------------------------------------------------------------------------------

    def dive(self, module: str, values: Json) -> Go:
        """Into a module; `surface` comes back. Raises ExpressionFailed for a module that is not there."""
        session, found = self.session, self.root.modules.get(module)
        if found is None:
            raise ExpressionFailed(f"there is no module {module}")
        if len(session.frames) >= MAX_FRAMES:
            raise ExpressionFailed("modules call one another too deep")
        session.frames.append({"module": session.module, "step": session.step, "vars": session.vars})
        self.flow, session.module = found, module
        session.vars = {}
        for name, var in found.head.vars.items():
            given = values.get(str(name), var.default)
            if given is not None:
                session.vars[str(name)] = accept(name, var, given)
        return Go(found.head.entry)

    def jump(self, flow: str) -> Go | None:
        """Into another flow for good; None when there is none of that name."""
        session = self.session
        found = self.root if flow == self.root.id else self.root.modules.get(flow)
        if found is None or found.head.kind != "flow":
            return None
        self.flow, session.module, session.frames = found, "" if found is self.root else flow, []
        session.vars = first_values(found)
        if session.language not in found.languages:
            self.speak_from_now(found.languages[0], remember=False)
        return Go(found.head.entry)

    def surface(self) -> Json:
        """Back to the step that called; what the module's variables were is returned."""
        session = self.session
        frame, left = cast(dict[str, Any], session.frames.pop()), session.vars
        session.module, session.step, session.vars = frame["module"], frame["step"], frame["vars"]
        self.flow = self.root.part(session.module)
        return left

    # --- what is set on the way -------------------------------------------------------------------

    def leave(self, way: Exit) -> Go:
        """Does what an exit says and goes there. Raises ExpressionFailed."""
        if way.set_language is not None:
            self.speak_from_now(self.text(way.set_language), remember=False)
        self.assign(way.set)
        if way.thread is not None:
            self.note(way.thread)
        return Go(way.next)

    def speak_from_now(self, language: str, *, remember: bool) -> None:
        """Changes the call's language. Raises ExpressionFailed for one the flow does not speak."""
        if language not in self.flow.languages:
            raise ExpressionFailed(f"the flow does not speak {language!r}")
        self.session.language = language
        self.emit(SetLanguage(language, remember))

    def assign(self, values: Mapping[VarName, Any]) -> None:
        """Sets declared variables, one after the other. Raises VarRejected or ExpressionFailed."""
        for name, written in values.items():
            self.assign_value(name, self.value(written))

    def assign_value(self, name: VarName, value: Any) -> None:
        """Sets a declared variable to a ready value. Raises VarRejected."""
        self.session.vars[str(name)] = accept(name, self.flow.head.vars[name], value)

    def note(self, block: ThreadBlock) -> None:
        """Writes to the conversation thread. Raises ExpressionFailed."""
        note = None if block.note is None else self.text(block.note)
        tags = tuple(str(tag) for tag in block.tag)
        self.emit(NoteThread(tags, self.filled(block.fields), note, block.create_task))

    def learn(self, fields: dict[str, str]) -> None:
        """Keeps facts of the customer on his card, and within this call."""
        if fields:
            self.emit(NoteThread(fields=fields))
            contact = cast(Json, self.session.facts["contact"])
            known = cast(Json, contact["fields"])
            self.session.facts["contact"] = {**contact, "fields": {**known, **fields}}

    def filled(self, fields: Mapping[VarName, str]) -> dict[str, str]:
        """Fields of a thread with their templates filled in. Raises ExpressionFailed."""
        return {str(name): shown(self.value(value)) for name, value in fields.items()}


def first_values(flow: Flow) -> Json:
    """The variables that have a default. Raises VarRejected."""
    declared = flow.head.vars.items()
    return {str(name): accept(name, var, var.default) for name, var in declared if var.default is not None}
