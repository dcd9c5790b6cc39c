"""A dialplan under way: which priority became which step, and what its variables and conditions are here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ivr_flows.imports.conditions import Untranslatable, arithmetic, translated
from ivr_flows.imports.dialplan_reading import Dialplan, Priority, split_arguments
from ivr_flows.imports.report import Place
from ivr_flows.imports.sketch import Ref, Sketch, identifier, literal, quoted

PASSED_BY: Final = frozenset(
    {"noop", "verbose", "log", "ringing", "progress", "proceeding", "resetcdr", "nocdr", "userevent"}
)
_CONTEXT: Final = {
    "CALLERID(num)": "call.from", "CALLERID(number)": "call.from", "CALLERID(ani)": "call.from",
    "CALLERID(dnid)": "call.to", "CHANNEL(language)": "call.language", "UNIQUEID": "call.id",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spot:
    """A priority and the step it becomes; `next` is where it leads when nothing else is said."""

    context: str
    extension: str
    index: int
    priority: Priority
    ref: Ref

    @property
    def place(self) -> Place:
        named = f"{self.context},{self.extension},{self.priority.number}"
        return Place(self.priority.line, named, self.priority.application)


class Switchboard:
    """`entry` is (context, extension) that a call enters by."""

    def __init__(self, sketch: Sketch, plan: Dialplan, entry: tuple[str, str]) -> None:
        self.sketch = sketch
        self.plan = plan
        self.entry = entry
        self._refs: dict[tuple[str, str, int], Ref] = {}
        self._absorbed: set[tuple[str, str, int]] = set()
        self._outside: dict[tuple[str, str], Ref] = {}
        self._waiting: list[Spot] = []
        self.timeouts: dict[str, str] = {}

    def pending(self) -> Spot | None:
        """The next priority that a way leads to and nobody has read."""
        return self._waiting.pop(0) if self._waiting else None

    def absorb(self, context: str, extension: str, index: int) -> None:
        """This priority is part of another's step."""
        self._absorbed.add((context, extension, index))

    def untouched(self, context: str, extension: str) -> list[Priority]:
        """What no way led to."""
        return [
            priority
            for index, priority in enumerate(self.plan.contexts[context].extensions[extension])
            if (context, extension, index) not in self._refs.keys() | self._absorbed
            and priority.application.lower() not in PASSED_BY
        ]

    def at(self, context: str, extension: str, index: int) -> Ref:
        """The step of a priority, counted from 0; those that do nothing a caller notices are passed by."""
        priorities = self.plan.contexts[context].extensions[extension]
        while index < len(priorities) and priorities[index].application.lower() in PASSED_BY:
            index += 1
        if index >= len(priorities):
            return self.sketch.end()
        key = (context, extension, index)
        if key not in self._refs:
            priority = priorities[index]
            wish = priority.label or f"{context}_{extension}_{priority.application}"
            self._refs[key] = self.sketch.reserve(wish)
            self._waiting.append(Spot(context, extension, index, priority, self._refs[key]))
        return self._refs[key]

    def after(self, spot: Spot, skip: int = 1) -> Ref:
        return self.at(spot.context, spot.extension, spot.index + skip)

    def dialled(self, spot: Spot, context: str, extension: str) -> Ref:
        """The first step of an extension, as dialled in a context."""
        found = self.plan.found(context, extension)
        return self.at(*found, 0) if found else self._elsewhere(spot, context, extension)

    def target(self, spot: Spot, written: str) -> Ref:
        """`[[context,]extension,]priority` of Goto and its like."""
        parts = split_arguments(written)
        context = parts[-3] if len(parts) > 2 else spot.context
        extension = parts[-2] if len(parts) > 1 else spot.extension
        if extension == "${EXTEN}":
            extension = spot.extension
        found = self.plan.found(context, extension)
        if found is None:
            return self._elsewhere(spot, context, extension)
        wanted = parts[-1] if parts else "1"
        priorities = self.plan.contexts[found[0]].extensions[found[1]]
        for index, priority in enumerate(priorities):
            if wanted in (priority.label, str(priority.number)):
                return self.at(*found, index)
        self.sketch.note("left_out", spot.place, "", f"there is no priority {written}; the call ends there")
        return self.sketch.end()

    # --- what other parts of the exchange do -------------------------------------------------------

    def _elsewhere(self, spot: Spot, context: str, extension: str) -> Ref:
        """A place outside the source, by the names FreePBX gives them."""
        if context == "app-blackhole":
            return self.sketch.end()
        key = (context, extension)
        if key not in self._outside:
            self._outside[key] = self._stand_in(spot, context, extension)
        return self._outside[key]

    def _stand_in(self, spot: Spot, context: str, extension: str) -> Ref:
        sketch, name = self.sketch, re.sub(r"\W", "", extension)
        if context in ("ext-queues", "ext-group") and name.isdigit():
            queue = f"{'queue' if context == 'ext-queues' else 'group'}_{name}"
            ref = sketch.add(queue, spot.place, type="queue", queue=queue, timeout=sketch.end())
            why, todo = (
                f"{context},{extension} is outside the source",
                f"make the queue {queue}, or name another",
            )
        elif mailbox := re.fullmatch(r"vm[a-z]*(\d+)", name):
            ref = sketch.add(name, spot.place, type="voicemail", box=f"box_{mailbox[1]}")
            why, todo = f"the mailbox {mailbox[1]} is outside the source", f"make the box box_{mailbox[1]}"
        elif context in ("from-did-direct", "ext-local", "from-internal") and name.isdigit():
            events = {"failed": sketch.end()}
            ref = sketch.add(f"to_{name}", spot.place, type="transfer", to=name, events=events)
            why, todo = f"the extension {name} is outside the source", "see that it exists here"
        else:
            sketch.note(
                "left_out", spot.place, "", f"{context},{extension} is not part of the source; the call ends there",
                "give the import the whole dialplan, or lead the step elsewhere",
            )  # fmt: skip
            return sketch.end()
        sketch.note("differs", spot.place, ref, why, todo)
        return ref

    # --- values -----------------------------------------------------------------------------------

    def cel(self, spot: Spot, name: str) -> str:
        """A dialplan variable in CEL. Raises Untranslatable."""
        if name == "EXTEN":
            if not spot.extension.startswith("_"):
                return quoted(spot.extension)
            is_entry = (spot.context, spot.extension) == self.entry
            return "call.to" if is_entry else f"vars.{self.sketch.variable('exten')}"
        if name in _CONTEXT:
            return _CONTEXT[name]
        if not re.fullmatch(r"_{0,2}[A-Za-z]\w*", name):
            raise Untranslatable("${" + name + "} has no counterpart")
        return f"vars.{self.variable(name)}"

    def variable(self, name: str) -> str:
        bare = name.lstrip("_")
        start = self.plan.variables.get(bare, "")
        return self.sketch.variable(bare, type="string", default=start if "${" not in start else "")

    def template(self, spot: Spot, text: str) -> str:
        """A text with `${VAR}` as a template; what has no counterpart is left out and told."""
        made, end = "", 0
        for hole in re.finditer(r"\$\{([^{}]*)\}", text):
            made += literal(text[end : hole.start()])
            try:
                made += "${" + self.cel(spot, hole[1]) + "}"
            except Untranslatable as exc:
                self.sketch.note("differs", spot.place, "", f"{exc} and is left out", "write it by hand")
            end = hole.end()
        return made + literal(text[end:])

    def value(self, spot: Spot, text: str) -> str:
        """What a Set gives: a text, or a sum in `$[…]`."""
        found = re.fullmatch(r"\$\[(.*)\]", text.strip('" '))
        if found is None:
            return self.template(spot, text.strip('"'))
        try:
            return "${" + arithmetic(found[1], lambda name: self.cel(spot, name)) + "}"
        except Untranslatable as exc:
            self.sketch.note("differs", spot.place, "", f"{exc}; the value is empty now", "write it in CEL")
            return ""

    def condition(self, spot: Spot, text: str) -> str:
        """A condition in CEL; one without a counterpart never holds, and is told."""
        found = re.fullmatch(r"\$\[(.*)\]", text.strip(), re.DOTALL)
        try:
            return translated(found[1] if found else text, lambda name: self.cel(spot, name))
        except Untranslatable as exc:
            why = f"the condition {text}: {exc}; it never holds now"
            self.sketch.note("differs", spot.place, "", why, "write it in CEL")
            return "false"

    def sounds(self, spot: Spot, files: str) -> list[str]:
        """Prompts in place of sound files, `&` between them."""
        return [self.sketch.recording(spot.place, file) for file in files.split("&") if file.strip()]

    def box(self, written: str) -> str:
        number = re.split(r"[@,&]", written)[0]
        return identifier(number, "box")


def seconds(arguments: Sequence[str], index: int, default: int, most: int = 3600) -> str:
    """An argument as a duration."""
    text = arguments[index] if index < len(arguments) else ""
    found = re.match(r"\d{1,6}", text)
    return f"{min(int(found[0]), most) if found and int(found[0]) else default}s"
