"""Whoever can reach the SIP port of a whole server: torture messages, strangers, and callers with odd names."""

import asyncio
import hashlib
import json
import random
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.integration.telephony.stage import MENU, PATIENCE_S, Office, an_office, know_trunk, outcome
from tests.support.house import HOTLINE
from tests.support.scenarios import Sdp
from threadline.db.pool import Pool
from threadline.kernel.events import CallEventKind as Kind

pytestmark = pytest.mark.integration

FOLDER = Path(__file__).parents[2] / "golden" / "sip" / "torture"
MANIFEST: list[dict[str, Any]] = json.loads((FOLDER / "manifest.json").read_text())["messages"]
DIALLED = ("user", "vivekg", "UserB", "sips:user@example.com")  # what the torture messages call
# A network of its own for each run, all of it this machine; no address is used by two senders.
NETWORK = f"127.{random.randrange(16, 250)}.{random.randrange(1, 250)}"


@pytest.fixture
async def office(tmp_path: Path, dsn: str) -> AsyncIterator[Office]:
    """A server with a menu behind the hotline, and a trunk known by addresses that end in 100 and more."""
    await know_trunk(dsn, f"{NETWORK}.128/25", f"{NETWORK}.100")
    async with an_office(tmp_path, dsn) as made:
        await made.open(MENU)
        yield made


@dataclass
class Sender:
    """One address with a socket on every port an answer may go to; sends from 5060."""

    host: str
    server: tuple[str, int]
    sockets: list[socket.socket] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)

    def send(self, data: bytes) -> None:
        self.sockets[0].sendto(data, self.server)

    def collect(self) -> list[bytes]:
        """Everything that has come so far."""
        for one in self.sockets:
            try:
                while True:
                    self.received.append(one.recv(65535))
            except BlockingIOError:
                continue
        return self.received

    def finals(self, call_id: str | None = None) -> list[int]:
        """Statuses of final answers; those to our own OPTIONS only by its Call-ID."""
        mine = b"Call-ID: alive"
        found = [
            one for one in self.collect()
            if one.startswith(b"SIP/2.0 ") and not one.startswith(b"SIP/2.0 1")
            and ((mine in one) if call_id else (mine not in one))
        ]  # fmt: skip
        return [int(one[8:11]) for one in found]

    async def gets(self, count: int, *, alive: bool = False) -> list[int]:
        """Waits for so many final answers."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while len(found := self.finals("alive" if alive else None)) < count:
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"{self.host}: no answer; so far {self.received}") from None
        return found


@contextmanager
def sender(office: Office, last: int, ports: set[int] = frozenset({5060})) -> Iterator[Sender]:  # type: ignore[assignment]
    made = Sender(f"{NETWORK}.{last}", ("127.0.0.1", office.server.sip.port))
    with ExitStack() as stack:
        for port in (5060, *sorted(ports - {5060})):
            one = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            one.setblocking(False)
            one.bind((made.host, port))
            made.sockets.append(one)
        yield made


def options(host: str) -> bytes:
    return (
        f"OPTIONS sip:threadline SIP/2.0\r\nVia: SIP/2.0/UDP {host}:5060;rport;branch=z9hG4bKalive\r\n"
        f"From: <sip:x@{host}>;tag=1\r\nTo: <sip:threadline>\r\nCall-ID: alive\r\nCSeq: 1 OPTIONS\r\n"
        "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    ).encode()


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
        ports = {5060, *(int(port) for port in re.findall(rb":(5\d{3})\b", data))}
        with sender(office, first + index, ports) as peer:
            peer.send(data)
            peer.send(options(peer.host))
            assert await peer.gets(1, alive=True) == [200], f"dead after {entry['name']}"
            if entry["kind"] == "response":
                assert peer.finals() == []
            else:
                status = (await peer.gets(1))[0]
                assert is_as_expected(entry, status), f"{entry['name']}: {status}"
    async with office.customer() as lan:
        await office.call(lan)
        await lan.press("4")
        await lan.hears(await office.prompt("We are fine."), timeout_s=PATIENCE_S)
        await lan.closed(timeout_s=PATIENCE_S)


def invite(host: str, number: str = HOTLINE, from_: bytes = b"<sip:0901234567@x>", more: str = "") -> bytes:
    sdp = Sdp(port="40000").text().replace("[local_ip_type]", "4").replace("[media_ip_type]", "4")
    body = re.sub(r"\[(local|media)_ip\]", host, sdp).replace("[pid]", "1").replace("[call_number]", "1")
    body = body.replace("\n", "\r\n")
    head = (
        f"INVITE sip:{number}@threadline SIP/2.0\r\nVia: SIP/2.0/UDP {host}:5060;rport;branch=z9hG4bK1\r\n"
        f"To: <sip:{number}@threadline>\r\nCall-ID: odd@{host}\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
        f"Contact: <sip:odd@{host}:5060>\r\nContent-Type: application/sdp\r\n{more}"
        f"Content-Length: {len(body)}\r\n"
    )
    return head.encode() + b"From: " + from_ + b";tag=odd\r\n\r\n" + body.encode()


def hang_up(answer: bytes, sent: bytes) -> list[bytes]:
    """ACK and BYE of the dialog the 200 made."""
    copied = [line for line in sent.split(b"\r\n") if line.startswith((b"From:", b"Call-ID:"))]
    to = next(line for line in answer.split(b"\r\n") if line.lower().startswith(b"to:"))
    made = []
    for method, cseq in ((b"ACK", b"1"), (b"BYE", b"2")):
        via = next(line for line in sent.split(b"\r\n") if line.startswith(b"Via:")) + method
        lines = [method + b" sip:threadline SIP/2.0", via, to, *copied, b"CSeq: " + cseq + b" " + method]
        made.append(b"\r\n".join([*lines, b"Max-Forwards: 70", b"Content-Length: 0", b"", b""]))
    return made


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
    with sender(office, 100) as carrier:
        sent = invite(carrier.host, from_=from_)
        carrier.send(sent)
        assert await carrier.gets(1) == [200]
        await office.event(Kind.STEP, step="main")
        for request in hang_up(carrier.received[-1], sent):
            carrier.send(request)
        story = await office.story()
    assert outcome(story) == ("left_in_menu", "customer_hung_up")
    assert story["from"] == number
    async with office.customer() as lan:  # and nothing of it stands in the next one's way
        await office.call(lan)
        await lan.hang_up()
    assert outcome(await office.story(count=2)) == ("left_in_menu", "customer_hung_up")


async def test_a_number_withheld_by_the_carrier_is_shown_to_nobody(office: Office) -> None:
    with sender(office, 100) as carrier:
        more = "Privacy: id\r\nP-Asserted-Identity: <sip:+84901234567@x>\r\n"
        sent = invite(carrier.host, from_=b'"Anonymous" <sip:anonymous@anonymous.invalid>', more=more)
        carrier.send(sent)
        assert await carrier.gets(1) == [200]
        for request in hang_up(carrier.received[-1], sent):
            carrier.send(request)
        story = await office.story()
    assert story["from"] is None
    assert "901234567" not in json.dumps(story)
    assert await office.server.threads.contacts("+84901234567", "VN") == []


async def test_a_stranger_without_credentials_is_challenged_and_never_a_call(
    office: Office, pool: Pool
) -> None:
    with sender(office, 1) as stranger:
        stranger.send(invite(stranger.host))
        stranger.send(options(stranger.host))
        await stranger.gets(1, alive=True)
        assert await stranger.gets(1) == [401]
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
    with sender(office, 1) as stranger:
        sent = invite(stranger.host)
        stranger.send(sent)
        assert await stranger.gets(1) == [401]
        stranger.send(proved(sent, stranger.received[-1], user, password))
        assert (await stranger.gets(2))[:2] == [401, status]
        if status == 401:
            await nobody_called(office, pool)
        else:
            await office.event(Kind.ANSWERED)


async def test_a_phone_may_dial_published_numbers_and_nothing_else(office: Office, pool: Pool) -> None:
    await office.hire("an", "101")
    async with office.desk("101") as desk, office.customer() as lan:
        for number in ("101", "+84907654321", "00840907654321", "trunk:carrier%2F0907654321", "main"):
            await lan.dial(number)
            assert "404" in await lan.closed(timeout_s=PATIENCE_S)
        assert not [event for event in desk.events.all if event["type"] == "CALL_INCOMING"]
    await nobody_called(office, pool)


async def nobody_called(office: Office, pool: Pool) -> None:
    assert office.events == []
    assert await pool.fetchval("select count(*) from call") == 0
    assert await pool.fetchval("select count(*) from contact") == 0
