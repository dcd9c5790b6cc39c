"""Calls through the whole server: queue, talk, hold, and who hangs up first."""

import pytest

from tests.integration.telephony.stage import (
    ENOUGH,
    FRONT_DESK,
    LAN,
    PATIENCE_S,
    Office,
    hears,
    kinds,
    legs_of,
    likeness,
    of_kind,
    outcome,
    steps_of,
)
from tests.support.audio import tone, warble
from tests.support.baresip import Baresip
from threadline.kernel.events import CallEventKind as Kind
from threadline.kernel.ids import AgentId, CallId

pytestmark = pytest.mark.integration


async def connect(office: Office, an: AgentId, desk: Baresip, lan: Baresip) -> CallId:
    """Lan calls, An's phone rings, An answers."""
    await office.ready(an)
    await office.call(lan)
    await desk.incoming(timeout_s=PATIENCE_S)
    await desk.answer()
    await desk.established(timeout_s=PATIENCE_S)
    return (await office.event(Kind.CONNECTED)).call


async def test_a_customer_is_served_by_the_agent_who_answers(office: Office) -> None:
    an = await office.hire("an", "101")
    await office.open(FRONT_DESK)
    async with office.desk("101", says=tone(880, 600)) as desk, office.customer(says=tone(440, 600)) as lan:
        await office.ready(an)
        await office.call(lan)
        ringing = await desk.incoming(timeout_s=PATIENCE_S)
        assert LAN in ringing["peeruri"], "the agent's phone shows who calls"
        assert await office.state(an) == "offered"
        await desk.answer()
        await lan.hears_tone(880, timeout_s=PATIENCE_S)
        await desk.hears_tone(440, timeout_s=PATIENCE_S)
        assert await office.state(an) == "talking"
        await lan.hang_up()
        await desk.closed(timeout_s=PATIENCE_S)
    story = await office.story()
    await office.becomes(an, "wrap_up")
    assert outcome(story) == ("served", "customer_hung_up")
    assert kinds(story) == ["started", "answered", "queued", "offered", "connected", "agent_left", "ended"]
    assert (story["from"], story["queue"], story["agent"]) == (LAN, "support", str(an))
    assert story["language"] == "en-US"
    legs = legs_of(story)
    assert [leg["role"] for leg in legs] == ["customer", "agent"]
    assert all(leg["ended_at"] and leg["stats"]["packets_in"] > 0 for leg in legs)


async def test_a_customer_held_by_the_agents_phone_hears_music_and_then_the_agent_again(
    office: Office,
) -> None:
    an = await office.hire("an", "101")
    await office.open(FRONT_DESK)
    music, hello, back = await office.music(), warble(1), warble(2)
    async with office.desk("101", says=hello) as desk, office.customer() as lan:
        await connect(office, an, desk, lan)
        begin = await hears(lan, hello, 0)
        await desk.hold()
        await office.event(Kind.HELD, by="phone")
        held = await hears(lan, music, begin.offset_s + 1)
        await desk.resume()
        await office.event(Kind.RESUMED, by="phone")
        await desk.speak(back)
        await hears(lan, back, held.offset_s)
        # That phone records nothing it hears after its own re-INVITE, so the other direction is not asked here.
        await desk.hang_up()
        await lan.closed(timeout_s=PATIENCE_S)
    assert outcome(await office.story()) == ("served", "agent_hung_up")


async def test_what_is_said_while_the_page_holds_the_call_is_not_for_the_customer(office: Office) -> None:
    an = await office.hire("an", "101")
    await office.open(FRONT_DESK)
    music, hello, secret, back = await office.music(), warble(1), warble(2, 1.0), warble(3)
    async with office.desk("101", says=hello) as desk, office.customer() as lan:
        call = await connect(office, an, desk, lan)
        begin = await hears(lan, hello, 0)
        await office.server.calls.hold(call, an)
        await desk.speak(secret)
        held = await hears(lan, music, begin.offset_s + 1)
        while likeness(secret, desk.said()).score < ENOUGH:
            held = await hears(lan, music, held.offset_s)
        await office.server.calls.resume(call, an)
        await desk.speak(back)
        await hears(lan, back, held.offset_s)
        await lan.speak(warble(4))
        await hears(desk, warble(4))
        assert likeness(secret, lan.heard()).score == 0
        await lan.hang_up()
        await desk.closed(timeout_s=PATIENCE_S)
    story = await office.story()
    assert outcome(story) == ("served", "customer_hung_up")
    assert [one["by"] for one in of_kind(story, Kind.HELD) + of_kind(story, Kind.RESUMED)] == ["page", "page"]


async def test_when_the_agent_hangs_up_first_the_flow_says_goodbye(office: Office) -> None:
    an = await office.hire("an", "101")
    await office.open(FRONT_DESK)
    async with office.desk("101") as desk, office.customer() as lan:
        await connect(office, an, desk, lan)
        await desk.hang_up()
        await office.becomes(an, "wrap_up")
        await hears(lan, await office.prompt("Thank you for calling."))
        await lan.closed(timeout_s=PATIENCE_S)
    story = await office.story()
    assert outcome(story) == ("served", "agent_hung_up")
    assert of_kind(story, Kind.AGENT_LEFT)[0]["by"] == "agent"
    assert steps_of(story) == ["to_support", "thanks", "end"]


async def test_a_flow_without_after_call_ends_with_the_agent_who_hangs_up_from_the_page(
    office: Office,
) -> None:
    an = await office.hire("an", "101", wrap_up_s=0)
    thanks = "  thanks: {type: say, prompt: thanks, next: end}\n"
    await office.open(FRONT_DESK.replace("    after_call: thanks\n", "").replace(thanks, ""))
    async with office.desk("101") as desk, office.customer() as lan:
        call = await connect(office, an, desk, lan)
        await office.server.calls.hang_up(call, an)
        await desk.closed(timeout_s=PATIENCE_S)
        await lan.closed(timeout_s=PATIENCE_S)
    assert outcome(await office.story()) == ("served", "agent_hung_up")
    await office.becomes(an, "ready")  # nobody has to wrap up who has no time for it


async def test_the_same_agent_takes_the_next_customer_after_wrap_up(office: Office) -> None:
    an = await office.hire("an", "101", wrap_up_s=1)
    await office.open(FRONT_DESK)
    async with office.desk("101") as desk, office.customer() as lan:
        await connect(office, an, desk, lan)
        await lan.hang_up()
        await lan.closed()
        await office.story()
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await office.event(Kind.CONNECTED, count=2)
        await lan.hang_up()
    assert outcome(await office.story(count=2)) == ("served", "customer_hung_up")
