"""The picture of a text: the same ways as the checked flow has, and something even of a text that can't be published."""

import pytest

from ivr_flows.graph import exits_of
from ivr_flows.parse import parse_flow
from ivr_flows.source import read
from telephony.flow_room.outline import START, outline, ways
from threadline.compose import SHIPPED_FLOWS

pytestmark = pytest.mark.unit

SHIPPED = sorted(SHIPPED_FLOWS.glob("*.yaml"))
BROKEN = """\
threadline: 1
id: broken
entry: hello
languages: {default: en-US, supported: [en-US, vi-VN]}
defaults: {prompt: {voice: {en-US: en_male}}}
prompts:
  hi: {en-US: {text: "Hello."}}
steps:
  # the first thing anybody hears
  hello:
    type: say
    prompt: hi
    next: nowhere
    colour: green

  # a choice
  main: {type: menu, prompt: hi, choices: {"1": hello, "2": {next: main}}, on_fail: hello}
"""


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_picture_has_the_ways_of_the_checked_flow(path: object) -> None:
    text = next(one for one in SHIPPED if one == path).read_text("utf-8")
    flow = parse_flow(text, "flow")
    drawn = {(way.start, way.end) for way in ways(read(text)) if way.start != START}
    meant = {(start, end) for start, ends in exits_of(flow).items() for end in ends}
    assert drawn == meant


def test_a_broken_text_has_its_steps_its_missing_ones_and_its_gaps() -> None:
    picture = outline(read(BROKEN), BROKEN)
    assert picture["voices"] == {"en-US": "en-US-x-male"}
    steps = picture["steps"]
    assert isinstance(steps, list)
    assert [(one["id"], one["line"], one["end_line"]) for one in steps if isinstance(one, dict)] == [
        ("hello", 10, 14), ("main", 17, 17),
    ]  # fmt: skip
    ways_drawn = [(one["from"], one["to"], one["label"], one["kind"]) for one in picture["ways"]]  # type: ignore[union-attr,index,call-overload]
    assert ways_drawn == [
        ("", "hello", "", "next"), ("hello", "nowhere", "", "next"), ("main", "hello", "1", "choice"),
        ("main", "main", "2", "choice"), ("main", "hello", "on_fail", "fail"),
    ]  # fmt: skip
    assert picture["prompts"] == [
        {
            "id": "hi",
            "line": 7,
            "said": {"en-US": {"text": "Hello.", "audio": "", "parts": 1}},
            "missing": ["vi-VN"],
        }
    ]
