"""Every step kind and every retry path, heard as a caller hears it. The flows lie beside their traces."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ivr_flows.check import Catalogue, check
from ivr_flows.cli_text import trace_text, with_modules
from ivr_flows.parse import parse_flow
from ivr_flows.simulate import run_tests

pytestmark = pytest.mark.unit

GOLDEN = Path(__file__).parents[2] / "golden" / "flows"
SHIPPED = Path(__file__).parents[3] / "ivr_flows" / "flows"
FLOWS = sorted([*GOLDEN.glob("*.yaml"), *SHIPPED.glob("*.yaml")])


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_a_caller_hears_what_the_golden_trace_says(path: Path, golden: Callable[[str, str], None]) -> None:
    def beside(name: str) -> str | None:
        other = path.with_name(f"{name}.yaml")
        return other.read_text(encoding="utf-8") if other.exists() else None

    flow, modules = with_modules(parse_flow(path.read_text(encoding="utf-8"), path.name), beside)
    known = Catalogue(modules=modules)
    assert [finding for finding in check(flow, known) if finding.severity == "error"] == []
    traces = run_tests(flow)
    golden(f"{path.stem}.txt", "\n\n".join(trace_text(trace) for trace in traces) + "\n")
    assert {trace.name: trace.failures for trace in traces if trace.failures} == {}
