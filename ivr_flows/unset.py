"""Variables that are read although nothing ever gives them a value."""

from collections.abc import Iterator

from ivr_flows.advice import finding
from ivr_flows.expressions import Expression, ExpressionInvalid, compile_expression
from ivr_flows.findings import Finding
from ivr_flows.model import Flow
from ivr_flows.source import Path
from ivr_flows.templates import parse_template
from ivr_flows.wording import said
from ivr_flows.words import Cel, Template, VarName, walk


def findings(flow: Flow) -> Iterator[Finding]:
    """A warning at each first reading of such a variable; who asks `has()` knows."""
    empty = _never_set(flow)
    for path, name in _read(flow) if empty else ():
        if name in empty:
            empty.discard(name)
            yield finding(flow, path, said("unset", name=name), said("unset.hint", name=name), is_error=False)


def _never_set(flow: Flow) -> set[str]:
    head = flow.head
    without = {
        str(name) for name, var in head.vars.items() if var.default is None and name not in head.params
    }
    if not without:
        return without
    shape = {name: part for name, part in flow.shape().items() if name not in ("vars", "params", "returns")}
    return without - {str(word) for _, word in walk(shape) if type(word) is VarName}


def _read(flow: Flow) -> Iterator[tuple[Path, str]]:
    for path, word in walk(flow.shape()):
        for expression in _expressions(word):
            for name in sorted(expression.variables - expression.guarded):
                yield path, name


def _expressions(word: str) -> tuple[Expression, ...]:
    try:
        if isinstance(word, Cel):
            return (compile_expression(word),)
        return parse_template(word).expressions if isinstance(word, Template) else ()
    except ExpressionInvalid:
        return ()  # check says so
