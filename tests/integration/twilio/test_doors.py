"""Twilio's webhooks as the world delivers them: doubled, late, forged, signed by an old key."""

import asyncio
from uuid import UUID

import pytest

from tests.integration.telephony.stage import LAN, MENU, PATIENCE_S, until
from tests.integration.twilio.conftest import NEXT_TOKEN, NUMBER, SHARED_KEY, Line
from tests.support.fake_twilio.messages import TOKEN, signature
from threadline.kernel.ids import ThreadId

pytestmark = pytest.mark.integration


async def test_webhooks_doubled_and_out_of_order_are_one_call(line: Line) -> None:
    office, twilio = line.office, line.twilio
    await office.open(MENU)
    await office.publish(MENU, number=NUMBER)
    lan = twilio.caller(LAN, NUMBER)
    form = lan.form(CallStatus="ringing")
    signed_by = (TOKEN, NEXT_TOKEN) * 10
    answers = await asyncio.gather(
        *(twilio.post(twilio.voice_url, form, token=token) for token in signed_by), by_shared_key(line, form)
    )
    assert {status for status, _ in answers} == {200}
    assert all("<Stream" in body for _, body in answers)
    assert len(office.server.controller.active) == 1
    await twilio.post(twilio.status_url, lan.form(CallStatus="ringing", SequenceNumber="0"))
    assert len(office.server.controller.active) == 1
    for _ in range(3):
        status, _ = await twilio.post(twilio.status_url, lan.form(CallStatus="completed", SequenceNumber="2"))
        assert status == 200
    await twilio.post(twilio.status_url, lan.form(CallStatus="ringing", SequenceNumber="0"))
    story = await office.story()
    entries = await office.server.threads.timeline(ThreadId(UUID(str(story["thread"]))))
    assert len(entries["entries"]) == 1  # type: ignore[arg-type]


async def by_shared_key(line: Line, form: dict[str, str]) -> tuple[int, str]:
    """Signed as accounts with shared keys have it."""
    url = line.twilio.voice_url
    headers = {
        "X-Twilio-Webhooks-Signature-Settings": "key=WK1,algorithm=HMAC_SHA256",
        "X-Twilio-Signature": signature(url, form, SHARED_KEY, "sha256"),
    }
    async with line.twilio.client.post(url, data=form, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_a_delivery_that_is_forged_replayed_or_signed_by_a_stale_key_is_403_counted_and_leaves_nothing(
    line: Line,
) -> None:
    office, twilio = line.office, line.twilio
    await office.open(MENU)
    await office.publish(MENU, number=NUMBER)
    figures = office.server.twilio
    assert figures is not None
    lan = twilio.caller(LAN, NUMBER)
    form = lan.form(CallStatus="ringing")
    assert (await twilio.post(twilio.voice_url, form, token="another token"))[0] == 403
    headers = {"X-Twilio-Signature": signature(twilio.voice_url, {**form, "From": "+84999999999"})}
    async with twilio.client.post(twilio.voice_url, data=form, headers=headers) as answer:
        assert answer.status == 403
    async with twilio.client.post(twilio.voice_url, data=form) as answer:
        assert answer.status == 403
    assert figures.figures.forged == 3
    assert not office.server.controller.active
    assert not office.events

    await lan.dial()
    await lan.hang_up()
    await office.story()
    assert (await twilio.post(twilio.voice_url, form))[0] == 403
    assert figures.figures.replayed == 1
    told = b"".join(str(sample).encode() for family in figures.figures.collect() for sample in family.samples)
    assert b"threadline_twilio_forged_total" in told
    assert len([one for one in office.events if one.kind.value == "call.started"]) == 1


async def test_a_stream_without_a_good_signature_or_token_carries_nothing(line: Line) -> None:
    await line.office.open(MENU)
    await line.office.publish(MENU, number=NUMBER)
    assert line.office.server.twilio is not None
    figures = line.office.server.twilio.figures
    url = line.twilio.voice_url.replace("http", "ws").replace("/voice", "/stream")
    async with line.twilio.client.get(line.twilio.voice_url.replace("/voice", "/stream")) as answer:
        assert answer.status == 403
    headers = {"X-Twilio-Signature": signature(url, {})}
    async with line.twilio.client.ws_connect(url, headers=headers) as socket:
        await socket.send_json(
            {"event": "start", "start": {"streamSid": "MZ1", "callSid": "CA1", "accountSid": "AC1"}}
        )
        assert (await asyncio.wait_for(socket.receive(), PATIENCE_S)).type.name in ("CLOSE", "CLOSED")
    assert figures.refused_streams == 1


async def test_a_caller_who_gives_up_before_the_stream_is_gone(line: Line) -> None:
    await line.office.open(MENU)
    await line.office.publish(MENU, number=NUMBER)
    lan = line.twilio.caller(LAN, NUMBER)
    await line.twilio.post(line.twilio.voice_url, lan.form(CallStatus="ringing"))
    await line.twilio.post(line.twilio.status_url, lan.form(CallStatus="canceled"))
    story = await line.office.story()
    assert story["outcome"]["reason"] == "customer_hung_up"  # type: ignore[index, call-overload]

    async def is_quiet() -> bool:
        return await line.office.is_quiet()

    await until(is_quiet, "nothing is left of it")
