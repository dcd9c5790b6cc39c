"""From older format versions to the present one.

An upgrader takes the tree of a flow of its version and returns that of the next; places in the text stay with
the nodes, so that a finding in an upgraded flow still names the author's own line. A version without an
upgrader is refused where flows are read.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from ivr_flows.source import Node

VERSION: Final = 1

Upgrader: TypeAlias = Callable[[Node], Node]
UPGRADERS: Final[dict[int, Upgrader]] = {}  # by the version it reads; nothing is older than the first


def version_of(source: Node) -> int | None:
    """The whole number under `threadline:`, or None."""
    written = source.value.get("threadline") if isinstance(source.value, dict) else None
    value = None if written is None else written.value
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def upgraded(source: Node, upgraders: Mapping[int, Upgrader] = UPGRADERS) -> Node:
    """`source` in the newest version that can be reached from its own; the same node when that is its own."""
    version = version_of(source)
    while version is not None and version < VERSION and version in upgraders:
        source = upgraders[version](source)
        version += 1
        source = with_value(source, "threadline", version)
    return source


def with_value(source: Node, key: str, value: "str | int") -> Node:
    """The mapping with a plain value under `key`, which keeps its place where it had one."""
    assert isinstance(source.value, dict)
    mark = source.keys.get(key, source.mark)
    return Node(
        source.mark,
        {**source.value, key: Node(mark, value, str(value))},
        size=source.size,
        keys={**source.keys, key: mark},
    )


def renamed(source: Node, old: str, new: str) -> Node:
    """The mapping with the key `old` called `new`; order and places stay."""
    assert isinstance(source.value, dict)
    return Node(
        source.mark,
        {new if key == old else key: node for key, node in source.value.items()},
        size=source.size,
        keys={new if key == old else key: mark for key, mark in source.keys.items()},
    )
