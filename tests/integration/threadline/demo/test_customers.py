"""The customers who call by themselves, against a server that SIPp plays."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest

from omnichannel.threads import Threads
from telephony.dialler import Server
from telephony.errors import VoiceUnavailable
from tests.support import scenarios
from tests.support.audio import find, mulaw_encode, warble
from tests.support.ports import LOOPBACK
from tests.support.rtp import RtpPeer
from tests.support.scenarios import Sdp
from tests.support.sipp import Load, Sipp
from threadline.db.pool import Pool
from threadline.demo.cast import HABITS, HOTLINE, LAN
from threadline.demo.customers import Customers, speak
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Bus
from threadline.kernel.ids import ContactId

pytestmark = pytest.mark.integration

HABIT = HABITS[0]
ACCOUNT = HABIT.customer.account
PASSWORDS = {f"phone:{ACCOUNT}": "secret"}


@dataclass(frozen=True)
class OneVoice:
    """Says the same clip whatever the words."""

    path: Path

    async def prompt(self, text: str, language: str) -> Path:
        if language == "xx":
            raise VoiceUnavailable
        return self.path


@pytest.fixture
def threads(pool: Pool) -> Threads:
    return Threads(pool, SystemClock(), Bus())


@pytest.fixture
def voice(tmp_path: Path) -> OneVoice:
    (tmp_path / "clip.ul").write_bytes(mulaw_encode(warble(5)))
    return OneVoice(tmp_path / "clip.ul")


async def test_the_language_key_is_pressed_until_the_language_is_known(
    threads: Threads, voice: OneVoice
) -> None:
    customers = Customers(Server(LOOPBACK, 5060), PASSWORDS, voice, threads)
    assert (await customers.plan(HABIT)).keys == HABIT.keys
    await threads.add_message(
        thread=None, identity=("phone", HABIT.customer.phone), channel="chat", direction="in", text="Chào"
    )
    assert (await customers.plan(HABIT)).keys == HABIT.keys
    (contact,) = await threads.contacts(HABIT.customer.phone, "VN")
    await threads.remember_language(ContactId(UUID(str(contact["id"]))), "vi-VN")
    plan = await customers.plan(HABIT)
    assert plan.keys == HABIT.keys[1:]
    assert (plan.user, plan.number) == (ACCOUNT, HOTLINE)


async def test_a_customer_without_a_voice_is_silent(voice: OneVoice) -> None:
    assert await speak(voice, "words", "xx") is None
    assert await speak(voice, "", "vi-VN") is None


async def test_a_customer_calls_presses_speaks_and_stops_when_told(
    threads: Threads, voice: OneVoice, tmp_path: Path
) -> None:
    habit = replace(
        HABIT, press_after_s=0.2, press_gap_s=0.4, say_after_s=1.5, say_every_s=None, patience_s=30
    )
    async with RtpPeer() as peer:
        xml = scenarios.challenging_server(ACCOUNT, "secret", sdp=Sdp(port=str(peer.port)))
        async with Sipp(tmp_path, xml, load=Load(calls=3)) as server:
            customers = Customers(Server(LOOPBACK, server.port), PASSWORDS, voice, threads, pause_s=(0, 0))
            async with asyncio.TaskGroup() as tasks:
                calling = tasks.create_task(customers.run([habit]), name="customers")
                await peer.hears_digits(habit.keys, timeout_s=20)
                async with asyncio.timeout(20):
                    while find(warble(5), peer.heard()).score < 0.9:
                        await asyncio.sleep(0.2)
                calling.cancel()
            outcome = await server.outcome()
            assert (outcome.successful, outcome.failed) == (3, 0), outcome.errors


def test_the_newcomers_customer_is_not_among_the_simulated() -> None:
    assert LAN.account not in {habit.customer.account for habit in HABITS}
