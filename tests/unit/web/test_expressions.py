"""The table of expressions to which the page of flows is held, too: the server's verdicts are these."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from ivr_flows.expressions import Expression, ExpressionInvalid, compile_expression

pytestmark = pytest.mark.unit

TABLE: Final[list[list[Any]]] = json.loads(Path(__file__).with_name("expressions.json").read_text("utf-8"))
VERDICTS: Final = {"unknown name": "name", "unknown function": "function", "more than one of": "twice"}


def verdict(text: str) -> tuple[str, Expression | None]:
    """(good, syntax, name, function or twice; what was compiled)."""
    try:
        return "good", compile_expression(text)
    except ExpressionInvalid as exc:
        return next((word for start, word in VERDICTS.items() if str(exc).startswith(start)), "syntax"), None


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_the_server_says_of_an_expression_what_the_table_says(row: list[Any]) -> None:
    expected = "syntax" if row[1] == "syntax" else row[1]
    found, expression = verdict(row[0])
    assert found == expected
    if expression is not None:
        assert sorted(expression.variables | expression.guarded) == (row[2] if len(row) > 2 else [])
