"""Flows and modules together: what is called exists, is given what it wants, and comes back."""

from collections.abc import Iterator, Mapping

from ivr_flows.advice import finding
from ivr_flows.findings import Finding
from ivr_flows.link import circle
from ivr_flows.model import Flow
from ivr_flows.nodes.call import CallStep
from ivr_flows.nodes.return_ import ReturnStep
from ivr_flows.nodes.transfer import TransferStep
from ivr_flows.wording import said


def findings(flow: Flow, modules: Mapping[str, Flow] | None) -> Iterator[Finding]:
    """Everything about calls and returns. Of modules nobody knows nothing is said."""
    returns = [name for name, step in flow.steps.items() if isinstance(step, ReturnStep)]
    if flow.head.kind == "flow":
        for name in returns:
            yield finding(flow, ("steps", name), said("return.outside"), said("return.outside.hint"))
    elif not returns:
        yield finding(flow, ("kind",), said("return.missing"), said("return.missing.hint"))
    if modules is None:
        return
    for name, step in flow.steps.items():
        if isinstance(step, CallStep) and step.module in modules:
            yield from _call(flow, name, step, modules[step.module])
        elif isinstance(step, TransferStep) and step.flow:
            yield from _handed_on(flow, name, step.flow, modules.get(step.flow))
    if path := circle(flow, modules):
        yield finding(flow, ("steps",), said("circle", path=" > ".join(path)))


def _handed_on(flow: Flow, name: str, target: str, found: Flow | None) -> Iterator[Finding]:
    path = ("steps", name, "to")
    if found is None and target != flow.id:
        yield finding(flow, path, said("handed.missing", name=target), said("handed.missing.hint"))
    elif found is not None and found.head.kind != "flow":
        yield finding(flow, path, said("handed.module", name=target), said("handed.module.hint"))


def _call(flow: Flow, name: str, step: CallStep, module: Flow) -> Iterator[Finding]:
    where = ("steps", name)
    if module.head.kind != "module":
        yield finding(flow, (*where, "module"), said("call.flow", name=module.id), said("call.flow.hint"))
        return
    params = module.head.params
    for given in step.with_:
        if given not in params:
            hint = said("call.param.hint", known=", ".join(params) or said("none"))
            message = said("call.param", name=module.id, param=given)
            yield finding(flow, (*where, "with", given), message, hint)
    for wanted, var in params.items():
        if var.default is None and wanted not in step.with_:
            message = said("call.wants", name=module.id, param=wanted)
            yield finding(flow, (*where, "module"), message, said("call.wants.hint", param=wanted))
    for variable, returned in step.save.items():
        if returned not in module.head.returns:
            hint = said("call.returns.hint", known=", ".join(module.head.returns) or said("nothing"))
            path = (*where, "save", str(variable))
            yield finding(flow, path, said("call.returns", name=module.id, value=returned), hint)
    for language in flow.languages:
        if language not in module.languages:
            message = said("call.language", name=module.id, language=language)
            yield finding(flow, (*where, "module"), message)
