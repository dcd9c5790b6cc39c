"""A mailbox on a real Dovecot: what arrives is in its sender's thread once, whatever happens to the server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.integration.channels.email.conftest import configured
from tests.integration.channels.email.support import LAN, mail, until
from tests.integration.channels.support import entries
from tests.support.dovecot import Dovecot
from tests.support.mail_sink import MailSink
from threadline.channels import Correspondence
from threadline.db.pool import Pool

pytestmark = pytest.mark.integration
STORED = "select count(*) from interaction"


@asynccontextmanager
async def following(rooms: Correspondence) -> AsyncIterator[None]:
    async with asyncio.timeout(120), asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(rooms.fetchers.run(), name="fetchers"),
            tasks.create_task(rooms.inbox.run(), name="inbox"),
        ]
        try:
            yield
        finally:
            for task in running:
                task.cancel()


async def test_mails_come_by_idle_once_over_a_restart_and_a_change_of_all_uids(
    rooms: Correspondence, dovecot: Dovecot, sink: MailSink, pool: Pool
) -> None:
    await configured(rooms, sink, imap_port=dovecot.port)
    dovecot.deliver(mail("Trước", number=1))
    async with following(rooms):
        await until(pool, STORED, lambda count: count == 1)
        dovecot.deliver(mail("Trong lúc chờ", number=2))
        await until(pool, STORED, lambda count: count == 2)
        await dovecot.stop()
        dovecot.deliver(mail("Khi máy chủ tắt", number=3))
        await dovecot.start()
        await until(pool, STORED, lambda count: count == 3)
        await dovecot.stop()
        dovecot.forget_uids()
        dovecot.deliver(mail("Sau khi đổi UID", number=4))
        await dovecot.start()
        await until(pool, STORED, lambda count: count == 4)
        await until(pool, "select uid_validity from email_mark", lambda validity: validity == 7777)
    stored = await entries(pool)
    assert [one["text"].strip() for one in stored] == [
        "Trước",
        "Trong lúc chờ",
        "Khi máy chủ tắt",
        "Sau khi đổi UID",
    ]
    assert {one["thread_id"] for one in stored} == {stored[0]["thread_id"]}
    assert await pool.fetchval("select value from contact_identity") == LAN
    assert await pool.fetchval("select count(*) from inbound_event") == 4


async def test_nothing_is_marked_as_seen(
    rooms: Correspondence, dovecot: Dovecot, sink: MailSink, pool: Pool
) -> None:
    await configured(rooms, sink, imap_port=dovecot.port)
    dovecot.deliver(mail("Một"))
    async with following(rooms):
        await until(pool, STORED, lambda count: count == 1)
    [kept] = [path for name in ("new", "cur") for path in (dovecot.maildir / name).iterdir()]
    assert "S" not in kept.name.partition(":2,")[2]


async def test_a_mailbox_that_is_new_here_begins_with_what_comes_next(
    rooms: Correspondence, dovecot: Dovecot, sink: MailSink, pool: Pool
) -> None:
    dovecot.deliver(mail("Thư cũ", number=1))
    await configured(rooms, sink, imap_port=dovecot.port, start="new")
    async with following(rooms):
        await until(pool, "select uid from email_mark", lambda uid: uid == 1)
        dovecot.deliver(mail("Thư mới", number=2))
        await until(pool, STORED, lambda count: count == 1)
    assert [one["text"].strip() for one in await entries(pool)] == ["Thư mới"]


async def test_a_wrong_password_asks_for_people_in_words(
    rooms: Correspondence, dovecot: Dovecot, sink: MailSink, pool: Pool
) -> None:
    endpoint = await configured(rooms, sink, imap_port=dovecot.port, password="wrong")
    async with following(rooms):
        await until(pool, "select state from endpoint", lambda state: state == "reconnect")
    shown = await rooms.endpoints.shown(endpoint.id)
    assert "refused the user name or password" in str(shown["problem"])


async def test_the_check_says_what_is_wrong_with_which_server(
    rooms: Correspondence, dovecot: Dovecot, sink: MailSink
) -> None:
    channel = rooms.registry.channel("email")
    good = await configured(rooms, sink, imap_port=dovecot.port, smtp_port="1")
    found = {one.name: one for one in await channel.check(good)}
    assert (found["imap"].is_ok, found["smtp"].is_ok) == (True, False)
    assert "SMTP" in found["smtp"].detail
