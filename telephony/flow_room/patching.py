"""One value of a flow's text is changed where it is written; every other character, comments too, stays as it is.

Pure. Whatever was written is read again: it holds what it held with that one value changed, or nothing is done.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from ivr_flows.findings import FlowRejected
from ivr_flows.source import Mark, Node, read
from threadline.kernel.errors import Refused

Scalar: TypeAlias = str | int | float | bool | None
PLAIN: Final = re.compile(r"[^\W_][\w-]*(?: [\w-]+)*")
LATER: Final = "type"  # a step's new fields follow its type


class Unpatchable(Refused):
    """This can't be changed by a form: change it in the text."""


def set_value(text: str, path: Sequence[str], value: Scalar) -> str:
    """The text with `value` at `path`; None removes the key. Raises FlowRejected for a text that can't be read, Unpatchable."""
    root = read(text)
    before = root.plain()
    patched = _patched(_Text(text), root, path, value)
    try:
        after = read(patched).plain()
    except FlowRejected:
        raise Unpatchable from None
    if after != _changed(before, path, value):
        raise Unpatchable
    return patched


class _Text:
    """Offsets of lines and columns."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0]
        for match in re.finditer(r"\r\n|\n|\r", text):
            self._starts.append(match.end())

    def at(self, mark: Mark) -> int:
        return self._starts[mark.line - 1] + mark.column - 1

    def spliced(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]

    def scalar(self, node: Node) -> tuple[int, int]:
        """Where a one-line scalar is written, its quotes included. Raises Unpatchable."""
        start = self.at(node.mark)
        first = self.text[start : start + 1]
        if first == '"':
            found = re.compile(r'"(?:[^"\\\n]|\\.)*"').match(self.text, start)
        elif first == "'":
            found = re.compile(r"'(?:[^'\n]|'')*'").match(self.text, start)
        else:
            found = re.compile(re.escape(node.raw)).match(self.text, start) if node.raw else None
        if found is None or first in "|>&*!":
            raise Unpatchable
        return start, found.end()


def _patched(text: _Text, root: Node, path: Sequence[str], value: Scalar) -> str:
    node, depth = root, 0
    mark: Mark | None = None
    while depth < len(path) and isinstance(node.value, dict) and path[depth] in node.value:
        parent, mark = node, node.keys[path[depth]]
        node = node.value[path[depth]]
        if (node.mark.line, node.mark.column) < (mark.line, mark.column):
            raise Unpatchable  # an alias: what it stands for is used elsewhere too
        depth += 1
    if depth < len(path):
        return _added(text, node, path[depth:], value)
    if mark is None or isinstance(node.value, dict | list):
        raise Unpatchable
    start, end = text.scalar(node)
    if value is None:
        return _removed(text, parent, path[-1], mark, end)
    return text.spliced(start, end, _written(value, is_quoted=text.text[start] == '"'))


def _added(text: _Text, node: Node, path: Sequence[str], value: Scalar) -> str:
    if value is None:
        return text.text
    if isinstance(node.value, str) and [*path] == [
        "next"
    ]:  # `on_fail: bye` is short for `on_fail: {next: bye}`
        start, end = text.scalar(node)
        return text.spliced(start, end, _written(value))
    if not isinstance(node.value, dict) or not node.value:
        raise Unpatchable
    line = f"{_written(path[0])}: {_nested(path[1:], value)}"
    is_flow = text.text[text.at(node.mark)] == "{"
    if LATER in node.value and not isinstance(node.value[LATER].value, dict | list):
        _, end = text.scalar(node.value[LATER])
        if is_flow:
            return text.spliced(end, end, f", {line}")
        end = _line_end(text.text, end)
        return text.spliced(end, end, f"\n{' ' * (node.keys[LATER].column - 1)}{line}")
    first = min(node.keys.values(), key=lambda each: (each.line, each.column))
    place = text.at(first)
    return text.spliced(place, place, f"{line}, " if is_flow else f"{line}\n{' ' * (first.column - 1)}")


def _removed(text: _Text, parent: Node, key: str, mark: Mark, end: int) -> str:
    start = text.at(mark)
    if len(parent.value) == 1 if isinstance(parent.value, dict) else True:
        raise Unpatchable
    if text.text[text.at(parent.mark)] == "{":
        if (after := re.compile(r"\s*,\s*").match(text.text, end)) is not None:
            return text.spliced(start, after.end(), "")
        before = re.search(r",\s*$", text.text[:start])
        if before is None:
            raise Unpatchable
        return text.spliced(before.start(), end, "")
    line = text.text.rfind("\n", 0, start) + 1
    if text.text[line:start].strip() or text.text[end : _line_end(text.text, end)].strip():
        raise Unpatchable  # a comment of the author's would go with it
    return text.spliced(line, min(_line_end(text.text, end) + 1, len(text.text)), "")


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    return end - 1 if text[end - 1 : end] == "\r" else end


def _nested(path: Sequence[str], value: Scalar) -> str:
    if not path:
        return _written(value)
    return f"{{{_written(path[0])}: {_nested(path[1:], value)}}}"


def _written(value: Scalar, *, is_quoted: bool = False) -> str:
    """A scalar as YAML reads it back, in quotes where they are needed or were."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json.dumps(value)
    text = str(value)
    if not is_quoted and PLAIN.fullmatch(text) and read(f"k: {text}").plain()["k"] == text:
        return text
    return json.dumps(text, ensure_ascii=False)


def _changed(plain: Any, path: Sequence[str], value: Scalar) -> Any:
    """What the patched text must hold."""
    if isinstance(plain, str) and [*path] == ["next"]:
        return value
    if not path:
        return value
    made = dict(plain) if isinstance(plain, dict) else {}
    if len(path) == 1 and value is None:
        made.pop(path[0], None)
    else:
        made[path[0]] = _changed(made.get(path[0]), path[1:], value)
    return made
