"""The text of an Asterisk dialplan (extensions.conf, and what FreePBX writes) as contexts, extensions and priorities."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ivr_flows.imports.report import ImportRefused

MAX_PRIORITIES: Final = 20_000
KEYS: Final = "0123456789*#"
_CONTEXT: Final = re.compile(r"\[([^\]]{1,80})\]")
_EXTEN: Final = re.compile(r"exten\s*=>?\s*([^,]{1,80}),\s*(.+)", re.IGNORECASE)
_SAME: Final = re.compile(r"same\s*=>?\s*(.+)", re.IGNORECASE)
_INCLUDE: Final = re.compile(r"include\s*=>?\s*([^,]{1,80})", re.IGNORECASE)
_PRIORITY: Final = re.compile(r"(\d{1,5}|n|s|hint)(?:\+\d+)?(?:\(([\w-]{1,80})\))?\s*,\s*(.*)", re.IGNORECASE)
_CALL: Final = re.compile(r"([A-Za-z_]\w*)\s*(?:\((.*)\)|[,|](.*))?\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Priority:
    """One line: what is done, under which label."""

    line: int
    number: int
    label: str
    application: str
    arguments: tuple[str, ...]


@dataclass(slots=True)
class Context:
    name: str
    line: int
    extensions: dict[str, list[Priority]] = field(default_factory=dict)
    includes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Dialplan:
    """`unread` are (line, text) of what is no line of a dialplan."""

    contexts: dict[str, Context] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    unread: list[tuple[int, str]] = field(default_factory=list)

    def extensions(self, context: str, seen: frozenset[str] = frozenset()) -> dict[str, str]:
        """Every extension a caller in `context` can dial, with the context it stands in; includes last."""
        found = self.contexts.get(context)
        if found is None or context in seen:
            return {}
        made = dict.fromkeys(found.extensions, context)
        for name in found.includes:
            made = {**self.extensions(name, seen | {context}), **made}
        return made

    def found(self, context: str, extension: str) -> tuple[str, str] | None:
        """(context, extension) that dialling `extension` in `context` reaches; exact names before patterns."""
        known = self.extensions(context)
        if extension in known:
            return known[extension], extension
        for pattern, where in known.items():
            if pattern.startswith("_") and re.fullmatch(pattern_of(pattern), extension):
                return where, pattern
        return None


def pattern_of(extension: str) -> str:
    """A dialplan pattern as a regular expression that CEL's RE2 takes, too."""
    if not extension.startswith("_"):
        return re.escape(extension)
    letters = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": ".+", "!": ".*"}
    made, index, body = "", 0, extension[1:].replace("-", "") if "[" not in extension else extension[1:]
    while index < len(body):
        character = body[index]
        end = body.find("]", index)
        if character == "[" and end > index:
            made += "[" + re.sub(r"[^0-9*#-]", "", body[index + 1 : end]) + "]"
            index = end
        else:
            made += letters.get(character.upper(), re.escape(character))
        index += 1
    return made.replace("[]", "[0-9]")


def keys_of(extension: str) -> str:
    """The single keys an extension stands for; empty for longer ones and names."""
    if extension in KEYS and len(extension) == 1:
        return extension
    if re.fullmatch(r"_([XZNxzn]|\[[0-9*#-]+\])", extension):
        return "".join(key for key in KEYS if re.fullmatch(pattern_of(extension), key))
    return ""


def is_dialled(extension: str) -> bool:
    """Whether callers can dial it: digits or a pattern, no name such as `s` or `i`."""
    return extension.startswith("_") or all(character in KEYS for character in extension)


def read_dialplan(text: str) -> Dialplan:
    """Raises ImportRefused for a text without a context."""
    plan, reader = Dialplan(), _Reader()
    for number, line in _lines(text):
        reader.line(plan, number, line)
    if not any(context.extensions for context in plan.contexts.values()):
        raise ImportRefused("there is no extension in any context")
    return plan


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, block comments included."""
    is_comment = False
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith(";--"):
            is_comment = True
        if is_comment:
            is_comment = "--;" not in stripped
            continue
        bare = re.sub(r"(?<!\\);.*$", "", stripped).replace("\\;", ";").strip()
        if bare:
            yield number, bare


class _Reader:
    """Where the reading is."""

    def __init__(self) -> None:
        self._context: Context | None = None
        self._extension = ""
        self._count = 0

    def line(self, plan: Dialplan, number: int, line: str) -> None:
        if found := _CONTEXT.match(line):
            self._context = plan.contexts.setdefault(found[1].strip(), Context(found[1].strip(), number))
        elif self._context is None or line.startswith("#"):
            plan.unread.append((number, line))
        elif found := _EXTEN.fullmatch(line):
            self._extension = found[1].strip()
            self._priority(plan, number, found[2])
        elif (found := _SAME.fullmatch(line)) and self._extension:
            self._priority(plan, number, found[1])
        elif found := _INCLUDE.match(line):
            self._context.includes.append(found[1].strip())
        elif self._context.name == "globals" and "=" in line:
            name, _, value = line.partition("=")
            plan.variables[name.strip()] = value.lstrip(">").strip()
        elif self._context.name != "general":
            plan.unread.append((number, line))

    def _priority(self, plan: Dialplan, number: int, rest: str) -> None:
        found = _PRIORITY.fullmatch(rest)
        if found is not None and found[1].lower() == "hint":
            return  # which lamp shows an extension: nothing of a call
        call = read_call(found[3]) if found else None
        if found is None or call is None:
            plan.unread.append((number, rest))
            return
        self._count += 1
        if self._count > MAX_PRIORITIES:
            raise ImportRefused(f"more than {MAX_PRIORITIES} priorities")
        assert self._context is not None
        known = self._context.extensions.setdefault(self._extension, [])
        place = int(found[1]) if found[1].isdigit() else (known[-1].number + 1 if known else 1)
        known.append(Priority(number, place, found[2] or "", *call))
        known.sort(key=lambda each: each.number)


def read_call(written: str) -> tuple[str, tuple[str, ...]] | None:
    """(application, arguments) of `Name(a,b)`."""
    found = _CALL.fullmatch(written)
    return None if found is None else (found[1], split_arguments(found[2] or found[3] or ""))


def split_arguments(text: str, separator: str = ",") -> tuple[str, ...]:
    """Cut at separators that stand in no quotes and no brackets."""
    parts, depth, is_quoted = [""], 0, False
    for character in text:
        is_quoted ^= character == '"'
        depth += 0 if is_quoted else (character in "([{") - (character in ")]}")
        if character == separator and depth <= 0 and not is_quoted:
            parts.append("")
        else:
            parts[-1] += character
    return tuple(part.strip() for part in parts) if text.strip() else ()
