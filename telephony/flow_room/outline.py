"""The picture of a flow's text: its steps, the ways between them and its prompts, each with its place.

Made from the notation alone, so that a text that can't be published yet has a picture too. Pure.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ivr_flows.source import Node, Path
from threadline.kernel.events import Json

WAYS: Final = frozenset(
    {"next", "on_fail", "else", "open", "closed", "holiday", "full", "no_agents", "timeout", "after_call", "done",
     "body", "fallback", "written", "next_if_no", "too_short", "default"}
)  # fmt: skip
"""Keys whose text is a step to go to."""
NAMED_WAYS: Final = frozenset({"choices", "events", "special"})
"""Keys below which every text is a step to go to."""
START: Final = ""
ANY_LANGUAGE: Final = "any"


@dataclass(frozen=True, slots=True)
class Way:
    """From a step (START: from the entry or the flow's own events) to one that may be missing."""

    start: str
    end: str
    label: str
    kind: str  # next, choice, fail, event


UNREADABLE: Final[Json] = {
    "is_readable": False, "steps": [], "ways": [], "prompts": [], "languages": [], "tests": [],
}  # fmt: skip
"""The outline of a text whose notation is broken."""


def outline(root: Node, text: str) -> Json:
    """{is_readable, id, title, kind, entry, languages, voices, steps, ways, prompts, tests} of `text`, read as `root`."""
    languages = _languages(root)
    return {
        "is_readable": True,
        **{name: _text(root, name) for name in ("id", "title", "kind", "entry")},
        "languages": [*languages],
        "voices": _voices(root),
        "steps": [*_steps(root, text)],
        "ways": [{"from": way.start, "to": way.end, "label": way.label, "kind": way.kind} for way in ways(root)],
        "prompts": [*_prompts(root, languages)],
        "tests": [*_tests(root)],
    }  # fmt: skip


def ways(root: Node) -> list[Way]:
    """Every way of the text, each (from, to, label) once."""
    steps = _mapping(_mapping(root).get("steps"))
    found = [Way(START, _text(root, "entry"), "", "next")] if _text(root, "entry") else []
    found += [
        Way(START, end, label, "event")
        for end, label, _ in _exits(_mapping(root).get("events"), ("events",), steps)
    ]
    for name, node in steps.items():
        found += [Way(name, end, label, kind) for end, label, kind in _exits(node, (), steps)]
    return list(dict.fromkeys(found))


def _exits(node: Node | None, path: Path, steps: dict[str, Node]) -> Iterator[tuple[str, str, str]]:
    """(to, label, kind) of every way at or below a value."""
    if node is None:
        return
    if isinstance(node.value, dict):
        for key, item in node.value.items():
            if path[-1:] == ("percent",):
                yield key, f"{item.raw} %", "choice"
            elif key != "thread":
                yield from _exits(item, (*path, key), steps)
    elif isinstance(node.value, list):
        for place, item in enumerate(node.value):
            when = _text(item, "when") or _text(item, "key")
            yield from _exits(item, (*path, when or place), steps)
    elif isinstance(node.value, str) and _is_way(path, node.value, steps):
        yield node.value, *_meaning(path)


def _is_way(path: Path, value: str, steps: dict[str, Node]) -> bool:
    if not path:
        return False
    is_named = len(path) > 1 and path[-2] in NAMED_WAYS
    return path[-1] == "next" or ((path[-1] in WAYS or is_named) and value in steps)


def _meaning(path: Path) -> tuple[str, str]:
    """(label, kind)"""
    words = [str(part) for part in path if not isinstance(part, int)]
    label = words[-1] if words[-1] != "next" or len(words) == 1 else words[-2]
    if "events" in words:
        return label, "event"
    if label in ("on_fail", "full", "no_agents", "timeout", "fallback"):
        return label, "fail"
    return ("" if label == "next" else label), "next" if label in ("next", "done", "open") else "choice"


def _steps(root: Node, text: str) -> list[Json]:
    """In the order of the text; `end_line` is the last line that is no comment before the next step."""
    lines = text.splitlines()
    steps = _mapping(root).get("steps")
    if steps is None:
        return []
    after = [mark.line for mark in root.keys.values() if mark.line > root.keys["steps"].line]
    stops = sorted([*(mark.line for mark in steps.keys.values()), min(after, default=len(lines) + 1)])
    found: list[Json] = []
    for name, node in _mapping(steps).items():
        line = steps.keys[name].line
        stop = bisect_right(stops, line)
        end = stops[stop] - 1 if stop < len(stops) else line
        while end > line and lines[end - 1].strip()[:1] in ("", "#"):
            end -= 1
        fields: Json = {key: _field(item) for key, item in _mapping(node).items()}
        found.append(
            {
                "id": name,
                "type": _text(node, "type"),
                "line": line,
                "end_line": end,
                "label": _text(node, "label"),
                "fields": fields,
            }
        )
    return found


def _field(node: Node) -> Any:
    """A value a form may show: of a way its step, of other nests nothing but that there is one."""
    if isinstance(node.value, dict):
        if set(node.value) == {"next"}:
            return _field(node.value["next"])
        return {"nest": ", ".join(node.value)}
    if isinstance(node.value, list):
        return {"nest": ", ".join(item.raw for item in node.value if item.raw) or str(len(node.value))}
    return node.value


def _prompts(root: Node, languages: list[str]) -> list[Json]:
    prompts = _mapping(root).get("prompts")
    found: list[Json] = []
    for name, node in _mapping(prompts).items():
        said: Json = {language: _said(item) for language, item in _mapping(node).items()}
        missing = [] if ANY_LANGUAGE in said else [language for language in languages if language not in said]
        assert prompts is not None
        found.append({"id": name, "line": prompts.keys[name].line, "said": said, "missing": [*missing]})
    return found


def _said(node: Node) -> Json:
    """{text, audio} of one language; several parts are joined."""
    parts = node.value if isinstance(node.value, list) else [node]
    texts = [part.raw if isinstance(part.value, str) else _text(part, "text") for part in parts]
    audio = next((_text(part, "audio") for part in parts if _text(part, "audio")), "")
    return {"text": " ".join(text for text in texts if text), "audio": audio, "parts": len(parts)}


def _tests(root: Node) -> list[Json]:
    tests = _mapping(root).get("tests")
    items = tests.value if tests is not None and isinstance(tests.value, list) else []
    return [{"name": _text(item, "name"), "line": item.mark.line} for item in items]


def _languages(root: Node) -> list[str]:
    languages = _mapping(root).get("languages")
    supported = _mapping(languages).get("supported")
    items = supported.value if supported is not None and isinstance(supported.value, list) else []
    return [item.raw for item in items if isinstance(item.value, str)]


def _voices(root: Node) -> Json:
    """{language: the tag its texts are spoken by} where the flow names a voice, as ivr_flows.model.Flow.spoken_as."""
    prompt = _mapping(_mapping(root).get("defaults")).get("prompt")
    named = _mapping(_mapping(prompt).get("voice"))
    return {language: f"{language}-x-{node.raw.partition('_')[2]}" for language, node in named.items()}


def _text(node: Node | None, name: str) -> str:
    found = _mapping(node).get(name)
    return found.raw if found is not None and not isinstance(found.value, dict | list) else ""


def _mapping(node: Node | None) -> dict[str, Node]:
    return node.value if node is not None and isinstance(node.value, dict) else {}
