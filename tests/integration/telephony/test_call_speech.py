"""Speech in both directions, found again by correlation: on the phones, and on its own side of the recording."""

import pytest

from tests.integration.telephony.stage import (
    ENOUGH,
    PATIENCE_S,
    RECORDED_DESK,
    Office,
    hears,
    likeness,
    of_kind,
    outcome,
)
from tests.support.audio import english, read_wav
from threadline.kernel.events import CallEventKind as Kind
from threadline.kernel.ids import RecordingId

pytestmark = pytest.mark.integration

LANS_FIRST, LANS_NEXT = "please-try-call-later", "queue-thankyou"
ANS_FIRST, ANS_NEXT = "vm-intro", "tt-monkeysintro"


async def test_each_side_is_heard_by_the_other_and_kept_on_its_own_channel_across_a_hold(
    office: Office,
) -> None:
    await office.open(RECORDED_DESK, record=True)
    an = await office.hire("an", "101")
    await office.ready(an)
    lans, ans = [english(LANS_FIRST), english(LANS_NEXT)], [english(ANS_FIRST), english(ANS_NEXT)]
    async with office.desk("101", says=ans[0]) as desk, office.customer() as lan:
        await office.call(lan)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        call = (await office.event(Kind.CONNECTED)).call
        await lan.speak(lans[0])
        await hears(lan, ans[0])
        await hears(desk, lans[0])
        before = len(lan.heard()) / 8000
        await office.server.calls.hold(call, an)
        held = await hears(lan, await office.music(3), before)
        await office.server.calls.resume(call, an)
        await lan.speak(lans[1])
        await desk.speak(ans[1])
        await hears(lan, ans[1], held.offset_s)
        await hears(desk, lans[1])
        await lan.hang_up()
        await desk.closed(timeout_s=PATIENCE_S)
        said, heard = lan.said(), lan.heard()
    story = await office.story()
    assert outcome(story) == ("served", "customer_hung_up")

    recording = RecordingId(of_kind(story, Kind.RECORDING)[0]["recording"])  # type: ignore[arg-type]
    left, right = read_wav((await office.server.recordings.audio(recording)).path)
    for clip in (*ans, await office.music(3)):
        assert likeness(clip, right).score >= ENOUGH, "the agent, and the music of the hold, are on the right"
        assert likeness(clip, left).score == 0
    for clip in lans:
        assert likeness(clip, left).score >= ENOUGH, "the customer is on the left"
        assert likeness(clip, right).score == 0
    heard_first, heard_next = likeness(ans[0], right).offset_s, likeness(ans[1], right).offset_s
    assert heard_next - heard_first == pytest.approx(
        likeness(ans[1], heard).offset_s - likeness(ans[0], heard).offset_s, abs=1.5
    ), "three seconds of hold are no gap in the recording"
    assert abs(len(left) - len(said)) / 8000 < 2, "it is as long as the customer's own"
