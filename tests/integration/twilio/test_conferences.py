"""A number without streams, and somebody at Twilio to talk to: the talk stays there, in a conference."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count

import pytest

from omnichannel.administration.users import UserGiven
from omnichannel.audit.service import SYSTEM
from telephony.legs import twiml
from telephony.twilio.tones import tone as key_sound
from tests.integration.telephony.stage import (
    ENOUGH,
    FRONT_DESK,
    LAN,
    MINH,
    PATIENCE_S,
    RECORDED_DESK,
    hears,
    legs_of,
    likeness,
    of_kind,
    outcome,
    until,
)
from tests.integration.twilio.conftest import BY_TWIML, NUMBER, Line
from tests.integration.twilio.test_mobiles import ANS, LANS, MOBILE
from tests.integration.twilio.test_out import SENT_ON, called
from tests.integration.twilio.test_streams import heard, hears_it
from tests.support.audio import english, find_tone, mulaw_decode, mulaw_encode, read_wav, silence, tone
from tests.support.baresip import Baresip
from tests.support.fake_twilio.caller import FakeCaller
from threadline.kernel.events import CallEventKind as Kind
from threadline.kernel.events import JsonValue
from threadline.kernel.ids import AgentId, CallId, RecordingId

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

CHIS = "+84933333333"
CHIS_WORDS = english("queue-thankyou")
LOWEST_HZ, STEP_HZ = 400, 70
PURE = 0.8  # of the energy of some 100 ms
TAIL = 2400  # samples
HERTZ = count(LOWEST_HZ, STEP_HZ)


EXTENSIONS = count(101)


@pytest.fixture
def line(shared_line: Line) -> Line:
    return shared_line


async def meets(line: Line, *callers: FakeCaller) -> None:
    async def are_together() -> bool:
        return {*callers} in line.twilio.rooms

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


async def newcomer(line: Line, name: str) -> tuple[AgentId, str]:
    """Somebody of ours, and his extension."""
    extension = str(next(EXTENSIONS))
    return await line.office.hire(f"{name}{extension}", extension), extension


async def on_mobile(line: Line, name: str, number: str) -> AgentId:
    """Somebody whose telephone is his mobile phone."""
    agent, extension = await newcomer(line, name)
    given = UserGiven(
        f"{name}{extension}", name, "agent", "vi-VN", extension, 30, device="mobile", mobile=number
    )
    await line.office.server.administration.users.change(agent, given, None, SYSTEM)
    return agent


async def taken(line: Line, number: str, *, record: bool = False) -> Talk:
    office, server = line.office, line.office.server
    flow = RECORDED_DESK if record else FRONT_DESK
    await office.open(flow, ring_timeout_s=60, record=record)
    await office.publish(flow, number=number, record=record)
    an = await on_mobile(line, "an", MOBILE)
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
        return any(seat.is_muted for room in line.twilio.conferences.values() for seat in room.seats.values())

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


async def sounds(
    speaker: FakeCaller, *, to: Sequence[FakeCaller], not_to: Sequence[FakeCaller] = ()
) -> float:
    """Makes a tone nobody made before: these hear it, those did not by then. Its Hertz."""
    hertz = next(HERTZ)
    since = {one: len(one.heard) for one in (*to, *not_to)}

    def share(one: FakeCaller) -> float:
        return find_tone(hertz, heard(one)[since[one] :]).score

    speaker.speak(mulaw_encode(tone(hertz, 30)))
    for one in to:

        async def is_heard(one: FakeCaller = one) -> bool:
            return await asyncio.to_thread(share, one) > PURE

        await until(is_heard, f"{one.state.to} hears {speaker.state.to}")
    for one in not_to:
        assert share(one) < PURE, f"{one.state.to} heard {speaker.state.to}"
    speaker.hush()
    for one in to:

        async def is_through(one: FakeCaller = one) -> bool:
            found = await asyncio.to_thread(find_tone, hertz, heard(one)[-TAIL:])
            return found.score < PURE

        await until(is_through, "what is on its way has been heard")
    return hertz


@pytest.mark.parametrize("number", [NUMBER, BY_TWIML], ids=["by stream", "at Twilio"])
async def test_supervisors_and_a_third_person_come_into_a_recorded_talk(line: Line, number: str) -> None:
    office, controls = line.office, line.office.server.controls
    assert controls is not None
    is_at_twilio = number == BY_TWIML
    line.twilio.recordings_late = 1

    async def are_in(*callers: FakeCaller) -> None:
        if is_at_twilio:
            await meets(line, *callers)

    found = await taken(line, number, record=True)
    lan, an = found.lan, found.mobile
    chi = await on_mobile(line, "chi", CHIS)
    await controls.monitor(found.call, chi, "listen")
    boss = await called(line, CHIS)
    boss.press("1")
    await are_in(lan, an, boss)
    documents = len(boss.documents)
    boss.speak(mulaw_encode(tone(next(HERTZ), 30)))  # whoever heard it would hear no pure tone of another
    from_lan = await sounds(lan, to=[an, boss])
    await sounds(an, to=[lan, boss])
    boss.hush()
    await controls.monitor(found.call, chi, "whisper")
    whispered = await sounds(boss, to=[an], not_to=[lan])
    await controls.monitor(found.call, chi, "barge")
    barged = await sounds(boss, to=[an, lan])
    await controls.monitor(found.call, chi, "listen")
    assert len(boss.documents) == documents, "nobody leaves a conference to be heard by others"

    await found.asks("consult", kind="number", id=MINH)
    minh = await called(line, MINH)
    await are_in(an, boss, minh)
    await sounds(an, to=[minh, boss], not_to=[lan])
    await sounds(minh, to=[an, boss], not_to=[lan])
    await found.asks("recording-pause")
    await found.asks("consult-join")
    await are_in(lan, an, boss, minh)
    masked = await sounds(lan, to=[an, minh, boss])
    await sounds(minh, to=[lan, an])
    await found.asks("recording-resume")
    await controls.control(found.call, "leave", chi)
    await are_in(lan, an, minh)
    await office.server.calls.press(found.call, found.an, "42")
    await far_end_gets(lan, "42", is_at_twilio=is_at_twilio)
    await are_in(lan, an, minh)
    await talk(lan, an)
    await an.hang_up()
    await are_in(lan, minh)
    await lan.hang_up()
    await asyncio.wait_for(minh.is_over.wait(), PATIENCE_S)
    story = await office.story()
    assert outcome(story)[0] == "served"

    recording = RecordingId(of_kind(story, Kind.RECORDING)[0]["recording"])  # type: ignore[arg-type]
    left, right = read_wav((await office.server.recordings.audio(recording)).path)
    assert likeness(LANS, left).score >= ENOUGH
    assert likeness(ANS, right).score >= ENOUGH
    assert likeness(LANS, right).score == 0
    assert find_tone(from_lan, left).score > PURE
    assert find_tone(barged, right).score > PURE
    assert find_tone(whispered, right).score < PURE
    assert find_tone(masked, left).score < PURE, "the recording was paused"
    assert bool(line.twilio.deleted) is is_at_twilio
    assert all(bool(one.streams) is not is_at_twilio for one in (lan, an, boss, minh))


async def far_end_gets(caller: FakeCaller, keys: str, *, is_at_twilio: bool) -> None:
    """As keys Twilio is to press, or as their tones in the stream."""

    async def are_pressed() -> bool:
        return caller.pressed == keys

    if is_at_twilio:
        await until(are_pressed, "Twilio presses the keys")
    else:
        for key in keys:
            await hears_it(caller, mulaw_decode(b"".join(key_sound(key, number) for number in range(3))))


async def test_a_supervisor_with_a_telephone_of_ours_brings_a_talk_at_twilio_here(line: Line) -> None:
    office, controls = line.office, line.office.server.controls
    assert controls is not None
    found = await taken(line, BY_TWIML)
    lan, an = found.lan, found.mobile
    await meets(line, lan, an)
    chi, extension = await newcomer(line, "chi")
    arms: dict[FakeCaller, Baresip] = {}
    over = asyncio.Event()
    async with AsyncExitStack() as phones:
        desk = await phones.enter_async_context(office.desk(extension))
        for one in (lan, an):
            arms[one] = await phones.enter_async_context(office.customer(f"arm{len(arms)}", None))

        async def dial_sip(target: str, caller: FakeCaller) -> str:
            if not over.is_set():
                await office.call(arms[caller], target.removeprefix("sip:").partition("@")[0])
            await over.wait()
            return "completed"

        line.twilio.dial_sip = dial_sip
        await controls.monitor(found.call, chi, "whisper")
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await arms[an].speak(ANS)
        await hears(desk, ANS)
        await hears(arms[lan], ANS)
        await arms[an].speak(silence(0.1))
        await desk.speak(LANS)
        await hears(arms[an], LANS)
        assert likeness(LANS, arms[lan].heard()).score == 0
        await desk.hang_up()
        await arms[lan].speak(CHIS_WORDS)
        await hears(arms[an], CHIS_WORDS)
        await lan.hang_up()
        over.set()
        assert outcome(await office.story()) == ("served", "customer_hung_up")


async def test_where_twilio_does_not_reach_our_port_the_talk_goes_on_without_the_supervisor(
    line: Line,
) -> None:
    office, controls = line.office, line.office.server.controls
    assert controls is not None
    found = await taken(line, BY_TWIML)
    lan, an = found.lan, found.mobile
    await meets(line, lan, an)
    chi, extension = await newcomer(line, "chi")
    async with office.desk(extension) as desk:
        await controls.monitor(found.call, chi, "listen")
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()

        async def was_tried() -> bool:
            return any("<Sip>" in document for document in lan.documents)

        await until(was_tried, "Twilio was asked to call our port")
        await meets(line, lan, an)
        await talk(lan, an)
        await lan.hang_up()
        assert outcome(await office.story()) == ("served", "customer_hung_up")


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
