"""An agent's mobile phone, rung by Twilio or by a trunk: it says what for, and only a key takes the call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from omnichannel.administration.users import UserGiven
from omnichannel.audit.service import SYSTEM
from telephony.screening import TEXTS
from telephony.sip.store import SipStore
from telephony.sip.trunks import TrunkConfig
from tests.integration.telephony.stage import (
    ENOUGH,
    FRONT_DESK,
    LAN,
    PATIENCE_S,
    legs_of,
    likeness,
    of_kind,
    outcome,
    until,
)
from tests.integration.twilio.conftest import NUMBER, Line, a_line
from tests.integration.twilio.test_out import called
from tests.integration.twilio.test_streams import heard
from tests.support.audio import Sound, english, mulaw_decode, mulaw_encode
from tests.support.baresip import Account, Baresip
from tests.support.fake_twilio.caller import FakeCaller
from tests.support.house import HOTLINE
from tests.support.ports import LOOPBACK
from threadline.db.pool import open_pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import CallEventKind as Kind
from threadline.kernel.ids import AgentId

pytestmark = pytest.mark.integration

MOBILE = "+84911111111"
ANS, LANS = english("vm-intro"), english("please-try-call-later")


class Handset(Protocol):
    """The mobile phone, whoever carries its calls."""

    async def answer(self) -> None: ...

    async def press(self, digits: str) -> None: ...

    async def speak(self, sound: Sound) -> None: ...

    def heard(self) -> Sound: ...


@dataclass
class ByTrunk:
    """It is reached by a SIP trunk."""

    phone: Baresip

    async def answer(self) -> None:
        await self.phone.incoming(timeout_s=PATIENCE_S)
        await self.phone.answer()

    async def press(self, digits: str) -> None:
        await self.phone.press(digits)

    async def speak(self, sound: Sound) -> None:
        await self.phone.speak(sound)

    def heard(self) -> Sound:
        return self.phone.heard()


@dataclass
class ByTwilio:
    """Twilio rings it, and whoever is there answers at once."""

    line: Line
    caller: FakeCaller | None = None

    async def answer(self) -> None:
        self.caller = await called(self.line, MOBILE)

    async def press(self, digits: str) -> None:
        assert self.caller is not None
        self.caller.press(digits)

    async def speak(self, sound: Sound) -> None:
        assert self.caller is not None
        self.caller.speak(mulaw_encode(sound))

    def heard(self) -> Sound:
        assert self.caller is not None
        return heard(self.caller)


@dataclass
class Scene:
    line: Line
    handset: Handset
    an: AgentId


@pytest.fixture(params=["twilio", "trunk"])
async def scene(request: pytest.FixtureRequest, tmp_path: Path, dsn: str) -> AsyncIterator[Scene]:
    """An has chosen her mobile phone; the number that is shown to her chooses how it is reached."""
    async with AsyncExitStack() as stack:
        phone = await stack.enter_async_context(Baresip(tmp_path, Account(MOBILE), auto_answer=False))
        pool = await open_pool(dsn, max_size=1)
        trunk = TrunkConfig("carrier", ("192.0.2.1",), host=LOOPBACK, port=phone.sip_port, qualify_s=0)
        await SipStore(pool, SystemClock()).save_trunk(trunk)
        await pool.close()
        line = await stack.enter_async_context(a_line(tmp_path, dsn))
        server = line.office.server
        await line.office.open(FRONT_DESK, ring_timeout_s=60)
        await line.office.publish(FRONT_DESK, number=NUMBER)
        an = await line.office.hire("an", "101")
        given = UserGiven("an", "An", "agent", "vi-VN", "101", 30, device="mobile", mobile=MOBILE)
        await server.administration.users.change(an, given, None, SYSTEM)
        by_twilio = request.param == "twilio"
        assert server.dialling is not None
        await server.dialling.show_as("support", NUMBER if by_twilio else HOTLINE)
        await line.office.ready(an)
        yield Scene(line, ByTwilio(line) if by_twilio else ByTrunk(phone), an)


async def hears_clip(clip: Sound, ear: Handset) -> None:
    async def has() -> bool:
        return (await asyncio.to_thread(likeness, clip, ear.heard())).score >= ENOUGH

    await until(has, "the mobile phone hears it")


async def whisper(line: Line) -> Sound:
    text = TEXTS["vi"]["offer"].format(queue="Support")
    return mulaw_decode((await line.office.server.voice.prompt(text, "vi-VN")).read_bytes())


async def test_whoever_answers_hears_what_for_and_has_the_call_by_a_key(scene: Scene) -> None:
    line, handset = scene.line, scene.handset
    lan = line.twilio.caller(LAN, NUMBER)
    await lan.dial()
    await handset.answer()
    await hears_clip(await whisper(line), handset)
    await handset.press("5")
    await handset.speak(english("tt-monkeysintro"))
    lan.speak(mulaw_encode(english("queue-thankyou")))
    await asyncio.sleep(2.0)  # something is said on both sides, which nobody is to hear
    assert not [event for event in line.office.events if event.kind is Kind.CONNECTED]
    await handset.press("1")
    await line.office.event(Kind.CONNECTED, agent=str(scene.an))
    await handset.speak(ANS)
    lan.speak(mulaw_encode(LANS))
    await hears_clip(LANS, handset)

    async def is_heard() -> bool:
        return (await asyncio.to_thread(likeness, ANS, heard(lan))).score >= ENOUGH

    await until(is_heard, "the customer hears the agent")
    assert likeness(english("tt-monkeysintro"), heard(lan)).score == 0
    assert likeness(english("queue-thankyou"), handset.heard()).score == 0
    await lan.hang_up()
    story = await line.office.story()
    assert outcome(story) == ("served", "customer_hung_up")
    assert [leg["agent"] for leg in legs_of(story)] == [None, str(scene.an)]
    policy = line.office.server.sip.watch.policy
    assert policy is not None
    assert policy.running() == 0


async def test_a_mailbox_that_answers_is_never_connected_and_the_call_is_a_missed_offer(scene: Scene) -> None:
    line, handset = scene.line, scene.handset
    await line.office.server.router.define_queue("support", "Support", need={"support": 1}, ring_timeout_s=3)
    lan = line.twilio.caller(LAN, NUMBER)
    await lan.dial()
    await handset.answer()
    await handset.speak(english("vm-intro"))
    await line.office.event(Kind.OFFER_MISSED, agent=str(scene.an), reason="missed")
    await line.office.becomes(scene.an, "missed")
    await lan.hang_up()
    story = await line.office.story()
    assert not of_kind(story, Kind.CONNECTED)
    assert likeness(english("vm-intro"), heard(lan)).score == 0


@pytest.mark.parametrize("scene", ["twilio"], indirect=True)
async def test_an_agents_own_call_is_dialled_once_he_pressed_the_key_on_his_mobile_phone(
    scene: Scene,
) -> None:
    line, handset = scene.line, scene.handset
    dialling = line.office.server.dialling
    assert dialling is not None
    await dialling.dial(scene.an, LAN, "support")
    await handset.answer()
    assert [one.state.to for one in line.twilio.callers.values()] == [MOBILE]
    await handset.press("1")
    lan = await called(line)
    await line.office.event(Kind.CONNECTED)
    lan.speak(mulaw_encode(LANS))
    await hears_clip(LANS, handset)
    await lan.hang_up()
    assert outcome(await line.office.story()) == ("served", "customer_hung_up")
