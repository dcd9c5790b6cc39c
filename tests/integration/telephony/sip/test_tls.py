"""SIP over TLS: connections that are used again, names and certificates, renewal, trunks that must prove who they are."""

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from telephony.sip.digest import answer_challenge, pick_challenge
from telephony.sip.message import Request, Response, parse_message
from telephony.sip.sdes import SUITES, Sdes
from telephony.sip.sdp import LocalMedia, make_offer
from telephony.sip.server import CallerId, Doors, ToAccount, ToTrunk, TrunkConfig
from telephony.sip.stream import Framer
from telephony.sip.tls import CertificateFiles, Certificates, CertificateUnusable
from telephony.sip.wire import Flow
from tests.integration.telephony.sip.certificates import certificate, move_in
from tests.integration.telephony.sip.house import HOST, House, Person, house
from tests.unit.telephony.sip.bench import OFFER, add_lines, invite, reply, request

pytestmark = pytest.mark.integration


def doors(files: CertificateFiles, host: str = HOST) -> Doors:
    return Doors(tls=(host, 0), certificates=Certificates(files))


class Phone:
    """A phone on one connection, TLS or not."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, transport: str) -> None:
        self._reader, self.writer = reader, writer
        self._framer = Framer()
        self._heard: list[bytes] = []
        self.flow = Flow(transport, *writer.get_extra_info("sockname")[:2])

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    async def hears(self) -> Request | Response:
        async with asyncio.timeout(5):
            while not self._heard:
                data = await self._reader.read(65536)
                assert data, "the connection is closed"
                self._heard += self._framer.feed(data)
        return parse_message(self._heard.pop(0))

    async def final(self) -> Response:
        while not isinstance(one := await self.hears(), Response) or one.status < 200:
            pass
        return one

    async def register(self, user: str = "alice", contact: str = "") -> Response:
        where = contact or f"sip:{user}@10.9.9.9:5070;transport={self.flow.transport}"
        text = request("REGISTER", uri="sip:threadline", flow=self.flow, user=user, branch=f"r{user}")
        text = text.replace(b"To: <sip:threadline>", f"To: <sip:{user}@threadline>".encode())
        text = text.replace(f"<sip:{user}@{self.flow.host}:{self.flow.port}>".encode(), f"<{where}>".encode())
        self.say(text)
        challenge = pick_challenge((await self.final()).values("www-authenticate"), proxy=False)
        assert challenge is not None
        line = answer_challenge(challenge, "REGISTER", "sip:threadline", user, "secret")
        self.say(add_lines(text, line).replace(b"z9hG4bK", b"z9hG4bKx"))
        return await self.final()


@asynccontextmanager
async def tls_phone(
    home: House, name: str = "127.0.0.1", host: str = HOST, trusted: Path | None = None
) -> AsyncIterator[Phone]:
    context = ssl.create_default_context(cafile=trusted)
    if trusted is None:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(
        host, home.server.ports["tls"], ssl=context, server_hostname=name
    )
    yield Phone(reader, writer, "tls")
    writer.close()
    await writer.wait_closed()


def shown(phone: Phone) -> str:
    """The hash of the certificate the phone was shown."""
    found = phone.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    return hashlib.sha256(found).hexdigest()


def hash_of(files: CertificateFiles) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(files.certificate.read_text())).hexdigest()


async def test_a_phone_behind_nat_is_called_on_the_connection_it_registered_by(tmp_path: Path) -> None:
    made = certificate(tmp_path)
    async with house(doors=doors(made)) as home, tls_phone(home, trusted=made.certificate) as phone:
        assert (await phone.register()).status == 200
        person = Person()
        home.server.place_call(ToAccount("alice"), OFFER, CallerId("1"), person)
        invited = await phone.hears()
        assert isinstance(invited, Request)
        assert (invited.via.transport, invited.via.port) == ("TLS", home.server.ports["tls"])
        assert invited.contact is not None
        assert invited.contact.uri.endswith(f":{home.server.ports['tls']};transport=tls")
        phone.say(reply(invited, 200, body=OFFER))
        await person.hears("answered")
        acked = await phone.hears()
        assert acked.method == "ACK"
    async with asyncio.timeout(5):
        while home.server.is_registered("alice"):
            await asyncio.sleep(0.01)


async def test_sips_addresses_are_answered_with_sips(tmp_path: Path) -> None:
    trunk = TrunkConfig("local", (HOST,))
    async with house(doors=doors(certificate(tmp_path)), trunks=(trunk,)) as home, tls_phone(home) as phone:
        text = invite(flow=phone.flow, uri="sips:19001234@192.0.2.1")
        phone.say(text.replace(b"Contact: <sip:", b"Contact: <sips:"))
        answer = await phone.final()
        assert answer.status == 200
        assert answer.contact is not None
        assert answer.contact.uri.startswith("sips:threadline@")


async def test_a_double_line_end_is_answered_with_a_single_one(tmp_path: Path) -> None:
    async with house(doors=doors(certificate(tmp_path))) as home, tls_phone(home) as phone:
        phone.say(b"\r\n\r\n")
        async with asyncio.timeout(5):
            assert await phone._reader.read(100) == b"\r\n"


async def test_each_name_gets_its_own_certificate(tmp_path: Path) -> None:
    made = {name: certificate(tmp_path / name, name) for name in ("default", "one.test", "*.two.test")}
    for name, files in made.items():
        move_in(tmp_path / "all", name.replace("*", "_"), files)
    async with house(doors=doors(CertificateFiles(tmp_path / "all"))) as home:
        for name, wanted in (
            ("one.test", "one.test"), ("a.two.test", "*.two.test"), ("three.test", "default"), (HOST, "default"),
        ):  # fmt: skip
            async with tls_phone(home, name) as phone:
                assert shown(phone) == hash_of(made[wanted])


async def test_a_renewed_certificate_is_shown_to_new_connections_and_old_ones_go_on(tmp_path: Path) -> None:
    old, new = certificate(tmp_path / "old"), certificate(tmp_path / "new")
    move_in(tmp_path / "used", "server", old)
    files = CertificateFiles(tmp_path / "used" / "server.crt", tmp_path / "used" / "server.key")
    certificates = Certificates(files)
    async with house(doors=Doors(tls=(HOST, 0), certificates=certificates)) as home:
        async with tls_phone(home) as before:
            assert not certificates.reload_if_changed()
            move_in(tmp_path / "used", "server", new)
            assert home.server.reload_certificates()
            async with tls_phone(home) as after:
                assert (shown(before), shown(after)) == (hash_of(old), hash_of(new))
            assert (await before.register()).status == 200
        move_in(tmp_path / "used", "server", old)
        assert certificates.reload_if_changed()


async def test_a_broken_renewal_leaves_the_old_certificate_in_place(tmp_path: Path) -> None:
    old, other = certificate(tmp_path / "old"), certificate(tmp_path / "other")
    move_in(tmp_path / "used", "server", old)
    files = CertificateFiles(tmp_path / "used" / "server.crt", tmp_path / "used" / "server.key")
    async with house(doors=doors(files)) as home:
        for broken in (b"", other.certificate.read_bytes()):
            files.certificate.write_bytes(broken)
            assert not home.server.reload_certificates()
            async with tls_phone(home) as phone:
                assert shown(phone) == hash_of(old)


@pytest.mark.parametrize("contents", ["", "-----BEGIN CERTIFICATE-----\n"])
def test_a_certificate_that_can_not_be_used_is_refused_at_the_start(tmp_path: Path, contents: str) -> None:
    (tmp_path / "cert.pem").write_text(contents)
    with pytest.raises(CertificateUnusable, match=r"cert\.pem"):
        Certificates(CertificateFiles(tmp_path / "cert.pem"))
    with pytest.raises(CertificateUnusable):
        Certificates(CertificateFiles(tmp_path / "missing.pem"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(CertificateUnusable):
        Certificates(CertificateFiles(tmp_path / "empty"))


async def test_a_trunk_over_tls_is_called_when_it_proves_its_name_and_not_otherwise(tmp_path: Path) -> None:
    made, other = certificate(tmp_path / "a", "localhost"), certificate(tmp_path / "b", "localhost")
    here = TrunkConfig("in", (HOST,), transport="tls", srtp="required")
    async with house(doors=doors(made), trunks=(here,)) as upstream:
        port = upstream.server.ports["tls"]
        trunk = TrunkConfig("up", (), host="localhost", port=port, transport="tls", srtp="required")
        for trusted, outcome in ((made, "answered"), (other, "failed")):
            mine = Doors(authorities=trusted.certificate)
            async with house(doors=mine, trunks=(trunk,)) as home:
                target, person = ToTrunk("up", "19001234"), Person()
                assert home.server.srtp_for(target) == "required"
                async with asyncio.timeout(5):
                    while not home.server.agent.trunks[0].found:  # by its address, which is in no certificate
                        await asyncio.sleep(0.01)
                home.server.place_call(target, OFFER, CallerId("1"), person)
                await person.hears(outcome)
        call, _ = await upstream.caller()
        assert (call.srtp, call.source.name) == ("required", "in")


async def test_keys_go_to_the_phone_on_tls_and_not_to_the_one_on_tcp(tmp_path: Path) -> None:
    async with house(doors=doors(certificate(tmp_path))) as home, tls_phone(home) as secret:
        reader, writer = await asyncio.open_connection(HOST, home.server.port)
        open_phone = Phone(reader, writer, "tcp")
        await secret.register("alice", "sip:alice@10.9.9.9:5071;transport=tls")
        await open_phone.register("alice", "sip:alice@10.9.9.9:5072;transport=tcp")
        offer = make_offer(LocalMedia(HOST, 9, 1, 1, sdes=Sdes.fresh(is_required=False)))
        home.server.place_call(ToAccount("alice"), offer, CallerId("1"), Person())
        assert SUITES[0].encode() in (await secret.hears()).body
        assert b"crypto" not in (await open_phone.hears()).body
        writer.close()
        await writer.wait_closed()
