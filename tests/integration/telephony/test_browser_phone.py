"""An agent calls a customer from the page, by a SIP phone: his phone first, then hers through the trunk."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from telephony.errors import ControlRefused
from telephony.sip.store import SipStore
from telephony.sip.trunks import TrunkConfig
from tests.integration.telephony.stage import (
    FRONT_DESK,
    LAN,
    PATIENCE_S,
    Office,
    an_office,
    kinds,
    outcome,
    until,
)
from tests.support.audio import warble
from tests.support.baresip import Account, Baresip
from tests.support.house import HOTLINE
from tests.support.ports import LOOPBACK
from threadline.db.pool import open_pool
from threadline.dialling import ClickToDial, DialImpossible
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import AgentState, CallEventKind
from threadline.kernel.ids import AgentId

pytestmark = pytest.mark.integration

AGENT, CUSTOMER, COLLEAGUE, AFTERWARDS = warble(21), warble(22), warble(23), warble(24)


@dataclass
class Scene:
    office: Office
    an: AgentId
    desk: Baresip
    lan: Baresip

    @property
    def dialling(self) -> ClickToDial:
        found = self.office.server.dialling
        assert found is not None
        return found


@pytest.fixture
async def scene(tmp_path: Path, dsn: str) -> AsyncIterator[Scene]:
    """An at her SIP phone, Lan's phone behind a trunk."""
    async with AsyncExitStack() as stack:
        lan = await stack.enter_async_context(
            Baresip(tmp_path, Account(LAN), says=CUSTOMER, auto_answer=False)
        )
        pool = await open_pool(dsn, max_size=1)
        trunk = TrunkConfig("carrier", ("192.0.2.1",), host=LOOPBACK, port=lan.sip_port, qualify_s=0)
        await SipStore(pool, SystemClock()).save_trunk(trunk)
        await pool.close()
        office = await stack.enter_async_context(an_office(tmp_path, dsn))
        await office.open(FRONT_DESK, record=True)
        an = await office.hire("an", "101")
        desk = await stack.enter_async_context(office.desk("101", says=AGENT))
        await office.ready(an)
        yield Scene(office, an, desk, lan)


async def test_a_customer_is_called_after_the_agents_own_phone_and_the_call_stands_in_her_thread(
    scene: Scene,
) -> None:
    office, desk, lan = scene.office, scene.desk, scene.lan
    call = await scene.dialling.dial(scene.an, LAN, None)
    await desk.incoming(timeout_s=PATIENCE_S)
    assert await office.state(scene.an) == "away"  # no offer comes while she calls
    with pytest.raises(DialImpossible, match="on a call"):
        await scene.dialling.dial(scene.an, LAN, None)
    await desk.answer()
    ringing = await lan.incoming(timeout_s=PATIENCE_S)
    assert HOTLINE in str(ringing["peeruri"])
    await lan.answer()
    await lan.hears(AGENT, timeout_s=PATIENCE_S)
    await desk.hears(CUSTOMER, timeout_s=PATIENCE_S)

    calls = office.server.calls
    assert (await calls.detail(call))["agent"] == str(scene.an)
    await calls.press(call, scene.an, "7")
    assert await lan.digit(timeout_s=PATIENCE_S) == "7"
    await calls.mute(call, scene.an, muted=True)
    assert (await calls.detail(call))["muted"] is True
    await calls.mute(call, scene.an, muted=False)
    await calls.hold(call, scene.an)
    await office.event(CallEventKind.HELD)
    await calls.resume(call, scene.an)
    await calls.hang_up(call, scene.an)
    await lan.closed(timeout_s=PATIENCE_S)

    story = await office.story()
    assert kinds(story) == ["started", "answered", "recording", "connected", "held", "resumed", "agent_left",
                            "recording", "ended"]  # fmt: skip
    assert outcome(story) == ("served", "agent_hung_up")
    entry = await office.entry(call)
    facts = entry["call"]
    assert isinstance(facts, dict)
    assert (facts["direction"], facts["number"], facts["agent"]) == ("outbound", LAN, str(scene.an))
    await office.becomes(scene.an, AgentState.WRAP_UP.value)


async def test_a_customer_who_does_not_take_it_is_busy_in_the_thread_and_her_phone_lets_go(
    scene: Scene,
) -> None:
    await scene.dialling.dial(scene.an, "0901 234 567", None)
    await scene.desk.incoming(timeout_s=PATIENCE_S)
    await scene.desk.answer()
    await scene.lan.incoming(timeout_s=PATIENCE_S)
    await scene.lan.hang_up()
    await scene.desk.closed(timeout_s=PATIENCE_S)
    result, reason = outcome(await scene.office.story())
    assert result == "refused"
    assert reason in ("busy", "declined")


async def test_numbers_that_must_not_be_dialled_are_refused_before_anything_rings(scene: Scene) -> None:
    for number, reason in (("12", "not_a_number"), ("+14155552671", "country"), ("hello", "not_a_number")):
        with pytest.raises(DialImpossible) as refused:
            await scene.dialling.dial(scene.an, number, None)
        assert refused.value.reason == reason
    await scene.office.server.people.set_phone(scene.an, "browser")
    with pytest.raises(DialImpossible) as refused:
        await scene.dialling.dial(scene.an, LAN, None)
    assert refused.value.reason == "no_phone"

    async def is_ready() -> bool:
        return await scene.office.state(scene.an) == "ready"

    await until(is_ready, "nothing changed for her")


async def test_a_customer_who_was_called_is_handed_to_a_colleague_and_her_agent_is_free_again(
    scene: Scene,
) -> None:
    office, desk, lan = scene.office, scene.desk, scene.lan
    binh = await office.hire("binh", "102")
    controls = office.server.controls
    assert controls is not None
    async with office.desk("102", says=COLLEAGUE) as second:
        call = await scene.dialling.dial(scene.an, LAN, None)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await lan.incoming(timeout_s=PATIENCE_S)
        with pytest.raises(ControlRefused) as refused:
            await controls.control(call, "park", scene.an)
        assert refused.value.reason == "not_talking"
        await lan.answer()
        await office.event(CallEventKind.CONNECTED)
        with pytest.raises(ControlRefused) as refused:
            await controls.control(call, "transfer", scene.an, kind="queue", id="support")
        assert refused.value.reason == "not_possible"
        await controls.control(call, "consult", scene.an, kind="agent", id=str(binh))
        await second.incoming(timeout_s=PATIENCE_S)
        await second.answer()
        await desk.hears(COLLEAGUE, timeout_s=PATIENCE_S)
        await desk.hang_up()  # which hands her over
        await office.becomes(scene.an, AgentState.READY.value)
        await lan.speak(AFTERWARDS)
        await second.hears(AFTERWARDS, timeout_s=PATIENCE_S)
        await second.hang_up()
        await lan.closed(timeout_s=PATIENCE_S)
    story = await office.story()
    assert outcome(story) == ("transferred", "agent_hung_up")
    assert story["agent"] == str(binh)
