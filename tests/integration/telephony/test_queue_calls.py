"""Queues with real phones: relaxation, the last agent, a missed offer, overflow, a redial, callbacks that keep their place."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from telephony.sip.store import SipStore
from telephony.sip.trunks import TrunkConfig
from tests.integration.telephony.stage import (
    FRONT_DESK,
    LAN,
    MINH,
    PATIENCE_S,
    Office,
    an_office,
    hears,
    outcome,
    until,
)
from tests.support.baresip import Account, Baresip
from tests.support.house import HOTLINE, house
from tests.support.ports import LOOPBACK
from threadline.db.pool import open_pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import AgentState
from threadline.kernel.events import CallEventKind as Kind

pytestmark = pytest.mark.integration

ANOTHER = "Please enter the phone number, then press pound."
CALL_ME = FRONT_DESK.replace(
    'hold: {offers: [{key: "2", next: message}]}', 'hold: {offers: [{key: "2", next: call_me}]}'
).replace(
    "  end: {type: hangup}",
    """\
  call_me: {type: callback, number: {confirm: false}, dial: {attempts: 2}, done: end, on_fail: message}
  end: {type: hangup}""",
)
ASK_ME = CALL_ME.replace(
    "number: {confirm: false}, dial: {attempts: 2}, done: end, on_fail: message}",
    """number: {allow_other: true}, done: end, on_fail: mine}
  mine: {type: callback, done: end, on_fail: message}""",
)
CHOOSY = FRONT_DESK.replace(
    "    queue: support\n",
    """    queue: support
    route:
      prefer: {agent: last_agent, for: 30s}
      steps:
        - {need: {support: 3}, for: 2s}
        - {need: {support: 1}}
""",
)


async def tickets(office: Office) -> list[Any]:
    return await office.server.router.callbacks.open_tickets()


async def test_who_wants_to_be_called_back_keeps_her_place_and_is_dialled_once_an_agent_is_free(
    office: Office,
) -> None:
    an = await office.hire("an", "101")
    await office.open(CALL_ME)
    await office.server.router.set_state(an, AgentState.AWAY, "lunch")
    async with (
        office.desk("101") as desk,
        office.customer() as lan,
        office.customer("minh", MINH) as minh,
    ):
        await office.call(lan)
        first = await office.event(Kind.QUEUED)
        await office.call(minh)
        second = await office.event(Kind.QUEUED, count=2)
        await lan.press("2")
        await lan.closed(timeout_s=PATIENCE_S)
        (ticket,) = await tickets(office)
        assert (ticket["state"], ticket["number"]) == ("waiting", "lan")
        assert ticket["entered_at"] < second.at.isoformat()
        await office.server.router.set_state(an, AgentState.READY)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        talk = await office.event(Kind.CONNECTED)
        assert talk.call not in (first.call, second.call)
        assert await tickets(office) == []
        await lan.hang_up()
        await desk.closed(timeout_s=PATIENCE_S)
        await office.becomes(an, "wrap_up")
        story = await office.server.calls.detail(talk.call)
        assert story["queue"] == "support"
        await minh.hang_up()
    assert outcome(await office.story(count=2)) == ("served", "customer_hung_up")


async def test_who_called_through_a_trunk_confirms_her_number_and_is_called_back_through_it_in_her_turn(
    tmp_path: Path, dsn: str
) -> None:
    """Lan's phone is the trunk's far end; Minh's, a phone of ours, waits behind her.

    At first Lan asks to be called back in a country that nobody calls from here.
    """
    async with Baresip(tmp_path, Account(LAN), auto_answer=False) as lan:
        pool = await open_pool(dsn, max_size=1)
        far_end = f"{LOOPBACK}:{lan.sip_port}"
        trunk = TrunkConfig("carrier", (far_end,), host=LOOPBACK, port=lan.sip_port, qualify_s=0)
        await SipStore(pool, SystemClock()).save_trunk(trunk)
        await pool.close()
        async with an_office(tmp_path, dsn) as office:
            an = await office.hire("an", "101")
            await office.open(ASK_ME)
            await office.server.router.set_state(an, AgentState.AWAY, "lunch")
            async with office.desk("101") as desk, office.customer("minh", MINH) as minh:
                await lan.dial(f"sip:{HOTLINE}@{LOOPBACK}:{office.server.sip.port}")
                await lan.established(timeout_s=PATIENCE_S)
                await office.event(Kind.QUEUED)
                await office.call(minh)
                await office.event(Kind.QUEUED, count=2)
                await lan.press("2")
                read_back = await hears(lan, await office.prompt("We will call you back on"))
                await lan.press("2")
                asked = await hears(lan, await office.prompt(ANOTHER), read_back.offset_s)
                await lan.press("006561234567#")
                again = await hears(lan, await office.prompt("We will call you back on"), asked.offset_s)
                await lan.press("1")
                await hears(lan, await office.prompt("We will call you back on"), again.offset_s + 1)
                assert await tickets(office) == []
                await lan.press("1")
                await lan.closed(timeout_s=PATIENCE_S)
                (ticket,) = await tickets(office)
                assert ticket["number"] == LAN
                await office.server.router.set_state(an, AgentState.READY)
                ringing = await lan.incoming(timeout_s=PATIENCE_S)
                assert HOTLINE in str(ringing["peeruri"])
                await lan.answer()
                await desk.incoming(timeout_s=PATIENCE_S)
                await desk.answer()
                talk = await office.event(Kind.CONNECTED)
                assert (await office.server.calls.detail(talk.call))["from"] == LAN
                await lan.hang_up()
                await desk.closed(timeout_s=PATIENCE_S)
                await minh.hang_up()
                await office.event(Kind.ENDED, count=3)


async def test_a_customer_who_does_not_pick_up_costs_the_agent_nothing_and_is_tried_again(
    office: Office,
) -> None:
    an = await office.hire("an", "101")
    await office.open(CALL_ME)
    await office.server.router.set_state(an, AgentState.AWAY, "lunch")
    async with office.customer(auto_answer=False) as lan:
        await office.call(lan)
        await office.event(Kind.QUEUED)
        await lan.press("2")
        await lan.closed(timeout_s=PATIENCE_S)
        await office.server.router.set_state(an, AgentState.READY)
        await lan.incoming(timeout_s=PATIENCE_S)
        await lan.hang_up()  # declines

        async def is_scheduled() -> bool:
            return [(one["state"], one["attempts"]) for one in await tickets(office)] == [("scheduled", 1)]

        await until(is_scheduled, "the ticket is tried later")
        assert await office.state(an) == "ready"
        await office.server.router.callbacks.cancel(UUID(str((await tickets(office))[0]["id"])))
        assert await tickets(office) == []


async def test_who_redials_within_five_minutes_has_the_old_place(office: Office) -> None:
    an = await office.hire("an", "101")
    await office.open(FRONT_DESK)
    await office.server.router.set_state(an, AgentState.AWAY, "lunch")
    async with (
        office.desk("101") as desk,
        office.customer() as lan,
        office.customer("minh", MINH) as minh,
    ):
        await office.call(lan)
        await office.event(Kind.QUEUED)
        await office.call(minh)
        await office.event(Kind.QUEUED, count=2)
        await lan.hang_up()
        await lan.closed(timeout_s=PATIENCE_S)
        await office.event(Kind.ENDED)
        await office.call(lan)
        again = await office.event(Kind.QUEUED, count=3)
        place = await office.server.router.place(again.call)
        assert place is not None
        assert place.position == 1
        await office.ready(an)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        assert (await office.event(Kind.CONNECTED)).call == again.call
        await lan.hang_up()
        await minh.hang_up()
        await office.event(Kind.ENDED, count=3)


async def test_a_call_nobody_of_its_queue_takes_overflows_and_the_missed_agent_is_not_asked_again(
    office: Office,
) -> None:
    """An misses; after two seconds the queue overflows to Binh's, who has another skill."""
    an = await office.hire("an", "101")
    await office.server.accounts.add_account("102", office.server.settings.realm, "phone-secret", md5=True)
    binh = await office.server.people.add(
        "binh", None, role="agent", display_name="Binh", extension="102", skills={"sales": 3}
    )
    await office.open(FRONT_DESK, ring_timeout_s=2)
    router = office.server.router
    await router.define_queue("sales", "Sales", need={"sales": 1})
    await router.define_queue(
        "support",
        "Support",
        need={"support": 1},
        ring_timeout_s=2,
        overflow_queue="sales",
        overflow_after_s=1,
    )
    async with office.desk("101") as first, office.desk("102") as second, office.customer() as lan:
        await office.ready(an, binh)
        await lan.dial(HOTLINE)
        await first.incoming(timeout_s=PATIENCE_S)  # and does not answer
        await office.event(Kind.OFFER_MISSED, agent=str(an))
        await second.incoming(timeout_s=PATIENCE_S)
        await second.answer()
        await office.event(Kind.CONNECTED, agent=str(binh))
        assert await office.state(an) == "missed"
        await lan.hang_up()
        await second.closed(timeout_s=PATIENCE_S)


async def test_another_server_that_starts_on_the_same_database_leaves_calls_under_way_alone(
    office: Office, dsn: str, tmp_path: Path
) -> None:
    an = await office.hire("an", "101")
    await office.open(FRONT_DESK)
    async with office.desk("101") as desk, office.customer() as lan:
        await office.ready(an)
        await lan.dial(HOTLINE)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        talk = await office.event(Kind.CONNECTED)
        async with house(tmp_path / "other", dsn) as other:
            assert other.router.node != office.server.router.node
            detail = await other.calls.detail(talk.call)
            assert detail["state"] == "talking"
            assert await office.state(an) == "talking"
        await lan.hang_up()
        await desk.closed(timeout_s=PATIENCE_S)
    assert outcome(await office.story()) == ("served", "customer_hung_up")


async def test_a_need_relaxes_while_she_waits_and_the_next_time_her_last_agent_has_her(
    office: Office,
) -> None:
    an = await office.hire("an", "101", wrap_up_s=0)
    binh = await office.hire("binh", "102", wrap_up_s=0)
    await office.open(CHOOSY)
    await office.server.people.set_skills(an, {"support": 1})
    async with office.desk("101") as first, office.desk("102") as second, office.customer() as lan:
        await office.ready(an)
        await lan.dial(HOTLINE)
        queued = await office.event(Kind.QUEUED)
        await first.incoming(timeout_s=PATIENCE_S)
        await first.answer()
        talk = await office.event(Kind.CONNECTED, agent=str(an))
        assert (talk.at - queued.at).total_seconds() >= 2
        await lan.hang_up()
        await first.closed(timeout_s=PATIENCE_S)
        await lan.closed(timeout_s=PATIENCE_S)
        await office.story()
        await office.becomes(an, "ready")
        await office.server.people.set_skills(an, {"support": 3})
        await office.ready(binh)
        await office.becomes(binh, "ready")
        await lan.dial(HOTLINE)
        await first.incoming(timeout_s=PATIENCE_S)
        await first.answer()
        await office.event(Kind.CONNECTED, count=2, agent=str(an))
        assert await office.state(binh) == "ready"
        await lan.hang_up()
        await first.closed(timeout_s=PATIENCE_S)
        assert not [one for one in second.events.all if one["type"] == "CALL_INCOMING"]
