"""Real phones: baresip registers with a digest and calls in and out, over UDP and TCP; SIPp loads the server."""

import asyncio
from pathlib import Path
from typing import Literal

import pytest

from telephony.sip.sdp import make_offer, read_answer
from telephony.sip.server import CallerId, ToAccount, ToTrunk, TrunkConfig
from tests.integration.telephony.sip.house import (
    HOST,
    MEDIA,
    PASSWORD,
    House,
    Person,
    house,
    let_it_ring,
    named,
)
from tests.support.baresip import Account, Baresip
from tests.support.ports import free_port
from tests.support.scenarios import Who, answerer, caller, hold, info, pause, register
from tests.support.sipp import Load, Sipp, run_sipp

pytestmark = pytest.mark.integration

Transport = Literal["udp", "tcp"]
LOCAL_TRUNK = TrunkConfig("local", (HOST,))


def phone(
    folder: Path, home: House, transport: Transport, name: str = "alice", *, auto: bool = True
) -> Baresip:
    account = Account(name, PASSWORD, home.address, transport)
    return Baresip(folder, account, auto_answer=auto)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_phone_registers_calls_in_holds_resumes_and_hangs_up(
    tmp_path: Path, transport: Transport
) -> None:
    async with house() as home, phone(tmp_path, home, transport) as alice:
        await alice.registered()
        assert home.server.is_registered("alice")
        await alice.dial("19001234")
        call, person = await home.caller()
        assert (call.source.kind, call.source.name, call.dialled) == ("account", "alice", "19001234")
        await alice.established()
        await person.hears("acked")
        await alice.hold()
        assert await person.hears("offer") is True
        await alice.resume()
        assert await person.hears("offer") is False
        await alice.hang_up()
        assert await person.hears("ended") == "peer_bye"
        assert home.server.live_calls() == 0


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_phone_is_called_put_on_hold_and_hung_up_on(tmp_path: Path, transport: Transport) -> None:
    async with house() as home, phone(tmp_path, home, transport) as alice:
        await alice.registered()
        person = Person()
        call = home.server.place_call(
            ToAccount("alice"), make_offer(MEDIA), CallerId("+84901234567", "Lan"), person
        )
        assert "+84901234567" in str((await alice.established())["peeruri"])
        answer = await person.hears("answered")
        assert isinstance(answer, bytes)
        assert read_answer(answer).codec == "pcmu"
        call.reinvite(make_offer(MEDIA).replace(b"a=sendrecv", b"a=sendonly").replace(b" 1 1 IN", b" 1 2 IN"))
        reply = await person.hears("reanswered")
        assert isinstance(reply, bytes)
        assert read_answer(reply).direction in ("recvonly", "inactive")
        call.bye()
        await alice.closed()
        assert await person.hears("ended") == "local_bye"


async def test_a_phone_takes_its_call_back_before_the_answer(tmp_path: Path) -> None:
    async with house(greet=let_it_ring) as home, phone(tmp_path, home, "udp") as alice:
        await alice.registered()
        await alice.dial("19001234")
        call, person = await home.caller()
        await alice.event("CALL_RINGING")
        await alice.hang_up()
        await person.hears("cancelled")
        assert person.news == ["cancelled"]
        call.answer(make_offer(MEDIA))
        assert home.server.live_calls() == 0


async def test_a_phone_stops_ringing_when_the_call_is_taken_back_and_may_refuse_one(tmp_path: Path) -> None:
    async with house() as home, phone(tmp_path, home, "udp", auto=False) as alice:
        await alice.registered()
        person = Person()
        call = home.server.place_call(ToAccount("alice"), make_offer(MEDIA), CallerId("1"), person)
        await person.hears("ringing")
        await alice.incoming()
        call.cancel("gone")
        assert await person.hears("failed") == 487
        await alice.closed()
        second = Person()
        home.server.place_call(ToAccount("alice"), make_offer(MEDIA), CallerId("1"), second)
        await second.hears("ringing")
        await alice.incoming()
        await alice.hang_up()
        assert await second.hears("failed") in (486, 603)


async def test_of_two_phones_the_first_to_answer_gets_the_call(tmp_path: Path) -> None:
    async with (
        house() as home,
        phone(tmp_path / "desk", home, "udp", auto=False) as desk,
        phone(tmp_path / "mobile", home, "tcp", auto=False) as mobile,
    ):
        await desk.registered()
        await mobile.registered()
        person = Person()
        call = home.server.place_call(ToAccount("alice"), make_offer(MEDIA), CallerId("1"), person)
        await desk.incoming()
        await mobile.incoming()
        await mobile.answer()
        await person.hears("answered")
        await desk.closed()
        await mobile.established()
        await mobile.hang_up()
        assert await person.hears("ended") == "peer_bye"
        assert call.peer == "alice"


async def test_a_wrong_password_does_not_register(tmp_path: Path) -> None:
    async with house() as home:
        account = Account("alice", "guess", home.address)
        async with Baresip(tmp_path, account) as alice:
            await alice.event("REGISTER_FAIL", timeout_s=15)
            assert not home.server.is_registered("alice")


@pytest.mark.parametrize("transport", ["u1", "t1"])
async def test_sipp_registers_with_its_digest(tmp_path: Path, transport: str) -> None:
    async with house() as home:
        who = Who(user="alice", challenged=True, password=PASSWORD)
        done = await run_sipp(tmp_path, named(register(who)), home.address, transport=transport, timeout_s=20)
        assert done.is_clean, done.errors
        assert transport == "t1" or home.server.is_registered("alice")


@pytest.mark.parametrize("transport", ["u1", "t1"])
async def test_sipps_own_caller_at_50_calls_a_second_loses_and_repeats_nothing(
    tmp_path: Path, transport: str
) -> None:
    async with house(trunks=(LOCAL_TRUNK,)) as home:
        load = Load(calls=250, per_second=50)
        done = await run_sipp(tmp_path, "uac", home.address, load, transport=transport, timeout_s=40)
        assert done.is_clean, done.errors
        assert done.successful == 250
        assert home.server.live_calls() == 0


async def test_sipp_calls_with_a_login_presses_a_key_by_info_and_holds(tmp_path: Path) -> None:
    who = Who(user="bob", challenged=True, password=PASSWORD)
    steps = [info(who, "5", 10), hold(who, 11), hold(who, 12, direction="sendrecv", version=3), pause(50)]
    async with house() as home:
        done = await run_sipp(tmp_path, named(caller(who, steps)), home.address, timeout_s=20)
        assert done.is_clean, done.errors
        _, person = await home.caller()
        assert person.news == ["acked", "digit", "offer", "offer", "ended"]
        assert await person.hears("digit") == "5"
        assert [value for name, value in person.log.all if name == "offer"] == [True, False]


async def test_a_call_goes_out_through_a_trunk_and_a_refusal_comes_back(tmp_path: Path) -> None:
    port = free_port()
    trunk = TrunkConfig("carrier", (f"{HOST}:{port}",), host=HOST, port=port)
    async with house(trunks=(trunk,)) as home:
        async with Sipp(tmp_path, answerer(ring_ms=50), port=port, timeout_s=20) as carrier:
            person = Person()
            call = home.server.place_call(
                ToTrunk("carrier", "0281234567"), make_offer(MEDIA), CallerId("19001234"), person
            )
            await person.hears("answered")
            call.bye("done")
            assert await person.hears("ended") == "local_bye"
            assert (await carrier.outcome()).is_clean
        async with Sipp(tmp_path, answerer(refuse="486 Busy Here"), port=port, timeout_s=20) as carrier:
            person = Person()
            home.server.place_call(ToTrunk("carrier", "0281234567"), make_offer(MEDIA), CallerId("1"), person)
            assert await person.hears("failed") == 486
            assert (await carrier.outcome()).failed == 0


async def test_we_hang_up_on_sipp(tmp_path: Path) -> None:
    who = Who()
    async with (
        house(trunks=(LOCAL_TRUNK,)) as home,
        Sipp(tmp_path, caller(who, [], bye=False), home.address, timeout_s=20) as sipp,
    ):
        call, person = await home.caller()
        await person.hears("acked")
        call.bye()
        assert await person.hears("ended") == "local_bye"
        assert (await sipp.outcome()).failed == 0
        async with asyncio.timeout(5):
            while home.server.live_calls():
                await asyncio.sleep(0.01)
