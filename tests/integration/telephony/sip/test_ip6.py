"""The server on IPv6: UDP, TCP and TLS, alone and beside IPv4."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from telephony.sip.message import Response, parse_message
from telephony.sip.sdp import LocalMedia, is_ip6, make_offer, read_answer
from telephony.sip.server import CallerId, Doors, ToTrunk, TrunkConfig
from telephony.sip.stream import Framer
from telephony.sip.tls import Certificates
from telephony.sip.wire import Flow
from tests.integration.telephony.sip.certificates import certificate
from tests.integration.telephony.sip.house import HOST, Person, house
from tests.unit.telephony.sip.bench import OFFER, request

pytestmark = pytest.mark.integration

HOST6 = "::1"
TRUNKS = (TrunkConfig("six", (HOST6,)), TrunkConfig("four", (HOST,)))


def options(transport: str, host: str, port: int) -> bytes:
    shown = f"[{host}]" if ":" in host else host
    text = request("OPTIONS", flow=Flow(transport, shown, port), branch=f"{transport}{port}")
    return text.replace(b"sip:19001234@192.0.2.1", b"sip:19001234@" + shown.encode())


async def ask_udp(host: str, port: int) -> Response:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    loop = asyncio.get_running_loop()
    with socket.socket(family, socket.SOCK_DGRAM) as peer:
        peer.setblocking(False)
        peer.bind((host, 0))
        await loop.sock_sendto(peer, options("udp", host, peer.getsockname()[1]), (host, port))
        async with asyncio.timeout(5):
            answer = parse_message(await loop.sock_recv(peer, 65535))
    assert isinstance(answer, Response)
    return answer


async def ask_stream(host: str, port: int, tls: ssl.SSLContext | None = None) -> Response:
    reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    writer.write(options("tls" if tls else "tcp", host, writer.get_extra_info("sockname")[1]))
    framer, found = Framer(), list[bytes]()
    async with asyncio.timeout(5):
        while not found:
            found += framer.feed(await reader.read(65536))
    writer.close()
    await writer.wait_closed()
    answer = parse_message(found[0])
    assert isinstance(answer, Response)
    return answer


@pytest.mark.parametrize("listening", ["::1", "::"])
async def test_options_are_answered_by_every_transport_on_every_address(
    tmp_path: Path, listening: str
) -> None:
    made = certificate(tmp_path)
    doors = Doors(tls=(listening, 0), certificates=Certificates(made))
    trusting = ssl.create_default_context(cafile=made.certificate)
    async with house(host=listening, doors=doors) as home:
        for host in (HOST6,) if listening == HOST6 else (HOST6, HOST):
            assert (await ask_udp(host, home.server.port)).status == 200
            assert (await ask_stream(host, home.server.port)).status == 200
            assert (await ask_stream(host, home.server.ports["tls"], trusting)).status == 200


async def test_two_servers_call_each_other_by_either_address(tmp_path: Path) -> None:
    offer6 = make_offer(LocalMedia(HOST6, 9, 1, 1))
    assert b"c=IN IP6 ::1\r\n" in offer6
    assert is_ip6(offer6)
    assert not is_ip6(OFFER)
    async with house(host="::", trunks=TRUNKS) as upstream:
        port = upstream.server.port
        for host, shown in ((HOST6, "[::1]"), (HOST, HOST)):
            for transport in ("udp", "tcp"):
                trunk = TrunkConfig("up", (host,), host=host, port=port, transport=transport)
                async with house(host="::", trunks=(trunk,)) as home:
                    target, person = ToTrunk("up", "19001234"), Person()
                    assert home.server.is_ip6(target) is (host == HOST6)
                    home.server.place_call(target, offer6 if host == HOST6 else OFFER, CallerId("1"), person)
                    answer = await person.hears("answered")
                    assert isinstance(answer, bytes)
                    assert read_answer(answer).port == 9
                    call, there = await upstream.caller()
                    await there.hears("acked")
                    assert call.source.name == ("six" if host == HOST6 else "four")
                    assert call.dialog is not None
                    assert call.dialog.target.startswith(f"sip:threadline@{shown}:{home.server.port}")
                    call.bye()
                    assert await person.hears("ended") == "peer_bye"
