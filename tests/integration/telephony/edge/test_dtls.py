"""The edge against aiortc as the browser: the private methods it stands on, keys, strangers, and the way to the wire."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aioice import Candidate, Connection, stun
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport

from telephony.edge.errors import EdgeError
from telephony.edge.port import EdgePort, open_port
from telephony.edge.sdp import BrowserOffer, Credentials
from telephony.edge.session import Session
from telephony.edge.wire import Wire
from tests.support.ports import LOOPBACK

pytestmark = pytest.mark.integration

PATIENCE_S = 60.0
THEIRS = Credentials("browser1", "browserbrowserbrowser12")
PACKET = bytes([0x80, 0x00]) + bytes(10) + b"\x7f" * 160


def test_aiortc_still_has_the_methods_it_calls_private() -> None:
    for name in ("_set_role", "_do_handshake", "_recv_next", "_write_ssl", "_setup_srtp"):
        assert callable(getattr(RTCDtlsTransport, name))
    certificate = RTCCertificate.generateCertificate()
    pipe: Any = None
    made = RTCDtlsTransport(pipe, [certificate])
    assert {"_rx_srtp", "_tx_srtp", "_task", "_state", "_role"} <= vars(made).keys()


class _Pipe:
    role = "controlling"

    def __init__(self, ice: Connection) -> None:
        self._recv, self._send = ice.recv, ice.send


@dataclass
class Browser:
    """aioice as a full ICE agent, aiortc's DTLS as the client."""

    ice: Connection
    certificate: RTCCertificate
    dtls: RTCDtlsTransport | None = None

    @property
    def offer(self) -> BrowserOffer:
        prints = tuple((one.algorithm, one.value) for one in self.certificate.getFingerprints())
        return BrowserOffer(THEIRS, prints, "0", 126)

    async def connect(self, session: Session, place: tuple[str, int]) -> None:
        ice = self.ice
        ice.remote_username, ice.remote_password = session.ours.fragment, session.ours.password
        ice.remote_is_lite = True
        await ice.add_remote_candidate(Candidate("1", 1, "udp", 1, place[0], place[1], "host"))
        await ice.add_remote_candidate(None)
        await ice.connect()
        pipe: Any = _Pipe(ice)
        self.dtls = RTCDtlsTransport(pipe, [self.certificate])
        self.dtls._set_role("client")
        await self.dtls.start(RTCDtlsParameters([RTCDtlsFingerprint(*session.fingerprint)]))


@dataclass
class Scene:
    port: EdgePort
    browser: Browser
    wire: Wire
    engine: socket.socket


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: [LOOPBACK])
    port = await open_port(LOOPBACK, 0, None)
    engine = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    engine.bind((LOOPBACK, 0))
    engine.setblocking(False)
    wire = Wire()
    wire.connect(int(engine.getsockname()[1]))
    ice = Connection(ice_controlling=True, local_username=THEIRS.fragment, local_password=THEIRS.password)
    await ice.gather_candidates()
    browser = Browser(ice, RTCCertificate.generateCertificate())
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield Scene(port, browser, wire, engine)
    finally:
        if browser.dtls is not None:
            task = browser.dtls._task
            await browser.dtls.stop()
            if task is not None:
                await asyncio.wait({task})
        await ice.close()
        wire.close()
        port.close()
        engine.close()


async def test_sound_goes_both_ways_between_a_browser_and_the_engines_leg(scene: Scene) -> None:
    session, answer = scene.port.session(scene.browser.offer, scene.wire)
    assert session.ours.fragment in answer
    await asyncio.gather(session.connect(), scene.browser.connect(session, scene.port.places[0]))
    dtls = scene.browser.dtls
    assert dtls is not None
    loop = asyncio.get_running_loop()

    await dtls._send_rtp(PACKET)
    data, source = await loop.sock_recvfrom(scene.engine, 2000)
    assert data == PACKET
    assert source[1] == scene.wire.port

    heard: asyncio.Future[bytes] = loop.create_future()

    async def hear(data: bytes, arrival_time_ms: int) -> None:
        heard.set_result(data)

    dtls._handle_rtp_data = hear  # type: ignore[method-assign]
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.sendto(b"\x80" + bytes(171), (LOOPBACK, scene.wire.port))  # not from the leg's own port
    stranger.close()
    scene.engine.sendto(PACKET, (LOOPBACK, scene.wire.port))
    assert await heard == PACKET
    await scene.port.drop(session)


async def test_a_browser_with_another_certificate_than_it_offered_gets_no_keys(scene: Scene) -> None:
    offer = scene.browser.offer
    forged = BrowserOffer(
        offer.ice, tuple((name, "00" + value[2:]) for name, value in offer.fingerprints), "0", 126
    )
    session, _ = scene.port.session(forged, scene.wire)
    theirs, ours = await asyncio.gather(
        scene.browser.connect(session, scene.port.places[0]), session.connect(), return_exceptions=True
    )
    assert theirs is None  # the handshake itself went well
    assert isinstance(ours, EdgeError)
    await scene.port.drop(session)


async def test_a_check_without_our_password_is_not_answered(scene: Scene) -> None:
    session, _ = scene.port.session(scene.browser.offer, scene.wire)
    loop = asyncio.get_running_loop()
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.setblocking(False)
    stranger.bind((LOOPBACK, 0))
    answers: list[bytes] = []
    for password in ("wrong", session.ours.password):
        check = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        check.attributes["USERNAME"] = f"{session.ours.fragment}:{THEIRS.fragment}"
        check.add_message_integrity(password.encode())
        stranger.sendto(bytes(check), scene.port.places[0])
        if password != "wrong":
            answers.append(await loop.sock_recv(stranger, 2000))
            assert stun.parse_message(answers[0]).transaction_id == check.transaction_id
    stranger.close()
    await scene.port.drop(session)
