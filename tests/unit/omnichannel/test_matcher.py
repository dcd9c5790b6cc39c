"""Who gets which call, and why nobody else."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnichannel.routing import matcher
from omnichannel.routing.model import AgentNow, NeedStep, Prefer, WaitingCall, read_steps, write_steps
from threadline.kernel.events import AgentState
from threadline.kernel.ids import AgentId, CallId

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANY = (NeedStep({}, None),)
SUPPORT = (NeedStep({"support": 3}, 20), NeedStep({"support": 1}, None))


def agent(number: int, *, idle_s: float = 0, state: AgentState = AgentState.READY, **skills: int) -> AgentNow:
    return AgentNow(AgentId(UUID(int=number)), state, NOON - timedelta(seconds=idle_s), skills)


def call(
    number: int,
    *,
    waited_s: float = 0,
    priority: int = 5,
    steps: tuple[NeedStep, ...] = ANY,
    prefer: Prefer | None = None,
    exclude: Mapping[AgentId, datetime] | None = None,
) -> WaitingCall:
    return WaitingCall(
        CallId(UUID(int=1000 + number)), "support", priority, NOON - timedelta(seconds=waited_s), steps, 20.0,
        prefer, exclude or {},
    )  # fmt: skip


def pairs(calls: list[WaitingCall], agents: list[AgentNow], now: datetime = NOON) -> dict[int, int]:
    """Call number to agent number."""
    plan = matcher.match(calls, agents, now)
    return {one.call.call.int - 1000: one.agent.int for one in plan.matched if one.agent is not None}


def reasons(one: WaitingCall, agents: list[AgentNow]) -> dict[int, str]:
    (decision,) = matcher.match([one], agents, NOON).matched
    return {lost.agent.int: lost.reason for lost in decision.lost}


def test_the_agent_idle_the_longest_is_picked() -> None:
    assert pairs([call(1)], [agent(1, idle_s=5), agent(2, idle_s=50), agent(3, idle_s=20)]) == {1: 2}


def test_the_more_urgent_call_is_served_first_then_the_one_waiting_longer() -> None:
    calls = [call(1, waited_s=90), call(2, waited_s=100), call(3, waited_s=1, priority=2)]
    assert pairs(calls, [agent(1)]) == {3: 1}
    assert pairs(calls[:2], [agent(1)]) == {2: 1}


def test_a_burst_of_calls_goes_to_as_many_agents() -> None:
    found = pairs([call(n) for n in range(50)], [agent(n, idle_s=n) for n in range(1, 51)])
    assert len(set(found.values())) == 50


def test_only_the_skilled_are_asked_until_the_wait_relaxes_the_need() -> None:
    novice = agent(1, support=2)
    assert pairs([call(1, waited_s=19, steps=SUPPORT)], [novice]) == {}
    assert pairs([call(1, waited_s=20, steps=SUPPORT)], [novice]) == {1: 1}


def test_a_call_nobody_can_take_does_not_hold_up_the_next() -> None:
    assert pairs([call(1, waited_s=99, steps=(NeedStep({"law": 1}, None),)), call(2)], [agent(1)]) == {2: 1}


def test_an_agent_who_missed_the_call_is_not_asked_again_for_a_while() -> None:
    excluded = {AgentId(UUID(int=1)): NOON + timedelta(seconds=1)}
    assert pairs([call(1, exclude=excluded)], [agent(1, idle_s=50), agent(2)]) == {1: 2}
    assert pairs([call(1, exclude=excluded)], [agent(1, idle_s=50)], NOON + timedelta(seconds=1)) == {1: 1}


@pytest.mark.parametrize("state", [state for state in AgentState if state is not AgentState.READY])
def test_only_ready_agents_are_asked(state: AgentState) -> None:
    assert pairs([call(1)], [agent(1, state=state)]) == {}


def test_the_preferred_agent_wins_over_the_longest_idle() -> None:
    wish = Prefer(AgentId(UUID(int=1)), 15)
    assert pairs([call(1, prefer=wish)], [agent(1), agent(2, idle_s=99)]) == {1: 1}
    assert pairs([call(1, waited_s=15, prefer=wish)], [agent(1), agent(2, idle_s=99)]) == {1: 2}


def test_a_busy_preferred_agent_is_waited_for_but_not_for_long() -> None:
    wish = Prefer(AgentId(UUID(int=1)), 15)
    at_work = [agent(1, state=AgentState.WRAP_UP), agent(2)]
    plan = matcher.match([call(1, waited_s=3, prefer=wish)], at_work, NOON)
    assert plan.matched == []
    assert plan.wake_at == NOON + timedelta(seconds=12)
    assert pairs([call(1, waited_s=15, prefer=wish)], at_work) == {1: 2}


@pytest.mark.parametrize("state", [AgentState.AWAY, AgentState.MISSED, AgentState.LOGGED_OUT])
def test_a_preferred_agent_who_is_gone_is_not_waited_for(state: AgentState) -> None:
    assert pairs([call(1, prefer=Prefer(AgentId(UUID(int=1)), 15))], [agent(1, state=state), agent(2)]) == {
        1: 2
    }


def test_a_preferred_agent_without_the_skill_is_not_waited_for() -> None:
    one = call(1, prefer=Prefer(AgentId(UUID(int=1)), 15), steps=(NeedStep({"support": 1}, None),))
    assert pairs([one], [agent(1), agent(2, support=1)]) == {1: 2}
    assert pairs([one], [agent(1)]) == {}


def test_the_decision_says_why_each_of_the_others_lost() -> None:
    agents = [
        agent(1, idle_s=60, support=3),
        agent(2, idle_s=30, support=3),
        agent(3, support=2),
        agent(4, state=AgentState.TALKING, support=5),
        agent(5, idle_s=99, support=5),
    ]
    excluded = {AgentId(UUID(int=5)): NOON + timedelta(seconds=30)}
    assert reasons(call(1, steps=SUPPORT, exclude=excluded), agents) == {
        2: "less_idle", 3: "skill:support<3", 4: "talking", 5: "excluded",
    }  # fmt: skip
    assert reasons(call(1, prefer=Prefer(AgentId(UUID(int=3)), 15)), agents[:3]) == {
        1: "not_preferred",
        2: "not_preferred",
    }


def test_an_agent_taken_by_a_more_urgent_call_is_named_as_taken() -> None:
    plan = matcher.match([call(1, priority=1), call(2)], [agent(1), agent(2, idle_s=9)], NOON)
    assert [(lost.agent.int, lost.reason) for lost in plan.matched[1].lost] == [(2, "taken")]


def test_a_decision_names_those_who_came_next_not_a_whole_hall() -> None:
    hall = [agent(n, idle_s=n, state=AgentState.TALKING) for n in range(1, 200)] + [
        agent(n, idle_s=n) for n in range(200, 230)
    ]
    (decision,) = matcher.match([call(1)], hall, NOON).matched
    assert decision.agent == AgentId(UUID(int=229))
    assert [lost.agent.int for lost in decision.lost][:29] == list(range(228, 199, -1))
    assert len(decision.lost) == matcher.NAMED_MAX - 1


def test_why_nobody_is_explained_for_a_call_that_goes_on_waiting() -> None:
    one = call(1, prefer=Prefer(AgentId(UUID(int=1)), 15))
    agents = [agent(1, state=AgentState.TALKING), agent(2)]
    lost = matcher.why(one, 0, agents, frozenset(), NOON)
    assert [(who.agent.int, who.reason) for who in lost] == [(1, "talking"), (2, "held_for_preferred")]


def test_the_plan_wakes_at_the_next_relaxation_or_end_of_an_exclusion() -> None:
    assert matcher.match([call(1, waited_s=5, steps=SUPPORT)], [], NOON).wake_at == NOON + timedelta(
        seconds=15
    )
    excluded = {AgentId(UUID(int=1)): NOON + timedelta(seconds=7)}
    assert matcher.match([call(1, exclude=excluded)], [], NOON).wake_at == NOON + timedelta(seconds=7)
    assert matcher.match([call(1)], [], NOON).wake_at is None


def test_somebody_could_is_asked_of_the_last_step_whatever_he_does_now() -> None:
    assert matcher.anybody_could(SUPPORT, [agent(1, state=AgentState.AWAY, support=1)])
    assert not matcher.anybody_could(SUPPORT, [agent(1, state=AgentState.LOGGED_OUT, support=5)])
    assert not matcher.anybody_could(SUPPORT, [agent(1, billing=5)])


def test_steps_are_read_as_they_were_written_and_default_to_the_queue() -> None:
    assert read_steps(write_steps(SUPPORT), {}) == SUPPORT
    assert read_steps([], {"billing": 2}) == (NeedStep({"billing": 2}, None),)


def test_a_last_step_with_an_end_lasts_all_the_same() -> None:
    assert matcher.step_at(call(1, waited_s=999, steps=(NeedStep({"a": 1}, 5),)), NOON) == 0


SKILLS = st.dictionaries(st.sampled_from(["vi", "en", "billing"]), st.integers(1, 5), max_size=3)
AGENTS = st.lists(
    st.builds(
        AgentNow, st.integers(1, 30).map(lambda n: AgentId(UUID(int=n))), st.sampled_from(list(AgentState)),
        st.integers(0, 900).map(lambda s: NOON - timedelta(seconds=s)), SKILLS,
    ), max_size=12, unique_by=lambda one: one.agent,
)  # fmt: skip
STEPS = st.tuples(SKILLS, SKILLS).map(lambda two: (NeedStep(two[0], 20.0), NeedStep(two[1], None)))
CALLS = st.lists(
    st.builds(
        call, st.integers(1, 99), waited_s=st.integers(0, 60), priority=st.integers(1, 10), steps=STEPS,
        prefer=st.none() | st.builds(Prefer, st.integers(1, 30).map(lambda n: AgentId(UUID(int=n))), st.just(15.0)),
    ), max_size=12, unique_by=lambda one: one.call,
)  # fmt: skip


@given(CALLS, AGENTS)
def test_whatever_waits_nobody_is_given_twice_nor_without_the_skills(
    calls: list[WaitingCall], agents: list[AgentNow]
) -> None:
    plan = matcher.match(calls, agents, NOON)
    by_id = {one.agent: one for one in agents}
    chosen = [one.agent for one in plan.matched]
    assert len(set(chosen)) == len(chosen)
    assert len(plan.matched) + len(plan.unmatched) == len(calls)
    for one in plan.matched:
        assert one.agent is not None
        assert by_id[one.agent].state is AgentState.READY
        assert matcher.meets(by_id[one.agent].skills, one.call.steps[one.step].need)
        assert {lost.agent for lost in one.lost} == set(by_id) - {one.agent}


@given(CALLS, AGENTS)
def test_an_able_agent_is_left_idle_only_for_a_preference(
    calls: list[WaitingCall], agents: list[AgentNow]
) -> None:
    plan = matcher.match(calls, agents, NOON)
    taken = frozenset(one.agent for one in plan.matched if one.agent is not None)
    for left in plan.unmatched:
        told = {lost.reason for lost in matcher.why(left.call, left.step, agents, taken, NOON)}
        assert "free" not in told


@given(CALLS, AGENTS, st.randoms(use_true_random=False))
def test_the_plan_does_not_depend_on_the_order_of_its_inputs(
    calls: list[WaitingCall], agents: list[AgentNow], random: Random
) -> None:
    again, others = list(calls), list(agents)
    random.shuffle(again)
    random.shuffle(others)
    assert pairs(again, others) == pairs(calls, agents)
