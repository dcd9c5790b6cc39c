"""An agent's phone sends the customer on by REFER: to a colleague's extension, to another number, to nowhere."""

from uuid import UUID

import pytest

from telephony.sip.incoming import IncomingCall
from tests.integration.telephony.stage import (
    FRONT_DESK,
    MENU,
    PASSWORD,
    PATIENCE_S,
    RECORDED_DESK,
    Office,
    of_kind,
    outcome,
    steps_of,
)
from tests.support.audio import warble
from tests.support.baresip import Baresip
from tests.support.house import HOTLINE
from threadline.kernel.events import CallEventKind as Kind
from threadline.kernel.ids import AgentId, CallId

pytestmark = pytest.mark.integration

OTHER_LINE = "19005678"


async def connect(office: Office, an: AgentId, desk: Baresip, lan: Baresip) -> None:
    """Lan calls, An answers."""
    await office.ready(an)
    await lan.dial(HOTLINE)
    await desk.incoming(timeout_s=PATIENCE_S)
    await desk.answer()
    await desk.established(timeout_s=PATIENCE_S)
    await office.event(Kind.CONNECTED)


async def test_a_customer_sent_to_a_colleague_is_rung_through_and_stays_on_one_recording(
    office: Office,
) -> None:
    an = await office.hire("an", "101")
    binh = await office.hire("binh", "102")
    await office.open(RECORDED_DESK, record=True)
    colleague = warble(2)
    async with (
        office.desk("101") as desk,
        office.desk("102", says=colleague) as second,
        office.customer() as lan,
    ):
        await connect(office, an, desk, lan)
        await desk.command("transfer", f"sip:102@{desk.account.registrar}")
        await second.incoming(timeout_s=PATIENCE_S)
        await second.answer()
        await office.becomes(an, "wrap_up")
        await lan.hears(colleague, timeout_s=PATIENCE_S)
        await desk.closed(timeout_s=PATIENCE_S)
        await lan.hang_up()
        await second.closed(timeout_s=PATIENCE_S)
    story = await office.story()
    assert outcome(story) == ("transferred", "customer_hung_up")
    assert [(one["to"], one["result"]) for one in of_kind(story, Kind.TRANSFER)] == [
        ("102", None),
        ("102", "done"),
    ]
    assert story["agent"] == str(binh)
    (recording,) = await office.server.recordings.for_call((await office.event(Kind.ENDED)).call)
    started = await office.event(Kind.RECORDING, action="started")
    ended = await office.event(Kind.RECORDING, action="stopped")
    assert float(str(recording["seconds"])) == pytest.approx((ended.at - started.at).total_seconds(), abs=1.0)


async def test_a_customer_sent_to_another_number_is_in_its_flow(office: Office) -> None:
    an = await office.hire("an", "101")
    await office.open(FRONT_DESK)
    await office.publish(MENU, number=OTHER_LINE)
    async with office.desk("101") as desk, office.customer() as lan:
        await connect(office, an, desk, lan)
        await desk.command("transfer", f"sip:{OTHER_LINE}@{desk.account.registrar}")
        await desk.closed(timeout_s=PATIENCE_S)
        await office.becomes(an, "wrap_up")
        await lan.hears(
            await office.prompt("For support, press 3. To hear how we are, press 4."), timeout_s=PATIENCE_S
        )
        await lan.hang_up()
    story = await office.story()
    assert outcome(story) == ("transferred", "customer_hung_up")
    assert steps_of(story)[-1] == "main"


async def test_a_phone_sends_nobody_abroad_at_our_cost(office: Office) -> None:
    """This phone hangs up when it hears 404; others go on talking with her."""
    an = await office.hire("an", "101")
    await office.open(FRONT_DESK)
    async with office.desk("101") as desk, office.customer() as lan:
        await connect(office, an, desk, lan)
        await desk.command("transfer", f"sip:0019001234567@{desk.account.registrar}")
        await lan.closed(timeout_s=PATIENCE_S)
        assert "404" in str((await desk.event("TRANSFER_FAILED"))["param"])
    story = await office.story()
    assert [one["result"] for one in of_kind(story, Kind.TRANSFER)] == ["failed"]
    assert outcome(story) == ("served", "agent_hung_up")


async def test_a_colleague_who_does_not_take_her_leaves_her_to_the_flow(office: Office) -> None:
    an = await office.hire("an", "101")
    await office.hire("binh", "102")
    await office.open(FRONT_DESK)
    async with office.desk("101") as desk, office.desk("102") as second, office.customer() as lan:
        await connect(office, an, desk, lan)
        await desk.command("transfer", f"sip:102@{desk.account.registrar}")
        await second.incoming(timeout_s=PATIENCE_S)
        await second.hang_up()
        await lan.hears(await office.prompt("Thank you for calling."), timeout_s=PATIENCE_S)
        await lan.closed(timeout_s=PATIENCE_S)
    story = await office.story()
    assert [one["result"] for one in of_kind(story, Kind.TRANSFER)] == [None, "busy"]


def replaces(office: Office, *, of_caller: bool) -> str:
    """The Refer-To header that names the call of extension 101's phone: the one it placed, or the one it took."""
    calls = office.server.sip.agent.calls()
    (call,) = [one for one in calls if one.account == "101" and isinstance(one, IncomingCall) is of_caller]
    assert call.dialog is not None
    tags = f"to-tag%3D{call.dialog.local_tag}%3Bfrom-tag%3D{call.dialog.remote_tag}"
    return f"Replaces={call.call_id}%3B{tags}"


@pytest.mark.parametrize("says_it_to", ["colleague", "customer"])
async def test_an_agent_asks_a_colleague_and_joins_the_customer_to_him(
    office: Office, says_it_to: str
) -> None:
    """The phone names the other call in the one or the other; both ways are in use.

    They talk first, as people do: a baresip whose stream changes before it has played anything of it takes the
    new one for late packets of the old, every second time for ever.
    """
    an = await office.hire("an", "101")
    await office.open(RECORDED_DESK, record=True)
    await office.server.router.define_queue("sales", "Sales", need={"sales": 1})
    await office.publish(
        FRONT_DESK.replace("queue: support", "queue: sales").replace("front_desk", "sales_desk"),
        number=OTHER_LINE,
    )
    await office.server.accounts.add_account("102", office.server.settings.realm, PASSWORD, md5=True)
    binh = await office.server.people.add(
        "binh", None, role="agent", display_name="Binh", extension="102", skills={"sales": 5}
    )
    question, colleague, hello = warble(2), warble(3), warble(4)
    async with (
        office.desk("101") as desk,
        office.desk("102", says=question) as second,
        office.customer() as lan,
    ):
        await connect(office, an, desk, lan)
        await office.ready(binh)
        await desk.dial(OTHER_LINE)
        await second.incoming(timeout_s=PATIENCE_S)
        await second.answer()
        await office.event(Kind.CONNECTED, agent=str(binh))
        await desk.hears(question, timeout_s=PATIENCE_S)
        to_customer = says_it_to == "customer"
        if to_customer:
            await desk.command("line", "1")
        header = replaces(office, of_caller=to_customer)
        await desk.command("transfer", f"<sip:102@{desk.account.registrar}?{header}>")
        await office.event(Kind.TRANSFER, mode="attended", result="done")
        await second.speak(colleague)
        await lan.hears(colleague, timeout_s=PATIENCE_S)
        await lan.speak(hello)
        await second.hears(hello, timeout_s=PATIENCE_S)
        await office.becomes(an, "wrap_up")
        talking = next(one for one in await office.server.router.states() if one["agent"] == str(binh))
        call_of_lan = (await office.event(Kind.TRANSFER, mode="attended", result="done")).call
        assert (talking["state"], talking["call"]) == ("talking", str(call_of_lan))
        await lan.hang_up()
        await second.closed(timeout_s=PATIENCE_S)
        await office.becomes(binh, "wrap_up")
    stories = [await office.story(count=count) for count in (1, 2)]
    consult, call = sorted(stories, key=lambda story: story["to"] == HOTLINE)
    assert outcome(consult) == ("served", "joined")
    assert outcome(call) == ("transferred", "customer_hung_up")
    assert call["agent"] == str(binh)
    (recording,) = await office.server.recordings.for_call(CallId(UUID(str(call["id"]))))
    started = await office.event(Kind.RECORDING, action="started")
    ended = await office.event(Kind.RECORDING, action="stopped")
    assert float(str(recording["seconds"])) == pytest.approx((ended.at - started.at).total_seconds(), abs=1.0)
