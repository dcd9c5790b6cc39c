"""Whoever can reach the SIP port of a whole server: torture messages, strangers, and callers with odd names."""

import hashlib
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.telephony.stage import (
    MENU,
    PATIENCE_S,
    Office,
    an_office,
    hears,
    know_trunk,
    outcome,
)
from tests.integration.telephony.wire import NETWORK, TRUNK, Dialled, options, sdp, sender
from tests.support.house import HOTLINE
from threadline.db.pool import Pool
from threadline.kernel.events import CallEventKind as Kind

pytestmark = pytest.mark.integration

FOLDER = Path(__file__).parents[2] / "golden" / "sip" / "torture"
MANIFEST: list[dict[str, Any]] = json.loads((FOLDER / "manifest.json").read_text())["messages"]
STRANGER = f"{NETWORK}.1"
DIALLED = ("user", "vivekg", "UserB", "sips:user@example.com")  # what the torture messages call


@pytest.fixture
async def office(tmp_path: Path, dsn: str) -> AsyncIterator[Office]:
    """A server with a menu behind the hotline, and a trunk known by addresses that end in 100 and more."""
    await know_trunk(dsn, f"{NETWORK}.128/25", TRUNK)
    async with an_office(tmp_path, dsn) as made:
        await made.open(MENU)
        yield made


def is_as_expected(entry: dict[str, Any], status: int) -> bool:
    """What is well-formed may be challenged, taken, or turned down by the application."""
    wanted = str(entry["uas_status"]).split("/")
    usual = (200, 401, 404, 405, 481, 488)
    if str(status) in wanted or (entry["parse"] == "either" and status in usual):
        return True
    if not entry["uas_status"] or "2xx" in wanted:
        return status in usual
    return status == 401 and entry["validity"] != "invalid"


@pytest.mark.parametrize("first", [1, 130], ids=["from strangers", "from a trunk"])
async def test_every_torture_message_is_answered_or_dropped_and_a_real_call_works_after(
    office: Office, first: int
) -> None:
    for number in DIALLED:
        await office.publish(MENU, number=number)
    for index, entry in enumerate(MANIFEST):
        data = (FOLDER / entry["file"]).read_bytes()
        ports = frozenset({5060, *(int(port) for port in re.findall(rb":(5\d{3})\b", data))})
        with sender(office, f"{NETWORK}.{first + index}", ports) as peer:
            peer.send(data, options(peer.host))
            while not any(b"Call-ID: alive" in answer for answer in peer.answers("OPTIONS")):
                await peer.gets(len(peer.answers("OPTIONS")) + 1, "OPTIONS")
            if entry["kind"] == "response":
                assert peer.answers() == []
            else:
                status = (await peer.gets(1))[0]
                assert is_as_expected(entry, status), f"{entry['name']}: {status}"
    async with office.customer() as lan:
        await office.call(lan)
        await lan.press("4")
        await hears(lan, await office.prompt("We are fine."))
        await lan.closed(timeout_s=PATIENCE_S)


@pytest.mark.parametrize(
    ("from_", "number"),
    [
        (b'"Nul \x01" <sip:nul%00l%07@x>', None),
        (b'"Bj\xf8rn \xff" <sip:bj%F8rn@x>', None),
        (b"<sip:%00@x>", None),
        (b"<sip:" + b"9" * 300 + b"@x>", None),
        (b'"Lan \xf0\x9f\x8c\xb8" <sip:0901234567@x>', "+84901234567"),
    ],
    ids=["control characters", "not UTF-8", "nothing readable", "endless", "a flower"],
)
async def test_a_caller_with_an_odd_name_is_a_call_like_any_other(
    office: Office, from_: bytes, number: str | None
) -> None:
    with sender(office, TRUNK) as carrier:
        call = Dialled(TRUNK, from_=from_, body=sdp(TRUNK))
        carrier.send(call.invite())
        assert await carrier.gets(1) == [200]
        await office.event(Kind.STEP, step="main")
        carrier.send(*call.hang_up(carrier.answers()[0]))
        story = await office.story()
    assert outcome(story) == ("left_in_menu", "customer_hung_up")
    assert story["from"] == number
    async with office.customer() as lan:  # and nothing of it stands in the next one's way
        await office.call(lan)
        await lan.hang_up()
    assert outcome(await office.story(count=2)) == ("left_in_menu", "customer_hung_up")


async def test_a_number_withheld_by_the_carrier_is_shown_to_nobody(office: Office) -> None:
    with sender(office, TRUNK) as carrier:
        more = "Privacy: id\r\nP-Asserted-Identity: <sip:+84901234567@x>\r\n"
        anonymous = b'"Anonymous" <sip:anonymous@anonymous.invalid>'
        call = Dialled(TRUNK, from_=anonymous, more=more, body=sdp(TRUNK))
        carrier.send(call.invite())
        assert await carrier.gets(1) == [200]
        carrier.send(*call.hang_up(carrier.answers()[0]))
        story = await office.story()
    assert story["from"] is None
    assert "901234567" not in json.dumps(story)
    assert await office.server.threads.contacts("+84901234567", "VN") == []


async def test_a_stranger_without_credentials_is_challenged_and_never_a_call(
    office: Office, pool: Pool
) -> None:
    with sender(office, STRANGER) as stranger:
        stranger.send(Dialled(STRANGER, body=sdp(STRANGER)).invite(), options(STRANGER))
        await stranger.gets(1, "OPTIONS")
        assert await stranger.gets(1, "INVITE") == [401]
    await nobody_called(office, pool)


def proved(sent: bytes, challenge: bytes, user: str, password: str) -> bytes:
    """The INVITE once more, with the digest (MD5, RFC 2617 with qop=auth) that the 401 asked for."""
    asked = next(line for line in challenge.decode().split("\r\n") if "MD5" in line and "Digest" in line)
    facts = dict(re.findall(r'(\w+)="([^"]*)"', asked))
    uri = f"sip:{HOTLINE}@threadline"

    def md5(*words: str) -> str:
        return hashlib.md5(":".join(words).encode()).hexdigest()

    proof = md5(
        md5(user, facts["realm"], password), facts["nonce"], "00000001", "c", "auth", md5("INVITE", uri)
    )
    line = (
        f'Authorization: Digest username="{user}",realm="{facts["realm"]}",nonce="{facts["nonce"]}",uri="{uri}",'
        f'response="{proof}",algorithm=MD5,qop=auth,nc=00000001,cnonce="c"\r\nContent-Type:'
    )
    return (
        sent.replace(b"Content-Type:", line.encode(), 1)
        .replace(b"z9hG4bK1", b"z9hG4bK2")
        .replace(b"CSeq: 1 ", b"CSeq: 2 ")
    )


@pytest.mark.parametrize(
    ("user", "password", "status"), [("lan", "wrong", 401), ("nobody", "right", 401), ("lan", "right", 200)]
)
async def test_only_the_right_password_makes_a_call(
    office: Office, pool: Pool, user: str, password: str, status: int
) -> None:
    await office.server.accounts.add_account("lan", office.server.settings.realm, "right", md5=True)
    with sender(office, STRANGER) as stranger:
        sent = Dialled(STRANGER, body=sdp(STRANGER)).invite()
        stranger.send(sent)
        assert await stranger.gets(1) == [401]
        stranger.send(proved(sent, stranger.answers()[0], user, password))
        assert (await stranger.gets(2))[:2] == [401, status]
        if status == 401:
            await nobody_called(office, pool)
        else:
            await office.event(Kind.ANSWERED)


async def test_a_phone_may_dial_published_numbers_and_other_phones_and_nothing_else(
    office: Office, pool: Pool
) -> None:
    await office.hire("an", "101")
    async with office.desk("101") as desk, office.customer() as lan:
        for number in ("+84907654321", "00840907654321", "trunk:carrier%2F0907654321", "main"):
            await lan.dial(number)
            assert "404" in await lan.closed(timeout_s=PATIENCE_S)
        assert not [event for event in desk.events.all if event["type"] == "CALL_INCOMING"]
    await nobody_called(office, pool)


async def nobody_called(office: Office, pool: Pool) -> None:
    assert office.events == []
    assert await pool.fetchval("select count(*) from call") == 0
    assert await pool.fetchval("select count(*) from contact") == 0
