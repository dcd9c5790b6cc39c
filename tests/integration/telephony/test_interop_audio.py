"""Sound between unlike ends: other packet lengths, moved and disguised streams, IPv6, a proxy, a carrier's announcement."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from telephony.sip.store import SipStore
from telephony.sip.trunks import TrunkConfig
from tests.integration.telephony.sip.test_dialog_features import scenario, send
from tests.integration.telephony.stage import (
    FRONT_DESK,
    LAN,
    MENU,
    PASSWORD,
    PATIENCE_S,
    Office,
    an_office,
    hears,
    know_trunk,
    legs_of,
    likeness,
    outcome,
    until,
)
from tests.integration.telephony.test_calls import connect
from tests.integration.telephony.wire import TRUNK, Dialled, Sender, sdp, sender
from tests.support.audio import find, warble
from tests.support.baresip import Account, Baresip
from tests.support.house import settings_for
from tests.support.kamailio import Kamailio
from tests.support.ports import LOOPBACK, free_port
from tests.support.rtp import RtpPeer, Timed, speech
from tests.support.sipp import Sipp
from threadline.compose import running
from threadline.config import HostPort
from threadline.db.pool import open_pool
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import CallEventKind as Kind

pytestmark = pytest.mark.integration

LONG = 240  # samples of 30 ms


@asynccontextmanager
async def dialled_by_hand(office: Office, body: bytes) -> AsyncIterator[tuple[Sender, Dialled, int]]:
    """A call of the carrier's with this description, answered; the port where we want its sound."""
    with sender(office, TRUNK) as carrier:
        call = Dialled(TRUNK, body=body)
        carrier.send(call.invite())
        assert await carrier.gets(1) == [200]
        answer = carrier.answers()[0]
        carrier.send(call.ack(answer))
        found = re.search(rb"m=audio (\d+) ", answer)
        assert found is not None
        yield carrier, call, int(found[1])
        carrier.send(call.bye(answer))
        await carrier.gets(1, "BYE")


def thirty_ms(packets: list[Timed]) -> list[Timed]:
    """The same sound in packets half as long again; what does not fill the last one is left out."""
    body, first = b"".join(one.packet.payload for one in packets), packets[0].packet
    return [
        Timed(
            n * 0.03,
            replace(
                first, marker=n == 0, sequence=first.sequence + n, timestamp=first.timestamp + n * LONG,
                payload=body[n * LONG :][:LONG],
            ),
        )
        for n in range(len(body) // LONG)
    ]  # fmt: skip


async def test_a_phone_of_thirty_milliseconds_and_one_of_twenty_hear_each_other(
    tmp_path: Path, dsn: str
) -> None:
    await know_trunk(dsn, TRUNK)
    async with an_office(tmp_path, dsn) as office, RtpPeer() as phone:
        an = await office.hire("an", "101")
        await office.open(FRONT_DESK)
        await office.ready(an)
        body = sdp(LOOPBACK, phone.port) + b"a=ptime:30\r\n"
        async with (
            office.desk("101", says=warble(1)) as desk,
            dialled_by_hand(office, body) as (_, _, port),
        ):
            await desk.incoming(timeout_s=PATIENCE_S)
            await desk.answer()
            await office.event(Kind.CONNECTED)
            await phone.send(thirty_ms(speech(warble(2))), (LOOPBACK, port))
            await hears(desk, warble(2))

            async def heard() -> bool:
                return likeness(warble(1), phone.heard()).score > 0.5

            await until(heard, "the phone of thirty milliseconds hears the other")
        await office.story()


async def test_a_stream_from_elsewhere_that_changes_its_source_number_is_heard_and_a_strangers_is_not(
    tmp_path: Path, dsn: str
) -> None:
    """The phone's description names an address of its own network, where nobody listens; NAT does that."""
    await know_trunk(dsn, TRUNK)
    async with an_office(tmp_path, dsn) as office, RtpPeer() as phone, RtpPeer() as stranger:
        an = await office.hire("an", "101")
        await office.open(FRONT_DESK)
        await office.ready(an)
        async with (
            office.desk("101", says=warble(1)) as desk,
            dialled_by_hand(office, sdp(LOOPBACK, free_port())) as (_, _, port),
        ):
            await phone.send(speech(warble(9, 0.2)), (LOOPBACK, port))  # what it is known by from now on
            await desk.incoming(timeout_s=PATIENCE_S)
            await desk.answer()
            await office.event(Kind.CONNECTED)
            first, second = warble(2), warble(3)
            async with asyncio.TaskGroup() as sending:
                sending.create_task(phone.send(speech(first, sequence=110, timestamp=90000)), name="phone")
                sending.create_task(
                    stranger.send(speech(warble(5), ssrc=0xBAD), (LOOPBACK, port)), name="stranger"
                )
            await hears(desk, first)
            await phone.send(speech(second, ssrc=0xF00D, sequence=50000, timestamp=77))
            await hears(desk, second)

            async def answered() -> bool:
                return likeness(warble(1), phone.heard()).score > 0.5

            await until(answered, "the phone behind NAT hears the agent")
            assert likeness(warble(5), desk.heard()).score == 0
            assert not stranger.packets.all
        story = await office.story()
    customer, _ = legs_of(story)
    assert customer["stats"]["strangers"] >= 90
    assert customer["stats"]["lost"] < 10, "numbers that begin anew are no loss"


async def test_sound_goes_by_ipv6_where_the_caller_asks_for_it(tmp_path: Path, dsn: str) -> None:
    await know_trunk(dsn, TRUNK)
    settings = settings_for(tmp_path / "data", dsn)
    settings = replace(
        settings, sip=HostPort("::", settings.sip.port), public_host=LOOPBACK, public_host6="::1"
    )
    async with running(settings) as server, RtpPeer(host="::1") as ear:
        office = Office(server, tmp_path)
        await office.open(MENU)
        prompt = await office.prompt("For support, press 3. To hear how we are, press 4.")
        body = sdp("::1", ear.port).replace(b"IN IP4", b"IN IP6")
        async with dialled_by_hand(office, body):

            async def heard() -> bool:
                return likeness(prompt, ear.heard()).score > 0.5

            await until(heard, "the prompt comes by IPv6")
            assert ear.source is not None
            assert ear.source[0] == "::1"
        await office.story()


async def test_two_phones_behind_a_proxy_hear_each_other(office: Office) -> None:
    an = await office.hire("an", "101")
    await office.open(FRONT_DESK)
    await office.server.accounts.add_account(
        "lan", office.server.settings.realm, PASSWORD, md5=True, number=LAN
    )
    address = f"{LOOPBACK}:{office.server.sip.port}"
    async with Kamailio(office.folder, office.server.sip.port) as proxy:
        desk_account, lans_account = (
            Account(user, PASSWORD, address, proxy=proxy.address) for user in ("101", "lan")
        )
        async with (
            Baresip(office.folder, desk_account, auto_answer=False, says=warble(1)) as desk,
            Baresip(office.folder, lans_account, says=warble(2)) as lan,
        ):
            await desk.registered(timeout_s=PATIENCE_S)
            await lan.registered(timeout_s=PATIENCE_S)
            await connect(office, an, desk, lan)
            await hears(lan, warble(1))
            await hears(desk, warble(2))
            await desk.hang_up()
            await lan.closed(timeout_s=PATIENCE_S)
        story = await office.story()
    assert outcome(story) == ("served", "agent_hung_up")


OUTWARD = """\
threadline: 1
kind: flow
id: outward
title: Sends callers to a carrier
entry: out
languages: {default: en-US, supported: [en-US]}
prompts:
  sorry: {en-US: {text: "That number can not be reached."}}
steps:
  out: {type: transfer, to: "trunk:carrier/02838123456", events: {busy: {next: sorry}, failed: {next: sorry}, done: {next: end}}}
  sorry: {type: say, prompt: sorry, next: end}
  end: {type: hangup}
"""


async def test_what_a_carrier_plays_before_it_answers_is_heard_by_the_caller(
    tmp_path: Path, dsn: str
) -> None:
    port, announcement = free_port(), warble(6)
    pool = await open_pool(dsn, max_size=1)
    trunk = TrunkConfig("carrier", (f"{LOOPBACK}:{port}",), host=LOOPBACK, port=port, qualify_s=0)
    await SipStore(pool, SystemClock()).save_trunk(trunk)
    await pool.close()
    async with an_office(tmp_path, dsn) as office, RtpPeer() as exchange:
        await office.open(OUTWARD)
        async with (
            Sipp(tmp_path, announcing(exchange.port), port=port, timeout_s=120) as carrier,
            office.customer() as lan,
        ):
            await office.call(lan)
            await exchange.packets.find(lambda _: True, timeout_s=PATIENCE_S, what="our sound")
            await exchange.send(speech(announcement))
            await hears(lan, announcement)
            await hears(lan, await office.prompt("That number can not be reached."))
            await lan.closed(timeout_s=PATIENCE_S)
            assert (await carrier.outcome()).successful == 1
        story = await office.story()
    assert outcome(story)[0] == "self_served"
    assert find(announcement, exchange.heard()).score < 0.5


def announcing(port: int) -> str:
    """A carrier whose sound is that of `port`: 183, a while of talking, busy."""
    head = "[last_Via:]\n[last_From:]\n[last_To:];tag=carrier\n[last_Call-ID:]\n[last_CSeq:]\n"
    head += "Contact: <sip:carrier@[local_ip]:[local_port]>\n"
    body = f"v=0\no=c 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\nm=audio {port} RTP/AVP 0\n"
    return scenario(
        '<recv request="INVITE"/>',
        send(
            f"SIP/2.0 183 Session Progress\n{head}Content-Type: application/sdp\nContent-Length: [len]\n\n{body}",
            repeats=False,
        ),
        '<pause milliseconds="6000"/>',
        send(f"SIP/2.0 486 Busy Here\n{head}Content-Length: 0\n\n"),
        '<recv request="ACK"/>',
    )
