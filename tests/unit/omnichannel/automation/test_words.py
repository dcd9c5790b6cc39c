"""What rules, webhooks and sources are made of, without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivr_flows.expressions import ExpressionFailed
from omnichannel.customers.shape import read_panel
from omnichannel.rules.facts import Facts, best_language
from omnichannel.rules.model import ActionUnreadable, read_actions
from omnichannel.webhooks.guard import is_public
from omnichannel.webhooks.words import event_of, is_signed, pause_after, signature, unknown_events, wants

pytestmark = pytest.mark.unit
NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)  # a Sunday, noon in Vietnam


@pytest.mark.parametrize(
    ("wanted", "found"), [(("vi-VN",), "vi"), (("en-GB", "vi"), "en-US"), (("fr",), "vi"), ((), "vi")]
)
def test_the_customers_language_is_used_where_there_is_one(wanted: tuple[str, ...], found: str) -> None:
    assert best_language({"vi": "a", "en-US": "b"}, wanted) == found


def test_a_condition_sees_the_time_of_the_house() -> None:
    facts = Facts({"contact": {"name": "Lan"}}, {}, NOON)
    assert facts.holds('hour() == 12 && weekday() == "sun" && contact.name == "Lan"')
    for broken in ("contact.name", "contact.nick == 1", 'open("tet")'):
        with pytest.raises(ExpressionFailed):
            facts.holds(broken)


@pytest.mark.parametrize(
    "raw",
    [
        {"do": "dance"},
        {"do": "tag", "queue": "x"},
        {"do": "priority", "priority": "high"},
        {"do": "reply", "texts": 1},
        7,
    ],
)
def test_an_action_that_is_none_is_refused_with_its_place(raw: Any) -> None:
    with pytest.raises(ActionUnreadable, match=r"then\.1"):
        read_actions([{"do": "tag", "tags": ["a"]}, raw])


def test_an_action_is_the_same_after_being_stored() -> None:
    raw = [{"do": "reply", "texts": {"vi": "Chào"}, "every_s": 60}, {"do": "assign", "to": "an"}]
    once = read_actions(raw)
    assert read_actions([action.to_json() for action in once]) == once


@pytest.mark.parametrize(
    ("kind", "data", "event"),
    [
        ("message_out", {}, "message.created"),
        ("case_changed", {"changed": ["tags"]}, "case.changed"),
        ("case_changed", {"changed": ["status"], "was": 1, "status": 3}, "case.resolved"),
        ("case_changed", {"changed": ["status"], "was": 3, "status": 1}, "case.reopened"),
        ("case_changed", {"changed": ["status"], "was": 0, "status": 4}, "case.closed"),
        ("weather", {}, None),
    ],
)
def test_each_happening_has_its_event(kind: str, data: dict[str, Any], event: str | None) -> None:
    assert event_of(kind, data) == event


def test_patterns_name_events() -> None:
    assert wants(["case.*"], "case.closed")
    assert not wants(["case.*", "call.ended"], "message.created")
    assert unknown_events(["*", "case.*", "case.eaten"]) == ["case.eaten"]


def test_a_signature_is_good_for_its_body_and_a_while() -> None:
    header = signature("secret", "body", NOON)
    assert is_signed("secret", "body", header, NOON)
    assert not is_signed("secret", "body!", header, NOON)
    assert not is_signed("secret", "body", header, NOON + timedelta(minutes=6))
    assert not is_signed("secret", "body", "t=x,v1=y", NOON)


def test_a_delivery_is_not_tried_for_ever() -> None:
    pauses = [pause_after(attempt) for attempt in range(1, 10)]
    assert pauses[0] == timedelta(seconds=10)
    assert pauses[-1] is None


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "fe80::1%eth0", "fd00::1",
                "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "nobody", "127.1"],
)  # fmt: skip
def test_addresses_of_ours_are_not(address: str) -> None:
    assert not is_public(address)


def test_of_what_a_source_says_only_what_fits_is_shown() -> None:
    assert read_panel(b"[1]", "T") is None
    assert read_panel(b"no json", "T") is None
    assert read_panel(b'{"rows": "x", "links": [{"url": "data:x"}, {"url": "https://[bad"}]}', "T") == {
        "title": "T", "rows": [], "links": [],
    }  # fmt: skip
