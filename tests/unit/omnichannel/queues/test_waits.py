"""The wait ahead, and what of it may be said."""

import pytest

from omnichannel.routing.estimate import STEPS_S, Pace, Wait, expect, to_tell

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("agents", "pace"),
    [(0, Pace(50, 240.0)), (5, Pace(4, 240.0)), (5, Pace(50, None)), (5, Pace()), (5, Pace(50, 0.0))],
)
def test_nothing_is_expected_where_nothing_was_measured(agents: int, pace: Pace) -> None:
    assert expect(3, agents, pace) is None


def test_percentiles_are_those_of_so_many_departures() -> None:
    """Erlang with shape 4 and a mean of 48 s each: 176, 245 and 321 s in the tables, within one in a hundred."""
    wait = expect(3, 5, Pace(50, 240.0))
    assert wait is not None
    assert [wait.p50, wait.p75, wait.p90] == pytest.approx([176.26, 245.25, 320.70], rel=0.01)


def test_twice_the_agents_take_half_the_time_for_the_same_line() -> None:
    few, many = expect(3, 5, Pace(50, 240.0)), expect(3, 10, Pace(50, 240.0))
    assert few is not None
    assert many is not None
    assert many.p75 == pytest.approx(few.p75 / 2)


@pytest.mark.parametrize(
    ("wait", "told", "said"),
    [
        (None, None, None),
        (Wait(30, 66, 110), None, None),  # too wide
        (Wait(100, 130, 190), None, 180.0),
        (Wait(100, 130, 190), 120.0, None),
        (Wait(100, 130, 190), 600.0, 180.0),
        (Wait(800, 901, 1200), None, None),  # longer than anybody is told
    ],
)
def test_what_is_said_is_rounded_up_never_wide_and_never_more_than_before(
    wait: Wait | None, told: float | None, said: float | None
) -> None:
    assert to_tell(wait, told) == said


def test_every_step_is_said_at_its_end() -> None:
    assert [to_tell(Wait(step * 0.9, step, step * 1.1), None) for step in STEPS_S] == [*STEPS_S]
