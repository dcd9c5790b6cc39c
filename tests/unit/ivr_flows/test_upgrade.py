"""From one format version to the next, with a version 0 made up for it."""

import pytest

from ivr_flows import upgrade
from ivr_flows.check import check
from ivr_flows.findings import FlowRejected
from ivr_flows.parse import parse_flow
from ivr_flows.source import Node, read
from ivr_flows.upgrade import renamed, upgraded, version_of, with_value
from tests.unit.ivr_flows.samples import HEAD, MENU

pytestmark = pytest.mark.unit

OLD = (HEAD + MENU).replace("threadline: 1", "threadline: 0").replace("entry: main", "start: main")


def from_zero(source: Node) -> Node:
    """What is `entry` was called `start`."""
    return renamed(source, "start", "entry")


def test_a_flow_of_an_older_version_is_read_as_one_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(upgrade.UPGRADERS, 0, from_zero)
    flow = parse_flow(OLD, "small")
    assert flow.head.entry == "main"
    assert [finding for finding in check(flow) if finding.severity == "error"] == []


def test_a_finding_in_an_upgraded_flow_names_the_authors_own_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(upgrade.UPGRADERS, 0, from_zero)
    flow = parse_flow(OLD.replace("start: main", "start: nowhere"), "small")
    found = next(finding for finding in check(flow) if "nowhere" in finding.message)
    assert (found.line, found.column) == (4, 1)


def test_a_version_nobody_can_upgrade_is_refused() -> None:
    with pytest.raises(FlowRejected, match="unknown format version 0"):
        parse_flow(OLD, "small")


def test_versions_are_gone_through_one_by_one() -> None:
    passed: list[int | None] = []

    def upgrader(source: Node) -> Node:
        passed.append(version_of(source))
        return source

    steps = {-2: upgrader, -1: upgrader, 0: upgrader}
    old = with_value(read(HEAD + MENU), "threadline", -2)
    assert version_of(upgraded(old, steps)) == 1
    assert passed == [-2, -1, 0]


def test_what_has_no_version_is_left_as_it_is() -> None:
    for text in ("a: 1\n", "threadline: true\n", "threadline: '1'\n"):
        source = read(text)
        assert upgraded(source) is source
    assert version_of(with_value(read("a: 1\n"), "threadline", 1)) == 1
