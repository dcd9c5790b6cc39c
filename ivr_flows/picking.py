"""Values picked out of a service's answer: `status`, `body`, `body.items[0].name`."""

import re
from typing import Any, Final

from ivr_flows.expressions import MAX_LIST, MAX_PLAIN_DEPTH, ExpressionFailed
from ivr_flows.wording import said
from ivr_flows.words import Word
from threadline.kernel.events import JsonValue

_PART: Final = re.compile(r"\.([A-Za-z_][\w-]*)|\[([0-9]{1,3})\]")


class Pick(Word):
    """Where in an answer a value is."""

    __slots__ = ()
    PATTERN = r"^(status|body(\.[A-Za-z_][\w-]*|\[[0-9]{1,3}\])*)\Z"
    FORM = said("form.pick")


def picked(pick: Pick, status: int, body: JsonValue) -> JsonValue:
    """The value there, None where the answer has none."""
    if pick == "status":
        return status
    value: Any = body
    for key, index in _PART.findall(pick[len("body") :]):
        if key:
            value = value.get(key) if isinstance(value, dict) else None
        else:
            at = int(index)
            value = value[at] if isinstance(value, list) and at < len(value) else None
    return trimmed(value)


def trimmed(value: Any, depth: int = 0) -> JsonValue:
    """`value` within what expressions may see: long lists are cut. Raises ExpressionFailed when nested too deep."""
    if depth >= MAX_PLAIN_DEPTH and isinstance(value, dict | list):
        raise ExpressionFailed("the answer is nested too deep")
    if isinstance(value, list):
        return [trimmed(item, depth + 1) for item in value[:MAX_LIST]]
    if isinstance(value, dict):
        return {str(key): trimmed(item, depth + 1) for key, item in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ExpressionFailed("the answer is no JSON")
