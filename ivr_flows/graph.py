"""The steps as a graph: what can't be reached, and circles a call would never leave."""

from collections.abc import Iterable, Iterator, Mapping

from ivr_flows.advice import finding
from ivr_flows.findings import Finding
from ivr_flows.model import Flow
from ivr_flows.wording import said
from ivr_flows.words import StepRef, walk


def exits_of(flow: Flow) -> dict[str, list[str]]:
    """Every existing step that each step names, in the order written."""
    found: dict[str, list[str]] = {}
    for name, step in flow.steps.items():
        named = (str(word) for _, word in walk(step) if isinstance(word, StepRef))
        found[name] = [target for target in dict.fromkeys(named) if target in flow.steps]
    return found


def reachable(entries: Iterable[str], exits: Mapping[str, Iterable[str]]) -> set[str]:
    """Everything that can be reached from `entries`, themselves included."""
    seen: set[str] = set()
    waiting = list(entries)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(exits.get(name, ()))
    return seen


def entries_of(flow: Flow) -> list[str]:
    """Where a call may begin: the entry and the flow's own events."""
    named = [str(word) for _, word in walk(flow.head.events) if isinstance(word, StepRef)]
    return [name for name in (str(flow.head.entry), *named) if name in flow.steps]


def findings(flow: Flow) -> Iterator[Finding]:
    """Unreachable steps, and circles without a pause."""
    exits = exits_of(flow)
    reached = reachable(entries_of(flow), exits)
    for name in flow.steps:
        if name not in reached:
            yield finding(flow, ("steps", name), said("unreachable"), said("unreachable.hint"))
    for name in _restless(flow, exits):
        yield finding(flow, ("steps", name), said("endless"), said("endless.hint"))


def _restless(flow: Flow, exits: Mapping[str, list[str]]) -> Iterator[str]:
    """One step, the first in the text, of each circle of steps that never wait."""
    busy = {
        name: [target for target in targets if not flow.steps[target].is_pause]
        for name, targets in exits.items()
        if not flow.steps[name].is_pause
    }
    named: set[str] = set()
    for name in busy:
        if name in named:
            continue
        onward = reachable(busy[name], busy)
        if name in onward:
            named |= {other for other in onward if name in reachable(busy[other], busy)}
            yield name
