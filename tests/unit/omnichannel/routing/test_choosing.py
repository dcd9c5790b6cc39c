"""Who is served first, who is chosen, who is kept back, and what is said of it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnichannel.routing import matcher
from omnichannel.routing.floor import Floor
from omnichannel.routing.model import (
    AgentNow,
    Decision,
    Medium,
    NeedStep,
    Plan,
    Policy,
    Prefer,
    QueuePolicy,
    Strategy,
    Traffic,
    Unmatched,
    WaitingCall,
)
from omnichannel.routing.order import behind, in_order
from tests.unit.omnichannel.routing.plainly import plainly
from threadline.kernel.events import AgentState
from threadline.kernel.ids import AgentId, CallId

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
VI = (NeedStep({"vi": 3}, 20), NeedStep({"vi": 1}, None))
EN = (NeedStep({"en": 3}, 20), NeedStep({"en": 1}, None))


def agent(number: int, *, idle_s: float = 0, **facts: Any) -> AgentNow:
    """Facts of AgentNow by name; all others are skills."""
    known = {
        key: facts.pop(key)
        for key in ("in_hand", "capacity", "occupied_today", "contacts_today", "last_offer_at")
        if key in facts
    }
    state = facts.pop("state", AgentState.READY)
    return AgentNow(AgentId(UUID(int=number)), state, NOON - timedelta(seconds=idle_s), facts, **known)


def call(
    number: int, *, waited_s: float = 0, queue: str = "q", priority: int = 5, **facts: Any
) -> WaitingCall:
    steps = facts.pop("steps", (NeedStep({}, None),))
    entered = NOON - timedelta(seconds=waited_s)
    return WaitingCall(CallId(UUID(int=number)), queue, priority, entered, steps, 20.0, **facts)


def who(number: int) -> AgentId:
    return AgentId(UUID(int=number))


def pairs(plan: Plan) -> dict[int, int]:
    return {one.call.call.int: one.agent.int for one in plan.matched if one.agent is not None}


def told(plan: Plan) -> Mapping[int, str]:
    (one,) = list[Decision | Unmatched]([*plan.matched, *plan.unmatched])
    return {lost.agent.int: lost.reason for lost in one.lost}


def by(strategy: Strategy, **facts: Any) -> Policy:
    return Policy(queues={"q": QueuePolicy(strategy=strategy, **facts)})


def test_a_queue_with_half_the_target_ages_twice_as_fast() -> None:
    policy = Policy(queues={"fast": QueuePolicy(target_s=10)})
    calls = [call(1, waited_s=50), call(2, waited_s=30, queue="fast")]
    assert pairs(matcher.match(calls, [agent(1)], NOON, policy)) == {2: 1}


def test_a_queue_that_is_behind_the_others_goes_before_who_waited_a_little_longer() -> None:
    calls = [call(1, waited_s=50), call(2, waited_s=45, queue="late")]
    behind = Traffic(behind={"late": 0.1})
    assert pairs(matcher.match(calls, [agent(1)], NOON)) == {1: 1}
    assert pairs(matcher.match(calls, [agent(1)], NOON, Policy(catch_up_s=100), behind)) == {2: 1}


def test_a_queue_is_behind_by_what_it_lacks_to_the_share_of_all_once_enough_have_been_served() -> None:
    ended = {"good": (90, 100), "poor": (30, 60), "small": (0, 9)}
    assert behind(ended) == pytest.approx({"poor": 120 / 169 - 0.5})
    assert behind({}) == {}


def test_a_priority_is_worth_a_minute_of_waiting_not_everything() -> None:
    assert pairs(matcher.match([call(1, waited_s=59), call(2, priority=4)], [agent(1)], NOON)) == {2: 1}
    assert pairs(matcher.match([call(1, waited_s=61), call(2, priority=4)], [agent(1)], NOON)) == {1: 1}


def test_who_has_waited_half_of_what_he_will_goes_before_his_own_and_lesser_priorities() -> None:
    policy = Policy(queues={"fast": QueuePolicy(target_s=1)})
    starved = call(1, waited_s=301, max_wait_s=600)
    other = call(2, waited_s=300, queue="fast")
    assert pairs(matcher.match([starved, other], [agent(1)], NOON, policy)) == {1: 1}
    urgent = call(2, waited_s=300, queue="fast", priority=4)
    assert pairs(matcher.match([starved, urgent], [agent(1)], NOON, policy)) == {2: 1}


@pytest.mark.parametrize("later_s", [0, 15, 30, 60, 120, 10_800])
def test_a_place_in_a_queue_does_not_change_with_time(later_s: float) -> None:
    calls = [call(1, waited_s=75), call(2, waited_s=10, priority=4), call(3, waited_s=200, priority=7)]
    found = in_order(calls, Policy(), Traffic(), NOON + timedelta(seconds=later_s))
    assert [one.call.call.int for one in found] == [3, 1, 2]


def test_who_can_still_be_answered_in_time_goes_before_who_is_late_but_not_for_long() -> None:
    young, other = call(1, waited_s=15), partial(call, 2, queue="other")
    assert pairs(matcher.match([young, other(waited_s=54)], [agent(1)], NOON)) == {1: 1}
    assert pairs(matcher.match([young, other(waited_s=56)], [agent(1)], NOON)) == {2: 1}
    followed = [young, call(3, waited_s=55)]
    assert pairs(matcher.match([*followed, other(waited_s=14)], [agent(1)], NOON)) == {3: 1}
    old = call(3, waited_s=80)
    assert pairs(matcher.match([old, other(waited_s=79)], [agent(1)], NOON)) == {3: 1}


def test_the_agent_whose_other_skills_are_least_wanted_is_chosen() -> None:
    both, only = agent(1, idle_s=900, vi=3, en=3), agent(2, vi=3)
    traffic = Traffic({"vi": 5.0, "en": 5.0}, 0.5)
    plan = matcher.match([call(1, steps=VI)], [both, only], NOON, Policy(), traffic)
    assert pairs(plan) == {1: 2}
    assert told(plan) == {1: "scarcer"}


def hall(english: int) -> list[AgentNow]:
    """Eight speak Vietnamese, four of them English, of whom `english` are idle and nobody else."""
    talking = AgentState.TALKING
    return [
        *(agent(n, vi=3, state=talking) for n in range(10, 14)),
        *(
            agent(n, vi=3, en=3, state=AgentState.READY if n < 20 + english else talking)
            for n in range(20, 24)
        ),
    ]


LOAD = Traffic({"vi": 4.0, "en": 3.5}, 0.5)


def test_the_last_idle_holder_of_a_scarce_skill_is_kept_for_it_for_a_while() -> None:
    young, old = call(1, waited_s=3, steps=VI), call(1, waited_s=15, steps=VI)
    plan = matcher.match([young], hall(1), NOON, Policy(hold_s=15), LOAD)
    assert pairs(plan) == {}
    assert told(plan)[20] == "reserved:en"
    assert plan.wake_at == NOON + timedelta(seconds=12)
    assert pairs(matcher.match([old], hall(1), NOON, Policy(hold_s=15), LOAD)) == {1: 20}
    assert pairs(matcher.match([young], hall(2), NOON, Policy(hold_s=15), LOAD)) == {1: 20}
    assert pairs(matcher.match([call(1, steps=EN)], hall(1), NOON, Policy(hold_s=15), LOAD)) == {1: 20}


def test_a_burst_does_not_take_the_reserve_either() -> None:
    calls = [call(n, waited_s=3, steps=VI) for n in range(1, 4)]
    assert len(pairs(matcher.match(calls, hall(3), NOON, Policy(hold_s=15), LOAD))) == 2


def test_nobody_is_kept_back_in_a_small_pool_or_when_told_not_to() -> None:
    few = hall(1)[4:7]
    assert pairs(matcher.match([call(1, steps=VI)], few, NOON, Policy(), LOAD)) == {1: 20}
    assert pairs(matcher.match([call(1, steps=VI)], hall(1), NOON, Policy(reserve=0), LOAD)) == {1: 20}
    assert pairs(matcher.match([call(1, steps=VI)], hall(1), NOON, Policy(weighs_scarcity=False), LOAD)) == {
        1: 20
    }


def test_in_a_busy_hour_nobody_slow_is_taken_from_what_he_is_quick_at() -> None:
    slow, quick = agent(1, vi=3, en=1), agent(2, en=3, state=AgentState.TALKING)
    late = call(1, waited_s=30, steps=EN)
    busy = matcher.match([late], [slow, quick], NOON, Policy(), Traffic({"vi": 1.0, "en": 1.0}, 0.95))
    assert pairs(busy) == {}
    assert told(busy) == {1: "busy_hour", 2: "talking"}
    assert pairs(matcher.match([late], [slow, quick], NOON, Policy(), Traffic({"vi": 1.0}, 0.85))) == {1: 1}


def test_in_a_busy_hour_who_is_quick_at_nothing_else_still_helps_and_so_does_anybody_if_nobody_is_quick() -> (
    None
):
    late, hot = call(1, waited_s=30, steps=EN), Traffic({"vi": 1.0, "en": 1.0}, 0.95)
    talking = agent(2, en=3, state=AgentState.TALKING)
    assert pairs(matcher.match([late], [agent(1, en=1), talking], NOON, Policy(), hot)) == {1: 1}
    away = agent(2, en=3, state=AgentState.AWAY)
    assert pairs(matcher.match([late], [agent(1, vi=3, en=1), away], NOON, Policy(), hot)) == {1: 1}


def test_in_a_busy_hour_nobody_is_held_back_for_longer_than_the_limit() -> None:
    agents = [agent(1, vi=3, en=1), agent(2, en=3, state=AgentState.TALKING)]
    policy = Policy(busy_hold_s=40, overload_hold_s=80)
    for occupancy, limit_s in ((0.9, 40), (0.95, 80)):
        hot = Traffic({"vi": 1.0, "en": 1.0}, occupancy)
        held = matcher.match([call(1, waited_s=limit_s - 10, steps=EN)], agents, NOON, policy, hot)
        assert (pairs(held), held.wake_at) == ({}, NOON + timedelta(seconds=10))
        assert pairs(matcher.match([call(1, waited_s=limit_s, steps=EN)], agents, NOON, policy, hot)) == {
            1: 1
        }


def test_a_queue_that_is_behind_is_helped_by_slow_hands_unless_everybody_is_overloaded() -> None:
    agents = [agent(1, vi=3, en=1), agent(2, en=3, state=AgentState.TALKING)]
    waits = call(1, waited_s=21, steps=EN)
    for occupancy, behind_by, expected in ((0.9, 0.0, {}), (0.9, 0.1, {1: 1}), (0.95, 0.1, {})):
        traffic = Traffic({"vi": 1.0, "en": 1.0}, occupancy, {"q": behind_by})
        assert pairs(matcher.match([waits], agents, NOON, Policy(), traffic)) == expected


def test_in_a_busy_hour_a_starved_contact_is_relaxed_all_the_same() -> None:
    late = call(1, waited_s=310, steps=EN, max_wait_s=600)
    agents = [agent(1, vi=3, en=1), agent(2, en=3, state=AgentState.TALKING)]
    assert pairs(matcher.match([late], agents, NOON, Policy(), Traffic({"vi": 1.0, "en": 1.0}, 0.95))) == {
        1: 1
    }


def test_who_meets_the_first_step_comes_before_who_meets_a_later_one() -> None:
    late = call(1, waited_s=30, steps=VI)
    plan = matcher.match([late], [agent(1, idle_s=900, vi=1), agent(2, vi=3)], NOON)
    assert pairs(plan) == {1: 2}
    assert told(plan) == {1: "lower_level"}


@pytest.mark.parametrize(
    ("strategy", "chosen", "reason"),
    [
        (Strategy.LONGEST_IDLE, 1, "less_idle"),
        (Strategy.LEAST_OCCUPIED, 2, "more_occupied"),
        (Strategy.FEWEST_CONTACTS, 3, "more_contacts"),
        (Strategy.ROUND_ROBIN, 4, "asked_later"),
    ],
)
def test_among_equals_the_queues_strategy_says_whose_turn_it_is(
    strategy: Strategy, chosen: int, reason: str
) -> None:
    asked = NOON - timedelta(minutes=1)
    agents = [
        agent(1, idle_s=90, occupied_today=0.5, contacts_today=5, last_offer_at=asked),
        agent(2, idle_s=10, occupied_today=0.2, contacts_today=5, last_offer_at=asked),
        agent(3, idle_s=20, occupied_today=0.5, contacts_today=2, last_offer_at=asked),
        agent(4, idle_s=30, occupied_today=0.5, contacts_today=5),
    ]
    plan = matcher.match([call(1)], agents, NOON, by(strategy))
    assert pairs(plan) == {1: chosen}
    assert set(told(plan).values()) == {reason}


def test_a_mail_goes_to_who_has_the_fewest_of_what_he_takes_whatever_else_he_can_do() -> None:
    agents = [
        agent(1, idle_s=90, vi=3, in_hand={Medium.MAIL: 2}),
        agent(2, vi=3, en=5, in_hand={Medium.MAIL: 3}, capacity={Medium.MAIL: 10}),
        agent(3, idle_s=90, vi=3, in_hand={Medium.MAIL: 3}),
        agent(4, vi=1),
    ]
    plan = matcher.match([call(1, medium=Medium.MAIL, steps=VI)], agents, NOON)
    assert pairs(plan) == {1: 2}
    assert told(plan) == {1: "more_mails", 3: "more_mails", 4: "skill:vi<3"}


def test_ring_all_rings_every_fit_agent_but_no_more_than_the_limit() -> None:
    agents = [agent(n, idle_s=n) for n in range(1, 8)]
    (one,) = matcher.match([call(1)], agents, NOON, by(Strategy.RING_ALL, ring_at_most=4)).matched
    assert [one.agent, *one.also] == [who(7), who(6), who(5), who(4)]
    assert [lost.agent for lost in one.lost] == [who(3), who(2), who(1)]


def test_progressive_rings_one_agent_more_after_each_miss() -> None:
    agents = [agent(n, idle_s=n) for n in range(1, 5)]
    (first,) = matcher.match([call(1)], agents, NOON, by(Strategy.PROGRESSIVE)).matched
    assert first.also == []
    (third,) = matcher.match([call(1, attempts=2)], agents, NOON, by(Strategy.PROGRESSIVE)).matched
    assert [third.agent, *third.also] == [who(4), who(3), who(2)]


def test_a_hard_level_is_never_relaxed_and_one_of_a_choice_is_enough() -> None:
    hard = call(1, waited_s=99, steps=VI, hard={"vi": 4})
    assert pairs(matcher.match([hard], [agent(1, vi=3)], NOON)) == {}
    assert pairs(matcher.match([hard], [agent(1, vi=4)], NOON)) == {1: 1}
    steps = (NeedStep({"vi": 1}, None, ({"law": 2}, {"tax": 2, "en": 1})),)
    assert told(matcher.match([call(1, steps=steps)], [agent(1, vi=1, tax=2)], NOON)) == {1: "any_of"}
    assert pairs(matcher.match([call(1, steps=steps)], [agent(1, vi=1, tax=2, en=1)], NOON)) == {1: 1}
    assert not matcher.anybody_could(steps, [agent(1, vi=1)])
    assert not matcher.anybody_could(VI, [agent(1, vi=1)], {"vi": 2})


def test_who_the_flow_bars_is_never_asked_and_the_list_of_preferred_is_tried_in_its_order() -> None:
    barred = call(1, barred=frozenset({who(1)}))
    plan = matcher.match([barred], [agent(1, idle_s=99), agent(2)], NOON)
    assert (pairs(plan), told(plan)) == ({1: 2}, {1: "barred"})
    wish = Prefer(who(1), 15, (who(2), who(3)))
    agents = [agent(1, state=AgentState.AWAY), agent(3, idle_s=99), agent(2)]
    assert pairs(matcher.match([call(1, prefer=wish)], agents, NOON)) == {1: 2}


@pytest.mark.parametrize(
    ("medium", "in_hand", "takes"),
    [
        (Medium.CHAT, {Medium.CHAT: 2}, True),
        (Medium.CHAT, {Medium.CHAT: 3}, False),
        (Medium.CHAT, {Medium.CALL: 1}, False),
        (Medium.CALL, {Medium.CHAT: 3}, True),
        (Medium.CALL, {Medium.CALL: 1}, False),
        (Medium.MAIL, {Medium.CHAT: 3, Medium.CALL: 1}, True),
        (Medium.MAIL, {Medium.MAIL: 5}, False),
    ],
)
def test_capacity_is_counted_by_medium(medium: Medium, in_hand: Mapping[Medium, int], takes: bool) -> None:
    plan = matcher.match([call(1, medium=medium)], [agent(1, in_hand=in_hand)], NOON)
    assert pairs(plan) == ({1: 1} if takes else {})
    if not takes:
        assert told(plan) == {1: f"capacity:{medium.value}"}


def test_an_agents_own_capacity_comes_before_the_houses_and_a_call_may_be_kept_from_chats() -> None:
    one = agent(1, in_hand={Medium.CHAT: 1}, capacity={Medium.CHAT: 1})
    assert pairs(matcher.match([call(1, medium=Medium.CHAT)], [one], NOON)) == {}
    assert pairs(matcher.match([call(1)], [one], NOON, Policy(call_interrupts=False))) == {}


def test_reasons_are_worked_out_once_and_only_when_read() -> None:
    plan = matcher.match([call(1)], [agent(1), agent(2, idle_s=5)], NOON)
    lost = plan.matched[0].lost
    assert lost[0] == lost[:1][0]
    assert len(lost) == 1
    assert lost == list(lost)


SKILLS = st.dictionaries(st.sampled_from(["vi", "en", "tax"]), st.integers(1, 5), max_size=3)
MEDIA = st.sampled_from(list(Medium))
AGENTS = st.lists(
    st.builds(
        AgentNow, st.integers(1, 40).map(who), st.sampled_from([AgentState.READY, AgentState.READY, AgentState.TALKING]),
        st.integers(0, 900).map(lambda s: NOON - timedelta(seconds=s)), SKILLS,
        in_hand=st.dictionaries(MEDIA, st.integers(0, 3), max_size=2), occupied_today=st.sampled_from([0.1, 0.5]),
    ), max_size=14, unique_by=lambda one: one.agent,
)  # fmt: skip
STEPS = st.tuples(SKILLS, SKILLS).map(lambda two: (NeedStep(two[0], 20.0), NeedStep(two[1], None)))
CALLS = st.lists(
    st.builds(
        call, st.integers(1, 99), waited_s=st.integers(0, 60), priority=st.integers(1, 10), steps=STEPS,
        queue=st.sampled_from(["q", "r"]), medium=MEDIA, max_wait_s=st.sampled_from([None, 60.0]),
        exclude=st.dictionaries(st.integers(1, 40).map(who), st.just(NOON + timedelta(seconds=9)), max_size=2),
    ), max_size=14, unique_by=lambda one: one.call,
)  # fmt: skip
POLICIES = st.builds(
    lambda strategy, reserve, limit: Policy(
        queues={"q": QueuePolicy(10.0, strategy)}, reserve=reserve, relax_below_occupancy=limit
    ),
    st.sampled_from(list(Strategy)), st.integers(0, 2), st.sampled_from([0.0, 0.9]),
)  # fmt: skip


STATES = st.sampled_from(
    [AgentState.READY, AgentState.READY, *(s for s in AgentState if s is not AgentState.LOGGED_OUT)]
)
CROWD = st.lists(
    st.builds(
        AgentNow, st.integers(1, 40).map(who), STATES, st.integers(0, 9).map(lambda s: NOON - timedelta(seconds=s)), SKILLS,
        in_hand=st.dictionaries(MEDIA, st.integers(0, 3), max_size=2), occupied_today=st.sampled_from([0.1, 0.5]),
        capacity=st.dictionaries(MEDIA, st.integers(0, 2), max_size=1), contacts_today=st.integers(0, 2),
        last_offer_at=st.sampled_from([None, NOON]),
    ), max_size=20, unique_by=lambda one: one.agent,
)  # fmt: skip
WISHES = st.none() | st.builds(
    Prefer, st.integers(1, 40).map(who), st.just(30.0), st.tuples(st.integers(1, 40).map(who))
)
LINE = st.lists(
    st.builds(
        call, st.integers(1, 99), waited_s=st.integers(0, 120), priority=st.integers(1, 10), steps=STEPS,
        queue=st.sampled_from(["q", "r", "s"]), medium=MEDIA, max_wait_s=st.sampled_from([None, 60.0]), prefer=WISHES,
        exclude=st.dictionaries(st.integers(1, 40).map(who), st.just(NOON + timedelta(seconds=9)), max_size=2),
        barred=st.frozensets(st.integers(1, 40).map(who), max_size=2), attempts=st.integers(0, 2),
        hard=st.dictionaries(st.sampled_from(["vi", "en"]), st.integers(1, 2), max_size=1),
    ), max_size=14, unique_by=lambda one: one.call,
)  # fmt: skip
RULES = st.builds(
    lambda strategy, reserve, limit, hold_s, pool: Policy(
        queues={"q": QueuePolicy(10.0, strategy, 3), "s": QueuePolicy(30.0, Strategy.LONGEST_IDLE)}, reserve=reserve,
        relax_below_occupancy=limit, hold_s=hold_s, reserve_from_pool=pool,
    ),
    st.sampled_from(list(Strategy)), st.integers(0, 2), st.sampled_from([0.0, 0.5, 0.9]),
    st.sampled_from([10.0, 90.0]), st.integers(1, 4),
)  # fmt: skip
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
LOADS = st.builds(
    Traffic, st.dictionaries(st.sampled_from(["vi", "en", "tax"]), st.sampled_from([0.0, 1.0, 2.5])),
    st.sampled_from([None, 0.5, 0.92, 0.95]), st.dictionaries(st.sampled_from(["q", "r"]), st.sampled_from([0.1, 0.4])),
)  # fmt: skip


@UNHURRIED
@given(LINE, CROWD, RULES, LOADS)
def test_the_matcher_chooses_as_the_rules_do_when_they_are_followed_word_by_word(
    calls: list[WaitingCall], agents: list[AgentNow], policy: Policy, traffic: Traffic
) -> None:
    plan = matcher.match(calls, agents, NOON, policy, traffic)
    found = [(one.call.call, (one.agent, *one.also)) for one in plan.matched]
    assert found == plainly(calls, agents, NOON, policy, traffic)


def first_by_hand(calls: list[WaitingCall], agents: list[AgentNow], policy: Policy) -> tuple[int, int] | None:
    """The first decision of a pass, by the rule as it is written: every agent of every contact ranked anew."""
    for one in in_order(calls, policy, Traffic(), NOON):
        for_one = matcher.match([one.call], agents, NOON, policy)
        if for_one.matched:
            return next(iter(pairs(for_one).items()))
    return None


@UNHURRIED
@given(CALLS, AGENTS, POLICIES)
def test_a_pass_over_many_begins_as_the_passes_over_each_alone(
    calls: list[WaitingCall], agents: list[AgentNow], policy: Policy
) -> None:
    patient = [one for one in calls if one.max_wait_s is None]
    plan = matcher.match(patient, agents, NOON, policy)
    found = pairs(plan)
    expected = first_by_hand(patient, agents, policy)
    assert (next(iter(found.items())) if found else None) == expected


@UNHURRIED
@given(CALLS, AGENTS, POLICIES, st.randoms(use_true_random=False))
def test_no_order_of_the_inputs_changes_a_plan_and_nobody_is_given_twice(
    calls: list[WaitingCall], agents: list[AgentNow], policy: Policy, random: Random
) -> None:
    plan = matcher.match(calls, agents, NOON, policy)
    again, others = list(calls), list(agents)
    random.shuffle(again)
    random.shuffle(others)
    assert pairs(matcher.match(again, others, NOON, policy)) == pairs(plan)
    given_away = [who for one in plan.matched for who in (one.agent, *one.also)]
    assert len(set(given_away)) == len(given_away)
    assert all("free" not in told_of for told_of in ({x.reason for x in one.lost} for one in plan.unmatched))


@UNHURRIED
@given(CALLS, AGENTS, POLICIES)
def test_within_a_queue_and_priority_nobody_is_passed_over_by_a_later_contact_of_his_kind(
    calls: list[WaitingCall], agents: list[AgentNow], policy: Policy
) -> None:
    alike = [
        WaitingCall(one.call, "q", 5, one.entered_at, calls[0].steps, 20.0, medium=calls[0].medium)
        for one in calls
    ]
    plan = matcher.match(alike, agents, NOON, policy)
    for left in plan.unmatched:
        assert all(
            one.call.entered_at <= left.call.entered_at or one.step < left.step for one in plan.matched
        )


def test_prices_follow_the_idle_holders() -> None:
    floor = Floor(hall(2), Policy(), LOAD)
    assert floor.price == {"vi": 2.0, "en": 1.75}
    assert floor.pressure == {"vi": 0.5, "en": 0.875}
