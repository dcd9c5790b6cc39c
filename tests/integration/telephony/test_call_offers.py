"""Offers to agents: missed, declined, unreachable, withdrawn, and answered a moment too late."""

import pytest

from tests.integration.telephony.stage import (
    FRONT_DESK,
    PATIENCE_S,
    Office,
    hears,
    kinds,
    of_kind,
    outcome,
)
from threadline.kernel.events import CallEventKind as Kind
from threadline.kernel.ids import AgentId, ReservationId

pytestmark = pytest.mark.integration


async def two_agents(office: Office) -> tuple[AgentId, AgentId]:
    """An has waited longer, so she is asked before Bao."""
    an, bao = await office.hire("an", "101"), await office.hire("bao", "102")
    await office.ready(an)
    await office.ready(bao)
    return an, bao


async def test_a_phone_that_rings_in_vain_gives_the_call_to_the_next_agent(office: Office) -> None:
    await office.open(FRONT_DESK, ring_timeout_s=1.5)
    an, bao = await two_agents(office)
    async with office.desk("101") as desk, office.desk("102") as other, office.customer() as lan:
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.closed(timeout_s=PATIENCE_S)
        await other.incoming(timeout_s=PATIENCE_S)
        await other.answer()
        await office.event(Kind.CONNECTED, agent=str(bao))
        assert await office.state(an) == "missed", "who missed a call gets no other until she says so"
        await lan.hang_up()
        await other.closed(timeout_s=PATIENCE_S)
    story = await office.story()
    assert outcome(story) == ("served", "customer_hung_up")
    assert [(one["agent"], one["reason"]) for one in of_kind(story, Kind.OFFER_MISSED)] == [
        (str(an), "missed")
    ]
    assert story["agent"] == str(bao)


async def test_a_call_that_was_missed_keeps_its_place_before_one_that_came_later(office: Office) -> None:
    await office.open(FRONT_DESK, ring_timeout_s=1.5)
    an, bao = await office.hire("an", "101"), await office.hire("bao", "102")
    async with (
        office.desk("101") as desk,
        office.desk("102") as other,
        office.customer("lan") as lan,
        office.customer("minh", "+84907654321") as minh,
    ):
        await office.ready(an)
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await office.call(minh)
        await office.event(Kind.QUEUED, count=2)
        await desk.closed(timeout_s=PATIENCE_S)
        await office.becomes(an, "missed")
        await office.ready(bao)
        first = await other.incoming(timeout_s=PATIENCE_S)
        assert "+84901234567" in first["peeruri"]
        await lan.hang_up()
        await minh.hang_up()
        await office.story(count=2)


async def test_a_declined_call_goes_to_the_next_agent(office: Office) -> None:
    await office.open(FRONT_DESK)
    an, bao = await two_agents(office)
    async with office.desk("101") as desk, office.desk("102") as other, office.customer() as lan:
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.hang_up()
        await other.incoming(timeout_s=PATIENCE_S)
        await other.answer()
        await office.event(Kind.CONNECTED, agent=str(bao))
        await lan.hang_up()
        await other.closed(timeout_s=PATIENCE_S)
    story = await office.story()
    assert [(one["agent"], one["reason"]) for one in of_kind(story, Kind.OFFER_MISSED)] == [
        (str(an), "declined")
    ]


async def test_an_agent_whose_phone_is_not_there_is_passed_over(office: Office) -> None:
    await office.open(FRONT_DESK)
    an, bao = await two_agents(office)
    async with office.desk("102") as other, office.customer() as lan:
        await office.call(lan)
        await other.incoming(timeout_s=PATIENCE_S)
        await office.becomes(an, "missed")
        await lan.hang_up()
        await other.closed(timeout_s=PATIENCE_S)
    story = await office.story()
    assert outcome(story) == ("abandoned", "customer_hung_up")
    assert of_kind(story, Kind.OFFER_MISSED)[0]["reason"] == "unreachable"
    await office.becomes(bao, "ready")


async def test_a_phone_that_answers_just_as_the_offer_expires_is_hung_up_on_and_the_call_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.open(FRONT_DESK)
    an, bao = await two_agents(office)
    router, answered = office.server.router, office.server.router.answered
    expired: list[ReservationId] = []

    async def expires_first(reservation: ReservationId) -> bool:
        if not expired:
            expired.append(reservation)
            await router.missed(reservation, "missed")
        return await answered(reservation)

    monkeypatch.setattr(router, "answered", expires_first)
    async with office.desk("101") as desk, office.desk("102") as other, office.customer() as lan:
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await desk.closed(timeout_s=PATIENCE_S)
        assert await office.state(an) == "missed"
        await other.incoming(timeout_s=PATIENCE_S)
        await other.answer()
        await office.event(Kind.CONNECTED, agent=str(bao))
        await lan.hang_up()
        await other.closed(timeout_s=PATIENCE_S)
    story = await office.story()
    assert outcome(story) == ("served", "customer_hung_up")
    assert kinds(story) == [
        "started", "answered", "queued", "offered", "offer_missed", "offered", "connected", "agent_left", "ended",
    ]  # fmt: skip


async def test_a_customer_who_leaves_by_a_key_stops_the_ringing_and_frees_the_agent(office: Office) -> None:
    await office.open(FRONT_DESK)
    an = await office.hire("an", "101")
    await office.ready(an)
    async with office.desk("101") as desk, office.customer() as lan:
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await lan.press("2")
        await desk.closed(timeout_s=PATIENCE_S)
        await office.becomes(an, "ready")
        await lan.hang_up()
    story = await office.story()
    assert outcome(story) == ("left_in_menu", "customer_hung_up")
    assert of_kind(story, Kind.UNQUEUED)[0]["reason"] == "offer_taken"
    assert story["wait_s"] is not None


async def test_answering_as_the_customer_leaves_by_a_key_ends_nothing_but_the_offer(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is on its way to the call while the router takes the offer back."""
    await office.open(FRONT_DESK)
    an = await office.hire("an", "101")
    await office.ready(an)
    router, leave = office.server.router, office.server.router.leave
    async with office.desk("101") as desk, office.customer() as lan:

        async def answered_meanwhile(call: object, reason: str) -> None:
            await desk.answer()
            await desk.established(timeout_s=PATIENCE_S)
            await leave(call, reason)  # type: ignore[arg-type]  # a CallId

        monkeypatch.setattr(router, "leave", answered_meanwhile)
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await lan.press("2")
        await desk.closed(timeout_s=PATIENCE_S)
        await office.becomes(an, "ready")
        await hears(lan, await office.prompt("Your message, please."))
        monkeypatch.setattr(router, "leave", leave)
        await lan.hang_up()
    assert outcome(await office.story()) == ("left_in_menu", "customer_hung_up")
