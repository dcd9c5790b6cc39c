"""Calls that Twilio makes for us: an agent's to a customer, a flow's to a colleague outside, a callback."""

import asyncio
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from telephony.dial_policy import DialPolicy, DialRefusal, DialRefused
from telephony.twilio import bills
from telephony.twilio.tones import tone
from tests.integration.telephony.stage import LAN, MINH, PATIENCE_S, hears, kinds, legs_of, outcome, until
from tests.integration.telephony.test_queue_calls import CALL_ME
from tests.integration.twilio.conftest import NUMBER, Line, a_line
from tests.integration.twilio.test_streams import hears_it
from tests.support.audio import english, mulaw_decode, mulaw_encode
from tests.support.baresip import Baresip
from tests.support.fake_twilio.caller import FakeCaller
from threadline.dialling import DialImpossible
from threadline.kernel.events import AgentState
from threadline.kernel.events import CallEventKind as Kind
from threadline.kernel.ids import AgentId, CallId

pytestmark = pytest.mark.integration

SENT_ON = f"""\
threadline: 1
kind: flow
id: sent_on
title: To a colleague outside
entry: on
languages: {{default: en-US, supported: [en-US]}}
steps:
  on: {{type: transfer, to: "trunk:twilio-voice/{MINH}", events: {{done: {{next: end}}, failed: end}}}}
  end: {{type: hangup}}
"""


async def dial(line: Line, agent: AgentId, number: str = LAN) -> CallId:
    dialling = line.office.server.dialling
    assert dialling is not None
    await dialling.show_as("support", NUMBER)
    return await dialling.dial(agent, number, "support")


async def called(line: Line, number: str = LAN) -> FakeCaller:
    """Whom Twilio was asked to ring."""

    def those() -> list[FakeCaller]:
        return [
            one for one in line.twilio.callers.values()
            if one.state.to == number and one.state.direction == "outbound-api"
        ]  # fmt: skip

    async def is_there() -> bool:
        return bool(those())

    await until(is_there, "Twilio is asked for the call")
    return those()[-1]


async def staff(line: Line) -> AgentId:
    await line.office.open(CALL_ME)
    await line.office.publish(CALL_ME, number=NUMBER)
    return await line.office.hire("an", "101")


async def begin(line: Line, desk: Baresip, agent: AgentId, number: str = LAN) -> CallId:
    call = await dial(line, agent, number)
    await desk.incoming(timeout_s=PATIENCE_S)
    await desk.answer()
    return call


async def test_an_agent_calls_a_customer_by_twilio_and_what_twilio_tells_of_it_stands_with_the_call(
    tmp_path: Path, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bills, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(bills, "PAUSES_S", (0, 0, 0, 0))
    ans, lans = english("vm-intro"), english("please-try-call-later")
    money = Decimal("0.01")
    async with a_line(tmp_path, dsn, twilio_detect_machines=True, dial_money=money) as line:
        office, line.twilio.is_doubling = line.office, True
        an = await staff(line)
        async with office.desk("101", says=ans) as desk:
            call = await begin(line, desk, an)
            lan = await called(line)
            lan.state.price = "-0.0140"
            await office.event(Kind.CONNECTED)
            lan.speak(mulaw_encode(lans) * 10)
            await hears_it(lan, ans)
            await hears(desk, lans)
            await office.server.calls.press(call, an, "7")
            await hears_it(lan, mulaw_decode(b"".join(tone("7", number) for number in range(5))))
            await lan.hang_up()
            await desk.closed(timeout_s=PATIENCE_S)
        story = await office.story()
        assert kinds(story) == ["started", "answered", "connected", "agent_left", "ended"]
        assert outcome(story) == ("served", "customer_hung_up")
        assert (lan.state.asked["To"], lan.state.asked["From"]) == (LAN, NUMBER)
        policy = office.server.sip.watch.policy
        assert policy is not None
        assert policy.running() == 0
        assert [payer for payer, _, _ in policy.usage(office.server.clock.now())] == ["agent an"]

        async def told() -> Any:
            legs = legs_of(await office.server.calls.detail(call))
            return next(leg for leg in legs if leg["kind"] == "twilio")["carrier"]

        async def is_priced() -> bool:
            return (await told())["price"] is not None

        await until(is_priced, "the price is known")
        carrier = await told()
        assert carrier["sid"] == lan.state.sid
        assert (carrier["status"], carrier["answered_by"]) == ("completed", "human")
        assert (carrier["price"], carrier["price_unit"], carrier["duration_s"]) == ("0.0140", "USD", 7)

        async def is_charged() -> bool:
            reason = refusal(policy, "agent an", office.server.clock.now())
            return reason is DialRefusal.MONEY

        await until(is_charged, "an's money of the day is used up, for trunks too")
        assert refusal(policy, "agent binh", office.server.clock.now()) is None


def refusal(policy: DialPolicy, payer: str, now: datetime) -> DialRefusal | None:
    """Why this payer's next call by a trunk would not be placed."""
    try:
        policy.begin("probe", "carrier", LAN, payer, now)
    except DialRefused as refused:
        return refused.reason
    policy.over("probe", now)
    return None


async def test_calls_that_come_to_nothing_say_why_and_leave_nothing_at_twilio(line: Line) -> None:
    office, twilio = line.office, line.twilio
    an = await staff(line)
    with pytest.raises(DialImpossible) as refused:
        await dial(line, an, "+14155552671")
    assert refused.value.reason == "country"
    ends = {"busy": "busy", "no-answer": "no_answer", "failed": "failed"}
    async with office.desk("101") as desk:
        for count, (end, reason) in enumerate(ends.items(), 1):
            twilio.answering.append(end)
            await begin(line, desk, an)
            await desk.closed(timeout_s=PATIENCE_S)
            assert outcome(await office.story(count=count))[1] == reason
        assert not [form for _, form in twilio.requests if form.get("Status")], "there is nothing to end"

        twilio.fail_next(400)
        await begin(line, desk, an)
        await desk.closed(timeout_s=PATIENCE_S)
        assert outcome(await office.story(count=4))[1] == "failed"

        twilio.answering.append("rings")
        await begin(line, desk, an, MINH)
        minh = await called(line, MINH)
        await desk.hang_up()
        await asyncio.wait_for(minh.is_over.wait(), PATIENCE_S)
        assert outcome(await office.story(count=5))[1] == "agent_hung_up"
    policy = office.server.sip.watch.policy
    assert policy is not None
    assert policy.running() == 0


async def test_a_caller_who_is_sent_on_outside_shows_her_own_number_by_twilios_word_for_it(
    line: Line,
) -> None:
    await line.office.open(SENT_ON)
    await line.office.publish(SENT_ON, number=NUMBER)
    lans, minhs = english("please-try-call-later"), english("vm-intro")
    lan = line.twilio.caller(LAN, NUMBER, CallToken="her-token", StirVerstat="TN-Validation-Passed-A")
    await lan.dial()
    minh = await called(line, MINH)
    await line.office.event(Kind.CONNECTED)
    lan.speak(mulaw_encode(lans) * 10)
    minh.speak(mulaw_encode(minhs) * 10)
    await hears_it(minh, lans)
    await hears_it(lan, minhs)
    await lan.hang_up()
    await asyncio.wait_for(minh.is_over.wait(), PATIENCE_S)
    assert (minh.state.asked["From"], minh.state.asked["CallToken"]) == (LAN, "her-token")
    story = await line.office.story()
    assert outcome(story)[0] == "transferred"
    first, _ = legs_of(story)
    assert first["carrier"]["vouched"] == "verified"


async def test_who_called_by_twilio_is_called_back_by_twilio(line: Line) -> None:
    office = line.office
    an = await staff(line)
    await office.server.router.set_state(an, AgentState.AWAY, "lunch")
    lan = line.twilio.caller(LAN, NUMBER)
    await lan.dial()
    await office.event(Kind.QUEUED)
    lan.press("2")
    await asyncio.wait_for(lan.is_over.wait(), PATIENCE_S)
    async with office.desk("101", says=english("vm-intro")) as desk:
        await office.server.router.set_state(an, AgentState.READY)
        again = await called(line)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await office.event(Kind.CONNECTED)
        await hears_it(again, english("vm-intro"))
        await again.hang_up()
        await desk.closed(timeout_s=PATIENCE_S)
    assert (again.state.asked["From"], again.state.asked["To"]) == (NUMBER, LAN)
    assert outcome(await office.story(count=2)) == ("served", "customer_hung_up")
