"""Phones of ours call one another, and send one another on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from telephony.dial_policy import DialRules
from telephony.sip.calls import SipCall
from telephony.sip.incoming import IncomingCall
from telephony.sip.reoffers import Unheeded
from telephony.sip.server import TrunkConfig
from tests.integration.telephony.sip.house import House, Person
from tests.integration.telephony.sip.house import house as sip_house
from tests.integration.telephony.stage import (
    ENOUGH,
    FRONT_DESK,
    PASSWORD,
    PATIENCE_S,
    Office,
    an_office,
    kinds,
    legs_of,
    likeness,
    of_kind,
    outcome,
    until,
)
from tests.integration.telephony.test_transfers import connect, replaces
from tests.support.audio import read_wav, warble
from tests.support.baresip import Baresip
from tests.support.house import HOTLINE
from threadline.kernel.events import CallEventKind as Kind
from threadline.kernel.events import Json
from threadline.kernel.ids import RecordingId

pytestmark = pytest.mark.integration

NUMBER_OF_102 = "+84902222222"


async def give_phones(office: Office) -> None:
    """Accounts 101, 102 and 103; 102 has a number."""
    for name, number in (("101", None), ("102", NUMBER_OF_102), ("103", None)):
        await office.server.accounts.add_account(
            name, office.server.settings.realm, PASSWORD, md5=True, number=number
        )


async def ended(office: Office, *, count: int) -> Json:
    """The story of the `count`-th call that ended."""
    call = (await office.event(Kind.ENDED, count=count)).call
    return await office.server.calls.detail(call)


async def refused(phone: Baresip, number: str) -> str:
    await phone.dial(number)
    return await phone.closed(timeout_s=PATIENCE_S)


async def test_one_phone_calls_another_and_both_talk(office: Office) -> None:
    await give_phones(office)
    for extension, name in (("101", "An Võ"), ("102", 'Bình "B" Trần')):
        await office.server.people.add(extension, None, role="agent", display_name=name, extension=extension)
    async with office.desk("101") as first, office.desk("102") as second:
        await first.dial("0902222222")
        rung = await second.incoming(timeout_s=PATIENCE_S)
        assert rung["peerdisplayname"] == "An Võ"
        await second.answer()
        await first.established(timeout_s=PATIENCE_S)
        await office.event(Kind.CONNECTED)
        await first.speak(warble(2))
        await second.hears(warble(2), timeout_s=PATIENCE_S)
        await second.speak(warble(3))
        await first.hears(warble(3), timeout_s=PATIENCE_S)
        (call,) = office.server.calls.active()
        assert (call["state"], call["from"], call["thread"]) == ("talking", "101", None)
        await second.hang_up()
        await first.closed(timeout_s=PATIENCE_S)
        call_id = (await office.event(Kind.ENDED)).call
        story = await ended(office, count=1)
        assert outcome(story) == ("served", "agent_hung_up")
        assert (story["direction"], story["to"], story["thread"]) == ("internal", "0902222222", None)
        assert kinds(story) == ["started", "answered", "connected", "ended"]
        assert [(leg["peer"], leg["end_reason"]) for leg in legs_of(story)] == [
            ("101", "agent_hung_up"),
            ("102", "agent_hung_up"),
        ]
        ladder = office.server.operations.ladder(call_id, bodies=False)
        assert ladder.count("INVITE") >= 2
        assert (
            ladder.count('P-Asserted-Identity: "Bình \\"B\\" Trần" <sip:0902222222@') >= 2
        )  # ringing and answered
        assert await office.server.recordings.for_call(call_id) == []


async def test_where_calls_between_phones_are_recorded_both_are_heard(tmp_path: Path, dsn: str) -> None:
    async with an_office(tmp_path, dsn, record_internal=True) as office:
        await give_phones(office)
        async with office.desk("101") as first, office.desk("102", says=warble(3)) as second:
            await first.dial("102")
            await second.incoming(timeout_s=PATIENCE_S)
            await second.answer()
            await first.hears(warble(3), timeout_s=PATIENCE_S)
            await first.speak(warble(2))
            await second.hears(warble(2), timeout_s=PATIENCE_S)
            await first.hang_up()
            await second.closed(timeout_s=PATIENCE_S)
        call = (await office.event(Kind.ENDED)).call
        (recording,) = await office.server.recordings.for_call(call)
        kept = await office.server.recordings.audio(RecordingId(UUID(str(recording["id"]))))
        of_caller, of_called = read_wav(kept.path)
    assert likeness(warble(2), of_caller).score > ENOUGH
    assert likeness(warble(3), of_called).score > ENOUGH


async def test_a_phone_that_can_not_be_reached_says_why(office: Office) -> None:
    await give_phones(office)
    async with office.desk("101") as first, office.desk("102") as second:
        assert "404" in await refused(first, "0999")
        assert "480" in await refused(first, "103")  # an account without a phone
        assert "486" in await refused(first, "101")
        await first.dial("102")
        await second.incoming(timeout_s=PATIENCE_S)
        await second.hang_up()
        assert "486" in await first.closed(timeout_s=PATIENCE_S)
        await first.dial("102")
        await second.incoming(timeout_s=PATIENCE_S)
        await first.hang_up()
        await first.closed(timeout_s=PATIENCE_S)
        await second.closed(timeout_s=PATIENCE_S)
        policy = office.server.sip.watch.policy
        assert policy is not None
        policy.rules = DialRules(calls_per_minute=0)
        assert "403" in await refused(first, "102")
        found = [outcome(await ended(office, count=count)) for count in range(1, 6)]
    assert found == [
        ("refused", "unreachable"), ("refused", "busy"), ("refused", "busy"),
        ("abandoned", "customer_hung_up"), ("refused", "dial_refused"),
    ]  # fmt: skip


@asynccontextmanager
async def own_phone(office: Office, account: str) -> AsyncIterator[House]:
    """A phone that neither resumes nor hangs up by itself, registered: our own core at the other end."""
    line = TrunkConfig(
        "office", ("127.0.0.1",), host="127.0.0.1", port=office.server.sip.port, user=account, password=PASSWORD, register=True
    )  # fmt: skip
    async with sip_house(trunks=(line,)) as phone:

        async def is_there() -> bool:
            return office.server.sip.is_registered(account)

        await until(is_there, f"{account} is registered")
        yield phone


def send_on(call: SipCall, target: str) -> None:
    assert call.dialog is not None
    contact = call.home.contact(call.dialog.flow, call.dialog.target)
    draft = call.dialog.draft("REFER", f"{contact}Refer-To: <sip:{target}@threadline>\r\n")
    call.home.transactions.ask(draft, call.dialog.next_hop(), Unheeded())


async def is_told(phone: House, call: SipCall, status: str) -> None:
    """The phone got a NOTIFY that says so."""
    ring = phone.server.watch.ring
    ring.belongs(call.call_id, "the call")

    async def is_so() -> bool:
        (heard,) = ring.of("the call").values()
        return any(one.data.startswith(b"NOTIFY") and status.encode() in one.data for one in heard)

    await until(is_so, f"NOTIFY {status}")


async def taken(phone: House) -> tuple[IncomingCall, Person]:
    async with asyncio.timeout(PATIENCE_S):
        return await phone.caller()


async def test_a_customer_sent_to_a_busy_colleague_comes_back_to_the_agent(office: Office) -> None:
    an = await office.hire("an", "101")
    await office.hire("binh", "102")
    await office.open(FRONT_DESK)
    async with own_phone(office, "101") as desk, office.desk("102") as second, office.customer() as lan:
        await office.ready(an)
        await lan.dial("19001234")
        call, person = await taken(desk)
        await office.event(Kind.CONNECTED, agent=str(an))
        send_on(call, "102")
        await second.incoming(timeout_s=PATIENCE_S)
        await second.hang_up()
        await is_told(desk, call, "486 Busy Here")
        await office.event(Kind.CONNECTED, agent=str(an), count=2)
        assert await office.state(an) == "talking"
        send_on(call, "102")
        await second.incoming(timeout_s=PATIENCE_S)
        await second.answer()
        await is_told(desk, call, "200 OK")
        await person.hears("ended", timeout_s=PATIENCE_S)
        await office.becomes(an, "wrap_up")
        await lan.hang_up()
        await second.closed(timeout_s=PATIENCE_S)
    story = await office.story()
    assert outcome(story) == ("transferred", "customer_hung_up")
    assert [one["result"] for one in of_kind(story, Kind.TRANSFER)] == [None, "busy", None, "done"]


async def test_an_extension_that_sends_its_caller_to_a_busy_one_keeps_her(office: Office) -> None:
    await give_phones(office)
    async with (
        own_phone(office, "102") as middle,
        office.desk("101") as first,
        office.desk("103") as third,
    ):
        await first.dial("102")
        call, person = await taken(middle)
        await first.established(timeout_s=PATIENCE_S)
        send_on(call, "103")
        await third.incoming(timeout_s=PATIENCE_S)
        await third.hang_up()
        await is_told(middle, call, "486 Busy Here")
        send_on(call, "nobody")
        await is_told(middle, call, "404 Not Found")
        assert "ended" not in person.news
        send_on(call, "103")
        await third.incoming(timeout_s=PATIENCE_S)
        await third.answer()
        await is_told(middle, call, "200 OK")
        await person.hears("ended", timeout_s=PATIENCE_S)
        await third.speak(warble(2))
        await first.hears(warble(2), timeout_s=PATIENCE_S)
        await first.hang_up()
        await third.closed(timeout_s=PATIENCE_S)
        story = await ended(office, count=1)
    assert outcome(story) == ("transferred", "customer_hung_up")
    assert [one["result"] for one in of_kind(story, Kind.TRANSFER)] == [None, "busy", "failed", None, "done"]


async def test_an_extension_that_sends_its_caller_to_a_published_number_puts_him_through_to_its_flow(
    office: Office,
) -> None:
    await give_phones(office)
    binh = await office.hire("binh", "104")
    await office.open(FRONT_DESK)
    async with (
        own_phone(office, "102") as middle,
        office.desk("101") as first,
        office.desk("104") as desk,
    ):
        await office.ready(binh)
        await first.dial("102")
        call, person = await taken(middle)
        await first.established(timeout_s=PATIENCE_S)
        send_on(call, HOTLINE)
        await is_told(middle, call, "200 OK")
        await person.hears("ended", timeout_s=PATIENCE_S)
        await desk.incoming(timeout_s=PATIENCE_S)
        await desk.answer()
        await desk.established(timeout_s=PATIENCE_S)
        await first.speak(warble(3))
        await desk.hears(warble(3), timeout_s=PATIENCE_S)
        await desk.speak(warble(2))
        await first.hears(warble(2), timeout_s=PATIENCE_S)
        await first.hang_up()
        await desk.closed(timeout_s=PATIENCE_S)
        stories = [await ended(office, count=count) for count in (1, 2)]
    assert [(story["direction"], *outcome(story)) for story in stories] == [
        ("internal", "transferred", "sent_on"),
        ("inbound", "served", "customer_hung_up"),
    ]


@pytest.mark.parametrize("says_it_to", ["colleague", "customer"])
async def test_an_agent_calls_a_colleague_and_joins_the_customer_to_him(
    office: Office, says_it_to: str
) -> None:
    an = await office.hire("an", "101")
    await office.server.accounts.add_account("102", office.server.settings.realm, PASSWORD, md5=True)
    await office.open(FRONT_DESK)
    question, colleague = warble(2), warble(3)
    async with (
        office.desk("101") as desk,
        office.desk("102", says=question) as second,
        office.customer() as lan,
    ):
        await connect(office, an, desk, lan)
        await desk.dial("102")
        await second.incoming(timeout_s=PATIENCE_S)
        await second.answer()
        await desk.hears(question, timeout_s=PATIENCE_S)
        if says_it_to == "customer":
            await desk.command("line", "1")
        header = replaces(office, of_caller=says_it_to == "customer")
        await desk.command("transfer", f"<sip:102@{desk.account.registrar}?{header}>")
        await office.event(Kind.TRANSFER, mode="attended", result="done")
        await second.speak(colleague)
        await lan.hears(colleague, timeout_s=PATIENCE_S)
        await office.becomes(an, "wrap_up")
        await lan.hang_up()
        await second.closed(timeout_s=PATIENCE_S)
        stories = [await ended(office, count=count) for count in (1, 2)]
    between, call = sorted(stories, key=lambda story: story["direction"] == "inbound")
    assert outcome(between) == ("served", "joined")
    assert outcome(call) == ("transferred", "customer_hung_up")
