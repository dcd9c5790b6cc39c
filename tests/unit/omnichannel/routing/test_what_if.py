"""What an admin is told about his own set-up."""

from dataclasses import replace
from typing import Any

import pytest

from omnichannel.routing.model import NeedStep
from omnichannel.routing.simulation.plan import PlannedAgent, PlannedClass, Setup
from omnichannel.routing.simulation.what_if import what_if
from threadline.cli.simulate_queue import lines

pytestmark = pytest.mark.unit

SUPPORT = PlannedClass(
    "support", "Support", (NeedStep({"support": 3}, 15.0), NeedStep({"support": 1}, None)), 120
)
LAW = PlannedClass("law", "Law", (NeedStep({"law": 3}, None),), 30)
TEAM = [PlannedAgent(f"s{n}", {"support": 3}) for n in range(12)]
LAWYERS = [PlannedAgent(f"l{n}", {"law": 3}) for n in range(5)]


def told(setup: Setup, **more: bool) -> Any:
    return what_if(setup, staffing=more.get("staffing", False))


def kinds(answer: Any) -> set[tuple[str, str | None]]:
    return {(one["kind"], one["queue"]) for one in answer["warnings"]}


def test_a_sound_set_up_has_no_warnings_and_stands_next_to_the_textbook() -> None:
    answer = told(Setup([SUPPORT, LAW], [*TEAM, *LAWYERS], hours=2.0))
    assert answer["warnings"] == []
    assert answer["classes"][0]["erlang_a"]["service_level"] > 90
    assert answer["all"]["service_level"]["mean"] > 90
    assert answer["cross_trained"]["service_level"]["mean"] >= answer["all"]["service_level"]["mean"] - 1


def test_a_class_nobody_can_take_is_named() -> None:
    answer = told(Setup([SUPPORT, LAW], TEAM, hours=2.0))
    assert ("nobody", "law") in kinds(answer)
    assert answer["classes"][1]["abandoned"]["mean"] > 90
    assert answer["classes"][1]["erlang_a"] is None


def test_a_class_with_too_few_for_its_work_is_overloaded_and_starved() -> None:
    answer = told(Setup([SUPPORT, LAW], [*TEAM, *LAWYERS[:1]], hours=2.0))
    assert {("overload", "law"), ("starved", "law")} <= kinds(answer)


def test_a_warning_says_which_of_a_queues_classes_it_is_about() -> None:
    harder = PlannedClass("support", "Support", (NeedStep({"support": 5}, None),), 10)
    hardest = PlannedClass("support", "Support", (NeedStep({"support": 5, "law": 1}, None),), 10)
    classes = [LAW.with_contacts(2), SUPPORT, harder, hardest]
    answer = told(Setup(classes, [*TEAM, *LAWYERS[:1]], hours=2.0))
    assert [(one["kind"], one["class"]) for one in answer["warnings"][:3]] == [
        ("nobody", 2), ("nobody", 3), ("single", 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("agents", "sizes"), [(1, [1, 2, 3, 4]), (5, [3, 4, 5, 6, 7, 8]), (40, [32, 36, 40, 44, 48, 54])]
)
def test_the_staffing_table_has_every_size_once_and_the_present_one(agents: int, sizes: list[int]) -> None:
    answer = told(Setup([SUPPORT.with_contacts(20)], TEAM[:1] * agents, hours=1.0), staffing=True)
    assert [one["agents"] for one in answer["staffing"]] == sizes


def test_the_staffing_of_one_class_is_the_textbooks_within_its_own_interval() -> None:
    steady = replace(SUPPORT.with_contacts(300), max_wait_s=None)
    answer = told(Setup([steady], TEAM[:10], hours=3.0, follows_shape=False), staffing=True)
    rows = answer["staffing"]
    near = [
        abs(one[key]["mean"] - one["erlang_a"][key]) <= one[key]["half"] + 0.5
        for one in rows
        for key in ("service_level", "occupancy")
    ]
    assert sum(near) >= 0.8 * len(near), rows


def test_one_person_alone_is_pointed_out() -> None:
    answer = told(Setup([SUPPORT, LAW.with_contacts(2)], [*TEAM, *LAWYERS[:1]], hours=2.0))
    assert ("single", "law") in kinds(answer)


def test_without_agents_or_contacts_it_says_so_instead_of_predicting() -> None:
    assert kinds(told(Setup([SUPPORT], []))) == {("no_agents", None)}
    assert kinds(told(Setup([], TEAM))) == {("no_classes", None)}
    assert lines(told(Setup([], TEAM)))[-1].startswith("! No contact")


def test_more_agents_of_the_same_mix_never_do_worse() -> None:
    answer = told(Setup([SUPPORT.with_contacts(150)], TEAM[:10], hours=1.0), staffing=True)
    counts = [one["agents"] for one in answer["staffing"]]
    levels = [one["service_level"]["mean"] for one in answer["staffing"]]
    assert counts == sorted(counts)
    assert levels[-1] >= levels[0]


def test_a_real_days_moments_are_the_simulated_ones() -> None:
    times = [(float(at), 0) for at in range(0, 3600, 60)]
    answer = told(Setup([SUPPORT.with_contacts(60)], TEAM, hours=1.0, times=times))
    assert answer["basis"]["arrivals"] == "real"
    assert answer["basis"]["contacts"] == 60


def test_the_command_prints_the_classes_the_comparisons_and_the_warnings() -> None:
    text = "\n".join(lines(told(Setup([SUPPORT, LAW], TEAM, hours=1.0))))
    assert "support (support 3)" in text
    assert "all, if everybody could do all" in text
    assert "! Law (law 3): nobody has these skills" in text
