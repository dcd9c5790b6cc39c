"""Mails come over IMAPS and leave over SMTP with STARTTLS, and not at all where a certificate can't be trusted."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from omnichannel.channels.port import Endpoint
from tests.integration.channels.email.conftest import configured
from tests.integration.channels.email.support import LAN, mail, until
from tests.integration.channels.email.test_answers import answer, parsed
from tests.integration.channels.email.test_mailbox import STORED, following
from tests.support.certificates import Authority, authority
from tests.support.dovecot import PASSWORD, Dovecot, running_dovecot
from tests.support.mail_sink import MailSink, running_sink
from threadline.channels import Correspondence
from threadline.db.pool import Pool

pytestmark = pytest.mark.integration


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """This process trusts it, as an operator would have it trust his own."""
    made = authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.root))
    return made


@pytest.fixture
async def dovecot(trusted: Authority) -> AsyncIterator[Dovecot]:
    async with running_dovecot(certificate=trusted.issue("imap")) as server:
        yield server


@pytest.fixture
async def sink(trusted: Authority) -> AsyncIterator[MailSink]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*trusted.issue("smtp"))
    async with running_sink(PASSWORD, context) as running:
        yield running


async def _box(rooms: Correspondence, sink: MailSink, dovecot: Dovecot, security: str = "tls") -> Endpoint:
    port = dovecot.tls_port if security == "tls" else dovecot.port
    return await configured(rooms, sink, imap_port=port, imap_security=security, smtp_security="starttls")


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_mail_comes_and_its_answer_leaves_encrypted(
    rooms: Correspondence, dovecot: Dovecot, sink: MailSink, pool: Pool, security: str
) -> None:
    box = await _box(rooms, sink, dovecot, security)
    checks = await rooms.registry.channel("email").check(box)
    assert [(one.name, one.is_ok) for one in checks] == [("imap", True), ("smtp", True)]
    dovecot.deliver(mail("Hàng đâu?"))
    async with following(rooms):
        await until(pool, STORED, lambda count: count == 1)
    await answer(rooms, pool, "Mai giao, chị nhé.")
    assert (sink.taken[0].rcpt_tos, parsed(sink)["Subject"]) == ([LAN], "Re: Đơn hàng")


async def test_whose_certificate_is_not_trusted_gets_no_password(
    rooms: Correspondence, dovecot: Dovecot, sink: MailSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(authority(tmp_path / "other").root))
    box = await _box(rooms, sink, dovecot)
    imap, smtp = await rooms.registry.channel("email").check(box)
    assert not imap.is_ok
    assert (smtp.is_ok, "certificate" in smtp.detail) == (False, True)
    assert "Login" not in (dovecot.home / "log").read_text()
    assert sink.taken == []
