"""Ring all: the phones of several agents, SIP and browser, for one customer. The first to answer has her."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from benchmarks.sip import Message, Phones, open_phones
from tests.integration.telephony.stage import (
    FRONT_DESK,
    PASSWORD,
    PATIENCE_S,
    Office,
    kinds,
    legs_of,
    of_kind,
    outcome,
    until,
)
from tests.support.baresip import Baresip
from tests.support.ports import LOOPBACK
from threadline.kernel.events import CallEventKind as Kind
from threadline.kernel.events import PhoneSignal
from threadline.kernel.ids import AgentId

pytestmark = pytest.mark.integration

DEAF_PORT = 9  # nobody listens to the sound of these calls
PAGE = "page-1"


@dataclass
class Desks:
    """An at a baresip, Bao and Chi at plain phones, Dung at a page; all ready, and asked all at once."""

    office: Office
    an: AgentId
    bao: AgentId
    chi: AgentId
    dung: AgentId
    ans: Baresip
    baos: Phones
    chis: Phones
    signals: list[PhoneSignal]

    @property
    def everybody(self) -> tuple[AgentId, ...]:
        return self.an, self.bao, self.chi, self.dung

    async def all_ring(self) -> tuple[Message, Message]:
        """Bao's and Chi's, once everybody's phone rings."""
        await self.ans.incoming(timeout_s=PATIENCE_S)
        async with asyncio.timeout(PATIENCE_S):
            bao, chi = await self.baos.invites.get(), await self.chis.invites.get()
        self.baos.ring(bao)
        self.chis.ring(chi)
        await self.page_hears("phone.ring")
        return bao, chi

    async def page_hears(self, kind: str) -> None:
        async def is_heard() -> bool:
            return any(one.kind == kind for one in self.signals)

        await until(is_heard, f"Dung's page hears {kind}")


@pytest.fixture
async def desks(office: Office) -> AsyncIterator[Desks]:
    server = office.server
    await office.open(FRONT_DESK)
    await server.router.define_queue("support", "Support", need={"support": 1}, strategy="ring_all")
    an, bao, chi, dung = [
        await office.hire(name, str(101 + n)) for n, name in enumerate(("an", "bao", "chi", "dung"))
    ]
    signals: list[PhoneSignal] = []
    server.bus.subscribe(PhoneSignal, signals.append)
    await server.people.set_phone(dung, "browser")
    assert server.phones is not None
    await server.phones.here(dung, PAGE)
    async with AsyncExitStack() as stack:
        ans = await stack.enter_async_context(office.desk("101"))
        baos, chis = [await stack.enter_async_context(open_phones()) for _ in range(2)]
        for phones, extension in ((baos, "102"), (chis, "103")):
            await phones.register((LOOPBACK, server.sip.port), extension, PASSWORD)
        await office.ready(an, bao, chi, dung)
        yield Desks(office, an, bao, chi, dung, ans, baos, chis, signals)


async def test_every_phone_rings_until_one_is_answered_and_the_others_are_told_that_nobody_missed_it(
    desks: Desks,
) -> None:
    office = desks.office
    async with office.customer() as lan:
        await office.call(lan)
        bao, chi = await desks.all_ring()
        await desks.ans.hang_up()  # An declines; the others ring on
        await office.event(Kind.OFFER_MISSED, agent=str(desks.an))
        assert [await office.state(one) for one in desks.everybody] == ["missed", *["offered"] * 3]
        assert desks.baos.cancels.empty()
        desks.chis.answer(chi, DEAF_PORT)
        connected = await office.event(Kind.CONNECTED, agent=str(desks.chi))
        async with asyncio.timeout(PATIENCE_S):
            cancel = await desks.baos.cancels.get()
        assert cancel.headers["call-id"] == bao.headers["call-id"]
        assert cancel.headers["reason"] == 'SIP;cause=200;text="Call completed elsewhere"'
        await desks.page_hears("phone.over")
        assert [await office.state(one) for one in desks.everybody] == ["missed", "ready", "talking", "ready"]
        await lan.hang_up()
    story = await office.story()
    assert outcome(story) == ("served", "customer_hung_up")
    assert kinds(story) == [
        "started", "answered", "queued", *["offered"] * 4, "offer_missed", "connected", "agent_left", "ended",
    ]  # fmt: skip
    assert story["agent"] == str(desks.chi)
    assert [one["reason"] for one in of_kind(story, Kind.OFFER_MISSED)] == ["declined"]
    ends = {leg["agent"]: leg["end_reason"] for leg in legs_of(story) if leg["agent"]}
    assert (ends[str(desks.bao)], ends[str(desks.dung)]) == ("taken", "taken")
    assert connected.data["wait_s"] is not None


async def test_a_caller_who_hangs_up_stops_every_phone_and_of_two_who_answer_at_once_one_has_her(
    desks: Desks,
) -> None:
    office = desks.office
    async with office.customer() as lan:
        await office.call(lan)
        await desks.all_ring()
        await lan.hang_up()
        await lan.closed(timeout_s=PATIENCE_S)
        await desks.ans.closed(timeout_s=PATIENCE_S)
        async with asyncio.timeout(PATIENCE_S):
            await desks.baos.cancels.get()
            await desks.chis.cancels.get()
        await desks.page_hears("phone.over")
        for agent in desks.everybody:
            await office.becomes(agent, "ready")
        assert outcome(await office.story()) == ("abandoned", "customer_hung_up")

        await office.call(lan)  # two answer in the same moment: one has her, the other is hung up on
        bao, chi = await desks.all_ring()
        desks.baos.answer(bao, DEAF_PORT)
        desks.chis.answer(chi, DEAF_PORT)
        connected = await office.event(Kind.CONNECTED)
        await desks.ans.closed(timeout_s=PATIENCE_S)
        both = {str(desks.bao), str(desks.chi)}
        (other,) = both - {str(connected.data["agent"])}
        await office.becomes(desks.chi if other == str(desks.chi) else desks.bao, "ready")
        await lan.hang_up()
    story = await office.story(count=2)
    assert outcome(story) == ("served", "customer_hung_up")
    assert len(of_kind(story, Kind.CONNECTED)) == 1
    assert not of_kind(story, Kind.OFFER_MISSED)
