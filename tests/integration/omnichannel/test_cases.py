"""Cases on a real database: messages find them, agents move them, broken promises are told once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from omnichannel.cases.model import Policy, Status, View
from omnichannel.cases.service import Cases
from omnichannel.channels.port import Endpoint
from omnichannel.errors import NoSuchCase, NoSuchQueue
from omnichannel.people.service import People
from omnichannel.ports import StoredMessage
from omnichannel.routing.service import Router
from omnichannel.threads import Threads
from tests.integration.omnichannel.support import NOON, News
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import Bus, ThreadDelta
from threadline.kernel.ids import AgentId, ThreadId, uuid7

pytestmark = pytest.mark.integration

SHOP = Endpoint(1, uuid7(NOON), "chat", "shop", queue="support")


@pytest.fixture
async def cases(pool: Pool, clock: VirtualClock, bus: Bus, router: Router, news: News) -> Cases:
    await router.define_queue("support", "Support")
    found = Cases(pool, clock, bus)
    await found.define_policy(
        Policy("standard", first_reply_s=600, turn_s=1200, resolve_s=86_400), "Standard", None
    )
    return found


@pytest.fixture
async def an(people: People) -> AgentId:
    return await people.add("an", "secret-enough-1", role="agent", display_name="An")


async def cards(cases: Cases, view: View) -> list[Any]:
    """What a page of that view shows."""
    return list((await cases.find(view)).cases)


class Talk:
    """Writes messages into one customer's thread, and lets the cases follow each."""

    def __init__(self, pool: Pool, threads: Threads, cases: Cases, clock: VirtualClock) -> None:
        self._pool, self._threads, self._cases, self._clock = pool, threads, cases, clock
        self.thread: ThreadId | None = None

    async def write(self, text: str, *, agent: AgentId | None = None, is_automatic: bool = False) -> None:
        entry = await self._threads.add_message(
            thread=None, identity=("phone", "+84901234567"), channel="sms", text=text, actor=agent,
            direction="in" if agent is None else "out",
        )  # fmt: skip
        self.thread = ThreadId(UUID(str(entry["thread"])))
        async with self._pool.acquire() as link, link.transaction():
            row = await link.fetchval(
                "select thread_id from interaction where id = $1", int(str(entry["id"]))
            )
            fact = StoredMessage(
                entry=int(str(entry["id"])), thread_row=row, thread=self.thread, endpoint=SHOP, identity_row=None,
                direction="in" if agent is None else "out", is_automatic=is_automatic, is_echo=False,
                by="customer" if agent is None else "agent", at=self._clock.now(), text=text, subject=None, agent=agent,
            )  # fmt: skip
            await self._cases.stored(link, fact)


@pytest.fixture
def talk(pool: Pool, threads: Threads, cases: Cases, clock: VirtualClock) -> Talk:
    return Talk(pool, threads, cases, clock)


async def test_messages_join_one_case_until_it_is_resolved_for_long(
    cases: Cases, talk: Talk, clock: VirtualClock, an: AgentId
) -> None:
    await talk.write("My air conditioner is broken")
    await talk.write("Are you there?")
    (case,) = await cards(cases, View())
    assert (case["status"], case["queue"], case["subject"]) == (
        "new",
        "support",
        "My air conditioner is broken",
    )
    await cases.change(case["number"], {"status": Status.RESOLVED}, an)
    clock.advance(3600)
    await talk.write("Still broken")
    assert (await cases.show(case["number"]))["reopen_count"] == 1
    await cases.change(case["number"], {"status": Status.RESOLVED}, an)
    clock.advance(30 * 86_400)
    await talk.write("Something else")
    found = await cards(cases, View(statuses=tuple(Status)))
    assert [one["status"] for one in found] == ["resolved", "new"]


async def test_an_answer_takes_the_case_and_stops_its_clocks(
    cases: Cases, talk: Talk, clock: VirtualClock, an: AgentId, pool: Pool
) -> None:
    await talk.write("Hello")
    clock.advance(60)
    await talk.write("Good morning", agent=an)
    (case,) = await cards(cases, View(owner=an))
    assert (case["status"], case["owner"]["name"], case["next_due_at"]) == ("waiting", "An", None)
    rows = await pool.fetch("select clock, outcome, wall_s from sla_event order by id")
    assert [tuple(row) for row in rows] == [("first_reply", "kept", 60.0), ("turn", "kept", 60.0)]


async def test_a_broken_promise_is_told_once_and_the_late_answer_counted(
    cases: Cases, talk: Talk, clock: VirtualClock, an: AgentId, pool: Pool, threads: Threads
) -> None:
    await talk.write("Hello")
    clock.advance(700)
    assert await cases.look() == pytest.approx(15.0)
    await cases.look()
    (case,) = await cards(cases, View())
    assert case["overdue"] is True
    assert talk.thread is not None
    entries: Any = (await threads.timeline(talk.thread))["entries"]
    assert [one["text"] for one in entries if one["kind"] == "event"] == ["Case 1 overdue", "Case 1 opened"]
    await talk.write("Sorry", agent=an)
    rows = await pool.fetch("select clock, outcome from sla_event order by id")
    assert [tuple(row) for row in rows] == [
        ("first_reply", "broken"),
        ("first_reply", "late"),
        ("turn", "kept"),
    ]


async def test_machines_neither_open_nor_answer_cases(cases: Cases, talk: Talk) -> None:
    await talk.write("I am out of office", is_automatic=True)
    assert await cards(cases, View()) == []


async def test_a_snoozed_case_is_out_of_sight_until_its_time(
    cases: Cases, talk: Talk, clock: VirtualClock, an: AgentId, news: News
) -> None:
    await talk.write("Call me tomorrow")
    (case,) = await cards(cases, View())
    await cases.change(case["number"], {"owner": an, "snoozed_until": NOON + timedelta(days=1)}, an)
    assert await cards(cases, View()) == []
    assert (await cases.counts(an))["snoozed"] == 1
    clock.advance(86_400)
    await cases.look()
    assert [one["number"] for one in await cards(cases, View())] == [case["number"]]
    told = [one.entry["text"] for one in news.of(ThreadDelta)]
    assert told[-1] == f"Case {case['number']} woken"


async def test_pages_of_cases_follow_one_another_the_most_urgent_first(
    cases: Cases, talk: Talk, clock: VirtualClock, an: AgentId
) -> None:
    await talk.write("Hello")
    assert talk.thread is not None
    for number in range(5):
        clock.advance(1)
        await cases.open(talk.thread, f"Case {number}", agent=an, priority=9 - number)
    seen: list[Any] = []
    cursor: str | None = None
    while True:
        page = await cases.find(View(), cursor, 2)
        seen += [one["priority"] for one in page.cases]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [5, 5, 6, 7, 8, 9]


async def test_what_is_noted_of_a_case_stands_with_it(cases: Cases, talk: Talk, an: AgentId) -> None:
    await talk.write("It drips")
    (case,) = await cards(cases, View())
    number = case["number"]
    await cases.change(
        number, {"topic": "leak", "tags": ["boiler", "vip"], "fields": {"model": "AC-12", "floor": "3"}}, an
    )
    shown = await cases.change(number, {"fields": {"floor": "", "serial": "77"}, "priority": 2}, an)
    assert (shown["topic"], shown["tags"], shown["priority"]) == ("leak", ["boiler", "vip"], 2)
    assert shown["fields"] == {"model": "AC-12", "serial": "77"}
    assert [one["number"] for one in await cards(cases, View(tag="vip"))] == [number]


async def test_who_is_named_in_a_note_finds_it(cases: Cases, talk: Talk, an: AgentId, pool: Pool) -> None:
    await talk.write("Hello")
    async with pool.acquire() as link, link.transaction():
        entry = await link.fetchval("select max(id) from interaction where kind = 'message'")
        assert await cases.mentioned(link, entry, "@an. please look; mail@an.vn is no name", None) == [an]
    (mention,) = await cases.mentions(an)
    assert talk.thread is not None
    await cases.see_mentions(an, talk.thread)
    assert (mention["thread"], await cases.mentions(an)) == (str(talk.thread), [])


async def test_what_does_not_exist_is_refused(cases: Cases, talk: Talk, an: AgentId) -> None:
    with pytest.raises(NoSuchCase):
        await cases.change(7, {"priority": 1}, an)
    await talk.write("Hello")
    with pytest.raises(NoSuchQueue):
        await cases.change(1, {"queue": "nowhere"}, an)
