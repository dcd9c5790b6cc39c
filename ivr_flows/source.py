"""The text of a flow as a tree that remembers line and column of every key and value.

YAML 1.2 with the core schema. Composed here from the scanner's events, so that every limit holds before
anything is built: size, depth, number of nodes, growth by aliases. Tags, directives, merge keys and
second documents have no place in a flow and are refused.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from ivr_flows.findings import Finding, FlowRejected

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 32
MAX_NODES: Final = 100_000  # counted with every alias written out

Path: TypeAlias = tuple[str | int, ...]
Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the text; both count from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Node:
    """A value of the text. `size` counts nodes below it with aliases written out."""

    mark: Mark
    value: "Scalar | list[Node] | dict[str, Node]"
    raw: str = ""
    size: int = 1
    keys: dict[str, Mark] = field(default_factory=dict)

    def plain(self) -> Any:
        """The value as Python data."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def at(self, path: Sequence[str | int]) -> Mark:
        """Where `path` is written. Elements the author left out (a shorthand) are passed over."""
        return self._walk(path)[0]

    def under(self, path: Sequence[str | int]) -> "Node":
        """The value at `path`, as far as the text has it."""
        return self._walk(path)[1]

    def key_at(self, path: Sequence[str | int]) -> str:
        """The last key of `path` that the text has; empty when it has none."""
        found = ""
        for end in range(1, len(path) + 1):
            if isinstance(path[end - 1], str) and self.under(path[:end]) is not self.under(path[: end - 1]):
                found = str(path[end - 1])
        return found

    def _walk(self, path: Sequence[str | int]) -> "tuple[Mark, Node]":
        node, mark = self, self.mark
        for element in path:
            if isinstance(node.value, dict) and element in node.value:
                mark, node = node.keys[str(element)], node.value[str(element)]
            elif isinstance(node.value, list) and isinstance(element, int) and element < len(node.value):
                node = node.value[element]
                mark = node.mark
        return mark, node


_INT: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_WORDS: Final[dict[str, Scalar]] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_HINTS: Final = (
    ("cannot start any token", "quote the value"),
    ("mapping values are not allowed", "quote a value that holds ': ', and line the keys up"),
    ("undefined alias", 'quote it ("*") if a star key is meant'),
    ("quoted scalar", "close the quotes"),
)


def _plain_scalar(raw: str) -> Scalar:
    """YAML 1.2 core schema (section 10.3.2); `0o` and `0x` stay text, nobody means them in a flow."""
    if raw in _WORDS:
        return _WORDS[raw]
    if _INT.fullmatch(raw):
        return int(raw) if raw.lstrip("+-").isdigit() and len(raw) <= 18 else raw
    if _FLOAT.fullmatch(raw):
        return float(raw) if raw[-1].isdigit() or raw[-1] == "." else raw
    return raw


class _Composer:
    """Builds the tree from events; recursion is bounded by MAX_DEPTH."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._anchors: dict[str, Node] = {}
        self._nodes = 0
        self.findings: list[Finding] = []

    def document(self) -> Node | None:
        next(self._events)  # the stream's start
        start = next(self._events)
        if not isinstance(start, DocumentStartEvent):
            return None
        if start.version or start.tags:
            self._refuse(Mark(1, 1), "directives have no place in a flow", "remove the line beginning with %")
        root = self._node(next(self._events), 1)
        next(self._events)  # the document's end
        following = next(self._events)
        if isinstance(following, DocumentStartEvent):
            self._refuse(_mark(following), "a flow is one document", "remove everything from --- on")
        return root

    def _refuse(self, mark: Mark, message: str, hint: str) -> None:
        self.findings.append(Finding("error", mark.line, mark.column, None, message, hint))

    def _stop(self, mark: Mark, message: str, hint: str) -> FlowRejected:
        self._refuse(mark, message, hint)
        return FlowRejected(self.findings)

    def _node(self, event: Event, depth: int) -> Node:
        mark = _mark(event)
        if depth > MAX_DEPTH:
            raise self._stop(mark, f"nested deeper than {MAX_DEPTH} levels", "split the flow into steps")
        if isinstance(event, AliasEvent):
            return self._alias(event, mark)
        self._count(1, mark)
        if getattr(event, "tag", None) is not None:
            self._refuse(mark, "a tag (!…) has no place in a flow", "write the plain value")
        if isinstance(event, ScalarEvent):
            node = self._scalar(event, mark)
        elif isinstance(event, SequenceStartEvent):
            node = self._sequence(mark, depth)
        else:
            node = self._mapping(mark, depth)
        if isinstance(event, NodeEvent) and event.anchor is not None:
            self._anchors[str(event.anchor)] = node
        return node

    def _count(self, nodes: int, mark: Mark) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise self._stop(
                mark, f"more than {MAX_NODES} values, aliases written out", "use fewer or smaller aliases"
            )

    def _alias(self, event: AliasEvent, mark: Mark) -> Node:
        found = self._anchors.get(str(event.anchor))
        if found is None:
            raise self._stop(
                mark, f"no anchor &{event.anchor} before this alias", 'quote it ("*") if a star is meant'
            )
        self._count(found.size, mark)
        return found

    def _scalar(self, event: ScalarEvent, mark: Mark) -> Node:
        raw = str(event.value)
        is_plain = event.style is None or event.style == ""
        value = _plain_scalar(raw) if is_plain else raw
        if isinstance(value, int | float) and not isinstance(value, bool) and re.match(r"\+|0[0-9]", raw):
            self._refuse(mark, f"{raw} would be read as a number", f'quote it: "{raw}"')
        return Node(mark, value, raw)

    def _sequence(self, mark: Mark, depth: int) -> Node:
        items: list[Node] = []
        while (event := next(self._events)) and not _is_end(event):
            items.append(self._node(event, depth + 1))
        return Node(mark, items, size=1 + sum(item.size for item in items))

    def _mapping(self, mark: Mark, depth: int) -> Node:
        node = Node(mark, {})
        while (event := next(self._events)) and not _is_end(event):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            self._add(node, key, value)
        return node

    def _add(self, node: Node, key: Node, value: Node) -> None:
        assert isinstance(node.value, dict)
        node.size += key.size + value.size
        if isinstance(key.value, list | dict):
            self._refuse(key.mark, "a key must be one word", "write the key as text")
        elif not isinstance(key.value, str):
            shown = key.raw or "null"
            self._refuse(key.mark, f"the key {shown} is not text", f'quote it: "{shown}"')
        elif key.value == "<<":
            self._refuse(key.mark, "merge keys have no place in a flow", "repeat the keys, or use defaults:")
        elif key.value in node.value:
            first = node.keys[key.value].line
            self._refuse(key.mark, f"the key {key.value} is here twice", f"the first is on line {first}")
        else:
            node.value[key.value] = value
            node.keys[key.value] = key.mark


def _is_end(event: Event) -> bool:
    return not isinstance(event, NodeEvent | MappingStartEvent | SequenceStartEvent)


def _mark(event: Event) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)


def _syntax(error: YAMLError) -> FlowRejected:
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    context = f"{getattr(error, 'context', None) or ''} {problem}"
    hint = next((hint for part, hint in _HINTS if part in context), 'quote keys such as "1", "*" and "#"')
    return FlowRejected([Finding("error", line, column, None, f"not valid YAML: {problem}", hint)])


def read(text: str) -> Node:
    """The root mapping of a flow's text. Raises FlowRejected with every fault of the notation."""
    if len(text) > MAX_BYTES or len(text.encode(errors="replace")) > MAX_BYTES:
        raise FlowRejected(
            [Finding("error", 1, 1, None, "larger than 1 MiB", "move long texts into audio prompts")]
        )
    composer = _Composer(iter(YAML(typ="safe", pure=True).parse(text)))
    try:
        root = composer.document()
    except YAMLError as error:
        raise _syntax(error) from error
    if root is None or not isinstance(root.value, dict):
        composer.findings.append(
            Finding("error", 1, 1, None, "a flow is a mapping of keys", "begin with threadline: 1")
        )
    if composer.findings:
        raise FlowRejected(composer.findings)
    assert root is not None
    return root
