"""What a thing was when somebody looked at it, in a few letters; and what a change made of it."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from threadline.kernel.errors import Outdated

LETTERS: Final = 20


def version_of(facts: Mapping[str, Any]) -> str:
    """The same for the same facts, whoever reads them and in whatever order."""
    text = json.dumps(facts, sort_keys=True, default=str, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:LETTERS]


def versioned(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts with their version beside them."""
    return {**facts, "version": version_of(facts)}


def check_version(facts: Mapping[str, Any], seen: str | None) -> None:
    """`seen` None: a program that does not mind. Raises Outdated."""
    if seen is not None and seen != version_of(facts):
        raise Outdated


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """{"before", "after"} of what changed, for the audit log."""
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {
        "before": {name: before[name] for name in changed if name in before},
        "after": {name: after[name] for name in changed if name in after},
    }
