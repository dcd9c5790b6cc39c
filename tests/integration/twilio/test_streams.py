"""Calls by Twilio's media streams: the same menu, queue, talk and story as any other call."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from tests.integration.telephony.stage import (
    ENOUGH,
    LAN,
    MENU,
    PATIENCE_S,
    RECORDED_DESK,
    Office,
    hears,
    likeness,
    of_kind,
    outcome,
    steps_of,
    until,
)
from tests.integration.twilio.conftest import NUMBER, Line
from tests.support.audio import Sound, english, mulaw_decode, mulaw_encode, read_wav
from tests.support.fake_twilio.caller import FakeCaller
from tests.support.house import HOTLINE
from threadline.kernel.events import CallEventKind as Kind
from threadline.kernel.ids import RecordingId, ThreadId

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

MENU_TEXT = "For support, press 3. To hear how we are, press 4."
SHE_ALONE = "+84907654321"  # calls once, so that her thread has one entry
LOOK_EVERY = 4000  # samples: half a second
BUSY = """\
threadline: 1
kind: flow
id: busy
title: Nobody is let in
entry: no
languages: {default: en-US, supported: [en-US]}
steps:
  no: {type: reject, cause: busy}
"""


@pytest.fixture
def line(shared_line: Line) -> Line:
    return shared_line


def heard(caller: FakeCaller) -> Sound:
    return mulaw_decode(bytes(caller.heard))


def told(story: Any) -> list[tuple[Any, ...]]:
    """The ledger as what every way in has in common."""
    return [(one["type"], one["data"].get("step"), one["data"].get("keys")) for one in story["events"]]


async def hears_it(caller: FakeCaller, clip: Sound) -> None:
    """Looks whenever she has heard a good bit more; it costs too much to do so all the time."""
    looked_at = before = 0

    async def has() -> bool:
        nonlocal looked_at, before
        length, is_still = len(caller.heard), len(caller.heard) == before
        before = length
        if length == looked_at or (length - looked_at < LOOK_EVERY and not is_still):
            return False
        begin = 0 if looked_at == 0 else max(0, looked_at - len(clip) - LOOK_EVERY)
        looked_at = length
        found = await asyncio.to_thread(likeness, clip, heard(caller)[begin:length])
        return found.score >= ENOUGH

    await until(has, "the caller hears the clip")


async def open_menu(office: Office) -> None:
    await office.open(MENU)
    await office.publish(MENU, number=NUMBER)


async def test_a_caller_hears_the_menu_presses_a_key_and_her_call_ends_in_her_thread(line: Line) -> None:
    office = line.office
    await open_menu(office)
    lan = line.twilio.caller(LAN, NUMBER)
    await lan.dial()
    await hears_it(lan, await office.prompt(MENU_TEXT))
    lan.press("4")
    story = await office.story()
    assert outcome(story) == ("self_served", "flow_ended")
    assert steps_of(story) == ["main", "fine", "end"]
    await hears_it(lan, await office.prompt("We are fine."))
    await asyncio.wait_for(lan.is_over.wait(), PATIENCE_S)
    assert story["from"] == LAN
    entry = await office.entry(office.events[0].call)
    assert entry["call"]["id"] == story["id"]  # type: ignore[index, call-overload]


async def test_what_is_left_of_a_prompt_is_dropped_at_twilio_when_a_key_cuts_it_short(line: Line) -> None:
    await open_menu(line.office)
    lan = line.twilio.caller(LAN, NUMBER)
    await lan.dial()
    await hears_it(lan, (await line.office.prompt(MENU_TEXT))[:8000])
    lan.press("4")
    await line.office.story()
    assert lan.cleared == 1


async def test_the_same_call_by_sip_and_by_stream_leaves_the_same_trace(line: Line) -> None:
    office = line.office
    await open_menu(office)
    lan = line.twilio.caller(LAN, NUMBER)
    await lan.dial()
    await hears_it(lan, await office.prompt(MENU_TEXT))
    lan.press("4")
    by_stream = await office.story()
    async with office.customer("minh", LAN) as phone:
        await office.call(phone, HOTLINE)
        await hears(phone, await office.prompt(MENU_TEXT))
        await phone.press("4")
        by_sip = await office.story(count=2)

    assert told(by_stream) == told(by_sip)
    assert by_stream["thread"] == by_sip["thread"], "one customer, one thread"
    assert outcome(by_stream) == outcome(by_sip)


async def test_caller_and_agent_talk_and_are_recorded_each_on_his_own_channel(line: Line) -> None:
    office = line.office
    await office.open(RECORDED_DESK, record=True)
    await office.publish(RECORDED_DESK, number=NUMBER, record=True)
    an = await office.hire("an", "101")
    await office.ready(an)
    ans, lans = english("vm-intro"), english("please-try-call-later")
    async with office.desk("101", says=ans) as desk:
        lan = line.twilio.caller(LAN, NUMBER)
        lan.frame_bytes = 70  # Twilio promises no length
        await lan.dial()
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await office.event(Kind.CONNECTED)
        lan.speak(mulaw_encode(lans))
        await hears_it(lan, ans)
        await hears(desk, lans)
        await lan.hang_up()
        await desk.closed(timeout_s=PATIENCE_S)
    story = await office.story()
    assert outcome(story) == ("served", "customer_hung_up")
    recording = RecordingId(of_kind(story, Kind.RECORDING)[0]["recording"])  # type: ignore[arg-type]
    left, right = read_wav((await office.server.recordings.audio(recording)).path)
    assert likeness(lans, left).score >= ENOUGH
    assert likeness(ans, right).score >= ENOUGH
    assert likeness(lans, right).score == 0


async def test_a_socket_cut_three_times_brings_her_back_to_her_step_and_says_nothing_twice(
    line: Line,
) -> None:
    office = line.office
    await open_menu(office)
    lan = line.twilio.caller(SHE_ALONE, NUMBER)
    await lan.dial()
    prompt = await office.prompt(MENU_TEXT)
    for number in range(3):
        await hears_it(lan, prompt[:8000])
        await lan.cut()
        lan.heard.clear()

        async def is_back(number: int = number) -> bool:
            return lan.streams == number + 2

        await until(is_back, "a new stream")
    await hears_it(lan, prompt)
    lan.press("4")
    story = await office.story()
    assert steps_of(story) == ["main", "fine", "end"]
    assert outcome(story) == ("self_served", "flow_ended")
    thread = await office.server.threads.timeline(ThreadId(UUID(str(story["thread"]))))
    assert len(thread["entries"]) == 1  # type: ignore[arg-type]


async def test_a_flow_that_refuses_is_heard_as_busy_and_no_stream_is_opened(line: Line) -> None:
    await line.office.publish(BUSY, number=NUMBER)
    lan = line.twilio.caller(LAN, NUMBER)
    await lan.dial()
    await asyncio.wait_for(lan.is_over.wait(), PATIENCE_S)
    assert lan.state.status == "busy"
    assert lan.streams == 0
    assert outcome(await line.office.story())[1] == "flow_rejected_busy"


async def test_a_number_nobody_answers_is_refused_and_leaves_nothing(line: Line) -> None:
    lan = line.twilio.caller(LAN, "+842879999999")
    await lan.dial()
    await asyncio.wait_for(lan.is_over.wait(), PATIENCE_S)
    assert lan.verbs == ["Reject"]
    assert not line.office.server.controller.active


async def test_a_caller_whose_stream_is_lost_for_good_ends_after_a_while(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telephony.legs.twilio.AWAY_S", 0.5)
    await open_menu(line.office)
    lan = line.twilio.caller(LAN, NUMBER)
    await lan.dial()
    await hears_it(lan, (await line.office.prompt(MENU_TEXT))[:8000])
    await lan.vanish()  # neither the stream's end nor a callback is told
    story = await line.office.story()
    assert outcome(story)[1] in ("customer_hung_up", "stream_lost")

    async def is_ended() -> bool:
        return any(form.get("Status") == "completed" for _, form in line.twilio.requests)

    await until(is_ended, "Twilio is told to end it")
