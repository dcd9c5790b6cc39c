"""One office for the whole folder: agents at pages that are their telephones, one with a SIP phone, a supervisor, customers.

Everybody has a voice of his own, a tone, so that what is heard at any moment tells who is heard.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final

import asyncpg
import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from omnichannel.administration.wrap_up import CodeGiven
from omnichannel.audit.service import Actor
from telephony.line import Due
from telephony.sip.store import SipStore
from telephony.sip.trunks import TrunkConfig
from tests.integration.telephony.stage import (
    FRONT_DESK,
    MINH,
    PATIENCE_S,
    RECORDED_DESK,
    Office,
    an_office,
    until,
)
from tests.support.agent_page import AgentPage, LiveProxy, microphone
from tests.support.audio import RATE, Sound, find, loudness, silence, spoken, voices_in, warble
from tests.support.baresip import Account, Baresip
from tests.support.chromium import Chromium
from tests.support.ports import LOOPBACK
from threadline.db.embedded import EmbeddedPostgres
from threadline.db.pool import open_pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import AgentState, CallEventKind
from threadline.kernel.ids import AgentId, CallId

SLOW_MS: Final = 60_000  # a busy machine's patience; nothing is measured here
PASSWORD: Final = "correct horse"
AGENT, CUSTOMER = warble(7, 1.5), warble(1, 1.5)
VOICES: Final = {
    "an": 1930, "binh": 2170, "chi": 2410, "dung": 3370, "hoa": 3130, "lan": 2650, "minh": 2890,
}  # in no music  # fmt: skip
LOOK_S: Final = 0.4
LIKE: Final = 0.6  # a clip over tones
EXTENSIONS: Final = {"an": "101", "binh": "102", "hoa": "103"}
OPENING_HOURS: Final = "19005678"
HOURS_TEXT: Final = "We are open from nine to five."
HOURS_FLOW: Final = (
    FRONT_DESK.replace("front_desk", "opening_hours")
    .replace("Straight to a person, else a message", "Opening hours")
    .replace("entry: to_support", "entry: hours")
    .replace("steps:\n", "steps:\n  hours: {type: say, prompt: hours, next: to_support}\n")
    .replace("prompts:\n", f'prompts:\n  hours: {{en-US: {{text: "{HOURS_TEXT}"}}}}\n')
)


def says(name: str) -> Sound:
    """For somebody at a SIP phone; Lan says more than her tone."""
    return spoken(CUSTOMER if name == "lan" else silence(0.5), VOICES[name], times=200)


@dataclass
class Seat:
    """Somebody at his page."""

    name: str
    her: AgentPage

    @property
    def page(self) -> Page:
        return self.her.page

    @property
    def strip(self) -> Locator:
        return self.page.get_by_label("Current call")

    @property
    def others(self) -> Locator:
        return self.page.get_by_label("Others in this call")

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def answers(self) -> None:
        """By the key, as soon as it rings here: a call for him, or one he is asked into."""
        await expect(self.page.locator(".offer-actions").get_by_role("button", name="Answer")).to_be_enabled()
        await self.press("a")
        await self.is_in()

    async def is_in(self) -> None:
        """A call is on his page."""
        await expect(self.strip.get_by_label("Talk time")).to_be_visible()

    async def is_out(self) -> None:
        """No call is."""
        await expect(self.strip.get_by_label("Talk time")).to_have_count(0)

    async def sends(self, to: str, how: str) -> None:
        """Chooses by the first of what these words find; `how` is the key: Enter to talk first, Control+Enter to send on."""
        await self.press("t")
        await self.page.get_by_label("Name, queue, flow or number").fill(to)
        await self.press(how)


@dataclass
class Desk:
    """An at her page, and the office around her. Others sit down when they are first called for."""

    office: Office
    chromium: Chromium
    line: LiveProxy
    agents: dict[str, AgentId]
    phones: dict[str, Baresip]
    seats: dict[str, Seat] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.line.port}/"

    @property
    def lan(self) -> Baresip:
        return self.phones["lan"]

    @property
    def an(self) -> Seat:
        return self.seats["an"]

    async def seat(self, name: str) -> Seat:
        """Him at his page, signed in; where the page is his phone it is ready."""
        if name not in self.seats:
            page = await (await self.chromium.context(width=1280, height=720)).new_page()
            page.set_default_timeout(SLOW_MS)
            her = AgentPage(page, None if name == "an" else VOICES[name])
            await her.prepare()
            await her.sign_in(self.url, name, PASSWORD)
            if name != "hoa":
                await expect(page.get_by_role("button", name="Phone ready")).to_be_visible()
            self.seats[name] = Seat(name, her)
        return self.seats[name]

    async def wallboard(self, name: str) -> Seat:
        """A supervisor at the wallboard, who has no other page and no telephone."""
        page = await (await self.chromium.context(width=1440, height=900)).new_page()
        page.set_default_timeout(SLOW_MS)
        self.seats[name] = Seat(name, AgentPage(page, VOICES[name]))
        await self.seats[name].her.prepare()
        await page.goto(f"{self.url}wallboard")
        await page.get_by_label("Login").fill(name)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        return self.seats[name]

    @property
    def call(self) -> CallId:
        """The only one under way."""
        (run,) = self.office.server.controller.active
        return run.line.call

    async def is_overheard_by(self, name: str) -> None:
        """A supervisor at his page listens to that call."""
        assert self.office.server.controls is not None
        await self.office.server.controls.monitor(self.call, self.agents[name], "listen")
        await self.seats[name].is_in()

    async def is_ready(self, *names: str) -> None:
        await self.office.ready(*(self.agents[name] for name in names))

    def ear(self, name: str) -> Baresip | AgentPage:
        """His SIP phone if he has one, else his page."""
        return self.phones[name] if name in self.phones else self.seats[name].her

    async def hears(self, **whom: str) -> None:
        """Waits until each of them hears exactly these others, names apart by blanks, in all of some moment from now on."""
        async with asyncio.TaskGroup() as tasks:
            for name, voices in whom.items():
                tasks.create_task(self._hears(name, set(voices.split())), name=f"ear of {name}")

    async def _hears(self, name: str, wanted: set[str]) -> None:
        heard: set[str] | None = None
        try:
            async with asyncio.timeout(SLOW_MS / 1000):
                while heard != wanted:
                    heard = voices_in(await told(self.ear(name), LOOK_S), VOICES)
        except TimeoutError:
            raise AssertionError(f"{name} hears {heard}, not {wanted}") from None

    async def hears_music(self, name: str) -> None:
        """And nobody."""
        await self.hears(**{name: ""})
        assert loudness(await told(self.ear(name), 1.0)) > 0.01

    async def finds(self, **clips: Sound) -> None:
        """Waits until each of them has heard his clip, from now on."""
        async with asyncio.TaskGroup() as tasks:
            for name, clip in clips.items():
                tasks.create_task(self._finds(name, clip), name=f"ear of {name}")

    async def _finds(self, name: str, clip: Sound) -> None:
        ear, score = self.ear(name), 0.0
        then = await moment(ear)
        try:
            async with asyncio.timeout(SLOW_MS / 1000):
                while score < LIKE:
                    await asyncio.sleep(0.3)
                    score = find(clip, await since(ear, then)).score
        except TimeoutError:
            raise AssertionError(f"{name} does not hear it: at best {score}") from None

    async def noted(self, kind: CallEventKind, by: str) -> None:
        """Waits for the ledger's next line of this kind, and says who caused it."""
        event = await self.office.event(kind)
        assert event.data["by"] == by
        del self.office.events[
            : self.office.events.index(event) + 1
        ]  # what came after it is still to be asked for


async def moment(ear: Baresip | AgentPage) -> int:
    """Now, for `since`."""
    return len(ear.heard()) if isinstance(ear, Baresip) else await ear.moment()


async def since(ear: Baresip | AgentPage, then: int) -> Sound:
    """What was heard there since `moment`."""
    return ear.heard()[then:] if isinstance(ear, Baresip) else await ear.heard(then)


async def told(ear: Baresip | AgentPage, seconds: float) -> Sound:
    """What is heard there in the next seconds."""
    then, size = await moment(ear), round(seconds * RATE)
    while len(heard := await since(ear, then)) < size:
        await asyncio.sleep(0.1)
    return heard[-size:]


async def picks_up(phone: Baresip) -> None:
    await phone.incoming(timeout_s=PATIENCE_S)
    await phone.answer()
    await phone.established(timeout_s=PATIENCE_S)


async def _with_trunk_to(phone: Baresip, dsn: str) -> None:
    pool = await open_pool(dsn, max_size=1)
    trunk = TrunkConfig("carrier", ("192.0.2.1",), host=LOOPBACK, port=phone.sip_port, qualify_s=0)
    await SipStore(pool, SystemClock()).save_trunk(trunk)
    await pool.close()


async def _move_in(office: Office) -> dict[str, AgentId]:
    await office.open(RECORDED_DESK, ring_timeout_s=60, record=True)
    await office.publish(HOURS_FLOW, number=OPENING_HOURS)
    people, codes = office.server.people, office.server.administration.wrap_up
    await codes.add("solved", CodeGiven({"en": "Solved", "vi": "Đã xong"}), Actor("system"))
    agents = {name: await office.hire(name, extension) for name, extension in EXTENSIONS.items()}
    agents["chi"] = await people.add(
        "chi", None, role="supervisor", display_name="Chi", locale="en-US", extension="109"
    )
    agents["dung"] = await people.add(
        "dung", None, role="supervisor", display_name="Dung", locale="en-US", skills={"support": 1}
    )
    for name, agent in agents.items():
        await people.set_password(agent, PASSWORD)
        await people.set_locale(agent, "en-US")
        await people.set_phone(agent, "sip" if name in ("hoa", "dung") else "browser")
    return agents


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def building(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    admin = await asyncpg.connect(postgres.dsn_of("postgres"))
    await admin.execute("create database phone_room template threadline")
    dsn, folder = postgres.dsn_of("phone_room"), tmp_path_factory.mktemp("office")
    expect.set_options(timeout=SLOW_MS)
    async with AsyncExitStack() as stack:
        outside = Baresip(folder, Account(MINH), says=says("minh"), auto_answer=False)
        minh = await stack.enter_async_context(outside)
        await _with_trunk_to(minh, dsn)
        office = await stack.enter_async_context(an_office(folder, dsn))
        agents = await _move_in(office)
        hoa = await stack.enter_async_context(office.desk("103", says=says("hoa")))
        lan = await stack.enter_async_context(office.customer(says=says("lan")))
        words = await asyncio.to_thread(microphone, folder / "an.wav", AGENT, hertz=VOICES["an"], times=100)
        chromium = await stack.enter_async_context(Chromium(microphone=words))
        line = await stack.enter_async_context(LiveProxy(office.server.http_port))
        made = Desk(office, chromium, line, agents, {"lan": lan, "hoa": hoa, "minh": minh})
        await made.seat("an")
        yield made
        await chromium.close_contexts()
    await admin.execute("drop database phone_room with (force)")
    await admin.close()


@pytest_asyncio.fixture(loop_scope="session")
async def desk(building: Desk) -> AsyncIterator[Desk]:
    """Nobody calls, nobody is at work; afterwards no page has complained."""
    building.chromium.errors.clear()
    building.office.events.clear()
    yield building
    office = building.office
    for run in office.server.controller.active:
        run.line.inbox.put_nowait(Due("shutdown"))

    async def is_over() -> bool:
        return not office.server.controller.active and await office.is_quiet()

    await until(is_over, "the calls are over")
    for agent in building.agents.values():
        await office.server.router.set_state(agent, AgentState.LOGGED_OUT)
    for phone in building.phones.values():
        phone.events.forget()
    assert [one for one in building.chromium.errors if "/api/live" not in one] == []  # which a test cuts
    assert building.chromium.outside == []
