"""A flow walked by hand."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ivr_flows.parse import parse_flow
from telephony.flow_room.trial import walk
from threadline.kernel.events import Json

pytestmark = pytest.mark.unit

AT = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
MOCK: Json = {"http": {"orders": [{"match": "/orders/12", "json": {"status": "on its way"}}]}}
FLOW = """\
threadline: 1
kind: flow
id: walked
entry: main
languages: {default: en-US, supported: [en-US]}
vars: {order_no: {type: string}, order: {type: object, default: {}}}
prompts:
  main: {en-US: {text: "For orders, press 1. For a person, press 2."}}
  silence: {en-US: {text: "We heard nothing."}}
  ask: {en-US: {text: "Your order number."}}
  found: {en-US: {text: "Your order is ${vars.order.status}."}}
  down: {en-US: {text: "Our system is busy."}}
  bye: {en-US: {text: "Goodbye."}}
http: {orders: {base: "https://erp.example/api"}}
steps:
  main: {type: menu, prompt: main, no_input: silence, choices: {"1": ask, "2": person}, on_fail: bye}
  ask: {type: collect, prompt: ask, var: order_no, digits: {min: 2, max: 2}, on_fail: bye, next: look}
  look:
    type: http
    request: {service: orders, method: GET, path: "/orders/${vars.order_no}"}
    save: {order: body}
    events: {"2xx": found, error: down}
  found: {type: say, prompt: found, next: bye}
  down: {type: say, prompt: down, next: person}
  person: {type: queue, queue: support, timeout: bye, full: bye, after_call: bye}
  bye: {type: say, prompt: bye, next: end}
  end: {type: hangup}
"""


def walked(*acts: Json, mock: Json | None = None) -> dict[str, Any]:
    return walk(parse_flow(FLOW, "flow"), {"mock": mock or {}}, acts, {}, AT)


def test_keys_lead_through_the_menus_and_variables_are_seen() -> None:
    seen = walked({"press": "1"}, {"press": "12"}, mock=MOCK)
    assert seen["visited"] == ["main", "ask", "look", "found", "bye", "end"]
    assert seen["vars"]["order_no"] == "12"
    assert any("on its way" in line["text"] and line["act"] == 2 for line in seen["lines"])
    assert seen["over"]


def test_a_service_nobody_answers_for_takes_the_flows_own_way_out() -> None:
    seen = walked({"press": "1"}, {"press": "12"})
    assert seen["visited"][-2:] == ["down", "person"]
    assert seen["waits"] == "queue"


def test_waiting_talking_and_what_comes_after() -> None:
    assert walked({"press": "2"})["waits"] == "queue"
    assert walked({"press": "2"}, {"refuse": "full"})["visited"][-2:] == ["bye", "end"]
    assert walked({"press": "2"}, {"agent": "answers"})["waits"] == "talk"
    assert walked({"press": "2"}, {"agent": "answers"}, {"agent": "leaves"})["over"]


def test_silence_goes_to_the_next_try_and_hanging_up_ends_it() -> None:
    assert any("heard nothing" in line["text"] for line in walked({"silence": True})["lines"])
    assert walked({"hang_up": True}, {"press": "1"})["over"]
    assert walked({"wait": 36_000})["visited"][-1] == "end"
