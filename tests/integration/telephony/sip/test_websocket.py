"""SIP over WebSocket (RFC 7118): one message a frame, and calls go back by the connection they can come by."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector, WSMsgType

from telephony.sip.digest import answer_challenge, pick_challenge
from telephony.sip.message import Request, Response, parse_message
from telephony.sip.server import CallerId, Doors, ToAccount, TrunkConfig
from telephony.sip.tls import Certificates
from telephony.sip.wire import Flow
from tests.integration.telephony.sip.certificates import certificate
from tests.integration.telephony.sip.house import HOST, House, Person, house
from tests.unit.telephony.sip.bench import OFFER, add_lines, invite, reply, request

pytestmark = pytest.mark.integration

OPEN = Doors(ws=(HOST, 0))
NOWHERE = Flow("ws", "df7jal23ls0d.invalid", 80)


class Browser:
    def __init__(self, socket: ClientWebSocketResponse, *, binary: bool) -> None:
        self.socket = socket
        self.binary = binary
        self.kinds: list[WSMsgType] = []

    async def say(self, data: bytes) -> None:
        await (self.socket.send_bytes(data) if self.binary else self.socket.send_str(data.decode()))

    async def hears(self) -> bytes:
        frame = await self.socket.receive(timeout=5)
        self.kinds.append(frame.type)
        return frame.data if isinstance(frame.data, bytes) else str(frame.data).encode()

    async def final(self) -> Response:
        while not isinstance(one := parse_message(await self.hears()), Response) or one.status < 200:
            pass
        return one

    async def register(self) -> Response:
        text = request("REGISTER", uri="sip:threadline", flow=NOWHERE, user="alice")
        text = text.replace(b"To: <sip:threadline>", b"To: <sip:alice@threadline>")
        text = text.replace(b":80>", b";transport=ws>")
        await self.say(text)
        challenge = pick_challenge((await self.final()).values("www-authenticate"), proxy=False)
        assert challenge is not None
        line = answer_challenge(challenge, "REGISTER", "sip:threadline", "alice", "secret")
        await self.say(add_lines(text, line).replace(b"z9hG4bK", b"z9hG4bKx"))
        return await self.final()


@asynccontextmanager
async def browser(
    home: House, *, binary: bool = False, trusted: Path | None = None
) -> AsyncIterator[Browser]:
    scheme = "ws" if trusted is None else "wss"
    tls = ssl.create_default_context(cafile=trusted) if trusted is not None else True
    url = f"{scheme}://{HOST}:{home.server.ports[scheme]}/anywhere"
    async with (
        ClientSession(connector=TCPConnector(ssl=tls)) as session,
        session.ws_connect(url, protocols=("sip",)) as socket,
    ):
        assert socket.protocol == "sip"
        yield Browser(socket, binary=binary)


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
async def test_a_browser_registers_is_called_and_forgotten_when_its_page_is_closed(binary: bool) -> None:
    async with house(doors=OPEN) as home:
        async with browser(home, binary=binary) as page:
            assert (await page.register()).status == 200
            person = Person()
            home.server.place_call(ToAccount("alice"), OFFER, CallerId("1"), person)
            invited = parse_message(await page.hears())
            assert isinstance(invited, Request)
            assert invited.via.transport == "WS"
            assert invited.uri == "sip:alice@df7jal23ls0d.invalid;transport=ws"
            await page.say(reply(invited, 200, body=OFFER, contact="sip:alice@df7jal23ls0d.invalid"))
            await person.hears("answered")
            assert parse_message(await page.hears()).method == "ACK"
            assert set(page.kinds) == {WSMsgType.BINARY if binary else WSMsgType.TEXT}
        async with asyncio.timeout(5):
            while home.server.is_registered("alice"):
                await asyncio.sleep(0.01)
        late = Person()
        home.server.place_call(ToAccount("alice"), OFFER, CallerId("1"), late)
        assert await late.hears("failed") == 480


async def test_over_wss_with_the_server_s_own_certificate(tmp_path: Path) -> None:
    made = certificate(tmp_path)
    async with house(doors=Doors(ws=(HOST, 0), certificates=Certificates(made))) as home:
        assert set(home.server.ports) == {"wss"}
        async with browser(home, trusted=made.certificate) as page:
            assert (await page.register()).status == 200
            home.server.place_call(ToAccount("alice"), OFFER, CallerId("1"), Person())
            invited = parse_message(await page.hears())
            assert invited.via.transport == "WSS"
            assert invited.contact is not None
            assert invited.contact.uri.endswith(f":{home.server.ports['wss']};transport=ws")


async def test_who_does_not_ask_for_sip_is_turned_away() -> None:
    async with house(doors=OPEN) as home, ClientSession() as session:
        url = f"http://{HOST}:{home.server.ports['ws']}/"
        async with session.get(url) as answer:
            assert (answer.status, answer.headers["Upgrade"]) == (426, "websocket")
        upgrade = {
            "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }  # fmt: skip
        async with session.get(url, headers=upgrade) as answer:
            assert answer.status == 400


async def test_keep_alives_are_answered_and_broken_messages_too() -> None:
    async with house(doors=OPEN) as home, browser(home) as page:
        await page.say(b"\r\n\r\n")
        assert await page.hears() == b"\r\n"
        await page.say(b"\r\n")
        await page.say(request("OPTIONS", flow=NOWHERE).replace(b"CSeq: 1 OPTIONS", b"CSeq: x OPTIONS"))
        assert (await page.hears()).startswith(b"SIP/2.0 400")
        await page.say(request("OPTIONS", flow=NOWHERE))
        assert (await page.final()).status == 200


async def test_a_page_near_a_trunk_is_not_the_trunk() -> None:
    async with house(doors=OPEN, trunks=(TrunkConfig("local", (HOST,)),)) as home, browser(home) as page:
        await page.say(invite(flow=NOWHERE))
        assert (await page.final()).status == 401


async def test_a_message_beyond_the_limit_ends_the_connection_and_not_the_server() -> None:
    async with house(doors=OPEN) as home:
        async with browser(home) as page:
            await page.say(b"x" * 70_000)
            frame = await page.socket.receive(timeout=5)
            assert frame.type in (WSMsgType.CLOSE, WSMsgType.CLOSED)
        async with browser(home) as page:
            assert (await page.register()).status == 200


async def test_the_server_says_goodbye_to_pages_when_it_goes() -> None:
    async with ClientSession() as session:
        async with house(doors=OPEN) as home:
            socket = await session.ws_connect(f"ws://{HOST}:{home.server.ports['ws']}/", protocols=("sip",))
        frame = await socket.receive(timeout=5)
        assert (frame.type, frame.data) == (WSMsgType.CLOSE, 1001)
        await socket.close()
