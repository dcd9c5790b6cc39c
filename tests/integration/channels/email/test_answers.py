"""Answers leave by a real SMTP server as they should, and what they bring back is joined to them."""

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest

from omnichannel.channels.port import Endpoint
from tests.integration.channels.email.support import AN, LAN, arrive, mail, until
from tests.integration.channels.support import entries
from tests.support.dovecot import USER
from tests.support.mail_sink import MailSink
from threadline.channels import Correspondence
from threadline.db.pool import Pool
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, ThreadId

pytestmark = pytest.mark.integration
AGENT = AgentId(UUID(int=7))
QUEUED = "select count(*) from outbox where state = 'queued'"


async def answer(rooms: Correspondence, pool: Pool, text: str, **more: Any) -> Json:
    """To whom wrote first; it has left, or failed, when this returns."""
    more.setdefault("agent", None if "rule" in more else AGENT)
    thread = ThreadId(await pool.fetchval("select public_id from thread order by id limit 1"))
    [way] = [one for one in await rooms.outbound.reach(thread) if one["channel"] == "email"]
    entry = await rooms.outbound.send(
        thread=thread,
        identity=int(str(way["identity"])),
        endpoint=UUID(str(way["endpoint"])),
        text=text,
        **more,
    )
    async with asyncio.timeout(40), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(rooms.outbound.run(), name="outbox")
        await until(pool, QUEUED, lambda count: count == 0)
        running.cancel()
    return entry


def parsed(sink: MailSink, number: int = -1) -> EmailMessage:
    raw = sink.taken[number].content
    assert isinstance(raw, bytes)
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


async def test_an_answer_leaves_with_its_references_and_the_reply_to_it_comes_back_joined(
    rooms: Correspondence, mailbox: Endpoint, sink: MailSink, pool: Pool
) -> None:
    await arrive(rooms, mailbox, mail("Hàng đâu?", References="<0.old@customer.example>"))
    await answer(rooms, pool, "Mai giao, chị nhé.")
    sent = parsed(sink)
    assert sink.taken[0].rcpt_tos == [LAN]
    assert sent["In-Reply-To"] == f"<1.{LAN}>"
    assert sent["References"].split() == ["<0.old@customer.example>", f"<1.{LAN}>"]
    assert sent["Subject"] == "Re: Đơn hàng"
    assert sent["Auto-Submitted"] is None
    assert sent["Message-ID"].startswith("<tl.")
    assert sent.get_content_type() == "multipart/alternative"
    plain = sent.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().strip() == "Mai giao, chị nhé."
    reply_to = sent["Reply-To"].addresses[0].addr_spec
    assert len(reply_to.partition("@")[0]) <= 64
    await arrive(rooms, mailbox, mail("Cảm ơn", to=reply_to.upper(), number=2))
    first, ours, back = await entries(pool)
    assert back["reply_to_id"] == ours["id"]
    assert ours["reply_to_id"] is None or ours["reply_to_id"] == first["id"]
    assert back["thread_id"] == first["thread_id"]
    assert (ours["status"], ours["provider_msg_id"]) == ("sent", sent["Message-ID"])


async def test_an_answer_by_somebody_else_stays_his_and_both_threads_know(
    rooms: Correspondence, mailbox: Endpoint, sink: MailSink, pool: Pool
) -> None:
    await arrive(rooms, mailbox, mail("Hàng đâu?"))
    await answer(rooms, pool, "Mai giao.")
    own_id = parsed(sink)["Message-ID"]
    await arrive(rooms, mailbox, mail("Tôi thấy thư này", sender=AN, number=9, In_Reply_To=own_id))
    first, ours, stranger, note = await entries(pool)
    assert stranger["thread_id"] != first["thread_id"]
    assert stranger["reply_to_id"] is None or stranger["meta"]["answers_elsewhere"]["entry"] == str(
        ours["id"]
    )
    assert stranger["meta"]["answers_elsewhere"]["entry"] == str(ours["id"])
    assert (note["kind"], note["thread_id"]) == ("note", first["thread_id"])
    assert note["meta"]["elsewhere"]["entry"] == str(stranger["id"])


async def test_two_mails_that_mention_the_same_unknown_mail_belong_together(
    rooms: Correspondence, mailbox: Endpoint, pool: Pool
) -> None:
    await arrive(rooms, mailbox, mail("Một", number=1, References="<never@seen.example>"))
    item = await pool.fetchval(
        "insert into work_item (thread_id, subject, opened_at) select thread_id, 's', now() from interaction returning id"
    )
    await pool.execute("update interaction set work_item_id = $1", item)
    await arrive(rooms, mailbox, mail("Hai", number=2, References="<never@seen.example>"))
    stored = await entries(pool)
    assert stored[1]["work_item_id"] == item
    assert stored[1]["reply_to_id"] == stored[0]["id"]


async def test_a_hard_bounce_is_the_fate_of_the_answer_and_stops_the_next(
    rooms: Correspondence, mailbox: Endpoint, sink: MailSink, pool: Pool
) -> None:
    await arrive(rooms, mailbox, mail("Hàng đâu?"))
    await answer(rooms, pool, "Mai giao.")
    await arrive(rooms, mailbox, bounce(parsed(sink)["Message-ID"]))
    _first, ours = await entries(pool)
    assert (ours["status"], ours["delivery"]["code"]) == ("failed", "bounce 5.1.1")
    await answer(rooms, pool, "Có ai không?")
    again = (await entries(pool))[-1]
    assert (again["status"], again["delivery"]["code"]) == ("failed", "suppressed")
    await arrive(rooms, mailbox, mail("Tôi đây", number=3))
    await answer(rooms, pool, "Chào chị.")
    assert (await entries(pool))[-1]["status"] == "sent"
    assert len(sink.taken) == 2


async def test_machines_write_to_one_address_only_so_often_and_say_they_are_machines(
    rooms: Correspondence, mailbox: Endpoint, sink: MailSink, pool: Pool
) -> None:
    await arrive(rooms, mailbox, mail("Hàng đâu?"))
    for number in range(6):
        await answer(rooms, pool, f"Đã nhận {number}", rule="ack")
    assert len(sink.taken) == 5
    assert parsed(sink)["Auto-Submitted"] == "auto-replied"
    assert parsed(sink)["X-Auto-Response-Suppress"] == "All"
    assert (await entries(pool))[-1]["delivery"]["code"] == "automatic_cap"


async def test_our_own_mail_that_comes_back_makes_nothing(
    rooms: Correspondence, mailbox: Endpoint, sink: MailSink, pool: Pool
) -> None:
    await arrive(rooms, mailbox, mail("Hàng đâu?"))
    await answer(rooms, pool, "Mai giao.")
    raw = sink.taken[0].content
    assert isinstance(raw, bytes)
    await arrive(rooms, mailbox, raw)
    assert len(await entries(pool)) == 2


async def test_the_mail_as_it_came_is_kept_by_its_hash(
    rooms: Correspondence, mailbox: Endpoint, pool: Pool
) -> None:
    raw = mail("Hàng đâu?")
    await arrive(rooms, mailbox, raw)
    assert await pool.fetchval("select raw from email_raw") == raw
    assert str(await pool.fetchval("select raw_ref from interaction_body")).startswith("email:")


@pytest.mark.parametrize(
    ("answered", "code"),
    [("550 5.1.1 no such user", "550 5.1.1"), ("554 5.7.1 spam", "554 5.7.1")],
)
async def test_a_refusal_is_told_with_its_code(
    rooms: Correspondence, mailbox: Endpoint, sink: MailSink, pool: Pool, answered: str, code: str
) -> None:
    await arrive(rooms, mailbox, mail("Hàng đâu?"))
    sink.at_rcpt = answered
    await answer(rooms, pool, "Mai giao.")
    ours = (await entries(pool))[-1]
    assert (ours["status"], ours["delivery"]["code"]) == ("failed", code)


async def test_a_line_lost_after_the_mail_was_given_leaves_it_unsure_and_it_is_not_sent_again(
    rooms: Correspondence, mailbox: Endpoint, sink: MailSink, pool: Pool
) -> None:
    await arrive(rooms, mailbox, mail("Hàng đâu?"))
    sink.hangs_up = True
    await answer(rooms, pool, "Mai giao.")
    assert (await entries(pool))[-1]["delivery"]["code"] == "unsure"
    assert len(sink.taken) == 1
    own_id = parsed(sink)["Message-ID"]
    await arrive(rooms, mailbox, mail("Đã nhận", number=2, In_Reply_To=own_id))
    stored = await entries(pool)
    assert stored[-1]["reply_to_id"] == stored[1]["id"]


def bounce(message_id: str) -> bytes:
    return (
        "From: MAILER-DAEMON@mx.customer.example\r\nReturn-Path: <>\r\nTo: "
        + USER
        + "\r\nSubject: Undelivered\r\n"
        'Message-ID: <b1@mx.customer.example>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.customer.example\r\n\r\n"
        f"Final-Recipient: rfc822; {LAN}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--b--\r\n"
    ).encode()
