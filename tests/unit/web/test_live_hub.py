"""Who hears what, and how a page catches up."""

import asyncio
import json
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.support.web_people import Person
from tests.support.web_standins import NOON
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import (
    AgentMentioned,
    AgentState,
    AgentStateChanged,
    Bus,
    CallEvent,
    CallEventKind,
    Json,
    OfferClosed,
    OfferMade,
    RecordingChanged,
    ThreadDelta,
)
from threadline.kernel.ids import AgentId, CallId, RecordingId, ReservationId, ThreadId
from web.auth import Caller, Role
from web.live import LINGER, SIGNED_OUT, LiveHub, thread_of_pop
from web.live_streams import BUFFERED, FRAME_BYTES, Listener, arrays

pytestmark = pytest.mark.unit

AN, BAO, CHI = (AgentId(uuid4()) for _ in range(3))
CALL, THREAD, RESERVATION = CallId(uuid4()), ThreadId(uuid4()), ReservationId(uuid4())


class Office:
    """A hub with a clock and a bus."""

    def __init__(self) -> None:
        self.bus = Bus()
        self.clock = VirtualClock(NOON)
        self.hub = LiveHub(self.bus, self.clock)

    def opens(self, agent: AgentId, role: Role = Role.AGENT, since: int | None = None) -> Listener:
        person = Person(agent, "x", role, "X")
        return self.hub.attach(Caller("x", role, person, "csrf", f"session of {agent}"), since)

    def offers(self, agent: AgentId) -> None:
        pop: Json = {"contact": {"thread": str(THREAD)}}
        self.bus.publish(OfferMade(RESERVATION, CALL, agent, "support", NOON, 20.0, pop))

    def closes_offer(self, agent: AgentId, reason: str) -> None:
        self.bus.publish(OfferClosed(RESERVATION, CALL, agent, reason))

    def says(self, kind: CallEventKind, data: Json | None = None) -> None:
        self.bus.publish(CallEvent(CALL, NOON, kind, data or {}))

    def writes(self, text: str) -> None:
        self.bus.publish(ThreadDelta(THREAD, {"id": text, "call": {"id": str(CALL)}}))

    def changes(self, agent: AgentId, state: AgentState) -> None:
        self.bus.publish(AgentStateChanged(agent, state, None, NOON, None))


@pytest.fixture
def office() -> Office:
    return Office()


def kinds(listener: Listener) -> list[str]:
    return [json.loads(text)["type"] for text in listener.take()]


def test_an_offer_reaches_its_agent_alone_with_the_pop(office: Office) -> None:
    an, bao, chi = office.opens(AN), office.opens(BAO), office.opens(CHI, Role.SUPERVISOR)
    office.offers(AN)
    (only,) = [json.loads(text) for text in an.take()]
    assert only["type"] == "offer"
    assert only["data"]["pop"] == {"contact": {"thread": str(THREAD)}}
    assert kinds(bao) == kinds(chi) == []


def test_an_agent_hears_of_calls_offered_to_him_until_the_offer_is_missed(office: Office) -> None:
    an = office.opens(AN)
    office.says(CallEventKind.STARTED)
    office.offers(AN)
    office.says(CallEventKind.STEP)
    office.closes_offer(AN, "missed")
    office.says(CallEventKind.QUEUED)
    assert kinds(an) == ["offer", "call.step", "offer.closed"]


def test_an_answered_call_stays_with_its_agent(office: Office) -> None:
    an = office.opens(AN)
    office.offers(AN)
    office.closes_offer(AN, "answered")
    office.says(CallEventKind.CONNECTED, {"agent": str(AN)})
    office.says(CallEventKind.ENDED)
    assert kinds(an) == ["offer", "offer.closed", "call.connected", "call.ended"]


def test_a_supervisor_hears_of_every_call_and_every_state(office: Office) -> None:
    chi, bao = office.opens(CHI, Role.SUPERVISOR), office.opens(BAO)
    office.says(CallEventKind.STARTED)
    office.changes(AN, AgentState.READY)
    assert kinds(chi) == ["call.started", "agent.state"]
    assert kinds(bao) == []


def test_an_agent_hears_of_his_own_state(office: Office) -> None:
    an = office.opens(AN)
    office.changes(AN, AgentState.AWAY)
    office.changes(BAO, AgentState.AWAY)
    assert kinds(an) == ["agent.state"]


def test_a_thread_is_heard_by_those_who_have_it_open_or_serve_it(office: Office) -> None:
    an, bao, chi = office.opens(AN), office.opens(BAO), office.opens(CHI, Role.SUPERVISOR)
    office.hub.watch(bao, THREAD)
    office.writes("1")
    office.offers(AN)
    office.writes("2")
    assert kinds(bao) == ["thread.delta", "thread.delta"]
    assert kinds(an) == ["offer", "thread.delta"]
    assert kinds(chi) == []
    office.hub.unwatch(bao, THREAD)
    office.changes(AN, AgentState.READY)
    office.writes("3")
    assert kinds(bao) == []
    assert kinds(an) == ["agent.state"]


def test_who_has_a_thread_open_is_told_who_else_looks_and_writes(office: Office) -> None:
    an, bao, chi = office.opens(AN), office.opens(BAO), office.opens(CHI, Role.SUPERVISOR)
    office.hub.watch(an, THREAD)
    assert kinds(an) == []
    office.hub.watch(bao, THREAD)
    office.hub.writes(bao, THREAD)
    office.hub.writes(chi, THREAD)  # whose page does not show it
    told = [json.loads(text) for text in an.take()]
    assert [one["type"] for one in told] == ["thread.readers", "thread.writing"]
    assert told[0]["data"]["agents"] == sorted([str(AN), str(BAO)])
    assert told[1]["data"] == {"thread": str(THREAD), "agent": str(BAO)}
    assert kinds(bao) == ["thread.readers"]
    office.hub.detach(bao)
    (left,) = [json.loads(text) for text in an.take()]
    assert left["data"]["agents"] == [str(AN)]
    assert kinds(chi) == []


def test_a_transcript_is_told_to_those_who_see_its_thread(office: Office) -> None:
    an, bao = office.opens(AN), office.opens(BAO)
    office.hub.watch(bao, THREAD)
    office.writes("1")
    office.bus.publish(RecordingChanged(RecordingId(uuid4()), CALL, "ready", "ready"))
    assert kinds(bao) == ["thread.delta", "recording"]
    assert kinds(an) == []


def test_having_a_thread_open_is_known_while_the_page_reconnects_and_not_for_ever(office: Office) -> None:
    an = office.opens(AN)
    assert not office.hub.has_open(AN, THREAD)
    office.hub.watch(an, THREAD)
    assert office.hub.has_open(AN, THREAD)
    office.hub.detach(an)
    assert office.hub.has_open(AN, THREAD)
    office.clock.advance(LINGER.total_seconds() + 1)
    assert not office.hub.has_open(AN, THREAD)


def test_a_page_that_was_away_gets_what_it_missed_in_order(office: Office) -> None:
    an = office.opens(AN)
    office.hub.watch(an, THREAD)
    office.writes("1")
    an.take()
    seen = an.cursor
    office.hub.detach(an)
    office.writes("2")
    office.changes(AN, AgentState.READY)
    back = office.opens(AN, since=seen)
    messages = [json.loads(text) for text in back.take()]
    assert [message["type"] for message in messages] == ["thread.delta", "agent.state"]
    assert [message["seq"] for message in messages] == [seen + 1, seen + 2]
    office.writes("3")
    assert kinds(back) == ["thread.delta"], "what was open before is still followed"


def test_two_pages_of_one_agent_share_the_numbers(office: Office) -> None:
    first, second = office.opens(AN), office.opens(AN)
    office.changes(AN, AgentState.READY)
    assert first.take() == second.take()


def test_a_gap_too_long_to_replay_is_a_reset(office: Office) -> None:
    an = office.opens(AN)
    since = an.cursor
    for _ in range(BUFFERED + 1):
        office.changes(AN, AgentState.READY)
    assert kinds(office.opens(AN, since=since)) == ["reset"]
    assert kinds(office.opens(AN, since=since + 1)) == ["agent.state"] * BUFFERED
    assert kinds(an) == ["reset"], "a page too slow to read is not fed for ever"


def test_numbers_from_before_a_restart_are_a_reset(office: Office) -> None:
    an = office.opens(AN)
    office.changes(AN, AgentState.READY)
    an.take()
    after = Office()
    after.clock.advance(60)
    assert kinds(after.opens(AN, since=an.cursor)) == ["reset"]


def test_numbers_never_given_are_a_reset(office: Office) -> None:
    assert kinds(office.opens(AN, since=10**15)) == ["reset"]
    assert kinds(office.opens(AN, since=0)) == ["reset"]


def test_open_offers_are_kept_for_a_page_that_loads_late(office: Office) -> None:
    office.offers(AN)
    assert [offer["reservation"] for offer in office.hub.offers_of(AN)] == [str(RESERVATION)]
    assert office.hub.offers_of(BAO) == []
    office.closes_offer(AN, "answered")
    assert office.hub.offers_of(AN) == []


async def test_a_page_that_rests_is_woken_for_a_message_and_not_for_a_colleague_who_types(
    office: Office,
) -> None:
    an = office.opens(AN)
    office.hub.watch(an, THREAD)
    office.writes("1")
    assert an.wake.is_set(), "after a silence nothing waits"
    an.take()
    an.rest()
    office.writes("2")
    office.writes("3")
    assert not an.wake.is_set()
    office.offers(AN)
    assert an.wake.is_set(), "an offer does not wait for what came before it"
    assert kinds(an) == ["thread.delta", "thread.delta", "offer"]


async def test_what_came_while_a_page_rested_is_told_at_the_end_of_it(office: Office) -> None:
    an = office.opens(AN)
    office.hub.watch(an, THREAD)
    an.rest()
    office.writes("1")
    async with asyncio.timeout(30):
        await an.wake.wait()
    assert kinds(an) == ["thread.delta"]
    office.writes("2")
    assert an.wake.is_set(), "the rest is over"


async def test_who_signs_out_is_not_kept_waiting(office: Office) -> None:
    an = office.opens(AN)
    an.rest()
    await office.hub.close_session(f"session of {AN}")
    assert an.wake.is_set()


def test_a_message_for_many_pages_is_written_once_with_the_number_each_expects(office: Office) -> None:
    pages = [office.opens(agent) for agent in (AN, BAO)]
    office.hub.watch(pages[0], THREAD)
    office.changes(AN, AgentState.READY)
    office.hub.watch(pages[1], THREAD)
    office.writes("Dạ, vâng")
    mine, his = [[json.loads(text) for text in page.take()] for page in pages]
    assert [one["type"] for one in mine] == ["agent.state", "thread.readers", "thread.delta"]
    assert [one["type"] for one in his] == ["thread.readers", "thread.delta"]
    assert mine[2]["data"] == his[1]["data"]
    assert mine[2]["data"]["entry"]["id"] == "Dạ, vâng"
    assert (mine[2]["seq"], his[1]["seq"]) == (pages[0].stream.last, pages[1].stream.last)
    held = [page.stream._held[-1][1] for page in pages]
    assert held[0] is held[1]


def test_arrays_hold_every_message_once_in_order_and_none_grows_without_end() -> None:
    messages = [json.dumps({"seq": n, "data": "x" * 20_000}).encode() for n in range(10)]
    together = [*arrays(messages)]
    assert [one["seq"] for array in together for one in json.loads(array)] == [*range(10)]
    assert all(len(array) <= FRAME_BYTES + 10 for array in together)
    assert len(together) == 4
    huge = b'"' + b"x" * FRAME_BYTES + b'"'
    assert [json.loads(one) for one in arrays([huge, b"1"])] == [["x" * FRAME_BYTES], [1]]
    assert [*arrays([])] == []


async def test_signing_out_ends_the_sockets_of_that_session_only(office: Office) -> None:
    an, bao = office.opens(AN), office.opens(BAO)
    await office.hub.close_session(f"session of {AN}")
    assert (an.ended, bao.ended) == (SIGNED_OUT, None)


def test_a_promoted_agent_gets_a_stream_of_the_new_role(office: Office) -> None:
    before = office.opens(AN)
    office.hub.detach(before)
    office.clock.advance(1)
    chief = office.opens(AN, Role.SUPERVISOR, since=before.cursor)
    assert kinds(chief) == ["reset"]
    office.says(CallEventKind.STARTED)
    assert kinds(chief) == ["call.started"]


def test_streams_of_those_long_gone_are_forgotten(office: Office) -> None:
    office.hub.detach(office.opens(AN))
    office.clock.advance((LINGER + timedelta(seconds=1)).total_seconds())
    office.opens(BAO)
    assert len(office.hub._streams) == 1


@pytest.mark.parametrize(
    "pop",
    [
        {"thread": str(THREAD)},
        {"thread": {"id": str(THREAD)}},
        {"contact": {"thread": str(THREAD)}},
        {"contact": None, "timeline": [{"thread": str(THREAD)}]},
    ],
)
def test_a_pop_names_its_thread(pop: Json) -> None:
    assert thread_of_pop(pop) == THREAD


@pytest.mark.parametrize("pop", [{}, {"contact": None, "timeline": []}, {"thread": "none"}])
def test_a_pop_without_a_thread_is_no_problem(pop: Json) -> None:
    assert thread_of_pop(pop) is None


def test_who_is_named_in_a_note_hears_of_it_wherever_he_is() -> None:
    office = Office()
    named, other = office.opens(BAO), office.opens(CHI, Role.SUPERVISOR)
    office.bus.publish(AgentMentioned((BAO,), THREAD, {"id": "7", "preview": "@bao please"}))
    (told,) = [json.loads(one) for one in named.take()]
    assert (told["type"], told["data"]["thread"], told["data"]["entry"]["id"]) == (
        "mention",
        str(THREAD),
        "7",
    )
    assert other.take() == []
