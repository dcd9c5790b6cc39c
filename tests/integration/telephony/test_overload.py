"""More calls than can be set up in time: the first are answered, the others hear 503 at once, and none stays behind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from telephony.sip import overload
from telephony.sip.defence import Refusal
from tests.integration.telephony.stage import MENU, Office, know_trunk, until
from tests.support.house import settings_for
from tests.support.ports import LOOPBACK
from tests.support.sipp import Load, Sipp
from threadline.compose import running
from threadline.db.pool import Pool

pytestmark = pytest.mark.integration

SERVICE = "service"  # what SIPp dials when nobody tells it otherwise
AT_ONCE = 5  # set-ups, in this test
CALLERS = 20

GIVES_UP = """\
<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="a caller without patience">
<send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[call_number]-i;rport
From: <sip:+84901234567@[local_ip]:[local_port]>;tag=[pid]SIPp[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:sipp@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio 9 RTP/AVP 0
a=rtpmap:0 PCMU/8000
]]></send>
<recv response="100"/>
<send retrans="500"><![CDATA[
CANCEL sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[call_number]-i;rport
From: <sip:+84901234567@[local_ip]:[local_port]>;tag=[pid]SIPp[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 CANCEL
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>
<recv response="487"/>
<send><![CDATA[
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[call_number]-i;rport
From: <sip:+84901234567@[local_ip]:[local_port]>;tag=[pid]SIPp[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
</scenario>
"""


@pytest.fixture
async def office(tmp_path: Path, dsn: str) -> AsyncIterator[Office]:
    """One that SIPp reaches as a trunk, with a menu behind its number."""
    await know_trunk(dsn, LOOPBACK)
    async with running(replace(settings_for(tmp_path / "data", dsn), sip_rate=1000)) as server:
        made = Office(server, tmp_path)
        await made.open(MENU)
        await made.publish(MENU, number=SERVICE)
        yield made


@asynccontextmanager
async def a_busy_database(pool: Pool) -> AsyncIterator[None]:
    """Nobody can be told from anybody else while it lasts: set-ups wait."""
    async with pool.acquire() as link, link.transaction():
        await link.execute("lock table session in access exclusive mode")
        yield


async def test_beyond_what_can_be_set_up_in_time_callers_are_refused_at_once_and_the_others_answered(
    office: Office, tmp_path: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overload, "MAX_SETUPS", AT_ONCE)
    watch = office.server.sip.watch
    load = Load(CALLERS, per_second=CALLERS)
    target = f"{LOOPBACK}:{office.server.sip.port}"
    crowd = Sipp(tmp_path, "uac", target, load, SERVICE, timeout_s=90, options=("-d", "100"))
    async with a_busy_database(pool):
        await crowd.__aenter__()

        async def refused() -> bool:
            return watch.defence.refused[Refusal.OVERLOADED] >= CALLERS - AT_ONCE

        await until(refused, "whoever came too late has heard so")
        assert len(watch.setups) == AT_ONCE
    try:
        done = await crowd.outcome()
    finally:
        await crowd.__aexit__(None, None, None)
    assert (done.successful, done.failed) == (AT_ONCE, CALLERS - AT_ONCE), done.errors[:1000]
    assert "503" in done.errors

    async def all_closed() -> bool:
        return await pool.fetchval("select count(*) from call where closed_at is not null") == AT_ONCE  # type: ignore[no-any-return]

    await until(all_closed, "the accepted calls have their story")
    assert await pool.fetchval("select count(*) from call") == AT_ONCE
    assert len(watch.setups) == 0


async def test_callers_who_give_up_while_they_wait_to_be_set_up_are_not_left_in_the_menu(
    office: Office, tmp_path: Path, pool: Pool
) -> None:
    target = f"{LOOPBACK}:{office.server.sip.port}"
    async with a_busy_database(pool):
        async with Sipp(tmp_path, GIVES_UP, target, Load(CALLERS, CALLERS), SERVICE, timeout_s=60) as crowd:
            done = await crowd.outcome()
        assert (done.successful, done.failed) == (CALLERS, 0), done.errors[:1000]

    async def nobody_left() -> bool:
        return not office.server.controller.active

    await until(nobody_left, "all calls are over")
    assert len(office.server.sip.watch.setups) == 0
    assert await pool.fetchval("select count(*) from call_event where kind = 'call.answered'") == 0
    assert sum(load or 0 for load in office.server.engine.loads) == 0, "no media was opened for them"
