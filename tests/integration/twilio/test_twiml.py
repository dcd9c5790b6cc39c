"""Calls step by step by TwiML, where no stream can be had: the same flow, the same trace."""

import asyncio

import pytest

from tests.integration.flows.sample import SPEAKING
from tests.integration.telephony.stage import (
    ENOUGH,
    LAN,
    MENU,
    PATIENCE_S,
    RECORDED_DESK,
    hears,
    likeness,
    of_kind,
    outcome,
    steps_of,
    until,
)
from tests.integration.twilio.conftest import BY_TWIML, NUMBER, Line
from tests.integration.twilio.test_streams import MENU_TEXT, hears_it, told
from tests.support.audio import english, mulaw_encode, read_wav
from tests.support.fake_twilio.caller import FakeCaller
from threadline.kernel.events import CallEventKind as Kind
from threadline.kernel.ids import RecordingId

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

COLLECT = """\
threadline: 1
kind: flow
id: order
title: An order
entry: ask
languages: {default: en-US, supported: [en-US]}
vars: {order_no: {type: string}}
prompts:
  ask: {en-US: {text: "Your order number, please, and the pound key."}}
  sorry: {en-US: {text: "We did not hear you."}}
  thanks: {en-US: {text: "Thank you."}}
steps:
  ask:
    type: collect
    prompt: ask
    var: order_no
    digits: {min: 4, max: 8}
    tries: 2
    first_digit_timeout: 2s
    no_input: sorry
    on_fail: {next: end}
    next: thanks
  thanks: {type: say, prompt: thanks, next: end}
  end: {type: hangup}
"""


@pytest.fixture
def line(shared_line: Line) -> Line:
    return shared_line


async def test_the_same_flow_by_stream_and_by_twiml_leaves_the_same_trace(line: Line) -> None:
    office = line.office
    await office.open(MENU)
    for number in (NUMBER, BY_TWIML):
        await office.publish(MENU, number=number)
    stories = []
    for count, number in enumerate((NUMBER, BY_TWIML), 1):
        lan = line.twilio.caller(LAN, number)
        await lan.dial()
        await hears_it(lan, (await office.prompt(MENU_TEXT))[:8000])
        lan.press("4")
        stories.append(await office.story(count=count))
        await hears_it(lan, await office.prompt("We are fine."))
        await asyncio.wait_for(lan.is_over.wait(), PATIENCE_S)
    by_stream, by_twiml = stories
    assert told(by_stream) == told(by_twiml)
    assert by_stream["thread"] == by_twiml["thread"]
    assert outcome(by_stream) == outcome(by_twiml)
    assert lan.streams == 0
    assert "Connect" not in lan.verbs


async def test_digits_are_taken_together_and_silence_is_answered_in_time(line: Line) -> None:
    office = line.office
    await office.open(COLLECT)
    await office.publish(COLLECT, number=BY_TWIML)
    lan = line.twilio.caller(LAN, BY_TWIML)
    await lan.dial()
    await hears_it(lan, await office.prompt("We did not hear you."))
    await hears_it(lan, (await office.prompt("Your order number, please, and the pound key."))[:8000])
    lan.press("20261#")
    await hears_it(lan, await office.prompt("Thank you."))
    story = await office.story()
    assert steps_of(story) == ["ask", "thanks", "end"]
    assert [one["keys"] for one in of_kind(story, Kind.KEYS)][-1] == "20261"


async def test_a_menu_that_listens_takes_keys_and_records_nothing_for_it(line: Line) -> None:
    office = line.office
    await office.open(SPEAKING)
    await office.publish(SPEAKING, number=BY_TWIML)
    lan = line.twilio.caller(LAN, BY_TWIML)
    await lan.dial()
    await office.event(Kind.STEP, step="main")
    lan.press("2")
    story = await office.story()
    assert steps_of(story) == ["main", "thanks"]
    assert "Record" not in lan.verbs


async def test_keys_delivered_twice_are_pressed_once(line: Line) -> None:
    office = line.office
    await office.open(COLLECT)
    await office.publish(COLLECT, number=BY_TWIML)
    twilio = line.twilio
    lan = twilio.caller(LAN, BY_TWIML)
    _, document = await twilio.post(twilio.voice_url, lan.form(CallStatus="ringing"))
    action = document.partition('action="')[2].partition('"')[0]
    form = lan.form(CallStatus="in-progress", Digits="12")
    for _ in range(3):
        assert (await twilio.post(action, form))[0] == 200
    await twilio.post(twilio.status_url, lan.form(CallStatus="completed"))
    story = await office.story()
    assert [one["keys"] for one in of_kind(story, Kind.KEYS)] in ([], ["12"])


async def test_a_message_left_at_twilio_is_fetched_and_is_in_her_thread(line: Line) -> None:
    office = line.office
    await office.open(RECORDED_DESK)
    await office.publish(RECORDED_DESK, number=BY_TWIML)
    line.twilio.recordings_late = 2
    lan = line.twilio.caller(LAN, BY_TWIML)
    clip = english("please-try-call-later")
    await lan.dial()
    await hears_it(lan, await office.prompt("Your message, please."))
    lan.speak(mulaw_encode(clip))
    story = await office.story()
    assert outcome(story)[0] == "voicemail"
    taken = of_kind(story, Kind.VOICEMAIL)[0]
    recording = RecordingId(taken["recording"])  # type: ignore[arg-type]
    left, right = read_wav((await office.server.recordings.audio(recording)).path)
    assert likeness(clip, left).score >= ENOUGH
    assert likeness(clip, right).score == 0


async def test_a_caller_of_a_twiml_number_and_an_agent_talk_once_twilio_has_called_our_sip_port(
    line: Line,
) -> None:
    office = line.office
    await office.open(RECORDED_DESK, record=True)
    await office.publish(RECORDED_DESK, number=BY_TWIML, record=True)
    an = await office.hire("an", "101")
    await office.ready(an)
    ans, lans = english("vm-intro"), english("please-try-call-later")
    async with office.desk("101", says=ans) as desk, office.customer("twilio", None) as arm:
        over = asyncio.Event()

        async def dial_sip(target: str, caller: FakeCaller) -> str:
            await office.call(arm, target.removeprefix("sip:").partition("@")[0])
            await over.wait()
            return "completed"

        line.twilio.dial_sip = dial_sip
        lan = line.twilio.caller(LAN, BY_TWIML)
        await lan.dial()
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await office.event(Kind.CONNECTED)
        await hears(arm, ans)
        await arm.speak(lans)
        await hears(desk, lans)
        await desk.hang_up()
        story = await office.story()
        over.set()
    assert outcome(story)[0] == "served"
    assert story["from"] == LAN
    recording = RecordingId(of_kind(story, Kind.RECORDING)[0]["recording"])  # type: ignore[arg-type]
    left, right = read_wav((await office.server.recordings.audio(recording)).path)
    assert likeness(lans, left).score >= ENOUGH
    assert likeness(ans, right).score >= ENOUGH


async def test_a_meeting_nobody_asked_for_is_no_number(line: Line) -> None:
    office = line.office
    await office.open(MENU)
    async with office.customer("stranger", None) as arm:
        await arm.dial("meet-somebody")
        first = await arm.events.take(
            lambda event: event["type"] in ("CALL_ESTABLISHED", "CALL_CLOSED"), timeout_s=PATIENCE_S, what="answer"
        )  # fmt: skip
    assert first["type"] == "CALL_CLOSED"


async def test_a_caller_who_hangs_up_in_her_message_is_still_heard(line: Line) -> None:
    office = line.office
    await office.open(RECORDED_DESK)
    await office.publish(RECORDED_DESK, number=BY_TWIML)
    lan = line.twilio.caller(LAN, BY_TWIML)
    await lan.dial()
    await hears_it(lan, await office.prompt("Your message, please."))

    async def is_recording() -> bool:
        return "Record" in lan.verbs

    await until(is_recording, "her message is taken")
    sid = line.twilio.sid("RE")
    line.twilio.keep_recording(sid, mulaw_encode(english("please-try-call-later")))
    twilio = line.twilio
    await lan.vanish()
    await twilio.post(twilio.status_url, lan.form(CallStatus="completed"))
    await twilio.post(
        twilio.voice_url.replace("/voice", "/recorded"),
        lan.form(
            CallStatus="completed", RecordingSid=sid, RecordingStatus="completed", RecordingDuration="3"
        ),
    )
    story = await office.story()
    assert outcome(story)[0] == "voicemail"
