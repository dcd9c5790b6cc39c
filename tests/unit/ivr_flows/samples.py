"""Short flows to spoil."""

from ivr_flows.findings import Finding, FlowRejected
from ivr_flows.parse import parse_flow

HEAD = """threadline: 1
id: small
languages: {default: en-US, supported: [en-US]}
entry: main
events: {error: main}
"""
MENU = """steps:
  main:
    type: menu
    prompt: {any: "Press 1."}
    choices:
      "1": {next: wait}
    on_fail: wait
  wait: {type: queue, queue: support, timeout: main}
"""


def findings_of(text: str) -> list[Finding]:
    """What parsing refuses; a flow that parses is a failed test."""
    try:
        parse_flow(text, "small")
    except FlowRejected as rejected:
        return list(rejected.findings)
    raise AssertionError("the flow was accepted")


def brief(found: Finding) -> str:
    return f"{found.line}:{found.column} {found.step}: {found.message} ({found.hint})"
