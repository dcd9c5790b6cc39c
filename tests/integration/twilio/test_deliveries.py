"""A thousand webhook deliveries, doubled, late and in any order: one truth, and no trace of those that prove nothing."""

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

from tests.integration.telephony.stage import MENU, outcome, until
from tests.integration.twilio.conftest import NUMBER, Line
from tests.support.fake_twilio.messages import signature
from threadline.kernel.events import CallEventKind as Kind

pytestmark = pytest.mark.integration

CALLS, DELIVERIES, AT_ONCE = 40, 1000, 20
STATUSES = ("queued", "initiated", "ringing", "in-progress")


async def test_a_thousand_deliveries_in_any_order_are_one_truth(line: Line) -> None:
    office, twilio, dice = line.office, line.twilio, random.Random(8)
    await office.open(MENU)
    await office.publish(MENU, number=NUMBER)
    callers = [twilio.caller(f"+849012{n:05}", NUMBER) for n in range(CALLS)]
    voice = [(twilio.voice_url, one.form(CallStatus="ringing")) for one in callers]
    news = [
        (twilio.status_url, one.form(CallStatus=status, SequenceNumber=str(n)))
        for one in callers
        for n, status in enumerate(STATUSES)
    ]
    genuine = voice * 3 + news
    while len(genuine) < DELIVERIES - 2 * CALLS:
        genuine.append(dice.choice(genuine))
    dice.shuffle(genuine)
    answers: Counter[int] = Counter()
    gate = asyncio.Semaphore(AT_ONCE)

    async def deliver(url: str, form: dict[str, str], token: str | None = None) -> None:
        async with gate:
            answers[(await twilio.post(url, form, token=token))[0]] += 1

    await asyncio.gather(*(deliver(*one) for one in genuine))
    assert answers == {200: len(genuine)}
    assert len(office.server.controller.active) == CALLS

    ends = [(twilio.status_url, one.form(CallStatus="completed", SequenceNumber="9")) for one in callers] * 2
    dice.shuffle(ends)
    await asyncio.gather(*(deliver(*one) for one in ends))
    for number in range(CALLS):
        await office.event(Kind.ENDED, count=number + 1)
    started = Counter(str(event.call) for event in office.events if event.kind is Kind.STARTED)
    ended = Counter(str(event.call) for event in office.events if event.kind is Kind.ENDED)
    assert set(started.values()) == set(ended.values()) == {1}
    assert started.keys() == ended.keys()
    assert len(started) == CALLS
    assert outcome(await office.story())[1] == "customer_hung_up"

    async def is_quiet() -> bool:
        return not office.server.controller.active and await office.is_quiet()

    await until(is_quiet, "every call is over")

    figures = office.server.twilio
    assert figures is not None
    lines = len(office.events)
    answers.clear()
    stale: list[Any] = [deliver(*one, token="an old token") for one in voice]
    replayed: list[Any] = [deliver(*one) for one in voice]
    await asyncio.gather(*stale, *replayed)
    for url, form in voice:
        headers = {"X-Twilio-Signature": signature(url, {**form, "From": "+84999999999"})}
        async with twilio.client.post(url, data=form, headers=headers) as answer:
            answers[answer.status] += 1
    assert answers == {403: 3 * CALLS}
    assert (figures.figures.forged, figures.figures.replayed) == (2 * CALLS, CALLS)
    assert len(office.events) == lines
