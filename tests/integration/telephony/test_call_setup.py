"""How calls begin, or don't: offers left to us, callers who think better of it, codecs, early words, refusals."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.telephony.stage import (
    FRONT_DESK,
    MENU,
    PATIENCE_S,
    RECORDED_DESK,
    Office,
    an_office,
    hears,
    know_trunk,
    outcome,
    steps_of,
    until,
)
from tests.integration.telephony.wire import TRUNK, Dialled, sdp, sender
from tests.support.audio import find, warble
from tests.support.house import HOTLINE
from tests.support.rtp import RtpPeer
from threadline.kernel.errors import NotFound, Refused
from threadline.kernel.events import CallEventKind as Kind

pytestmark = pytest.mark.integration


@pytest.fixture
async def office(tmp_path: Path, dsn: str) -> AsyncIterator[Office]:
    """An office that a carrier's trunk leads to."""
    await know_trunk(dsn, TRUNK)
    async with an_office(tmp_path, dsn) as made:
        yield made


async def test_a_caller_who_leaves_the_offer_to_us_hears_the_prompt_from_its_first_sample(
    office: Office,
) -> None:
    await office.open(MENU)
    prompt = await office.prompt("For support, press 3. To hear how we are, press 4.")
    async with RtpPeer() as ear:
        with sender(office, TRUNK) as carrier:
            call = Dialled(TRUNK)
            carrier.send(call.invite())
            assert await carrier.gets(1) == [200]
            answer = carrier.answers()[0]
            assert b"m=audio" in answer
            carrier.send(call.ack(answer, sdp("127.0.0.1", ear.port)))

            async def heard() -> bool:
                return find(prompt, ear.heard()).score > 0.99

            await until(heard, "the prompt is heard whole")
            carrier.send(call.bye(answer))
            assert outcome(await office.story()) == ("left_in_menu", "customer_hung_up")


async def test_a_caller_who_cancels_before_we_could_answer_leaves_nothing_behind(office: Office) -> None:
    await office.open(MENU)
    with sender(office, TRUNK) as carrier:
        call = Dialled(TRUNK, body=sdp(TRUNK))
        carrier.send(call.invite(), call.cancel())
        assert 200 in await carrier.gets(1, "CANCEL")
        assert await carrier.gets(1, "INVITE") == [487]
        story = await office.story()
    assert outcome(story) == ("left_in_menu", "customer_hung_up")
    assert (story["answered_at"], steps_of(story)) == (None, [])


async def test_a_caller_with_no_codec_of_ours_is_told_so(office: Office) -> None:
    await office.open(MENU)
    with sender(office, TRUNK) as carrier:
        carrier.send(Dialled(TRUNK, body=sdp(TRUNK, codecs="97 98")).invite())
        assert await carrier.gets(1) == [488]
        assert outcome(await office.story()) == ("refused", "no_common_codec")


@pytest.mark.parametrize(("cause", "status"), [("busy", "486"), ("rejected", "603"), ("unallocated", "404")])
async def test_a_flow_may_refuse_a_call_before_it_is_answered(
    office: Office, cause: str, status: str
) -> None:
    refusing = MENU.replace("entry: main", "entry: refuse").replace(
        "steps:\n",
        f"steps:\n  refuse: {{type: reject, cause: {cause}, when: 'call.from != \"\"', next: main}}\n",
    )
    await office.open(refusing)
    async with office.customer() as lan:
        await lan.dial(HOTLINE)
        assert status in await lan.closed(timeout_s=PATIENCE_S)
    story = await office.story()
    assert outcome(story) == ("refused", f"flow_rejected_{cause}")
    assert story["answered_at"] is None


async def test_two_phones_without_a_common_codec_hear_each_other(office: Office) -> None:
    await office.open(RECORDED_DESK, record=True)
    an = await office.hire("an", "101")
    await office.ready(an)
    async with (
        office.desk("101", codecs="pcma", says=warble(1)) as desk,
        office.customer(codecs="pcmu", says=warble(2)) as lan,
    ):
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await hears(lan, warble(1))
        await desk.speak(warble(3))
        await lan.speak(warble(4))
        await hears(lan, warble(3))
        await hears(desk, warble(4))
        await lan.hang_up()
        await desk.closed(timeout_s=PATIENCE_S)
    assert outcome(await office.story()) == ("served", "customer_hung_up")


async def test_a_number_whose_calls_are_not_to_be_recorded_keeps_no_sound(office: Office) -> None:
    await office.open(RECORDED_DESK, record=False)
    an = await office.hire("an", "101")
    await office.ready(an)
    async with office.desk("101") as desk, office.customer() as lan:
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await office.event(Kind.CONNECTED)
        await lan.hang_up()
        await desk.closed(timeout_s=PATIENCE_S)
    story = await office.story()
    assert story["recordings"] == []
    assert not list((office.server.settings.recordings_dir).rglob("*.wav"))


async def test_whoever_waited_too_long_goes_the_way_the_flow_says(office: Office) -> None:
    await office.open(
        FRONT_DESK.replace("    timeout: message\n", "    timeout: message\n    max_wait: 1s\n")
    )
    await office.hire("an", "101")
    an = (await office.server.people.agents())[-1]
    assert an.extension == "101"
    await office.ready(an.id)
    async with office.desk("101") as desk, office.customer() as lan:
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.closed(timeout_s=PATIENCE_S)  # it stops ringing
        await hears(lan, await office.prompt("Your message, please."))
        await lan.hang_up()
    story = await office.story()
    assert steps_of(story) == ["to_support", "message"]
    await office.becomes(an.id, "ready")


async def test_only_who_talks_may_hold_a_call_and_nobody_once_it_is_over(office: Office) -> None:
    await office.open(FRONT_DESK)
    an, bao = await office.hire("an", "101"), await office.hire("bao", "102")
    await office.ready(an)
    async with office.desk("101") as desk, office.customer() as lan:
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        call = (await office.event(Kind.OFFERED)).call
        with pytest.raises(Refused):
            await office.server.calls.hold(call, an)  # it only rings
        await desk.answer()
        await office.event(Kind.CONNECTED)
        with pytest.raises(Refused):
            await office.server.calls.hold(call, bao)
        with pytest.raises(Refused):
            await office.server.calls.hang_up(call, bao)
        await office.server.calls.hold(call, None)  # a supervisor, whose right was checked before
        await office.server.calls.resume(call, an)
        await lan.hang_up()
        await office.story()
        with pytest.raises(NotFound):
            await office.server.calls.hold(call, an)
