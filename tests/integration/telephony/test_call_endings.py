"""Where calls end: in the menu, in the queue, while it rings, in voicemail, before they began, and at a drain."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.integration.telephony.stage import (
    ENOUGH,
    FRONT_DESK,
    MENU,
    PATIENCE_S,
    Office,
    hears,
    kinds,
    likeness,
    of_kind,
    outcome,
    steps_of,
    until,
)
from tests.support import scenarios
from tests.support.audio import RATE, read_wav, warble
from tests.support.house import ALWAYS_OPEN, HOTLINE
from tests.support.scenarios import Who
from tests.support.sipp import run_sipp
from threadline.kernel.events import AgentState
from threadline.kernel.events import CallEventKind as Kind
from threadline.kernel.ids import CallId, RecordingId

pytestmark = pytest.mark.integration

WAITING_ROOM = FRONT_DESK.replace(
    "    hold: {offers",
    "    hold: {announce: {position: true, first_after: 1s}, periodic: [{every: 5s, prompt: note}], offers",
).replace("prompts:\n", 'prompts:\n  note: {en-US: {text: "Nobody is forgotten."}}\n')


async def test_a_customer_who_hangs_up_in_the_menu_left_in_the_menu(office: Office) -> None:
    await office.open(MENU)
    async with office.customer() as lan:
        await office.call(lan)
        await office.event(Kind.STEP, step="main")
        await lan.hang_up()
    story = await office.story()
    assert outcome(story) == ("left_in_menu", "customer_hung_up")
    assert kinds(story) == ["started", "answered", "ended"]


async def test_a_flow_that_reaches_its_own_end_served_the_customer_itself(office: Office) -> None:
    await office.open(MENU)
    async with office.customer() as lan:
        await office.call(lan)
        await lan.press("4")
        await hears(lan, await office.prompt("We are fine."))
        await lan.closed(timeout_s=PATIENCE_S)
    story = await office.story()
    assert outcome(story) == ("self_served", "flow_ended")
    assert [(one["step"], one["keys"]) for one in of_kind(story, Kind.KEYS)] == [("main", "4")]


async def test_who_waits_hears_music_her_place_and_a_note_and_hanging_up_she_abandoned_the_queue(
    office: Office,
) -> None:
    await office.open(WAITING_ROOM)
    an = await office.hire("an", "101")
    async with office.customer("lan") as lan, office.customer("minh", "+84907654321") as minh:
        await office.ready(an)  # somebody is there, but ...
        await office.server.router.set_state(an, AgentState.AWAY)
        await office.call(lan)
        await office.call(minh)
        await office.event(Kind.QUEUED, count=2)
        at_first = await hears(lan, await office.music(1))
        place = await hears(lan, await office.prompt("You are number 1 in line."), at_first.offset_s)
        note = await hears(lan, await office.prompt("Nobody is forgotten."), place.offset_s)
        goes_on = (await office.music(7))[5 * RATE :]
        await hears(lan, goes_on, note.offset_s + 1)
        await lan.hang_up()
        story = await office.story()
        assert outcome(story) == ("abandoned", "customer_hung_up")
        assert kinds(story) == ["started", "answered", "queued", "ended"]
        left = [queue for queue in await office.server.router.queues() if queue["waiting"]]
        assert [queue["waiting"] for queue in left] == [1], "Minh still waits"
        await minh.hang_up()
        await office.story(count=2)


async def test_a_full_queue_and_a_holiday_lead_where_the_flow_says_and_a_message_may_be_left(
    office: Office,
) -> None:
    await office.open(
        FRONT_DESK.replace(
            "    timeout: message\n", "    timeout: end\n    full: message\n    closed: thanks\n"
        )
    )
    an = await office.hire("an", "101")
    await office.server.router.set_state(an, AgentState.AWAY)
    router = office.server.router
    await router.define_queue("support", "Support", need={"support": 1}, max_waiting=1)
    async with office.customer("lan") as lan, office.customer("minh", "+84907654321") as minh:
        await office.call(lan)
        await office.event(Kind.QUEUED)
        await office.call(minh)
        await hears(minh, await office.prompt("Your message, please."))
        await minh.hang_up()
        await minh.closed(timeout_s=PATIENCE_S)
        assert of_kind(await office.story(), Kind.UNQUEUED)[0]["reason"] == "full"
        today = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()
        feast: Any = [{"date": (today + timedelta(days=n)).isoformat(), "name": "A feast"} for n in (0, 1)]
        await office.server.flows.set_calendar("shop", "Asia/Ho_Chi_Minh", ALWAYS_OPEN, feast)
        await router.define_queue("support", "Support", need={"support": 1}, calendar="shop")
        await office.call(minh)
        await hears(minh, await office.prompt("Thank you for calling."))
        assert of_kind(await office.story(count=2), Kind.UNQUEUED)[0]["reason"] == "closed"
        assert office.server.controller.active, "who was let in before the hours ended still waits"
        await lan.hang_up()
        await office.story(count=3)


async def test_a_customer_who_hangs_up_while_it_rings_stops_the_ringing(office: Office) -> None:
    await office.open(FRONT_DESK)
    an = await office.hire("an", "101")
    await office.ready(an)
    async with office.desk("101") as desk, office.customer() as lan:
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await lan.hang_up()
        await desk.closed(timeout_s=PATIENCE_S)
        await office.becomes(an, "ready")
    story = await office.story()
    assert outcome(story) == ("abandoned", "customer_hung_up")
    assert kinds(story) == ["started", "answered", "queued", "offered", "ended"]


async def test_where_nobody_could_ever_answer_the_customer_leaves_a_message(office: Office) -> None:
    await office.open(FRONT_DESK)
    words = warble(7, 2.5)
    async with office.customer() as lan:
        await office.call(lan)
        await hears(lan, await office.prompt("Your message, please."))
        await lan.hears_tone(1000, timeout_s=PATIENCE_S)
        await lan.speak(words)
        await lan.closed(timeout_s=PATIENCE_S)  # two seconds of silence end it
    story = await office.story()
    assert outcome(story) == ("voicemail", "flow_ended")
    assert steps_of(story) == ["to_support", "message", "end"]
    assert of_kind(story, Kind.UNQUEUED)[0]["reason"] == "no_agents"
    note = of_kind(story, Kind.VOICEMAIL)[0]
    assert note["box"] == "support"

    recording = RecordingId(note["recording"])  # type: ignore[arg-type]  # a UUID as text
    audio = await office.server.recordings.audio(recording)
    left = read_wav(audio.path)[0]
    assert likeness(words, left).score >= ENOUGH
    assert (await office.server.recordings.transcript(recording))["state"] in ("queued", "running", "ready")
    contact = (await office.server.threads.contacts("+84901234567", "VN"))[0]
    items = contact["work_items"]
    assert isinstance(items, list)
    assert len(items) == 1


async def test_a_message_ended_by_hanging_up_is_kept_all_the_same(office: Office) -> None:
    await office.open(FRONT_DESK)
    words = warble(8, 2.5)
    async with office.customer() as lan:
        await office.call(lan)
        await lan.hears_tone(1000, timeout_s=PATIENCE_S)
        await lan.speak(words)
        while likeness(words, lan.said()).score < ENOUGH:
            await asyncio.sleep(0.1)
        await lan.hang_up()
    story = await office.story()
    assert outcome(story) == ("voicemail", "customer_hung_up")
    assert len(of_kind(story, Kind.VOICEMAIL)) == 1
    contact = (await office.server.threads.contacts("+84901234567", "VN"))[0]
    assert contact["work_items"], "somebody has to listen to it"


async def test_a_withheld_caller_gets_a_thread_nobody_else_gets(office: Office) -> None:
    await office.open(MENU)
    await office.server.accounts.add_account(
        "anonymous", office.server.settings.realm, "x", md5=True, number=""
    )
    who = Who("anonymous", challenged=True, password="x")
    for count in (1, 2):
        xml = scenarios.caller(who, [scenarios.pause(200)])
        done = await run_sipp(office.folder, xml, f"127.0.0.1:{office.server.sip.port}", service=HOTLINE)
        assert done.successful == 1, done.errors
        story = await office.story(count=count)
        assert story["from"] is None
        entry: Any = await office.entry(CallId(UUID(str(story["id"]))))
        assert entry["call"]["number"] in (None, "", "anonymous")
    threads = {event.call for event in office.events}
    details = [await office.server.calls.detail(call) for call in threads]
    assert len({one["thread"] for one in details}) == 2


async def test_a_number_nobody_published_is_answered_404(office: Office) -> None:
    await office.open(MENU)
    async with office.customer() as lan:
        await lan.dial("19009999")
        assert "404" in await lan.closed(timeout_s=PATIENCE_S)
    assert office.events == []


async def test_a_drain_turns_new_calls_away_and_lets_running_ones_finish(office: Office) -> None:
    await office.open(FRONT_DESK)
    an = await office.hire("an", "101", wrap_up_s=0)
    await office.ready(an)
    async with (
        office.desk("101", says=warble(1)) as desk,
        office.customer("lan") as lan,
        office.customer("minh", "+84907654321") as minh,
    ):
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        office.server.sip.drain()
        await minh.dial(HOTLINE)
        assert "503" in await minh.closed(timeout_s=PATIENCE_S)
        await desk.answer()  # what rang before may still be answered
        await office.event(Kind.CONNECTED)
        async with asyncio.TaskGroup() as tasks:
            finishing = tasks.create_task(office.server.controller.finish(PATIENCE_S), name="finish")
            await hears(lan, warble(1))
            assert not finishing.done()
            await lan.hang_up()
    assert outcome(await office.story()) == ("served", "customer_hung_up")


async def test_what_still_runs_at_the_end_of_a_drain_is_ended_and_says_so(office: Office) -> None:
    await office.open(FRONT_DESK)
    an = await office.hire("an", "101", wrap_up_s=0)
    await office.ready(an)
    async with (
        office.desk("101") as desk,
        office.customer("lan") as lan,
        office.customer("minh", "+84907654321") as minh,
    ):
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await office.event(Kind.CONNECTED)
        await office.call(minh)
        await office.event(Kind.QUEUED, count=2)
        await office.server.controller.finish(0)
        await lan.closed(timeout_s=PATIENCE_S)
        await minh.closed(timeout_s=PATIENCE_S)
        await desk.closed(timeout_s=PATIENCE_S)
    for count in (1, 2):
        assert outcome(await office.story(count=count)) == ("failed", "shutdown")
    await office.becomes(an, "ready")

    async def nobody_waits() -> bool:
        return not any(queue["waiting"] for queue in await office.server.router.queues())

    await until(nobody_waits, "the queue is empty")
