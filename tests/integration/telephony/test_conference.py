"""Three and more in one call, by real phones: who hears whom, and what is left when any of them hangs up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from telephony.call_desk import CallDesk
from telephony.errors import ControlRefused
from telephony.line import Due
from tests.integration.telephony.stage import (
    PATIENCE_S,
    RECORDED_DESK,
    Office,
    an_office,
    hears,
    kinds,
    of_kind,
    outcome,
    until,
)
from tests.support.audio import find_tone, silence, tone
from tests.support.baresip import Baresip
from tests.support.databases import fresh_database
from tests.support.house import HOTLINE
from threadline.db.embedded import EmbeddedPostgres
from threadline.kernel.events import AgentState, PhoneSignal
from threadline.kernel.events import CallEventKind as Kind
from threadline.kernel.ids import AgentId, CallId

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

DESKS = {"an": "101", "binh": "102", "chi": "103"}
LOWEST_HZ, STEP_HZ = 400, 70
TONE_S = 20.0  # until it was heard
PURE = 0.8  # of the energy of some 100 ms


@dataclass
class Scene:
    """Lan talks with An; Binh is a colleague, Chi a supervisor. `tones` counts, so that each is a new one."""

    office: Office
    call: CallId
    an: AgentId
    binh: AgentId
    chi: AgentId
    phones: dict[str, Baresip]
    tones: int = 0

    @property
    def desk(self) -> CallDesk:
        found = self.office.server.controls
        assert found is not None
        return found

    async def asks(self, verb: str, **facts: Any) -> dict[str, Any]:
        return await self.desk.control(self.call, verb, self.an, **facts)

    async def answers(self, name: str) -> None:
        phone = self.phones[name]
        await phone.incoming(timeout_s=PATIENCE_S)
        await phone.answer()
        await phone.established(timeout_s=PATIENCE_S)

    async def heard(self, speaker: str, *, by: str, not_by: str = "") -> None:
        """He alone makes a tone: these hear it, those did not when they had. Names apart by blanks."""
        self.tones += 1
        hertz = LOWEST_HZ + STEP_HZ * (self.tones % 40)
        since = {name: len(self.phones[name].heard()) for name in self.phones}

        def share(name: str) -> float:
            return find_tone(hertz, self.phones[name].heard()[since[name] :]).score

        await self.phones[speaker].speak(tone(hertz, TONE_S))
        for name in by.split():

            async def is_heard(name: str = name) -> bool:
                return await asyncio.to_thread(share, name) > PURE

            await until(is_heard, f"{name} hears {speaker}")
        for name in not_by.split():
            assert share(name) < PURE, f"{name} heard {speaker}"
        await self.phones[speaker].speak(silence(0.1))

    async def on_the_board(self) -> dict[str, str]:
        """What supervisors see of who is on the call: {name: part}, where it is connected."""
        assert self.office.server.floor is not None
        told: Any = await self.office.server.floor.board.wallboard()
        return {
            one["name"]: held["part"]
            for one in told["agents"]
            for held in one["holding"]
            if held["contact"] == str(self.call) and held["state"] == "connected"
        }

    def parties(self) -> list[tuple[Any, Any, Any]]:
        described: Any = self.desk.parties(self.call)
        return [(one["role"], one["state"], one["mode"]) for one in described["parties"]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def floor(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """One server for all of these tests, with everybody's phones; nobody talks yet."""
    folder = tmp_path_factory.mktemp("conference")
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(fresh_database(postgres))
        office = await stack.enter_async_context(an_office(folder, dsn))
        people = [await office.hire(name, extension) for name, extension in DESKS.items()]
        await office.open(RECORDED_DESK, record=True)
        await office.server.router.define_queue("billing", "Billing", need={"support": 1})
        phones = {
            name: await stack.enter_async_context(office.desk(extension)) for name, extension in DESKS.items()
        }
        phones["lan"] = await stack.enter_async_context(office.customer())
        yield Scene(office, CallId(UUID(int=0)), people[0], people[1], people[2], phones)


@pytest_asyncio.fixture(loop_scope="session")
async def scene(floor: Scene) -> AsyncIterator[Scene]:
    """Lan has called, and talks with An. Afterwards all is quiet."""
    office = floor.office
    office.events.clear()
    await office.ready(floor.an)
    await floor.phones["lan"].dial(HOTLINE)
    await floor.answers("an")
    floor.call = (await office.event(Kind.CONNECTED)).call
    yield floor
    for run in office.server.controller.active:
        run.line.inbox.put_nowait(Due("shutdown"))

    async def is_over() -> bool:
        return not office.server.controller.active and await office.is_quiet()

    await until(is_over, "the call is over")
    for agent in (floor.an, floor.binh, floor.chi):
        await office.server.people.set_phone(agent, "sip")
        await office.server.router.set_state(agent, AgentState.LOGGED_OUT)
    for phone in floor.phones.values():
        phone.events.forget()


async def test_a_warm_transfer_asks_first_and_then_hands_over(scene: Scene) -> None:
    office = scene.office
    await scene.asks("consult", kind="agent", id=str(scene.binh))
    await scene.answers("binh")
    await office.event(Kind.PARTY, state="joined")
    await scene.heard("an", by="binh", not_by="lan")
    await scene.heard("binh", by="an", not_by="lan")
    await hears(scene.phones["lan"], await office.music())
    assert await office.state(scene.binh) == "logged_out"
    assert scene.parties() == [("agent", "talking", None), ("consulted", "talking", "consult")]
    assert await scene.on_the_board() == {"An": "agent", "Binh": "consulted"}

    await scene.asks("consult-complete")
    await scene.phones["an"].closed(timeout_s=PATIENCE_S)
    await office.becomes(scene.an, "wrap_up")
    await scene.heard("binh", by="lan")
    await scene.heard("lan", by="binh")
    with pytest.raises(ControlRefused) as refused:
        await scene.asks("hold")
    assert refused.value.reason == "not_yours"
    assert await office.state(scene.binh) == "talking"
    await scene.phones["lan"].hang_up()
    await scene.phones["binh"].closed(timeout_s=PATIENCE_S)
    await office.becomes(scene.binh, "wrap_up")
    story = await office.story()
    assert outcome(story) == ("transferred", "customer_hung_up")
    assert story["agent"] == str(scene.binh)
    assert kinds(story)[5:] == [
        "connected", "party", "held", "party", "transfer", "party", "agent_left", "connected", "agent_left",
        "recording", "ended",
    ]  # fmt: skip


async def test_an_agent_who_asked_takes_her_back_or_makes_it_a_conference(scene: Scene) -> None:
    office = scene.office
    await scene.asks("consult", kind="extension", id="102")
    await scene.answers("binh")
    await office.event(Kind.PARTY, state="joined")
    with pytest.raises(ControlRefused) as refused:
        await scene.asks("consult", kind="extension", id="103")
    assert refused.value.reason == "busy"
    await scene.asks("consult-back")
    await scene.phones["binh"].closed(timeout_s=PATIENCE_S)
    await scene.heard("an", by="lan")

    await scene.asks("consult", kind="extension", id="102")
    await scene.answers("binh")
    await office.event(Kind.PARTY, state="joined", count=2)
    await scene.asks("consult-join")
    await scene.heard("an", by="lan binh")
    await scene.heard("lan", by="an binh")
    await scene.heard("binh", by="an lan")
    await scene.phones["an"].hang_up()  # the others go on
    await scene.heard("binh", by="lan")
    await scene.heard("lan", by="binh")
    await scene.phones["binh"].hang_up()
    await hears(scene.phones["lan"], await office.prompt("Thank you for calling."))
    story = await office.story()
    assert [one["reason"] for one in of_kind(story, Kind.PARTY) if one["state"] == "left"] == ["dropped"]


async def test_whoever_is_asked_may_refuse_or_hang_up_and_the_customer_may_too(scene: Scene) -> None:
    office, binh = scene.office, scene.phones["binh"]
    await scene.asks("consult", kind="extension", id="102")
    await binh.incoming(timeout_s=PATIENCE_S)
    await binh.hang_up()
    refused = await office.event(Kind.PARTY, state="refused")
    assert refused.data["reason"] in ("busy", "declined")
    await scene.heard("an", by="lan")

    await scene.asks("consult", kind="extension", id="102")
    await scene.answers("binh")
    await office.event(Kind.PARTY, state="joined")
    await binh.hang_up()
    await office.event(Kind.RESUMED, count=2)
    await scene.heard("lan", by="an")

    await scene.asks("consult", kind="extension", id="102")
    await scene.answers("binh")
    await office.event(Kind.PARTY, state="joined", count=2)
    await scene.phones["lan"].hang_up()
    await binh.closed(timeout_s=PATIENCE_S)
    await scene.phones["an"].closed(timeout_s=PATIENCE_S)
    assert outcome(await office.story()) == ("served", "customer_hung_up")


async def test_an_agent_who_hangs_up_while_it_rings_aside_sends_her_on(scene: Scene) -> None:
    await scene.asks("consult", kind="extension", id="102")
    await scene.phones["binh"].incoming(timeout_s=PATIENCE_S)
    await scene.phones["an"].hang_up()
    await scene.office.becomes(scene.an, "wrap_up")
    await scene.phones["binh"].answer()
    await scene.office.event(Kind.TRANSFER, mode="blind", result="done")
    await scene.heard("binh", by="lan")


async def test_a_supervisor_listens_whispers_barges_and_takes_over(scene: Scene) -> None:
    office = scene.office
    await scene.desk.monitor(scene.call, scene.chi, "listen")
    await scene.answers("chi")
    await office.event(Kind.PARTY, state="joined")
    await scene.heard("lan", by="an chi")
    await scene.heard("an", by="lan chi")
    await scene.desk.monitor(scene.call, scene.chi, "whisper")
    await scene.heard("chi", by="an", not_by="lan")
    await scene.heard("lan", by="chi an")
    await scene.desk.monitor(scene.call, scene.chi, "barge")
    await scene.heard("chi", by="an lan")
    await scene.desk.monitor(scene.call, scene.chi, "take_over")
    await scene.phones["an"].closed(timeout_s=PATIENCE_S)
    await office.becomes(scene.an, "wrap_up")
    await scene.heard("chi", by="lan")
    await scene.heard("lan", by="chi")
    notes = await office.server.correspondence.audit.list(target=f"call:{scene.call}")
    assert {str(note["action"]) for note in notes} == {
        "call.listen", "call.whisper", "call.barge", "call.take_over",
    }  # fmt: skip
    await scene.phones["chi"].hang_up()
    story = await office.story()
    assert [one["by"] for one in of_kind(story, Kind.AGENT_LEFT)] == ["supervisor", "agent"]


async def test_a_supervisors_phone_that_dies_changes_nothing(scene: Scene) -> None:
    await scene.desk.monitor(scene.call, scene.chi, "whisper")
    await scene.answers("chi")
    await scene.office.event(Kind.PARTY, state="joined")
    await scene.heard("chi", by="an", not_by="lan")
    await scene.phones["chi"].hang_up()
    await scene.office.event(Kind.PARTY, state="left")
    await scene.heard("an", by="lan")
    await scene.heard("lan", by="an")
    assert scene.parties() == [("agent", "talking", None)]


async def test_a_parked_customer_is_picked_up_by_a_colleague(scene: Scene) -> None:
    office = scene.office
    parked = await scene.asks("park")
    await scene.phones["an"].closed(timeout_s=PATIENCE_S)
    await office.becomes(scene.an, "wrap_up")
    (row,) = scene.desk.parked()
    assert (row["slot"], row["call"], row["by"]) == (parked["slot"], str(scene.call), str(scene.an))
    assert scene.desk.parties(scene.call)["customer"] == "parked"
    await hears(scene.phones["lan"], await office.music())

    await scene.desk.pick_up(parked["slot"], scene.chi)
    await scene.phones["chi"].incoming(timeout_s=PATIENCE_S)
    with pytest.raises(ControlRefused) as refused:
        await scene.desk.pick_up(parked["slot"], scene.binh)
    assert refused.value.reason == "busy"
    await scene.phones["chi"].hang_up()

    async def may_pick_up() -> bool:
        return scene.parties() == []

    await until(may_pick_up, "she is parked still")
    await scene.desk.pick_up(parked["slot"], scene.binh)
    await scene.answers("binh")
    await office.event(Kind.PICKED_UP, slot=parked["slot"])
    assert scene.desk.parked() == []
    await scene.heard("binh", by="lan")
    await scene.heard("lan", by="binh")
    assert await office.state(scene.binh) == "talking"
    assert await scene.on_the_board() == {"Binh": "agent"}
    await scene.phones["lan"].hang_up()
    assert outcome(await office.story()) == ("served", "customer_hung_up")
    await office.becomes(scene.binh, "wrap_up")


async def test_a_page_sends_her_to_a_colleague_and_to_a_queue(scene: Scene) -> None:
    office = scene.office
    await scene.asks("transfer", kind="agent", id=str(scene.binh))
    await scene.phones["binh"].incoming(timeout_s=PATIENCE_S)
    await scene.phones["binh"].hang_up()  # she is back with An
    await office.event(Kind.CONNECTED, count=2)
    await scene.heard("an", by="lan")
    await office.ready(scene.chi)
    await scene.asks("transfer", kind="queue", id="billing")
    await scene.phones["an"].closed(timeout_s=PATIENCE_S)
    await scene.answers("chi")
    await office.event(Kind.CONNECTED, agent=str(scene.chi))
    await scene.heard("chi", by="lan")
    for target in ({"kind": "queue", "id": "none"}, {"kind": "flow", "id": "none"}):
        with pytest.raises(ControlRefused) as refused:
            await scene.desk.control(scene.call, "transfer", scene.chi, **target)
        assert refused.value.reason == "no_such_target"


async def test_a_recording_is_paused_and_goes_on_by_itself(scene: Scene) -> None:
    await scene.asks("recording-pause", seconds=1)
    described: Any = scene.desk.parties(scene.call)
    assert described["recording"]["paused"] is True
    await scene.office.event(Kind.RECORDING, action="unmasked", by="time")
    assert scene.desk.parties(scene.call)["recording"] == {"paused": False, "until": None}


async def test_whose_phone_is_the_page_is_rung_there_for_a_transfer_and_to_listen(scene: Scene) -> None:
    office, rings = scene.office, list[PhoneSignal]()
    office.server.bus.subscribe(PhoneSignal, rings.append)
    phones = office.server.phones
    assert phones is not None
    for agent in (scene.binh, scene.chi):
        await office.server.people.set_phone(agent, "browser")
        await phones.here(agent, f"page-of-{agent}")

    async def rings_for(agent: AgentId) -> dict[str, Any]:
        def found() -> list[Any]:
            return [one.data for one in rings if one.kind == "phone.ring" and one.agent == agent]

        async def rang() -> bool:
            return bool(found())

        await until(rang, "the page rings")
        return found()[0]  # type: ignore[no-any-return]  # a live message

    await scene.desk.monitor(scene.call, scene.chi, "listen")
    rung = await rings_for(scene.chi)
    assert (rung["call"], rung["takes_itself"]) == (str(scene.call), True)
    await scene.phones["an"].command("transfer", f"sip:102@{scene.phones['an'].account.registrar}")
    rung = await rings_for(scene.binh)
    assert (rung["call"], rung["takes_itself"]) == (str(scene.call), False)
    await scene.phones["lan"].hang_up()
    await office.story()
