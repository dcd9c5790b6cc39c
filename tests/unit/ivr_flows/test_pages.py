"""Each kind's page and schema are what the kind's own file says, and its example is a step that can be published."""

import pytest

from ivr_flows import schema
from ivr_flows.nodes.registry import KINDS
from ivr_flows.parse import parse_flow
from scripts.flow_pages import FOLDER, pages

pytestmark = pytest.mark.unit

HEAD = """threadline: 1
kind: module
id: example
languages: {default: en-US, supported: [en-US, vi-VN]}
entry: start
http: {orders: {base: "https://erp.example"}}
steps:
  start: {type: hangup}
"""


def test_the_pages_are_those_of_the_steps() -> None:
    """`make docs` writes them."""
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert there == pages()


def test_the_schema_is_that_of_the_steps() -> None:
    """`python -m ivr_flows.schema` writes it."""
    assert schema.FILE.read_text(encoding="utf-8") == schema.written()


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_a_kind_is_a_step_of_it(kind: str) -> None:
    example = "".join(f"  {line}\n" for line in KINDS[kind].EXAMPLE.splitlines())
    flow = parse_flow(HEAD + example, "example")
    name = KINDS[kind].EXAMPLE.partition(":")[0]
    assert flow.steps[name].type == kind
