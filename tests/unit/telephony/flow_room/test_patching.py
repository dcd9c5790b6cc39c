"""A form changes one value of a text; comments and every other character stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_flows.source import read
from telephony.flow_room.patching import Scalar, Unpatchable, set_value

pytestmark = pytest.mark.unit

TEXT = """\
# who we are
steps:
  main:              # asked first
    type: menu       # keys
    timeout: 6s      # long enough
    tries: 3
    choices: {"1": {next: a, set: {x: "1"}}, "2": {next: b}}
    on_fail: bye
    route: &way
      need: {support: 3}
  a: {type: say, prompt: hello, next: b}
  b:
    type: queue
    route: *way
"""


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (["steps", "main", "timeout"], "8s", "timeout: 6s      #", "timeout: 8s      #"),
        (["steps", "main", "tries"], 2, "tries: 3", "tries: 2"),
        (["steps", "main", "label"], "Main: menu", "type: menu       # keys\n",
         'type: menu       # keys\n    label: "Main: menu"\n'),
        (["steps", "main", "choices", "2", "next"], "a", '"2": {next: b}', '"2": {next: a}'),
        (["steps", "main", "on_fail", "next"], "a", "on_fail: bye", "on_fail: a"),
        (["steps", "main", "tries"], None, "    tries: 3\n", ""),
        (["steps", "a", "next"], None, ", next: b}", "}"),
        (["steps", "a", "barge_in"], True, "type: say,", "type: say, barge_in: true,"),
        (["steps", "a", "prompt"], "no", "prompt: hello", "prompt: no"),
        (["steps", "a", "prompt"], "12", "prompt: hello", 'prompt: "12"'),
        (["steps", "main", "hold", "music"], "moh_soft", "type: menu       # keys\n",
         "type: menu       # keys\n    hold: {music: moh_soft}\n"),
    ],
)  # fmt: skip
def test_only_that_value_changes(path: list[str], value: Scalar, old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    assert set_value(TEXT, path, value) == TEXT.replace(old, new)


@pytest.mark.parametrize(
    "path",
    [["steps", "b", "route", "need", "support"], ["steps", "main", "choices"], ["steps", "main", "timeout"]],
)
def test_what_a_form_would_break_is_refused(path: list[str]) -> None:
    """Through an alias, in place of a whole mapping, and where a comment would go with the line."""
    with pytest.raises(Unpatchable):
        set_value(TEXT, path, None if path[-1] == "timeout" else "x")


@given(st.text(max_size=40).filter(lambda text: "\x00" not in text))
def test_any_text_is_written_so_that_it_is_read_back(value: str) -> None:
    try:
        patched = set_value(TEXT, ["steps", "a", "prompt"], value)
    except Unpatchable:
        return
    assert read(patched).plain()["steps"]["a"]["prompt"] == value
