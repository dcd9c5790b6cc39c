"""The textbook to the digit, the simulator against the textbook, and the same day twice."""

from collections.abc import Sequence

import pytest

from benchmarks.routing.gate import SETTINGS, gate
from omnichannel.routing.model import NeedStep
from omnichannel.routing.simulation.arrivals import Shape, draw_day
from omnichannel.routing.simulation.day_shape import PROFILE, WHOLE_DAY, WORKING_HOURS
from omnichannel.routing.simulation.engine import simulate
from omnichannel.routing.simulation.erlang import erlang_a, erlang_b, erlang_c
from omnichannel.routing.simulation.figures import day_figures, interval
from omnichannel.routing.simulation.scenario import Centre, ContactClass, Day, Desk
from omnichannel.routing.simulation.threadline_router import ThreadlineRouter, policy_for

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("per_hour", "service_s", "agents", "blocking", "waits", "in_time", "asa"),
    [
        (375, 240, 28, 0.082807, 0.457300, 0.643855, 36.584),
        (375, 240, 30, 0.052603, 0.249893, 0.835260, 11.995),
        (100, 180, 8, 0.070048, 0.167267, 0.880148, 10.036),
        (1200, 300, 108, 0.034944, 0.328330, 0.807387, 12.312),
    ],
)
def test_erlang_c_is_what_the_books_print(
    per_hour: float, service_s: float, agents: int, blocking: float, waits: float, in_time: float, asa: float
) -> None:
    book = erlang_c(per_hour, service_s, agents)
    assert book.blocking == pytest.approx(blocking, abs=5e-7)
    assert book.waits == pytest.approx(waits, abs=5e-7)
    assert book.in_time == pytest.approx(in_time, abs=5e-7)
    assert book.mean_wait_s == pytest.approx(asa, abs=5e-4)


@pytest.mark.parametrize(
    ("per_hour", "service_s", "agents", "patience_s", "waits", "in_time", "mean_wait_s", "gives_up"),
    [
        (375, 240, 25, 180, 0.492892, 0.669, 15.333, 0.085186),
        (375, 240, 28, 180, 0.282042, 0.841, 6.975, 0.038752),
        (100, 180, 5, 120, 0.517074, 0.580, 23.084, 0.192370),
        (1200, 300, 100, 240, 0.486228, 0.761, 10.099, 0.042078),
    ],
)
def test_erlang_a_is_what_the_books_print(
    per_hour: float, service_s: float, agents: int, patience_s: float, waits: float, in_time: float,
    mean_wait_s: float, gives_up: float,
) -> None:  # fmt: skip
    book = erlang_a(per_hour, service_s, agents, patience_s)
    assert book.waits == pytest.approx(waits, abs=5e-7)
    assert book.in_time == pytest.approx(in_time, abs=5e-4)
    assert book.mean_wait_s == pytest.approx(mean_wait_s, abs=5e-4)
    assert book.gives_up == pytest.approx(gives_up, abs=5e-7)


def test_a_queue_above_full_load_is_never_in_time() -> None:
    book = erlang_c(400, 240, 20)
    assert (book.in_time, book.mean_wait_s) == (0.0, float("inf"))
    assert erlang_b(0.0, 3) == 0.0


def test_a_load_far_above_the_agents_does_not_overflow() -> None:
    book = erlang_a(200_000, 300, 2_000, 300)
    assert 0.8 < book.gives_up < 0.9


@pytest.mark.parametrize("setting", [SETTINGS[2], SETTINGS[6]])
def test_the_simulator_agrees_with_the_textbook(setting: tuple[int, int, int, int | None]) -> None:
    found = list(gate(8, (setting,)))
    assert [one.what for one in found if not one.is_within] == []


def one_class(agents: int, **facts: float) -> Centre:
    kind = ContactClass("all", 1.0, 180.0, (NeedStep({"all": 1}, None),), 120.0)
    return Centre((kind,), [Desk(str(n), {"all": 3}, **facts) for n in range(agents)])


def figures(centre: Centre, day: Day) -> dict[str, float]:
    router = ThreadlineRouter(centre, day, policy_for(centre))
    return day_figures(centre, simulate(centre, day, router), 0.0, day.length_s)


def test_the_same_seed_gives_the_same_day_and_the_same_figures() -> None:
    centre = one_class(6, leaves_every_s=1200.0)
    first, again = (draw_day(centre, 100, 3600, "a", WORKING_HOURS) for _ in range(2))
    assert first == again
    assert figures(centre, first) == figures(centre, again)
    assert draw_day(centre, 100, 3600, "b", WORKING_HOURS) != first


def test_every_contact_is_answered_or_gives_up_and_no_agent_works_twice_at_once() -> None:
    centre = one_class(5, leaves_every_s=900.0)
    day = draw_day(centre, 140, 7200, "a")
    outcome = simulate(centre, day, ThreadlineRouter(centre, day, policy_for(centre)))
    assert all((one.answered_s is None) != (one.left_s is None) for one in outcome.callers)
    assert sum(one.contacts for one in outcome.agents) == sum(
        one.agent is not None for one in outcome.callers
    )
    assert all(one.busy_s <= outcome.end_s for one in outcome.agents)


def test_an_empty_desk_costs_one_ring_and_is_not_rung_again_until_its_agent_is_back() -> None:
    kind = ContactClass("all", 1.0, 60.0, (NeedStep({"all": 1}, None),), None)
    centre = Centre((kind,), [Desk("a", {"all": 3}), Desk("b", {"all": 3})])
    drawn = draw_day(centre, 60, 3600, "a")
    day = Day(drawn.arrivals, [[(0.0, 3500.0)], ()], 3600, drawn.per_s)
    outcome = simulate(centre, day, ThreadlineRouter(centre, day, policy_for(centre)))
    assert outcome.agents[0].in_vain == 1
    lost = [one.rang_in_vain_s for one in outcome.callers if one.rang_in_vain_s]
    assert lost == pytest.approx([centre.ring_timeout_s])


def test_arrivals_follow_the_shape_and_vary_more_than_a_poisson_process() -> None:
    centre = one_class(1)
    totals: list[float] = []
    for seed in range(40):
        day = draw_day(centre, 100, 86_400, str(seed), WHOLE_DAY)
        totals.append(float(len(day.arrivals)))
        assert all(7 * 3600 <= one.at_s < 21 * 3600 for one in day.arrivals)
    assert interval(totals).has(2400)
    spread = sum((one - 2400) ** 2 for one in totals) / len(totals)
    assert spread > 4 * 2400
    assert len(PROFILE) == 96


def test_a_flat_shape_is_a_poisson_process() -> None:
    centre = one_class(1)
    totals = [
        float(len(draw_day(centre, 100, 36_000, str(seed), Shape((1.0,))).arrivals)) for seed in range(60)
    ]
    spread = sum((one - 1000) ** 2 for one in totals) / len(totals)
    assert 500 < spread < 1800


def test_an_interval_has_the_width_of_students_t() -> None:
    assert interval([1.0, 2.0, 3.0]).half == pytest.approx(4.303 / 3**0.5)
    assert interval([5.0]).half == 0.0
    values: Sequence[float] = []
    assert interval(values).mean == 0.0
