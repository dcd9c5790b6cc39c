"""A number without streams, and somebody at Twilio to talk to: the talk stays there, in a conference."""

import asyncio
from dataclasses import dataclass

import pytest

from omnichannel.administration.users import UserGiven
from omnichannel.audit.service import SYSTEM
from telephony.legs import twiml
from tests.integration.telephony.stage import (
    FRONT_DESK,
    LAN,
    MINH,
    PATIENCE_S,
    legs_of,
    likeness,
    outcome,
    until,
)
from tests.integration.twilio.conftest import BY_TWIML, NUMBER, Line
from tests.integration.twilio.test_mobiles import ANS, LANS, MOBILE
from tests.integration.twilio.test_out import SENT_ON, called
from tests.integration.twilio.test_streams import heard, hears_it
from tests.support.audio import mulaw_encode
from tests.support.fake_twilio.caller import FakeCaller
from threadline.kernel.events import CallEventKind as Kind
from threadline.kernel.events import JsonValue
from threadline.kernel.ids import AgentId, CallId

pytestmark = pytest.mark.integration


async def meets(line: Line, *callers: FakeCaller) -> None:
    async def are_together() -> bool:
        return any({*callers} == {*room} for room in line.twilio.rooms.values())

    await until(are_together, "they are in one conference")


async def talk(one: FakeCaller, other: FakeCaller) -> None:
    """Each says his words until both were heard: a busy machine swallows some."""
    for caller, words in ((one, LANS), (other, ANS)):
        caller.heard.clear()
        caller.speak(mulaw_encode(words) * 10)
    await hears_it(other, LANS)
    await hears_it(one, ANS)
    one.hush()
    other.hush()


@dataclass
class Talk:
    """A customer, and an agent who took her call on his mobile phone."""

    line: Line
    an: AgentId
    call: CallId
    lan: FakeCaller
    mobile: FakeCaller

    async def asks(self, verb: str, **facts: JsonValue) -> None:
        controls = self.line.office.server.controls
        assert controls is not None
        await controls.control(self.call, verb, self.an, **facts)


async def taken(line: Line, number: str) -> Talk:
    office, server = line.office, line.office.server
    await office.open(FRONT_DESK, ring_timeout_s=60)
    await office.publish(FRONT_DESK, number=number)
    an = await office.hire("an", "101")
    given = UserGiven("an", "An", "agent", "vi-VN", "101", 30, device="mobile", mobile=MOBILE)
    await server.administration.users.change(an, given, None, SYSTEM)
    assert server.dialling is not None
    await server.dialling.show_as("support", number)
    await office.ready(an)
    lan = line.twilio.caller(LAN, number)
    await lan.dial()
    mobile = await called(line, MOBILE)
    mobile.press("1")
    call = (await office.event(Kind.CONNECTED, agent=str(an))).call
    return Talk(line, an, call, lan, mobile)


async def test_a_colleague_outside_is_asked_aside_by_stream_and_takes_over(line: Line) -> None:
    found = await taken(line, NUMBER)
    lan, mobile = found.lan, found.mobile
    await talk(lan, mobile)
    await found.asks("consult", kind="number", id=MINH)
    minh = await called(line, MINH)
    lan.heard.clear()
    await talk(mobile, minh)
    await hears_it(lan, await line.office.music(2))
    assert likeness(ANS, heard(lan)).score == 0
    await found.asks("consult-complete")
    await asyncio.wait_for(mobile.is_over.wait(), PATIENCE_S)
    await talk(lan, minh)
    await lan.hang_up()
    await asyncio.wait_for(minh.is_over.wait(), PATIENCE_S)
    await line.office.story()


async def test_customer_and_agents_mobile_phone_talk_at_twilio_and_are_held_and_muted_there(
    line: Line,
) -> None:
    office, server = line.office, line.office.server
    found = await taken(line, BY_TWIML)
    an, call, lan, mobile = found.an, found.call, found.lan, found.mobile
    await meets(line, lan, mobile)
    await talk(lan, mobile)

    await server.calls.hold(call, an)
    await meets(line, mobile)
    lan.heard.clear()
    await hears_it(lan, await office.music(2))
    await server.calls.resume(call, an)
    await meets(line, lan, mobile)

    await server.calls.mute(call, an, muted=True)

    async def is_muted() -> bool:
        return 'muted="true"' in mobile.documents[-1]

    await until(is_muted, "Twilio is told")
    await meets(line, lan, mobile)
    lan.heard.clear()
    mobile.speak(mulaw_encode(ANS))
    lan.speak(mulaw_encode(LANS) * 10)
    await hears_it(mobile, LANS)
    lan.hush()
    assert likeness(ANS, heard(lan)).score == 0
    await server.calls.mute(call, an, muted=False)
    await meets(line, lan, mobile)

    await mobile.hang_up()
    await hears_it(lan, await office.prompt("Thank you for calling."))
    story = await office.story()
    assert outcome(story) == ("served", "agent_hung_up")
    assert [leg["stats"] for leg in legs_of(story)] == [None, None], "no sound of theirs came to us"
    assert lan.streams == mobile.streams == 0
    assert "Sip" not in "".join(lan.documents)


async def test_a_talk_at_twilio_whose_end_nobody_told_ends_here_too(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twiml, "SILENT_S", 1.0)
    await line.office.open(SENT_ON)
    await line.office.publish(SENT_ON, number=BY_TWIML)
    lan = line.twilio.caller(LAN, BY_TWIML)
    await lan.dial()
    minh = await called(line, MINH)
    await meets(line, lan, minh)
    for one in (lan, minh):
        await one.vanish()
        one.state.status = "completed"
    assert outcome(await line.office.story())[0] == "transferred"


async def test_a_transfer_outside_without_streams_stays_at_twilio(line: Line) -> None:
    await line.office.open(SENT_ON)
    await line.office.publish(SENT_ON, number=BY_TWIML)
    lan = line.twilio.caller(LAN, BY_TWIML, CallToken="her-token")
    await lan.dial()
    minh = await called(line, MINH)
    await meets(line, lan, minh)
    await talk(lan, minh)
    await lan.hang_up()
    await asyncio.wait_for(minh.is_over.wait(), PATIENCE_S)
    assert (minh.state.asked["From"], minh.state.asked["CallToken"]) == (LAN, "her-token")
    assert outcome(await line.office.story())[0] == "transferred"
