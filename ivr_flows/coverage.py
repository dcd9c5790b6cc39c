"""What a flow's own tests visit: steps, and the ways out of them.

A way counts as visited once a test went from its step straight to where it leads. Two ways between the same two
steps can't be told apart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ivr_flows import graph
from ivr_flows.model import Flow
from ivr_flows.trace import Trace


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts, and what no test visits: steps by name, ways as (from, to)."""

    steps: int
    ways: int
    missed_steps: Sequence[str]
    missed_ways: Sequence[tuple[str, str]]

    @property
    def percent(self) -> float:
        """The share of steps and ways visited, from 0 to 100."""
        whole = self.steps + self.ways
        missed = len(self.missed_steps) + len(self.missed_ways)
        return 100.0 if not whole else round(100.0 * (whole - missed) / whole, 1)


def coverage(flow: Flow, traces: Iterable[Trace]) -> Coverage:
    """What `traces`, simulated calls of this flow, have visited of it."""
    visited: set[str] = set()
    gone: set[tuple[str, str]] = set()
    for trace in traces:
        own = [step for step in trace.visited if "." not in step]
        visited |= set(own)
        gone |= set(pairwise(own))
    ways = [(name, target) for name, targets in graph.exits_of(flow).items() for target in targets]
    return Coverage(
        steps=len(flow.steps),
        ways=len(ways),
        missed_steps=[name for name in flow.steps if name not in visited],
        missed_ways=[way for way in ways if way not in gone and not _is_event(flow, way)],
    )


def _is_event(flow: Flow, way: tuple[str, str]) -> bool:
    """Ways that only a fault, a limit or a hang-up opens are not asked for."""
    events = flow.steps[way[0]].events
    return any(each is not None and each.next == way[1] for each in (events.error, events.limit))
