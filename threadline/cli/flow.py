"""`threadline flow check FILE` and `threadline flow simulate FILE`."""

import argparse
import sys
from pathlib import Path

from ivr_flows.check import check
from ivr_flows.findings import Finding, FlowRejected
from ivr_flows.model import Flow
from ivr_flows.parse import parse_flow
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


def run_check(arguments: argparse.Namespace) -> int:
    errors = 0
    for path in arguments.files:
        found = _findings(path)
        for finding in found:
            print(_line(path, finding))
        errors += sum(finding.severity == "error" for finding in found)
        if not found:
            print(f"{path}: no fault")
    return 1 if errors else 0


def _findings(path: Path) -> list[Finding]:
    try:
        return check(parse_flow(_read(path), path.stem))
    except FlowRejected as exc:
        return list(exc.findings)


def load(path: Path) -> Flow | None:
    """The flow, or None after its errors were printed to standard error."""
    try:
        flow = parse_flow(_read(path), path.stem)
    except FlowRejected as exc:
        found = list(exc.findings)
    else:
        found = [finding for finding in check(flow) if finding.severity == "error"]
        if not found:
            return flow
    print(*(_line(path, finding) for finding in found), sep="\n", file=sys.stderr)
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise Invalid(f"{path} can't be read: {exc}") from exc


def _line(path: Path, finding: Finding) -> str:
    """`FILE:LINE:COLUMN: error: ...`, the form editors jump to."""
    hint = f" ({finding.hint})" if finding.hint else ""
    step = f"step {finding.step}: " if finding.step else ""
    return f"{path}:{finding.line}:{finding.column}: {finding.severity}: {step}{finding.message}{hint}"
