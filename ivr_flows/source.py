"""The text of a flow as a tree that remembers line and column of every key and value.

YAML 1.2 with the core schema. Composed here from the scanner's events, so that every limit holds before
anything is built: size, depth, number of nodes, growth by aliases. Tags, directives, merge keys and
second documents have no place in a flow and are refused.

The events come from libyaml, ten times as fast as ruamel's scanner in Python. Where libyaml stops, ruamel's
has the word: it says why, or reads what only YAML 1.2 allows.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml import events as exact
from ruamel.yaml.error import YAMLError
from yaml import YAMLError as NotRead
from yaml import events as quick
from yaml._yaml import CParser

from ivr_flows.findings import Finding, FlowRejected
from ivr_flows.wording import Said, said

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 32
MAX_NODES: Final = 100_000  # counted with every alias written out

_NOT_ALIKE: Final = re.compile("[\t\x85\u2028\u2029\ufeff\ud800-\udfff]")
"""What libyaml, which is of YAML 1.1, passes over, takes for the end of a line, or can't be given."""

Event: TypeAlias = exact.Event | quick.Event
_SCALAR: Final = (quick.ScalarEvent, exact.ScalarEvent)
_ALIAS: Final = (quick.AliasEvent, exact.AliasEvent)
_LIST: Final = (quick.SequenceStartEvent, exact.SequenceStartEvent)
_NODE: Final = (quick.NodeEvent, exact.NodeEvent)
_DOCUMENT: Final = (quick.DocumentStartEvent, exact.DocumentStartEvent)

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
    ("cannot start any token", "syntax.start"),
    ("mapping values are not allowed", "syntax.colon"),
    ("undefined alias", "syntax.star"),
    ("quoted scalar", "syntax.quotes"),
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
        if not isinstance(start, _DOCUMENT):
            return None
        if start.version or start.tags:
            self._refuse(Mark(1, 1), said("directive"), said("directive.hint"))
        root = self._node(next(self._events), 1)
        next(self._events)  # the document's end
        following = next(self._events)
        if isinstance(following, _DOCUMENT):
            self._refuse(_mark(following), said("documents"), said("documents.hint"))
        return root

    def _refuse(self, mark: Mark, message: Said, hint: Said) -> None:
        self.findings.append(Finding("error", mark.line, mark.column, None, message, hint))

    def _stop(self, mark: Mark, message: Said, hint: Said) -> FlowRejected:
        self._refuse(mark, message, hint)
        return FlowRejected(self.findings)

    def _node(self, event: Event, depth: int) -> Node:
        mark = _mark(event)
        if depth > MAX_DEPTH:
            raise self._stop(mark, said("nested", most=MAX_DEPTH), said("nested.hint"))
        if isinstance(event, _ALIAS):
            return self._alias(event, mark)
        self._count(1, mark)
        if getattr(event, "tag", None) is not None:
            self._refuse(mark, said("tag"), said("tag.hint"))
        if isinstance(event, _SCALAR):
            node = self._scalar(event, mark)
        elif isinstance(event, _LIST):
            node = self._sequence(mark, depth)
        else:
            node = self._mapping(mark, depth)
        if (anchor := getattr(event, "anchor", None)) is not None:
            self._anchors[str(anchor)] = node
        return node

    def _count(self, nodes: int, mark: Mark) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise self._stop(mark, said("values", most=MAX_NODES), said("values.hint"))

    def _alias(self, event: quick.AliasEvent | exact.AliasEvent, mark: Mark) -> Node:
        found = self._anchors.get(str(event.anchor))
        if found is None:
            raise self._stop(mark, said("no_anchor", name=str(event.anchor)), said("no_anchor.hint"))
        self._count(found.size, mark)
        return found

    def _scalar(self, event: quick.ScalarEvent | exact.ScalarEvent, mark: Mark) -> Node:
        raw = str(event.value)
        value = raw if event.style else _plain_scalar(raw)
        if isinstance(value, int | float) and not isinstance(value, bool) and re.match(r"\+|0[0-9]", raw):
            self._refuse(mark, said("as_number", raw=raw), said("quote", raw=raw))
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
            self._refuse(key.mark, said("key.nest"), said("key.nest.hint"))
        elif not isinstance(key.value, str):
            shown = key.raw or "null"
            self._refuse(key.mark, said("key.kind", key=shown), said("quote", raw=shown))
        elif key.value == "<<":
            self._refuse(key.mark, said("merge"), said("merge.hint"))
        elif key.value in node.value:
            first = node.keys[key.value].line
            self._refuse(key.mark, said("key.twice", key=key.value), said("key.twice.hint", line=first))
        else:
            node.value[key.value] = value
            node.keys[key.value] = key.mark


def _is_end(event: Event) -> bool:
    return not isinstance(event, _NODE)


def _mark(event: Event) -> Mark:
    start: Any = event.start_mark
    return Mark(start.line + 1, start.column + 1)


def _syntax(error: YAMLError) -> FlowRejected:
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    context = f"{getattr(error, 'context', None) or ''} {problem}"
    hint = said(next((hint for part, hint in _HINTS if part in context), "syntax.keys"))
    return FlowRejected([Finding("error", line, column, None, said("syntax", problem=problem), hint)])


def read(text: str) -> Node:
    """The root mapping of a flow's text. Raises FlowRejected with every fault of the notation."""
    if len(text) > MAX_BYTES or len(text.encode(errors="replace")) > MAX_BYTES:
        raise FlowRejected([Finding("error", 1, 1, None, said("too_large"), said("too_large.hint"))])
    if not _NOT_ALIKE.search(text):
        with suppress(NotRead):
            return _composed(_quick_events(text))
    try:
        return _composed(iter(YAML(typ="safe", pure=True).parse(text)))
    except YAMLError as error:
        raise _syntax(error) from error


def _quick_events(text: str) -> Iterator[Event]:
    parser = CParser(text)
    while (event := parser.get_event()) is not None:
        yield event


def _composed(events: Iterator[Event]) -> Node:
    composer = _Composer(events)
    root = composer.document()
    if root is None or not isinstance(root.value, dict):
        composer.findings.append(Finding("error", 1, 1, None, said("no_mapping"), said("no_mapping.hint")))
    if composer.findings:
        raise FlowRejected(composer.findings)
    assert root is not None
    return root
