"""A flow with the modules it calls, and those they call."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ivr_flows.model import Flow
from ivr_flows.nodes.call import CallStep
from ivr_flows.nodes.transfer import TransferStep


def called(flow: Flow) -> dict[str, None]:
    """The modules a flow names, in order."""
    return {str(step.module): None for step in flow.steps.values() if isinstance(step, CallStep)}


def joined(flow: Flow) -> dict[str, None]:
    """Everything a call may get into from a flow: modules, and flows it is handed on to."""
    handed = (step.flow for step in flow.steps.values() if isinstance(step, TransferStep))
    return called(flow) | {name: None for name in handed if name}


def linked(flow: Flow, modules: Mapping[str, Flow]) -> Flow:
    """`flow` ready to run: every module and flow that can be reached is pinned to what `modules` has now."""
    found: dict[str, Flow] = {}
    waiting = [*joined(flow)]
    while waiting:
        name = waiting.pop()
        if name not in found and name in modules:
            found[name] = modules[name]
            waiting.extend(joined(modules[name]))
    return replace(flow, modules=found) if found else flow


def circle(flow: Flow, modules: Mapping[str, Flow]) -> list[str]:
    """Modules that call one another in a circle, as the path that comes back to its start; else empty."""
    own = {**modules, flow.id: flow}
    return next((path for path in _paths(flow.id, own, (flow.id,)) if path), [])


def _paths(name: str, modules: Mapping[str, Flow], path: tuple[str, ...]) -> Iterator[list[str]]:
    if name not in modules:
        return
    for each in called(modules[name]):
        if each in path:
            yield [*path[path.index(each) :], each]
        else:
            yield from _paths(each, modules, (*path, each))
