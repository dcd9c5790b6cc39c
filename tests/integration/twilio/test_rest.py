"""What we ask of Twilio: the published fields, tried again only where that does no harm, refusals in words."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from telephony.twilio import rest
from telephony.twilio.account import TwilioAccount
from telephony.twilio.errors import TwilioAway, TwilioRefused
from telephony.twilio.rest import Detection, TwilioRest
from tests.support.fake_twilio.calls import FakeTwilioCalls
from tests.support.fake_twilio.messages import ACCOUNT, TOKEN
from tests.support.fake_twilio.published import wrong_with_call, wrong_with_update

pytestmark = pytest.mark.integration


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilioCalls]:
    async with FakeTwilioCalls() as made:
        yield made


@pytest.fixture
async def asked(twilio: FakeTwilioCalls, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TwilioRest]:
    monkeypatch.setattr(rest, "PAUSE_S", 0.0)
    monkeypatch.setattr(rest, "LONGEST_PAUSE_S", 0.0)
    async with TwilioRest(
        TwilioAccount(ACCOUNT, (TOKEN,), base_url=twilio.base_url), calls_a_second=1000
    ) as made:
        yield made


async def test_what_is_asked_is_as_twilio_publishes_it(twilio: FakeTwilioCalls, asked: TwilioRest) -> None:
    sid = await asked.place(
        "+84901234567", "+842871000000", "<Response/>", status="http://x/", ring_s=25, call_token="t",
        detection=Detection("http://y/"),
    )  # fmt: skip
    await asked.end(sid)
    (_, created), _ = twilio.requests
    assert (created["To"], created["From"], created["Timeout"]) == ("+84901234567", "+842871000000", "25")
    assert (created["CallToken"], created["MachineDetection"], created["AsyncAmd"]) == ("t", "Enable", "true")
    assert (await asked.call(sid))["sid"] == sid


async def test_a_field_twilio_does_not_know_is_refused_by_the_stand_in() -> None:
    good = [("To", "+84901234567"), ("From", "+842871000000"), ("Twiml", "<Response/>")]
    assert wrong_with_call(good) is None
    for wrong in ([*good, ("Record", "true"), ("Recrod", "true")], good[:2], [*good, ("StatusCallbackEvent", "rang")],
                  [*good[:2], ("Twiml", "x" * 4001)], [*good, ("MachineDetection", "true")]):  # fmt: skip
        assert wrong_with_call(wrong) is not None
    assert wrong_with_update({"Status": "completed"}) is None
    for form in ({"State": "completed"}, {"Status": "done"}, {"Url": "http://x/", "Twiml": "<Response/>"}):
        assert wrong_with_update(form) is not None


async def test_a_recording_is_deleted_once_and_no_harm_comes_of_a_second_time(
    twilio: FakeTwilioCalls, asked: TwilioRest
) -> None:
    twilio.keep_recording("RE1", b"\xff" * 160)
    await asked.delete_recording("RE1")
    await asked.delete_recording("RE1")
    assert twilio.deleted == ["RE1"]


async def test_what_does_no_harm_twice_is_tried_again(twilio: FakeTwilioCalls, asked: TwilioRest) -> None:
    sid = await asked.place("+84901234567", "+842871000000", "<Response/>", status="", ring_s=25)
    twilio.fail_next(500, 429)
    await asked.end(sid)
    assert len(twilio.requests) == 4


async def test_nobody_is_called_twice_when_twilio_is_in_trouble(
    twilio: FakeTwilioCalls, asked: TwilioRest
) -> None:
    twilio.fail_next(500)
    with pytest.raises(TwilioAway):
        await asked.place("+84901234567", "+842871000000", "<Response/>", status="", ring_s=25)
    assert len(twilio.requests) == 1
    assert not twilio.calls


async def test_too_many_at_once_is_no_failure_but_a_wait(twilio: FakeTwilioCalls, asked: TwilioRest) -> None:
    twilio.fail_next(429)
    assert await asked.place("+84901234567", "+842871000000", "<Response/>", status="", ring_s=25)


async def test_refusals_are_in_words_an_agent_understands(twilio: FakeTwilioCalls, asked: TwilioRest) -> None:
    await asked.end("CA" + "0" * 32)  # nothing there to end: as good as ended
    with pytest.raises(TwilioRefused, match="over, or it never was") as refused:
        await asked.call("CA" + "0" * 32)
    assert refused.value.code == 20404
    stranger = replace(TwilioAccount(ACCOUNT, (TOKEN,), base_url=twilio.base_url), tokens=("wrong",))
    async with TwilioRest(stranger) as other:
        with pytest.raises(TwilioRefused, match="credentials"):
            await other.call("CA" + "0" * 32)


async def test_a_server_that_is_not_there_is_away() -> None:
    account = TwilioAccount(ACCOUNT, (TOKEN,), base_url="http://127.0.0.1:9")
    async with TwilioRest(account, calls_a_second=1000) as asked:
        with pytest.raises(TwilioAway):
            await asked.place("+84901234567", "+842871000000", "<Response/>", status="", ring_s=25)


async def test_an_accounts_calls_begin_no_faster_than_it_may() -> None:
    now = 0.0
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal now
        waits.append(seconds)
        now += seconds

    account = TwilioAccount(ACCOUNT, (TOKEN,))
    async with TwilioRest(account, calls_a_second=2, now=lambda: now, sleep=sleep) as asked:
        for _ in range(3):
            await asked.turn()
    assert waits == [0.0, 0.5, 0.5]
