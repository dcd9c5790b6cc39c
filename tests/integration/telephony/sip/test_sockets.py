"""The server on real UDP and TCP sockets: torture, halves and threes, keep-alives, forgeries."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from telephony.sip.message import Response, parse_message
from telephony.sip.server import CallerId, ToAccount, ToTrunk, TrunkConfig
from telephony.sip.stream import Framer
from telephony.sip.wire import Flow
from tests.integration.telephony.sip.house import HOST, House, MemoryBook, Person, answer_at_once, house
from tests.unit.telephony.sip.bench import OFFER, invite, request

pytestmark = pytest.mark.integration

TORTURE = Path(__file__).parents[3] / "golden" / "sip" / "torture"
MANIFEST: list[dict[str, Any]] = json.loads((TORTURE / "manifest.json").read_text())["messages"]
LOCAL_TRUNK = TrunkConfig("local", (HOST,))


class UdpPeer:
    """A bare socket on loopback. Answers to messages whose Via names another host come back here too."""

    def __init__(self, house: House, host: str = HOST) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind((host, 0))
        self.flow = Flow("udp", *self.socket.getsockname())
        self._target = (HOST, house.server.port)

    async def say(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendto(self.socket, data, self._target)

    async def hears(self) -> bytes:
        async with asyncio.timeout(5):
            return await asyncio.get_running_loop().sock_recv(self.socket, 65535)

    async def final(self) -> bytes:
        while (answer := await self.hears()).startswith(b"SIP/2.0 1"):
            pass
        return answer

    def __enter__(self) -> "UdpPeer":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.socket.close()


@pytest.mark.parametrize("trunks", [(), (LOCAL_TRUNK,)], ids=["from_a_stranger", "from_a_trunk"])
async def test_after_every_torture_message_the_server_still_answers_options(
    trunks: tuple[TrunkConfig, ...],
) -> None:
    async with house(trunks=trunks, greet=lambda call: call.reject(486, "Busy Here")) as home:
        with UdpPeer(home) as peer:
            for number, entry in enumerate(MANIFEST):
                await peer.say((TORTURE / entry["file"]).read_bytes())
                status = (await peer.final())[8:11].decode() if entry["kind"] == "request" else "drop"
                wanted = str(entry["uas_status"]).split("/")
                if entry["validity"] == "invalid" and entry["parse"] == "reject":
                    assert status in wanted, (entry["name"], status)
                else:
                    assert status == "drop" or "200" <= status < "500", (entry["name"], status)
                await peer.say(request("OPTIONS", flow=peer.flow, branch=f"o{number}", call_id=f"o{number}"))
                while b"CSeq: 1 OPTIONS" not in (answer := await peer.final()):
                    pass
                assert answer.startswith(b"SIP/2.0 200 ")


async def test_a_stream_may_bring_half_a_message_or_three() -> None:
    async with house(trunks=(LOCAL_TRUNK,)) as home:
        reader, writer = await asyncio.open_connection(HOST, home.server.port)
        flow = Flow("tcp", *writer.get_extra_info("sockname")[:2])
        options = [request("OPTIONS", flow=flow, branch=f"b{n}", call_id=f"c{n}") for n in range(3)]
        writer.write(options[0][:100])
        await writer.drain()
        writer.write(options[0][100:] + options[1] + options[2] + b"\r\n\r\n")
        answers, pong = await read_answers(reader, 3)
        assert [one.call_id for one in answers] == ["c0", "c1", "c2"]
        assert pong == b"\r\n"
        writer.write(request("OPTIONS", flow=flow).replace(b"Content-Length: 0", b"Content-Length: -1"))
        (refusal,), _ = await read_answers(reader, 1)
        assert refusal.status == 400
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


async def read_answers(reader: asyncio.StreamReader, count: int) -> tuple[list[Response], bytes]:
    """So many responses, and what follows them in the same breath."""
    framer, found, rest = Framer(), list[Response](), b""
    async with asyncio.timeout(5):
        while len(found) < count or (count == 3 and rest != b"\r\n"):
            data = await reader.read(65536)
            assert data
            if len(found) == count:
                rest += data
                continue
            if data.endswith(b"\r\n\r\n\r\n"):
                data, rest = data[:-2], b"\r\n"
            found += [one for one in map(parse_message, framer.feed(data)) if isinstance(one, Response)]
    return found, rest


async def test_a_call_over_tcp_ends_some_time_after_its_connection_but_options_go_on() -> None:
    async with house(trunks=(LOCAL_TRUNK,)) as home:
        reader, writer = await asyncio.open_connection(HOST, home.server.port)
        flow = Flow("tcp", *writer.get_extra_info("sockname")[:2])
        writer.write(invite(flow=flow))
        answers, _ = await read_answers(reader, 1)
        _, person = await home.caller()
        assert answers[0].via.transport == "TCP"
        writer.close()
        await writer.wait_closed()
        with UdpPeer(home) as peer:
            await peer.say(request("OPTIONS", flow=peer.flow))
            assert (await peer.final()).startswith(b"SIP/2.0 200")
        assert "ended" not in person.news


async def test_a_forged_bye_from_another_address_does_not_end_a_call() -> None:
    async with house(trunks=(LOCAL_TRUNK,)) as home:
        with UdpPeer(home) as peer, UdpPeer(home, "127.0.0.2") as forger:
            await peer.say(invite(flow=peer.flow))
            ok = parse_message(await peer.final())
            await peer.say(request("ACK", flow=peer.flow, to_tag=ok.to.tag, branch="ack"))
            _, person = await home.caller()
            await person.hears("acked")
            await forger.say(request("BYE", flow=peer.flow, cseq=2, to_tag=ok.to.tag, branch="forged"))
            assert (await forger.final()).startswith(b"SIP/2.0 481")
            await peer.say(request("BYE", flow=peer.flow, cseq=3, to_tag=ok.to.tag, branch="bye"))
            assert (await peer.final()).startswith(b"SIP/2.0 200")
            assert await person.hears("ended") == "peer_bye"
            assert person.news == ["acked", "ended"]


async def test_a_handler_that_breaks_stops_neither_the_server_nor_other_calls() -> None:
    def clumsy(call: object) -> None:
        raise RuntimeError("the controller has a bad day")

    async with house(trunks=(LOCAL_TRUNK,), greet=clumsy) as home:
        with UdpPeer(home) as peer:
            await peer.say(invite(flow=peer.flow))
            assert (await peer.hears()).startswith(b"SIP/2.0 100")
            assert (await peer.hears()).startswith(b"SIP/2.0 500")
            await peer.say(request("OPTIONS", flow=peer.flow, branch="o"))
            assert (await peer.final()).startswith(b"SIP/2.0 200")


async def test_while_draining_calls_are_503() -> None:
    async with house(trunks=(LOCAL_TRUNK,)) as home:
        home.server.drain()
        with UdpPeer(home) as peer:
            await peer.say(invite(flow=peer.flow))
            assert (await peer.final()).startswith(b"SIP/2.0 503")


async def test_two_servers_call_each_other_over_tcp_by_name_with_login_and_registration() -> None:
    async with house(trunks=(TrunkConfig("in", (HOST,)),), greet=answer_at_once) as upstream:
        port = upstream.server.port
        trunk = TrunkConfig(
            "up",
            ("127.0.0.9",),
            host="localhost",
            port=port,
            transport="tcp",
            user="alice",
            password="secret",
            register=True,
        )
        async with house(trunks=(trunk,)) as home, asyncio.timeout(15):
            while not (home.server.is_trunk_registered("up") and upstream.server.is_registered("alice")):
                await asyncio.sleep(0.02)
            person = Person()
            call = home.server.place_call(ToTrunk("up", "19001234"), OFFER, CallerId("+84901234567"), person)
            await person.hears("answered")
            there, other = await upstream.caller()
            assert (there.source.kind, there.source.name, there.dialled) == ("account", "alice", "19001234")
            await other.hears("acked")
            call.reinvite(OFFER)
            assert await other.hears("offer") is False
            await person.hears("reanswered")
            there.bye()
            assert await person.hears("ended") == "peer_bye"
            assert await other.hears("ended") == "local_bye"
            back = Person()
            upstream.server.place_call(ToAccount("alice"), OFFER, CallerId("1"), back)
            await back.hears("failed")  # our own address is no trunk of his: challenged, and never answered


async def test_a_trunk_nobody_can_reach_or_resolve_fails_the_call() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))  # bound but not listening: refused
        dead = TrunkConfig("dead", (), host=HOST, port=taken.getsockname()[1], transport="tcp")
        async with house(
            trunks=(dead, TrunkConfig("nowhere", (), host="no-such-host.invalid", transport="tcp"))
        ) as home:
            for name in ("dead", "nowhere"):
                person = Person()
                home.server.place_call(ToTrunk(name, "1"), OFFER, CallerId("1"), person)
                assert await person.hears("failed") == 503


async def test_registrations_survive_a_restart() -> None:
    book = MemoryBook("alice")
    async with house(book=book) as home:
        trunk = TrunkConfig(
            "up", (), host=HOST, port=home.server.port, user="alice", password="secret", register=True
        )
        async with house(trunks=(trunk,)), asyncio.timeout(10):
            while not home.server.is_registered("alice"):
                await asyncio.sleep(0.02)
    assert [name for name, _ in book.kept] == ["alice"]
    async with house(book=book) as home:
        assert home.server.is_registered("alice")
        assert not home.server.is_registered("bob")
