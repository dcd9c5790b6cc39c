"""Many cases changed at once: whose they are decides, one that can't be changed spoils no other."""

from datetime import timedelta
from uuid import UUID

import pytest

from omnichannel.cases.bulk import change_many
from omnichannel.cases.model import Status, View
from omnichannel.cases.service import Cases
from omnichannel.errors import NoSuchAgent
from omnichannel.people.service import People
from omnichannel.routing.service import Router
from omnichannel.threads import Threads
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import Bus
from threadline.kernel.ids import AgentId, ThreadId, uuid7

pytestmark = pytest.mark.integration


@pytest.fixture
async def cases(pool: Pool, clock: VirtualClock, bus: Bus, router: Router) -> Cases:
    await router.define_queue("support", "Support", need={"support": 2})
    await router.define_queue("sales", "Sales")
    return Cases(pool, clock, bus)


@pytest.fixture
async def an(people: People) -> AgentId:
    return await people.add("an", "secret-enough-1", role="agent", display_name="An", skills={"support": 2})


@pytest.fixture
async def bao(people: People) -> AgentId:
    return await people.add("bao", "secret-enough-1", role="agent", display_name="Bao", skills={"support": 1})


@pytest.fixture
async def numbers(
    cases: Cases, threads: Threads, an: AgentId, bao: AgentId, clock: VirtualClock
) -> list[int]:
    """An's, Bao's, nobody's, and one of An's that is closed for good."""
    entry = await threads.add_message(
        thread=None, identity=("phone", "+84901234567"), channel="sms", text="?", actor=None, direction="in"
    )
    found = []
    for owner in (an, bao, None, an):
        case = await cases.open(ThreadId(UUID(str(entry["thread"]))), "Lid", agent=owner, queue="support")
        found.append(int(str(case["number"])))
    await cases.change(found[3], {"status": Status.CLOSED}, an)
    return found


async def test_an_agent_changes_his_own_and_nobodys(cases: Cases, numbers: list[int], an: AgentId) -> None:
    result = await change_many(cases, [*numbers, numbers[0], 999], {"owner": an}, an, own_only=True)
    assert result.done == [numbers[0], numbers[2], numbers[3]]
    assert result.failed == [(numbers[1], "has_owner"), (999, "no_such_case")]
    result = await change_many(
        cases, numbers, {"status": Status.OPEN, "more_tags": ["late"]}, an, own_only=False
    )
    assert result.failed == [(numbers[3], "closed")]
    page = await cases.find(View(tag="late"))
    assert [one["number"] for one in page.cases] == numbers[:3]
    assert page.total == 3


async def test_tags_come_beside_those_there_are_and_a_sleep_must_lie_ahead(
    cases: Cases, numbers: list[int], an: AgentId, clock: VirtualClock
) -> None:
    await cases.change(numbers[0], {"tags": ["vip"]}, an)
    await change_many(cases, numbers[:1], {"more_tags": ["late"]}, an, own_only=True)
    assert (await cases.show(numbers[0]))["tags"] == ["late", "vip"]
    past = await change_many(
        cases, numbers[:1], {"snoozed_until": clock.now() - timedelta(hours=1)}, an, own_only=True
    )
    assert past.failed == [(numbers[0], "past")]


async def test_nobody_unknown_gets_anything(
    cases: Cases, numbers: list[int], an: AgentId, clock: VirtualClock
) -> None:
    with pytest.raises(NoSuchAgent):
        await change_many(cases, numbers, {"owner": AgentId(uuid7(clock.now()))}, an, own_only=False)


async def test_my_queues_are_those_my_skills_are_enough_for(
    cases: Cases, numbers: list[int], an: AgentId, bao: AgentId
) -> None:
    assert await cases.queues_of(an) == ["sales", "support"]
    assert await cases.queues_of(bao) == ["sales"]
    counts = await cases.counts(an)
    assert (counts["mine"], counts["queues"], counts["unassigned"], counts["all"]) == (1, 3, 1, 3)
