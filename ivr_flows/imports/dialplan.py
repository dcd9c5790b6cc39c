"""Asterisk: the contexts of an extensions.conf, as far as they are an IVR. FreePBX writes the same."""

from ivr_flows.imports.dialplan_reading import Dialplan, is_dialled, read_dialplan
from ivr_flows.imports.dialplan_spots import Switchboard
from ivr_flows.imports.dialplan_steps import read_priority
from ivr_flows.imports.report import Imported, ImportRefused, Place
from ivr_flows.imports.sketch import Sketch

ASKING = frozenset({"background", "waitexten", "read"})


def import_dialplan(text: str, source: str, title: str, language: str, context: str = "") -> Imported:
    """`context` is where calls enter; left out, the first that has an `s` and asks anything. Raises ImportRefused."""
    plan = read_dialplan(text)
    entry = _entry(plan, context, source)
    sketch = Sketch("an Asterisk dialplan", source, title, language)
    board = Switchboard(sketch, plan, entry)
    first = board.at(*entry, 0)
    while (spot := board.pending()) is not None:
        read_priority(board, spot)
    for line, words in plan.unread:
        why = (
            "what it includes is not part of the source"
            if words.startswith("#")
            else "it is no line of a dialplan"
        )
        sketch.note("left_out", Place(line, words[:60], ""), "", why)
    for name, found in plan.contexts.items():
        for extension, priorities in found.extensions.items():
            left = board.untouched(name, extension)
            if len(left) == len(priorities):
                place = Place(priorities[0].line, f"{name},{extension}", "extension")
                sketch.note("left_out", place, "", f"no way leads to it from [{entry[0]}]")
                continue
            for priority in left:
                place = Place(priority.line, f"{name},{extension},{priority.number}", priority.application)
                sketch.note("left_out", place, "", "no way leads to it")
    return sketch.finish(first)


def _entry(plan: Dialplan, context: str, source: str) -> tuple[str, str]:
    if context and context not in plan.contexts:
        raise ImportRefused(f"{source} has no context [{context}]; it has {', '.join(plan.contexts)}")
    names = [context] if context else sorted(plan.contexts, key=lambda name: not _asks(plan, name))
    for name in names:
        extensions = plan.contexts[name].extensions
        for extension in ("s", *(each for each in extensions if is_dialled(each)), *extensions):
            if extension in extensions:
                return name, extension
    raise ImportRefused(f"{source} has no extension a call could enter by")


def _asks(plan: Dialplan, name: str) -> bool:
    start = plan.contexts[name].extensions.get("s", [])
    return any(priority.application.lower() in ASKING for priority in start)
