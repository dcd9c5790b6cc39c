"""Consent, the archive of a person, retention, and the notes of who looked."""

import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from omnichannel.audit.reads import Reads
from omnichannel.audit.service import Actor, Audit
from omnichannel.privacy.errors import NoSuchRequest, SettingUnreadable
from omnichannel.privacy.service import Privacy
from tests.integration.omnichannel.privacy.support import WORDS, Customer, Desk, where_found
from tests.integration.omnichannel.support import NOON
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock

pytestmark = pytest.mark.integration

AN = Actor("agent", "an")


async def may_not(pool: Pool, customer: Customer, channel: str) -> set[bool]:
    rows = await pool.fetch(
        "select may_not_contact(i.id, $2) as no from contact_identity i join contact c on c.id = i.contact_id"
        " where c.public_id = $1", customer.contact, channel,
    )  # fmt: skip
    return {row["no"] for row in rows}


async def test_who_withdrew_a_consent_or_wants_no_contact_is_not_written_to(
    pool: Pool, privacy: Privacy, lan: Customer
) -> None:
    await privacy.consent(lan.contact, "sms", "given", "web_form", "2026-01", AN)
    assert await may_not(pool, lan, "sms") == {False}
    await privacy.consent(lan.contact, "sms", "withdrawn", "call", None, AN)
    assert (await may_not(pool, lan, "sms"), await may_not(pool, lan, "email")) == ({True}, {False})
    await privacy.do_not_contact(lan.contact, True, AN)
    assert await may_not(pool, lan, "email") == {True}
    await privacy.do_not_contact(lan.contact, False, AN)
    identity = await pool.fetchval("select id from contact_identity where kind = 'phone'")
    await privacy.do_not_contact(lan.contact, True, AN, identity=identity)
    assert await may_not(pool, lan, "email") == {True, False}
    standing: Any = await privacy.standing(lan.contact)
    assert [one["state"] for one in standing["history"]] == ["withdrawn", "given"]
    assert standing["consents"]["sms"]["by"] == {"kind": "agent", "id": "an"}
    with pytest.raises(SettingUnreadable):
        await privacy.consent(lan.contact, "sms", "given", "She said so on the phone", None, AN)


async def test_the_archive_holds_everything_and_its_link_expires(
    pool: Pool, clock: VirtualClock, privacy: Privacy, desk: Desk, lan: Customer, tmp_path: Path
) -> None:
    asked: Any = await privacy.ask_export(lan.contact, AN)
    await desk.work()
    path = await privacy.link(UUID(asked["id"]), AN)
    until, signature = (part.partition("=")[2] for part in path.partition("?")[2].split("&"))
    archive = await privacy.open_archive(UUID(asked["id"]), until, signature)
    assert archive.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
        everything = b"".join(opened.read(name) for name in names).decode()
        about = json.loads(opened.read("about.json"))
    assert [
        text for text in (*WORDS, "912345678", "lan.tran", "KH-77123", "call.keys") if text not in everything
    ] == []
    assert {"entries": 4, "calls": 1, "recordings": 1, "customer_orders": 1}.items() <= about["rows"].items()
    assert [name for name in names if name.startswith(("recordings/", "mails/", "files/"))] != []
    actions = {row["action"] for row in await pool.fetch("select action from audit_log")}
    assert {"privacy.export", "privacy.link", "privacy.fetch"} <= actions
    with pytest.raises(NoSuchRequest):
        await privacy.open_archive(UUID(asked["id"]), until, signature[:-2] + "xx")
    clock.advance(timedelta(days=8).total_seconds())
    with pytest.raises(NoSuchRequest):
        await privacy.open_archive(UUID(asked["id"]), until, signature)
    await privacy.carry_out_retention()
    assert not archive.exists()


async def test_each_kind_of_data_goes_when_its_time_is_over(
    pool: Pool, clock: VirtualClock, privacy: Privacy, lan: Customer
) -> None:
    assert (await privacy.carry_out_retention())["inbound_events"] == 0
    clock.advance(timedelta(days=400).total_seconds())
    for kind in ("recordings", "transcripts", "message_bodies", "attachments", "audit"):
        await privacy.keep_for(kind, 365, AN)
    gone = await privacy.carry_out_retention()
    assert gone == {
        "inbound_events": 1, "imports": 1, "recordings": 1, "transcripts": 0, "attachments": 1, "audit": 0,
        "message_bodies": 3,
    }  # fmt: skip
    assert [text for text in await where_found(pool, *WORDS[1:]) if text.startswith("interaction")] == []
    assert await where_found(pool, "xin chào cô") == []
    assert not lan.file.exists()
    assert await pool.fetchval("select count(*) from interaction") == 4
    with pytest.raises(SettingUnreadable):
        await privacy.keep_for("jokes", 3, AN)


async def test_a_look_is_noted_once_and_no_page_waits_for_it(pool: Pool, clock: VirtualClock) -> None:
    reads, audit = Reads(pool, clock), Audit(pool, clock)
    for _ in range(3):
        reads.saw(AN, "contact.read", "contact:1")
    reads.saw(AN, "recording.play", "recording:2")
    assert await audit.list() == []
    assert await reads.flush() == 2
    clock.advance(3600)
    reads.saw(AN, "contact.read", "contact:1")
    assert (await reads.flush(), await reads.flush()) == (1, 0)
    assert [one["action"] for one in await audit.list(actor="an")] == [
        "contact.read",
        "recording.play",
        "contact.read",
    ]
    assert len(await audit.list(action="contact")) == 2
    assert len(await audit.list(span=(NOON, NOON + timedelta(minutes=1)))) == 2
    assert await audit.list(actor="bao") == []
