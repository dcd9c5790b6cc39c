"""Session timers, reliable ringing and OPTIONS with SIPp and baresip at the other end."""

import asyncio
from pathlib import Path

import pytest

from telephony.sip.qualify import Reach
from telephony.sip.sdp import answer_offer, make_offer
from telephony.sip.server import CallerId, IncomingCall, ToTrunk, TrunkConfig
from tests.integration.telephony.sip.house import HOST, MEDIA, PASSWORD, Person, house
from tests.support.baresip import Account, Baresip
from tests.support.ports import free_port
from tests.support.sipp import Sipp, run_sipp

pytestmark = pytest.mark.integration

LOCAL_TRUNK = TrunkConfig("local", (HOST,))

HEAD = """\
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:+84901234567@[local_ip]:[local_port]>;tag=[pid]SIPp[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
Contact: <sip:sipp@[local_ip]:[local_port]>
Max-Forwards: 70
"""
SDP = """\
Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 0
"""
EMPTY = "Content-Length: 0\n\n"
BACK = "[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContact: <sip:sipp@[local_ip]:[local_port]>\n"


def scenario(*steps: str) -> str:
    body = "\n".join(steps)
    return f'<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="dialog">\n{body}\n</scenario>\n'


def send(text: str, *, repeats: bool = True) -> str:
    return f"<send{' retrans=' + chr(34) + '500' + chr(34) if repeats else ''}><![CDATA[\n{text}]]></send>"


def asks(method: str, cseq: int, rest: str) -> str:
    uri = "sip:[service]@[remote_ip]:[remote_port]"
    return send(f"{method} {uri} SIP/2.0\n{HEAD}CSeq: {cseq} {method}\n{rest}", repeats=method != "ACK")


def early_media(call: IncomingCall) -> None:
    """Rings with media; the answer has to wait for the PRACK."""
    assert call.sdp is not None
    answer = answer_offer(call.sdp, MEDIA)[0]
    call.ring(answer)
    call.answer(answer)


async def test_a_caller_who_requires_reliable_ringing_gets_it_and_then_the_answer(tmp_path: Path) -> None:
    number = '<action><ereg regexp="[0-9]+" search_in="hdr" header="RSeq:" check_it="true" assign_to="1"/></action>'
    steps = scenario(
        asks("INVITE", 1, f"Require: 100rel\nSupported: 100rel\n{SDP}"),
        '<recv response="100" optional="true"/>',
        f'<recv response="183">{number}</recv>',
        asks("PRACK", 2, f"RAck: [$1] 1 INVITE\n{EMPTY}"),
        '<recv response="200"/>',
        '<recv response="200"/>',
        asks("ACK", 1, EMPTY),
        asks("BYE", 3, EMPTY),
        '<recv response="200"/>',
    )
    async with house(trunks=(LOCAL_TRUNK,), greet=early_media) as home:
        done = await run_sipp(tmp_path, steps, home.address, timeout_s=20)
        assert done.is_clean, done.errors


async def test_too_small_an_interval_is_refused_and_the_allowed_one_is_agreed(tmp_path: Path) -> None:
    def header(name: str, what: str) -> str:
        return f'<action><ereg regexp="{what}" search_in="hdr" header="{name}:" check_it="true" assign_to="1"/></action>'

    steps = scenario(
        asks("INVITE", 1, f"Supported: timer\nSession-Expires: 10\n{SDP}"),
        '<recv response="100" optional="true"/>',
        f'<recv response="422">{header("Min-SE", "90")}</recv>',
        asks("ACK", 1, EMPTY),
        asks("INVITE", 2, f"Supported: timer\nSession-Expires: 90;refresher=uac\nMin-SE: 90\n{SDP}").replace(
            "[peer_tag_param]", ""
        ),
        '<recv response="100" optional="true"/>',
        '<recv response="180" optional="true"/>',
        f'<recv response="200">{header("Session-Expires", "90;refresher=uac")}</recv>',
        asks("ACK", 2, EMPTY),
        asks("UPDATE", 3, f"Supported: timer\nSession-Expires: 90;refresher=uac\n{EMPTY}"),
        '<recv response="200"/>',
        asks("BYE", 4, EMPTY),
        '<recv response="200"/>',
        '<Reference variables="1"/>',
    )
    async with house(trunks=(LOCAL_TRUNK,)) as home:
        done = await run_sipp(tmp_path, steps, home.address, timeout_s=20)
        assert done.is_clean, done.errors


@pytest.mark.parametrize("method", ["UPDATE", "INVITE"])
async def test_we_keep_a_session_alive_and_hang_up_when_nobody_answers_that(
    tmp_path: Path, method: str
) -> None:
    """The carrier grants four seconds at a time, confirms one refresh and refuses the next."""
    terms = "Require: timer\nSession-Expires: 4;refresher=uac\n"
    allow = "Allow: INVITE, UPDATE\n" if method == "UPDATE" else ""
    tagged = BACK.replace("[last_To:]", "[last_To:];tag=carrier")
    confirm = EMPTY if method == "UPDATE" else SDP
    ack = '<recv request="ACK"/>' if method == "INVITE" else ""
    steps = scenario(
        '<recv request="INVITE"/>',
        send(f"SIP/2.0 200 OK\n{tagged}{allow}{terms}{SDP}"),
        '<recv request="ACK"/>',
        f'<recv request="{method}"/>',
        send(f"SIP/2.0 200 OK\n{BACK}{allow}{terms}{confirm}", repeats=method == "INVITE"),
        ack,
        f'<recv request="{method}"/>',
        send(f"SIP/2.0 500 Broken\n{BACK}{EMPTY}", repeats=method == "INVITE"),
        ack,
        '<recv request="BYE"/>',
        send(f"SIP/2.0 200 OK\n{BACK}{EMPTY}", repeats=False),
    )
    port = free_port()
    trunk = TrunkConfig("carrier", (f"{HOST}:{port}",), host=HOST, port=port, qualify_s=0)
    async with house(trunks=(trunk,)) as home, Sipp(tmp_path, steps, port=port, timeout_s=30) as carrier:
        person = Person()
        home.server.place_call(ToTrunk("carrier", "028"), make_offer(MEDIA), CallerId("1900"), person)
        await person.hears("answered")
        assert await person.hears("ended", timeout_s=20) == "session_expired"
        assert (await carrier.outcome()).is_clean


async def test_a_silent_trunk_and_a_living_phone_are_told_apart(tmp_path: Path) -> None:
    trunk = TrunkConfig("carrier", (), host=HOST, port=free_port(), qualify_s=2)
    account = Account("alice", PASSWORD)
    async with Baresip(tmp_path, account) as there:
        living = TrunkConfig("living", (), host=HOST, port=there.sip_port, qualify_s=2)
        async with house(trunks=(trunk, living)) as home, asyncio.timeout(20):
            states: dict[str, Reach] = {}
            while set(states.values()) != {Reach.REACHABLE, Reach.UNREACHABLE}:
                await asyncio.sleep(0.05)
                states = {one.name: one.reach for one in home.server.peers()}
            assert states == {"carrier": Reach.UNREACHABLE, "living": Reach.REACHABLE}
