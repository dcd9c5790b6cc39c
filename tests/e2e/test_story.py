"""The story of the README, on real parts: a customer calls, and her thread is on the page before the agent says hello."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from playwright.async_api import Locator, Page, expect

from tests.support.audio import RATE, english, find, loudness, read_wav, silence, warble
from tests.support.baresip import Account, Baresip
from tests.support.chromium import Chromium
from tests.support.house import house
from tests.support.pictures import photograph
from threadline.compose import Server
from threadline.demo.cast import AN, HOTLINE, LAN
from threadline.demo.seed import seed
from threadline.kernel.events import Json
from threadline.kernel.ids import CallId, RecordingId

pytestmark = pytest.mark.e2e

LANS_WORDS = "please-try-call-later"  # "please try your call again later"
ANS_WORDS = "queue-thankyou"  # "thank you for your patience"


@dataclass
class Shop:
    """The demo's shop with its doors open, and what the README tells the newcomer."""

    server: Server
    passwords: Mapping[str, str]
    folder: Path

    def phone(self, account: str, words: str, *, auto_answer: bool) -> Baresip:
        """A phone whose owner says the same sentence again and again."""
        secret = self.passwords[f"phone:{account}"]
        registrar = f"127.0.0.1:{self.server.sip.port}"
        says = np.concatenate([english(words), silence(1.0)] * 60)
        return Baresip(self.folder, Account(account, secret, registrar), says=says, auto_answer=auto_answer)


@pytest.fixture
async def shop(tmp_path: Path, dsn: str) -> AsyncIterator[Shop]:
    async with house(tmp_path / "data", dsn) as server:
        yield Shop(server, await seed(server, server.settings.data_dir, server.settings.realm), tmp_path)


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    async with Chromium() as started:
        yield started


async def sign_in(page: Page, shop: Shop) -> Locator:
    """An logs in and is ready; returns the status that tells her state."""
    await page.goto(f"http://127.0.0.1:{shop.server.http_port}/")
    await page.get_by_label("Login").fill(AN.login)
    await page.get_by_label("Password").fill(shop.passwords[f"login:{AN.login}"])
    await page.keyboard.press("Enter")
    await page.get_by_text("Connected").wait_for()
    state = page.get_by_label("My state").get_by_role("status")
    await page.get_by_role("button", name="Ready", exact=True).first.click()
    await expect(state).to_contain_text("Ready")
    return state


async def at_step(shop: Shop, step: str) -> None:
    """Waits until the caller has come to a step of the flow."""
    async with asyncio.timeout(60):
        while step not in [
            run.line.view.path[-1]["step"] for run in shop.server.controller.active if run.line.view.path
        ]:
            await asyncio.sleep(0.05)


async def test_the_whole_story_from_ring_to_thread(shop: Shop, chromium: Chromium) -> None:
    page = await chromium.window()
    async with (
        shop.phone(AN.extension, ANS_WORDS, auto_answer=False) as desk,
        shop.phone(LAN.account, LANS_WORDS, auto_answer=True) as lan,
    ):
        await desk.registered()
        await lan.registered()
        state = await sign_in(page, shop)

        await lan.dial(HOTLINE)
        await lan.established()
        await lan.press("2")  # English
        await at_step(shop, "main")
        await lan.press("3")  # support
        await desk.incoming(timeout_s=60)

        card = page.get_by_role("alertdialog")
        await expect(card).to_contain_text(LAN.name)
        await expect(card.get_by_label("Way through the menu")).to_contain_text("3")
        thread = page.get_by_role("log")
        await expect(thread).to_contain_text("máy lạnh tôi mua tháng trước kêu to quá")  # Monday's chat
        await expect(thread).to_contain_text("the noise is back after one hour")  # Tuesday's e-mail
        await photograph(page, "offer")

        await desk.answer()
        await desk.established(timeout_s=30)
        await expect(state).to_contain_text("On a call")
        await desk.hears(english(LANS_WORDS), timeout_s=60)
        await lan.hears(english(ANS_WORDS), timeout_s=60)

        strip = page.get_by_label("Current call")
        await strip.get_by_role("button", name="Hold").click()
        await expect(strip).to_contain_text("On hold")
        await photograph(page, "hold")
        await page.wait_for_timeout(4000)  # An's sentence, twice: Lan must hear music only
        await strip.get_by_role("button", name="Resume").click()
        await expect(strip.get_by_role("button", name="Hold")).to_be_visible()
        await desk.speak(warble(2))
        await lan.hears(warble(2), timeout_s=60)
        await lan.hang_up()
        await desk.closed(timeout_s=30)

    await expect(state).to_contain_text("Wrap-up")
    await page.get_by_label("Note for colleagues").fill(
        "Technician booked for Friday; she keeps the machine."
    )
    await photograph(page, "wrap-up")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("article", name="Note").last).to_contain_text(
        "Technician booked for Friday"
    )
    await strip.get_by_role("button", name="Ready now").click()
    await expect(state).to_contain_text("Ready")

    await the_thread_holds_the_call(page, shop)
    assert chromium.errors == []
    assert chromium.outside == []


async def the_thread_holds_the_call(page: Page, shop: Shop) -> None:
    call = page.get_by_role("article", name="Call").last
    for fact in ("Served", "Waited", "Support", "Answered byAn", "Talk"):
        await expect(call).to_contain_text(fact)
    path = call.get_by_label("Way through the menu")
    await expect(path).to_contain_text("2")
    await expect(path).to_contain_text("3")

    transcript = call.locator(".line")
    show = call.get_by_role("button", name="Show transcript")
    if await show.count():
        await show.click()
    await expect(transcript.filter(has_text="Customer").filter(has_text="again later").first).to_be_visible()
    await expect(transcript.filter(has_text="Agent").filter(has_text="patience").first).to_be_visible()

    await call.get_by_role("button", name="Play").click()
    await page.wait_for_function("() => document.querySelector('audio').currentTime > 1")
    await call.get_by_role("button", name="Pause").click()
    await photograph(page, "thread")

    (contact,) = await shop.server.threads.contacts(LAN.phone, "VN")
    page_of = await shop.server.threads.timeline(UUID(str(contact["thread"])), None, 10)  # type: ignore[arg-type]
    entries = page_of["entries"]
    assert isinstance(entries, list)
    facts = next(one["call"] for one in entries if isinstance(one, dict) and one["kind"] == "call")
    assert isinstance(facts, dict)
    detail = await shop.server.calls.detail(CallId(UUID(str(facts["id"]))))
    recordings = detail["recordings"]
    assert isinstance(recordings, list)
    (recording,) = recordings
    sound = read_wav((await shop.server.recordings.audio(RecordingId(UUID(str(recording))))).path)
    left, right = sound
    assert find(english(LANS_WORDS), left).score > 0.6
    assert find(english(ANS_WORDS), right).score > 0.6
    assert find(english(LANS_WORDS), right).score < 0.3
    assert find(english(ANS_WORDS), left).score < 0.3
    on_hold = right[slice(*hold_samples(detail))]
    assert loudness(on_hold) > 0.001, "music"
    assert find(english(ANS_WORDS), on_hold).score < 0.5, "what is said on hold is not for the customer"


def hold_samples(detail: Json) -> tuple[int, int]:
    """From a second after hold to resume, in samples of the recording."""
    events = detail["events"]
    assert isinstance(events, list)
    at = {
        str(one["type"]): datetime.fromisoformat(str(one["at"]))
        for one in reversed(events)
        if isinstance(one, dict)
    }
    start = at["call.recording"]
    held, resumed = (at[kind] - start for kind in ("call.held", "call.resumed"))
    return round((held.total_seconds() + 1) * RATE), round(resumed.total_seconds() * RATE)
