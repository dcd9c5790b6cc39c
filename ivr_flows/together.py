"""Flows and modules together: what is called exists, is given what it wants, and comes back."""

from collections.abc import Iterator, Mapping

from ivr_flows.advice import finding
from ivr_flows.findings import Finding
from ivr_flows.link import circle
from ivr_flows.model import Flow
from ivr_flows.nodes.call import CallStep
from ivr_flows.nodes.return_ import ReturnStep
from ivr_flows.nodes.transfer import TransferStep


def findings(flow: Flow, modules: Mapping[str, Flow] | None) -> Iterator[Finding]:
    """Everything about calls and returns. Of modules nobody knows nothing is said."""
    returns = [name for name, step in flow.steps.items() if isinstance(step, ReturnStep)]
    if flow.head.kind == "flow":
        for name in returns:
            yield finding(
                flow, ("steps", name), "only a module returns", "end with a hangup, or say kind: module"
            )
    elif not returns:
        yield finding(flow, ("kind",), "a module without a return", "end it with a step of type return")
    if modules is None:
        return
    for name, step in flow.steps.items():
        if isinstance(step, CallStep) and step.module in modules:
            yield from _call(flow, name, step, modules[step.module])
        elif isinstance(step, TransferStep) and step.flow:
            yield from _handed_on(flow, name, step.flow, modules.get(step.flow))
    if path := circle(flow, modules):
        yield finding(flow, ("steps",), f"modules call one another in a circle: {' > '.join(path)}")


def _handed_on(flow: Flow, name: str, target: str, found: Flow | None) -> Iterator[Finding]:
    path = ("steps", name, "to")
    if found is None and target != flow.id:
        yield finding(flow, path, f"there is no flow {target}", "publish it first")
    elif found is not None and found.head.kind != "flow":
        yield finding(flow, path, f"{target} is a module", "use a step of type call")


def _call(flow: Flow, name: str, step: CallStep, module: Flow) -> Iterator[Finding]:
    where = ("steps", name)
    if module.head.kind != "module":
        yield finding(flow, (*where, "module"), f"{module.id} is no module", "it has kind: flow")
        return
    params = module.head.params
    for given in step.with_:
        if given not in params:
            known = ", ".join(params) or "none"
            yield finding(
                flow, (*where, "with", given), f"{module.id} has no parameter {given}", f"it has {known}"
            )
    for wanted, var in params.items():
        if var.default is None and wanted not in step.with_:
            hint = f"add with: {{{wanted}: …}}"
            yield finding(flow, (*where, "module"), f"{module.id} wants the parameter {wanted}", hint)
    for variable, returned in step.save.items():
        if returned not in module.head.returns:
            known = ", ".join(module.head.returns) or "nothing"
            path = (*where, "save", str(variable))
            yield finding(flow, path, f"{module.id} does not return {returned}", f"it returns {known}")
    for language in flow.languages:
        if language not in module.languages:
            yield finding(flow, (*where, "module"), f"{module.id} does not speak {language}")
