"""Flows on the command line: findings and traces as text. Pure; the command reads files and prints."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from ivr_flows.calendar import Calendar
from ivr_flows.check import Catalogue, check
from ivr_flows.coverage import Coverage, coverage
from ivr_flows.findings import Finding, FlowRejected
from ivr_flows.link import joined, linked
from ivr_flows.model import Flow
from ivr_flows.parse import parse_flow
from ivr_flows.simulate import run_tests
from ivr_flows.trace import Trace

OFFLINE = Catalogue()


Modules = Callable[[str], str | None]


def nothing(name: str) -> str | None:
    """No module can be found."""
    return None


def with_modules(flow: Flow, find: Modules) -> tuple[Flow, dict[str, Flow]]:
    """The flow ready to run with the modules `find` has the text of, and those. Raises FlowRejected for one of them."""
    found: dict[str, Flow] = {}
    waiting = [*joined(flow)]
    while waiting:
        name = waiting.pop()
        if name not in found and (text := find(name)) is not None:
            found[name] = parse_flow(text, name)
            waiting.extend(joined(found[name]))
    return linked(flow, found), found


def check_text(
    text: str, name: str, catalogue: Catalogue = OFFLINE, find: Modules = nothing
) -> list[Finding]:
    """Every finding of a flow's text, none raised. Offline nothing is said of queues, calendars, boxes."""
    try:
        flow, modules = with_modules(parse_flow(text, name), find)
        return check(flow, replace(catalogue, modules=modules) if modules else catalogue)
    except FlowRejected as rejected:
        return list(rejected.findings)


def simulate_text(
    text: str,
    name: str,
    calendars: Mapping[str, Calendar] | None = None,
    only: str | None = None,
    find: Modules = nothing,
) -> list[Trace]:
    """Runs the inline tests (`only` the one of that name). Raises FlowRejected for a flow with errors."""
    return tried_text(text, name, calendars, only, find)[0]


def tried_text(
    text: str,
    name: str,
    calendars: Mapping[str, Calendar] | None = None,
    only: str | None = None,
    find: Modules = nothing,
) -> tuple[list[Trace], Coverage]:
    """The inline tests' calls and what they visit. Raises FlowRejected for a flow with errors."""
    flow, _ = with_modules(parse_flow(text, name), find)
    errors = [finding for finding in check(flow) if finding.severity == "error"]
    if errors:
        raise FlowRejected(errors)
    traces = run_tests(flow, calendars)
    return [trace for trace in traces if only is None or trace.name == only], coverage(flow, traces)


def coverage_text(found: Coverage) -> str:
    """The figure, and what no test visits."""
    lines = [f"{found.percent:g}% of {found.steps} steps and {found.ways} ways visited"]
    lines += [f"  no test comes to {step}" for step in found.missed_steps]
    lines += [f"  no test goes from {one} to {other}" for one, other in found.missed_ways]
    return "\n".join(lines)


def finding_line(finding: Finding, name: str) -> str:
    """`file:line:column: error: in step: message (hint)`."""
    where = f"in {finding.step}: " if finding.step else ""
    hint = f" ({finding.hint})" if finding.hint else ""
    return f"{name}:{finding.line}:{finding.column}: {finding.severity}: {where}{finding.message}{hint}"


def findings_text(findings: Sequence[Finding], name: str) -> str:
    """All findings and a closing line."""
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    closing = f"{name}: {errors} error{'s'[: errors != 1]}, {warnings} warning{'s'[: warnings != 1]}"
    return "\n".join([*(finding_line(finding, name) for finding in findings), closing])


def trace_text(trace: Trace) -> str:
    """A simulated call, its failures below."""
    verdict = "passed" if trace.passed else "FAILED"
    failures = [f"  {failure}" for failure in trace.failures]
    return "\n".join([f"{trace.name}: {verdict}, ended by {trace.ended_by}", *trace.lines, *failures])


def results_text(traces: Iterable[Trace]) -> str:
    """One line a test, failures below, and a closing line."""
    lines, red, count = [], 0, 0
    for trace in traces:
        count += 1
        red += not trace.passed
        lines.append(f"{'ok    ' if trace.passed else 'FAILED'}  {trace.name}")
        lines.extend(f"        {failure}" for failure in trace.failures)
    return "\n".join([*lines, f"{count - red} passed, {red} failed"])
