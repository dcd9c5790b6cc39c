"""Chats and mails by the same router: given, taken back, and never out of turn."""

from datetime import timedelta
from typing import Any

import pytest

from omnichannel.cases.model import Status
from omnichannel.cases.service import Cases
from omnichannel.routing.digital.service import Digital
from omnichannel.threads import Threads
from tests.integration.omnichannel.routing.support import Floor
from tests.integration.omnichannel.support import NOON, new_call
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import AgentState, Bus
from threadline.kernel.ids import AgentId

pytestmark = pytest.mark.integration


class Inbox:
    """Cases of a queue that gives them to agents; each is opened by one line of its customer."""

    def __init__(self, floor: Floor, cases: Cases, threads: Threads) -> None:
        self.floor = floor
        self.cases = cases
        self.threads = threads
        self.count = 0

    async def opened(self, channel: str = "chat", queue: str = "support") -> int:
        self.count += 1
        caller = await self.threads.call_arrived(
            new_call(), f"+8491234{self.count:04}", "x", "1900", "VN", NOON, "Lan"
        )
        case: Any = await self.cases.open(caller.thread, "Question", agent=None, queue=queue, by="customer")
        await self.floor.pool.execute(
            """insert into interaction (thread_id, work_item_id, kind, channel, direction, actor_kind, occurred_at)
               select w.thread_id, w.id, 'message', $2, 'in', 'customer', $3 from work_item w where w.number = $1""",
            case["number"], channel, self.floor.clock.now(),
        )  # fmt: skip
        self.floor.clock.advance(1)
        return int(case["number"])

    async def owner(self, number: int) -> str | None:
        shown: Any = await self.cases.show(number)
        return None if shown["owner"] is None else str(shown["owner"]["id"])

    async def settle(self) -> None:
        """Rounds until nothing more is given."""
        for _ in range(10):
            await self.floor.router.tick()

    async def done(self, number: int, agent: AgentId) -> None:
        await self.cases.change(number, {"status": Status.RESOLVED}, agent)


@pytest.fixture
async def inbox(floor: Floor, pool: Pool, clock: VirtualClock, bus: Bus, threads: Threads) -> Inbox:
    cases = Cases(pool, clock, bus)
    floor.router.digital = Digital(pool, cases)
    await floor.router.define_queue("support", "Support", need={"support": 1}, digital="push")
    return Inbox(floor, cases, threads)


async def test_chats_go_to_agents_up_to_their_number_and_the_next_when_there_is_room(
    floor: Floor, inbox: Inbox
) -> None:
    an = await floor.hire("an", support=3)
    await floor.hire("binh", sales=3)
    chats = [await inbox.opened() for _ in range(5)]
    await inbox.settle()
    assert [await inbox.owner(one) for one in chats] == [str(an)] * 3 + [None, None]
    assert await floor.state(an) == "ready"
    await inbox.done(chats[0], an)
    await inbox.settle()
    assert [await inbox.owner(one) for one in chats[3:]] == [str(an), None]


async def test_a_call_interrupts_chats_and_no_chat_comes_into_a_call(floor: Floor, inbox: Inbox) -> None:
    an = await floor.hire("an", support=3)
    first = await inbox.opened()
    await inbox.settle()
    call, _ = await floor.join()
    await floor.router.tick()
    assert (floor.last_offer().call, floor.last_offer().agent) == (call, an)
    await floor.router.answered(floor.last_offer().reservation)
    second = await inbox.opened()
    await inbox.settle()
    assert (await inbox.owner(first), await inbox.owner(second)) == (str(an), None)
    await floor.router.talk_over(floor.last_offer().reservation, "customer_hung_up")
    await inbox.settle()
    assert await inbox.owner(second) == str(an)


async def test_who_goes_away_leaves_his_chats_to_others_and_his_mails_only_when_he_goes_home(
    floor: Floor, inbox: Inbox
) -> None:
    an = await floor.hire("an", support=3)
    chat, mail = await inbox.opened("chat"), await inbox.opened("email")
    await inbox.settle()
    binh = await floor.hire("binh", support=3)
    floor.clock.advance(1)
    await floor.router.set_state(an, AgentState.AWAY, "lunch")
    await inbox.settle()
    assert (await inbox.owner(chat), await inbox.owner(mail)) == (str(binh), str(an))
    await floor.router.set_state(an, AgentState.LOGGED_OUT)
    await inbox.settle()
    assert await inbox.owner(mail) == str(binh)


async def test_agents_still_claim_by_hand_and_keep_what_they_claimed_while_away(
    floor: Floor, inbox: Inbox
) -> None:
    an = await floor.hire("an", support=3, state=AgentState.AWAY)
    claimed = await inbox.opened()
    floor.clock.advance(5)
    await inbox.cases.change(claimed, {"owner": an}, an)
    await floor.hire("binh", support=3)
    await inbox.settle()
    assert await inbox.owner(claimed) == str(an)


async def test_a_queue_that_is_claimed_from_gives_nothing(floor: Floor, inbox: Inbox) -> None:
    await floor.router.define_queue("support", "Support", need={"support": 1})
    await floor.hire("an", support=3)
    case = await inbox.opened()
    await inbox.settle()
    assert await inbox.owner(case) is None


async def test_the_oldest_is_given_first_however_many_came_since(floor: Floor, inbox: Inbox) -> None:
    cases = [await inbox.opened("email") for _ in range(8)]
    an = await floor.hire("an", support=3)
    floor.clock.advance(timedelta(hours=1).total_seconds())
    await inbox.settle()
    assert [await inbox.owner(one) for one in cases] == [str(an)] * 5 + [None] * 3
