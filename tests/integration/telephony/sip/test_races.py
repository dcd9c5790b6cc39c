"""Messages that cross on the wire, and calls offered or held in every manner, with SIPp at the other end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from telephony.sip.sdp import SdpRefused, answer_offer, make_offer
from telephony.sip.server import CallerId, IncomingCall, OutgoingCall, ToTrunk, TrunkConfig
from tests.integration.telephony.sip.house import (
    HOST,
    MEDIA,
    PASSWORD,
    House,
    Person,
    answer_at_once,
    house,
    let_it_ring,
    named,
)
from tests.integration.telephony.sip.test_dialog_features import (
    BACK,
    EMPTY,
    LOCAL_TRUNK,
    SDP,
    asks,
    scenario,
    send,
)
from tests.support.ports import free_port
from tests.support.scenarios import Who, register
from tests.support.sipp import Sipp, run_sipp

pytestmark = pytest.mark.integration

HELD_OLD_STYLE = SDP.replace("c=IN IP4 [media_ip]", "c=IN IP4 0.0.0.0")
NOTHING_OF_OURS = SDP.replace("RTP/AVP 0", "RTP/AVP 18")
PATIENCE_S = 60.0
ANSWERED = (
    '<recv response="100" optional="true"/>',
    '<recv response="180" optional="true"/>',
    '<recv response="200"/>',
)
HUNG_UP = (asks("BYE", 90, EMPTY), '<recv response="200"/>')
REINVITED = ('<recv response="100" optional="true"/>', '<recv response="200"/>')
CALLED = BACK.replace("[last_To:]", "[last_To:];tag=carrier")  # what a called SIPp answers first with
GOODBYE = ('<recv request="BYE"/>', send(f"SIP/2.0 200 OK\n{BACK}{EMPTY}", repeats=False))


def held(sdp: str, direction: str) -> str:
    return sdp.rstrip("\n") + f"\na={direction}\n"


def saved(*names: str) -> str:
    """Keeps headers of what was just received, for an answer to it later on."""
    found = "".join(
        f'<ereg regexp=".*" search_in="hdr" header="{name}:" assign_to="{name.replace("-", "")}"/>'
        for name in names
    )
    return f"<action>{found}</action>"


async def calls(folder: Path, home: House, *steps: str) -> Person:
    """SIPp calls through these steps and goes through all of them; who took the call."""
    done = await run_sipp(folder, scenario(*steps), home.address, timeout_s=60)
    assert done.successful == 1, done.errors
    _, person = await home.caller()
    await person.hears("ended", timeout_s=PATIENCE_S)
    assert home.server.live_calls() == 0
    return person


# --- offers -------------------------------------------------------------------------------------


async def test_a_caller_who_leaves_the_offer_to_us_answers_it_in_the_ack(tmp_path: Path) -> None:
    steps = (asks("INVITE", 1, EMPTY), *ANSWERED, asks("ACK", 1, SDP), *HUNG_UP)
    async with house(trunks=(LOCAL_TRUNK,)) as home:
        person = await calls(tmp_path, home, *steps)
        answer = await person.hears("acked")
        assert isinstance(answer, bytes)
        assert b"m=audio" in answer


@pytest.mark.parametrize(
    "hold",
    [held(SDP, "sendonly"), held(SDP, "inactive"), HELD_OLD_STYLE],
    ids=["sendonly", "inactive", "0.0.0.0"],
)
async def test_every_manner_of_hold_is_a_hold_and_ends(tmp_path: Path, hold: str) -> None:
    steps = (
        asks("INVITE", 1, SDP), *ANSWERED, asks("ACK", 1, EMPTY),
        asks("INVITE", 2, hold), *REINVITED, asks("ACK", 2, EMPTY),
        asks("INVITE", 3, SDP), *REINVITED, asks("ACK", 3, EMPTY), *HUNG_UP,
    )  # fmt: skip
    async with house(trunks=(LOCAL_TRUNK,)) as home:
        person = await calls(tmp_path, home, *steps)
        assert [value for name, value in person.log.all if name == "offer"] == [True, False]


async def test_an_offer_without_a_codec_of_ours_is_488_first_and_in_the_call_which_goes_on(
    tmp_path: Path,
) -> None:
    def greet(call: IncomingCall) -> None:
        assert call.sdp is not None
        try:
            call.answer(answer_offer(call.sdp, MEDIA)[0])
        except SdpRefused:
            call.reject(488, "Not Acceptable Here")

    refused = ('<recv response="100" optional="true"/>', '<recv response="488"/>')
    in_the_call = (
        asks("INVITE", 1, SDP), *ANSWERED, asks("ACK", 1, EMPTY),
        asks("INVITE", 2, NOTHING_OF_OURS), *refused, asks("ACK", 2, EMPTY), *HUNG_UP,
    )  # fmt: skip
    at_first = scenario(asks("INVITE", 1, NOTHING_OF_OURS), *refused, asks("ACK", 1, EMPTY))
    async with house(trunks=(LOCAL_TRUNK,), greet=greet) as home:
        await calls(tmp_path, home, *in_the_call)
        done = await run_sipp(tmp_path, at_first, home.address, timeout_s=60)
        assert done.successful == 1, done.errors


# --- what crosses -------------------------------------------------------------------------------


class Restless(Person):
    """Offers anew as soon as the call is up."""

    def on_acked(self, sdp: bytes | None) -> None:
        super().on_acked(sdp)
        assert self.call is not None
        self.call.reinvite(make_offer(MEDIA))


def greet_restlessly(call: IncomingCall) -> None:
    person = Restless()
    person.call, before = call, call.handler
    call.handler = person
    assert isinstance(before, Person)
    person.log = before.log
    answer_at_once(call)


THEIR_ANSWER = """\
Via:[$Via]
From:[$From]
To:[$To]
Call-ID: [call_id]
CSeq:[$CSeq]
Contact: <sip:sipp@[local_ip]:[local_port]>
"""
OUR_INVITE = f'<recv request="INVITE">{saved("Via", "From", "To", "CSeq")}</recv>'


async def test_two_new_offers_that_cross_are_both_491_and_ours_comes_again(tmp_path: Path) -> None:
    steps = (
        asks("INVITE", 1, SDP), *ANSWERED, asks("ACK", 1, EMPTY),
        OUR_INVITE,
        asks("INVITE", 2, SDP), '<recv response="100" optional="true"/>', '<recv response="491"/>', asks("ACK", 2, EMPTY),
        send(f"SIP/2.0 491 Request Pending\n{THEIR_ANSWER}{EMPTY}"), '<recv request="ACK"/>',
        OUR_INVITE, send(f"SIP/2.0 200 OK\n{THEIR_ANSWER}{SDP}"), '<recv request="ACK"/>',
        *HUNG_UP,
    )  # fmt: skip
    async with house(trunks=(LOCAL_TRUNK,), greet=greet_restlessly) as home:
        person = await calls(tmp_path, home, *steps)
        assert person.news == ["acked", "reanswered", "ended"]


async def test_a_hang_up_that_crosses_our_new_offer_ends_the_call_and_the_offer(tmp_path: Path) -> None:
    steps = (
        asks("INVITE", 1, SDP), *ANSWERED, asks("ACK", 1, EMPTY),
        OUR_INVITE, *HUNG_UP,
        send(f"SIP/2.0 487 Request Terminated\n{THEIR_ANSWER}{EMPTY}"), '<recv request="ACK"/>',
    )  # fmt: skip
    async with house(trunks=(LOCAL_TRUNK,), greet=greet_restlessly) as home:
        person = await calls(tmp_path, home, *steps)
        assert person.news == ["acked", "ended"]


async def test_a_cancel_that_crosses_our_answer_changes_nothing(tmp_path: Path) -> None:
    cancel = asks("CANCEL", 1, EMPTY).replace("[branch]", "[branch-4]").replace("[peer_tag_param]", "")
    steps = (
        asks("INVITE", 1, SDP), *ANSWERED, cancel, '<recv response="200"/>', asks("ACK", 1, EMPTY), *HUNG_UP,
    )  # fmt: skip
    async with house(trunks=(LOCAL_TRUNK,)) as home:
        person = await calls(tmp_path, home, *steps)
        assert person.news == ["acked", "ended"]


# --- SIPp is called -----------------------------------------------------------------------------


@asynccontextmanager
async def a_call_to(folder: Path, *steps: str) -> AsyncIterator[tuple[OutgoingCall, Person]]:
    """We call SIPp, which must go through all of these steps, and nothing may be left in the end."""
    port = free_port()
    trunk = TrunkConfig("carrier", (f"{HOST}:{port}",), host=HOST, port=port, qualify_s=0)
    async with (
        house(trunks=(trunk,)) as home,
        Sipp(folder, scenario(*steps), port=port, timeout_s=60) as carrier,
    ):
        person = Person()
        yield (
            home.server.place_call(ToTrunk("carrier", "028"), make_offer(MEDIA), CallerId("1900"), person),
            person,
        )
        done = await carrier.outcome()
        assert done.successful == 1, done.errors
        assert home.server.live_calls() == 0


async def test_an_answer_that_crosses_our_cancel_is_acknowledged_and_hung_up(tmp_path: Path) -> None:
    answer = CALLED.replace("[last_CSeq:]", "CSeq: 1 INVITE")
    steps = (
        '<recv request="INVITE"/>',
        send(f"SIP/2.0 180 Ringing\n{CALLED}{EMPTY}", repeats=False),
        '<recv request="CANCEL"/>',
        send(f"SIP/2.0 200 OK\n{CALLED}{EMPTY}", repeats=False),
        send(f"SIP/2.0 200 OK\n{answer}{SDP}"),
        '<recv request="ACK"/>',
        *GOODBYE,
    )
    async with a_call_to(tmp_path, *steps) as (call, person):
        await person.hears("ringing", timeout_s=PATIENCE_S)
        call.cancel("gone")
        await person.hears("failed", timeout_s=PATIENCE_S)
        assert person.news == ["ringing", "failed"]


async def test_a_second_answer_by_another_branch_is_hung_up_and_the_first_goes_on(tmp_path: Path) -> None:
    def answer(tag: str) -> str:
        lines = THEIR_ANSWER.replace("To:[$To]", f"To:[$To];tag={tag}")
        return send(f"SIP/2.0 200 OK\n{lines}{SDP}")

    to_two = '<action><ereg regexp="tag=two" search_in="hdr" header="To:" check_it="true" assign_to="two"/></action>'
    bye = (
        f"BYE sip:threadline@{HOST} SIP/2.0\n"
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\nFrom:[$To];tag=one\nTo:[$From]\n"
        f"Call-ID: [call_id]\nCSeq: 1 BYE\nMax-Forwards: 70\n{EMPTY}"
    )
    steps = (
        OUR_INVITE,
        answer("one"),
        '<recv request="ACK"/>',
        answer("two"),
        '<recv request="ACK"/>',
        f'<recv request="BYE">{to_two}</recv>',
        send(f"SIP/2.0 200 OK\n{BACK}{EMPTY}", repeats=False),
        send(bye),
        '<recv response="200"/>',
        '<Reference variables="two"/>',
    )
    async with a_call_to(tmp_path, *steps) as (_, person):
        assert await person.hears("ended", timeout_s=PATIENCE_S) == "peer_bye"
        assert person.news == ["answered", "ended"]


async def test_a_carrier_that_rings_reliably_gets_its_prack(tmp_path: Path) -> None:
    answer = CALLED.replace("[last_CSeq:]", "CSeq: 1 INVITE").replace("[last_Via:]", "Via:[$Via]")
    number = '<action><ereg regexp="17 1 INVITE" search_in="hdr" header="RAck:" check_it="true" assign_to="rack"/></action>'
    steps = (
        f'<recv request="INVITE">{saved("Via")}</recv>',
        send(f"SIP/2.0 183 Session Progress\n{CALLED}Require: 100rel\nRSeq: 17\n{SDP}", repeats=False),
        f'<recv request="PRACK">{number}</recv>',
        send(f"SIP/2.0 200 OK\n{BACK}{EMPTY}", repeats=False),
        send(f"SIP/2.0 200 OK\n{answer.replace(';tag=carrier', '')}{EMPTY}"),
        '<recv request="ACK"/>',
        *GOODBYE,
        '<Reference variables="rack"/>',
    )
    async with a_call_to(tmp_path, *steps) as (call, person):
        await person.hears("answered", timeout_s=PATIENCE_S)
        call.bye()
        await person.hears("ended", timeout_s=PATIENCE_S)
        assert person.news == ["ringing", "answered", "ended"]


# --- registrations ------------------------------------------------------------------------------


async def test_a_phone_registers_again_and_leaves(tmp_path: Path) -> None:
    who = Who(user="alice", challenged=True, password=PASSWORD)
    async with house(greet=let_it_ring) as home:
        for expires_s in (60, 120):
            done = await run_sipp(
                tmp_path, named(register(who, expires_s=expires_s)), home.address, timeout_s=60
            )
            assert done.successful == 1, done.errors
            assert home.server.is_registered("alice")
        leaves = named(register(who, expires_s=0)).replace(
            "Contact: <sip:alice@[local_ip]:[local_port];transport=[transport]>", "Contact: *"
        )
        assert (await run_sipp(tmp_path, leaves, home.address, timeout_s=60)).successful == 1
        assert not home.server.is_registered("alice")
