"""`threadline flow check FILE` and `threadline flow simulate FILE`."""

import argparse
import sys
from pathlib import Path

from ivr_flows.cli_text import check_text, findings_text, results_text, simulate_text, trace_text
from ivr_flows.findings import FlowRejected
from threadline.kernel.errors import Invalid


def fill(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    examine = actions.add_parser(
        "check",
        help="name every fault with line, column and a hint",
        description="Names every fault of flow files with line, column and a hint. Queues, calendars and skills are "
        "only known to a server, which checks them when a flow is published. Exit code 1 when there is an error.",
    )
    examine.add_argument("files", nargs="+", type=Path, metavar="FILE")
    examine.set_defaults(run=run_check)
    simulate = actions.add_parser(
        "simulate",
        help="run a flow's own tests in virtual time",
        description="Plays the tests that stand in a flow file, in virtual time and without a phone. Exit code 1 when "
        "one fails.",
    )
    simulate.add_argument("file", type=Path, metavar="FILE")
    simulate.add_argument("--test", metavar="NAME", help="this one only, with everything that happens")
    simulate.set_defaults(run=run_simulate)


def run_check(arguments: argparse.Namespace) -> int:
    errors = 0
    for path in arguments.files:
        findings = check_text(_read(path), str(path))
        print(findings_text(findings, str(path)))
        errors += sum(finding.severity == "error" for finding in findings)
    return 1 if errors else 0


def run_simulate(arguments: argparse.Namespace) -> int:
    path = arguments.file
    try:
        traces = simulate_text(_read(path), str(path), only=arguments.test)
    except FlowRejected as exc:
        print(findings_text(exc.findings, str(path)), file=sys.stderr)
        return 1
    if arguments.test and not traces:
        raise Invalid(f"{path} has no test called “{arguments.test}”")
    print("\n".join(map(trace_text, traces)) if arguments.test else results_text(traces))
    return 0 if all(trace.passed for trace in traces) else 1


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise Invalid(f"{path} can't be read: {exc}") from exc
