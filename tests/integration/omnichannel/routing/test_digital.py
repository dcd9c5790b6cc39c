"""Chats and mails by the same router: given, taken back, and never out of turn."""

from datetime import timedelta
from typing import Any

import pytest

from ivr_flows.effects import EnterQueue, Need
from omnichannel.cases.model import Status
from omnichannel.cases.service import Cases
from omnichannel.flows import asking
from omnichannel.flows.store import WrittenStore
from omnichannel.routing.board.service import Board
from omnichannel.routing.digital.service import Digital
from omnichannel.routing.digital.store import DigitalStore
from omnichannel.routing.model import Medium, WaitingCall
from omnichannel.threads import Threads
from tests.integration.omnichannel.routing.support import Floor
from tests.integration.omnichannel.support import NOON, new_call
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import AgentState, Bus, Json
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

    async def line(self, *numbers: int) -> list[WaitingCall]:
        """Those that wait among these cases, as the matcher knows them."""
        async with self.floor.pool.acquire() as link:
            waiting = await DigitalStore(link).waiting_cases()
        return [one.contact for one in waiting if one.number in numbers]

    async def writes(self, agent: AgentId, number: int) -> None:
        await self.floor.pool.execute(
            """insert into interaction (thread_id, work_item_id, kind, channel, direction, actor_kind, actor_id, occurred_at)
               select thread_id, id, 'message', 'email', 'out', 'agent', $2, $3 from work_item where number = $1""",
            number, agent, self.floor.clock.now(),
        )  # fmt: skip

    async def asks(self, number: int, asked: Json) -> None:
        """As a flow does that hands the case over."""
        row = await self.floor.pool.fetchval("select id from work_item where number = $1", number)
        await WrittenStore(self.floor.pool).ask_for(row, asked)

    async def talking(self, number: int) -> int:
        """A flow begins to talk with the customer of a case."""
        endpoint = await self.floor.pool.fetchval(
            "insert into endpoint (kind, address, title, state) values ('webhook', 'shop', 'Shop', 'on') returning id"
        )
        session: int = await self.floor.pool.fetchval(
            """insert into flow_session (thread_id, endpoint_id, identity_id, flow_id, revision, state, began_at)
               select w.thread_id, $2, i.id, 'desk', 1, '{}', $3 from work_item w join thread t on t.id = w.thread_id
               join contact_identity i on i.contact_id = t.contact_id where w.number = $1 returning id""",
            number, endpoint, self.floor.clock.now(),
        )  # fmt: skip
        return session

    async def why(self, number: int, bus: Bus) -> Any:
        board = Board(self.floor.pool, self.floor.clock, bus, self.floor.router)
        return await board.why_case(number)

    async def done(self, number: int, agent: AgentId) -> None:
        await self.cases.change(number, {"status": Status.RESOLVED}, agent)


@pytest.fixture
async def inbox(floor: Floor, pool: Pool, clock: VirtualClock, bus: Bus, threads: Threads) -> Inbox:
    cases = Cases(pool, clock, bus)
    floor.router.digital = Digital(pool, clock, cases, floor.router)
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


async def test_a_chat_whose_customer_is_to_write_next_is_in_hand_until_it_was_silent_for_a_while(
    floor: Floor, inbox: Inbox
) -> None:
    an = await floor.hire("an", support=3)
    first = [await inbox.opened() for _ in range(3)]
    await inbox.settle()
    for case in first:
        await inbox.cases.change(case, {"status": Status.WAITING}, an)
    fourth = await inbox.opened()
    await inbox.settle()
    assert await inbox.owner(fourth) is None
    await floor.sets(chat_in_hand_s=900)
    floor.clock.advance(600)
    await inbox.settle()
    assert await inbox.owner(fourth) is None
    await floor.sets(chat_in_hand_s=600)
    await inbox.settle()
    assert await inbox.owner(fourth) == str(an)
    await floor.sets(chat_in_hand_s=0)
    await inbox.cases.change(fourth, {"status": Status.WAITING}, an)
    rest = [await inbox.opened() for _ in range(4)]
    await inbox.settle()
    assert [await inbox.owner(one) for one in rest] == [str(an)] * 3 + [None]


async def test_a_case_a_flow_handed_over_is_for_whom_the_flow_asked_and_the_decision_says_why(
    floor: Floor, inbox: Inbox, bus: Bus
) -> None:
    """Binh was ruled out, Chi is preferred for ten seconds, Dung will do once the need has relaxed."""
    binh, chi = await floor.hire("binh", support=5), await floor.hire("chi", support=3)
    dung = await floor.hire("dung", support=2)
    await floor.hire("em", support=1)
    case = await inbox.opened("email")
    wish = EnterQueue(
        "support", 5, (Need({"support": 3}, 30.0), Need({"support": 1}, None)), {"agent": "last_agent", "for_s": 10.0},
        600.0, {"support": 2}, (str(binh), "nobody"),
    )  # fmt: skip
    await inbox.asks(case, asking.asked(wish, chi, floor.clock.now()))
    await floor.router.set_state(chi, AgentState.AWAY)
    await inbox.settle()
    assert await inbox.owner(case) is None
    floor.clock.advance(30)
    await inbox.settle()
    assert await inbox.owner(case) == str(dung)
    last = (await inbox.why(case, bus))["decisions"][-1]
    assert (last["agent_name"], last["step"], last["need"]) == ("Dung", 1, {"support": 1})
    assert {one["name"]: one["reason"] for one in last["lost"]} == {
        "Binh": "barred", "Chi": "away", "Em": "skill:support<2",
    }  # fmt: skip
    again = await inbox.opened("email")
    await inbox.asks(again, asking.asked(wish, chi, floor.clock.now()))
    await floor.router.set_state(chi, AgentState.READY)
    await inbox.settle()
    assert await inbox.owner(again) == str(chi)
    moved = await inbox.opened("email")
    await inbox.asks(moved, asking.asked(wish, chi, floor.clock.now()))
    await floor.router.define_queue("sales", "Sales")
    await inbox.cases.change(moved, {"queue": "sales"}, chi)
    assert await floor.pool.fetchval("select asked from work_item where number = $1", moved) is None


async def test_nobody_is_given_a_customer_a_flow_talks_with(floor: Floor, inbox: Inbox) -> None:
    an = await floor.hire("an", support=3)
    case = await inbox.opened()
    session = await inbox.talking(case)
    await inbox.settle()
    assert await inbox.owner(case) is None
    await floor.pool.execute("update flow_session set work_item = $2 where id = $1", session, case)
    await inbox.settle()
    assert await inbox.owner(case) == str(an)


async def test_mails_go_to_who_has_the_fewest_of_what_he_takes_and_wait_behind_what_is_due_sooner(
    floor: Floor, inbox: Inbox
) -> None:
    """Binh takes ten, so two are as much to him as one to An; promised of a mail is an hour."""
    an, binh = await floor.hire("an", support=3), await floor.hire("binh", support=3, lang=3)
    await floor.pool.execute("update agent set mails_at_once = 10 where id = $1", binh)
    mails = []
    for _ in range(6):
        mails.append(await inbox.opened("email"))
        await inbox.settle()
    owners = [await inbox.owner(one) for one in mails]
    assert (owners.count(str(an)), owners.count(str(binh))) == (2, 4)
    (waiting,) = await inbox.line(await inbox.opened("email"))
    assert (waiting.medium, waiting.target_s) == (Medium.MAIL, 3600)
    await inbox.settle()
    (waiting,) = await inbox.line(await inbox.opened("chat"))
    assert (waiting.medium, waiting.target_s) == (Medium.CHAT, None)


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


async def test_who_is_disabled_is_at_work_no_more_and_all_he_has_goes_to_others(
    floor: Floor, inbox: Inbox
) -> None:
    an = await floor.hire("an", support=3)
    chat, mail = await inbox.opened("chat"), await inbox.opened("email")
    await inbox.settle()
    binh = await floor.hire("binh", support=3)
    floor.clock.advance(1)
    await floor.pool.execute("update agent set active = false where id = $1", an)
    await inbox.settle()
    assert [await inbox.owner(one) for one in (chat, mail)] == [str(binh)] * 2
    await floor.pool.execute("update agent set active = true where id = $1", an)
    assert await floor.state(an) == "logged_out"


async def test_who_lets_a_chat_wait_and_writes_to_nobody_is_away_and_his_chats_go_to_others(
    floor: Floor, inbox: Inbox
) -> None:
    an = await floor.hire("an", support=3)
    chat, mail = await inbox.opened(), await inbox.opened("email")
    await inbox.settle()
    floor.clock.advance(100)
    await inbox.writes(an, mail)
    floor.clock.advance(100)
    await inbox.settle()
    assert (await floor.state(an), await inbox.owner(chat)) == ("ready", str(an)), (
        "busy with another customer"
    )
    binh = await floor.hire("binh", support=3)
    for seconds, later in ((0, 81), (200, 18)):
        await floor.sets(chat_unanswered_s=seconds)
        floor.clock.advance(later)
        await inbox.settle()
        assert (await floor.state(an), await inbox.owner(chat)) == ("ready", str(an)), seconds
    await floor.sets(chat_unanswered_s=162)
    await inbox.settle()
    (shown,) = [one for one in await floor.router.states() if one["login"] == "an"]
    assert (shown["state"], shown["reason"]) == ("away", "chat_unanswered")
    assert (await inbox.owner(chat), await inbox.owner(mail)) == (str(binh), str(an))


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
