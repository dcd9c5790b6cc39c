"""`threadline flow check FILE`, `threadline flow test FILE`, `threadline flow simulate FILE` and `threadline flow import FILE`.

A module that a flow calls is looked for beside its file, as MODULE.yaml.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from ivr_flows.cli_text import (
    check_text,
    coverage_text,
    findings_text,
    results_text,
    simulate_text,
    trace_text,
    tried_text,
)
from ivr_flows.findings import FlowRejected
from ivr_flows.imports import MAX_BYTES, SYSTEMS, import_flow, report_text
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
    test = actions.add_parser(
        "test",
        help="run flows' own tests and say what they do not visit",
        description="Checks flow files and plays the tests that stand in them, in virtual time, with the services they "
        "mock. Says which steps and ways no test visits. Exit code 1 for an error, a failing test, or less than --cover.",
    )
    test.add_argument("files", nargs="+", type=Path, metavar="FILE")
    test.add_argument("--cover", type=float, default=0.0, metavar="PERCENT", help="the least share visited")
    test.set_defaults(run=run_tests)
    simulate = actions.add_parser(
        "simulate",
        help="run a flow's own tests in virtual time",
        description="Plays the tests that stand in a flow file, in virtual time and without a phone. Exit code 1 when "
        "one fails.",
    )
    simulate.add_argument("file", type=Path, metavar="FILE")
    simulate.add_argument("--test", metavar="NAME", help="this one only, with everything that happens")
    simulate.set_defaults(run=run_simulate)
    _fill_import(actions.add_parser(
        "import",
        help="make a flow from Twilio Studio, VoiceXML or an Asterisk dialplan",
        description="Reads a flow of another system and writes it in ours. The report says of each step whether it was "
        "taken over, with what difference, or why not and what to do. Exit code 1 when the result can't be published yet.",
    ))  # fmt: skip


def _fill_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--from", dest="system", choices=SYSTEMS, help="told by the text when left out")
    parser.add_argument("--language", default="en-US", metavar="TAG", help="of texts that name none (en-US)")
    parser.add_argument(
        "--context", default="", metavar="NAME", help="the dialplan's context that calls enter"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="for the flow; printed when left out"
    )
    parser.set_defaults(run=run_import)


def run_check(arguments: argparse.Namespace) -> int:
    errors = 0
    for path in arguments.files:
        findings = check_text(_read(path), str(path), find=_beside(path))
        print(findings_text(findings, str(path)))
        errors += sum(finding.severity == "error" for finding in findings)
    return 1 if errors else 0


def run_tests(arguments: argparse.Namespace) -> int:
    is_red = False
    for path in arguments.files:
        try:
            traces, found = tried_text(_read(path), str(path), find=_beside(path))
        except FlowRejected as exc:
            print(findings_text(exc.findings, str(path)), file=sys.stderr)
            is_red = True
            continue
        print(f"{path}\n{results_text(traces)}\n{coverage_text(found)}")
        is_red |= not all(trace.passed for trace in traces) or found.percent < arguments.cover
    return 1 if is_red else 0


def run_simulate(arguments: argparse.Namespace) -> int:
    path = arguments.file
    try:
        traces = simulate_text(_read(path), str(path), only=arguments.test, find=_beside(path))
    except FlowRejected as exc:
        print(findings_text(exc.findings, str(path)), file=sys.stderr)
        return 1
    if arguments.test and not traces:
        raise Invalid(f"{path} has no test called “{arguments.test}”")
    print("\n".join(map(trace_text, traces)) if arguments.test else results_text(traces))
    return 0 if all(trace.passed for trace in traces) else 1


def run_import(arguments: argparse.Namespace) -> int:
    path = arguments.file
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise Invalid(f"{path} is larger than {MAX_BYTES} bytes")
    imported = import_flow(
        _read(path),
        path.name,
        system=arguments.system,
        language=arguments.language,
        context=arguments.context,
    )
    if arguments.output is None:
        print(imported.text, end="")
    else:
        arguments.output.write_text(imported.text, "utf-8")
    print(report_text(imported), end="", file=sys.stderr)
    return 0 if imported.is_publishable else 1


def _beside(path: Path) -> Callable[[str], str | None]:
    def find(module: str) -> str | None:
        other = path.with_name(f"{module}.yaml")
        return _read(other) if other.is_file() else None

    return find


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise Invalid(f"{path} can't be read: {exc}") from exc
