"""A customer who left traces everywhere, and a search for them in every column of the database."""

import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from omnichannel.attachments.service import Attachments
from omnichannel.threads import Threads
from tests.integration.omnichannel.support import NOON, ended, new_call
from threadline.db.pool import Connection, Pool
from threadline.kernel.events import Json
from threadline.kernel.ids import CallId, ThreadId, uuid7

PHONE: Final = "+84912345678"
MAIL: Final = "lan.tran@example.vn"
NAME: Final = "Trần Thị Lan"
WORDS: Final = ("điều hòa", "mèo tam thể", "đường Láng", "biên lai", "xin chào cô")
TRACES: Final = ("912345678", "lan.tran", "Trần Thị", "Lan Trần", "KH-77123", *WORDS)


@dataclass
class Desk:
    """omnichannel.privacy.ports.Jobs: does its work when told to."""

    handlers: dict[str, Callable[[Json], Awaitable[None]]] = field(default_factory=dict)
    waiting: list[tuple[str, Json]] = field(default_factory=list)

    def handle(self, kind: str, handler: Callable[[Json], Awaitable[None]], *, attempts: int = 3) -> None:
        self.handlers[kind] = handler

    def every(self, kind: str, seconds: float, handler: Callable[[Json], Awaitable[None]]) -> None:
        self.handlers[kind] = handler

    async def enqueue(
        self, link: Connection, kind: str, payload: Json, *, delay_s: float = 0, once: str | None = None
    ) -> None:
        self.waiting.append((kind, payload))

    async def work(self) -> None:
        while self.waiting:
            kind, payload = self.waiting.pop(0)
            await self.handlers[kind](payload)


@dataclass(frozen=True, slots=True)
class Customer:
    contact: UUID
    thread: ThreadId
    call: CallId
    file: Path
    tape: Path


async def leave_traces(pool: Pool, threads: Threads, files: Attachments, vault: Path) -> Customer:
    """Lan: a chat with a file, a mail, a call with a recording, a case, an order, and copies of her in side tables."""
    message: Any = await threads.add_message(
        thread=None, identity=("phone", PHONE), channel="sms", direction="in", text=f"Máy {WORDS[0]} hỏng", display=NAME,
        provider_msg_id="sms-912345678",
    )  # fmt: skip
    thread = ThreadId(message["thread"])
    kept = await files.keep("biên lai Lan Trần.txt", "text/plain", WORDS[3].encode(), uploaded_by=None)
    async with pool.acquire() as link, link.transaction():
        await files.attach(link, [kept.id], int(message["id"]))
    await threads.add_message(
        thread=thread, identity=("email", MAIL), channel="email", direction="in", text=f"Gửi {WORDS[1]}",
        html=f"<p>{WORDS[1]}</p>", subject=f"Về {WORDS[1]}",
    )  # fmt: skip
    await threads.add_note(thread, None, f"Nhà ở {WORDS[2]}")
    call = new_call()
    await threads.call_arrived(call, PHONE, PHONE, "1900", "VN", NOON, None)
    await threads.call_ended(ended(call, thread))
    contact = await pool.fetchval(
        "select c.public_id from contact c join thread t on t.contact_id = c.id where t.public_id = $1",
        thread,
    )
    tape = vault / "2026/11/22" / "lan.wav"
    tape.parent.mkdir(parents=True)
    tape.write_bytes(b"RIFF")
    await _side_tables(pool, contact, thread, call, int(message["id"]))
    place = files.content(kept.sha256)
    os.utime(place, (0, 0))  # it was not put just now
    return Customer(contact, thread, call, place, tape)


async def _side_tables(pool: Pool, contact: UUID, thread: ThreadId, call: CallId, entry: int) -> None:
    row = await pool.fetchval("select id from contact where public_id = $1", contact)
    thread_row = await pool.fetchval("select id from thread where public_id = $1", thread)
    endpoint = await pool.fetchval("select endpoint_id from interaction where id = $1", entry)
    identity = await pool.fetchval("select id from contact_identity where contact_id = $1 limit 1", row)
    run = pool.execute
    await run(
        "insert into contact_identity (contact_id, kind, value, raw, trust, first_seen, last_seen) values ($1, 'email', $2, $2, 2, now(), now())",
        row,
        MAIL,
    )
    await run(
        "update contact set customer_no = 'KH-77123', attrs = $2 where id = $1", row, {"note": WORDS[2]}
    )
    await run(
        "insert into work_item (thread_id, subject, fields, opened_at) values ($1, $2, $3, now())",
        thread_row,
        WORDS[0],
        {"where": WORDS[2]},
    )
    await run("insert into call (id, direction, from_number, from_raw, to_number, source, thread_id, contact_id, started_at, ended_at)"
              " values ($1, 'inbound', $2, $2, '1900', 'trunk:x', $3, $4, now(), now())", call, PHONE, thread, contact)  # fmt: skip
    await run(
        "insert into call_leg (id, call_id, kind, role, peer, started_at) values ($1, $2, 'sip', 'customer', $3, now())",
        uuid7(NOON),
        call,
        f"sip:{PHONE}@x",
    )
    started = {"direction": "inbound", "from": PHONE, "to": "1900", "flow": "main", "wait_s": 3}
    await run("insert into call_event (call_id, at, kind, data) values ($1, now(), 'call.started', $2), ($1, now(), 'call.keys', $3)",
              call, started, {"step": "menu", "keys": "0912345678"})  # fmt: skip
    chi = await pool.fetchval(
        "insert into agent (id, login, display_name, role) values ($1, 'chi', 'Chi', 'supervisor') returning id",
        uuid7(NOON),
    )
    await run(
        "insert into evaluation (call_id, agent_id, scorecard, titles, most, criteria, points, percent, comment, by_agent_id, at)"
        " values ($1, $2, 'care', '{}', 5, '[]', '[5]', 100, $3, $2, now())",
        call,
        chi,
        f"{NAME}: {PHONE}",
    )
    recording = uuid7(NOON)
    await run(
        "insert into recording (id, call_id, kind, path, state, started_at) values ($1, $2, 'call', '2026/11/22/lan.wav', 'ready', now())",
        recording,
        call,
    )
    await run(
        "insert into transcript (recording_id, state, updated_at) values ($1, 'ready', now())", recording
    )
    await run(
        "insert into transcript_segment values ($1, 1, 'customer', 0, 1, $2, '[]')", recording, WORDS[4]
    )
    await run("insert into inbound_event (endpoint_id, dedupe_key, sender, received_at, raw, processed_at) values ($1, 'a', 'x', now(), $2, now())",
              endpoint, json.dumps({"from": "0912345678", "text": WORDS[0]}).encode())  # fmt: skip
    await run(
        "insert into email_raw (sha256, raw) values (sha256($1), $1)", f"From: {NAME} <{MAIL}>".encode()
    )
    await run(
        "update interaction_body set raw_ref = 'email:' || encode((select sha256 from email_raw), 'hex') where interaction_id = $1",
        entry,
    )
    await run("insert into outbox (interaction_id, endpoint_id, recipient, payload, not_before, queued_at, key) values ($1, $2, $3, $4, now(), now(), 'k')",
              entry, endpoint, PHONE, {"text": WORDS[0]})  # fmt: skip
    await run(
        "insert into delivery_event (interaction_id, status, detail, at) values ($1, 'failed', $2, now())",
        entry,
        f"{MAIL} unknown",
    )
    await run(
        "insert into customer_order (contact_id, number, placed_at, value, currency, title, stored_at) values ($1, 'KH-77123-1', now(), 5, 'VND', $2, now())",
        row,
        WORDS[1],
    )
    await run(
        "insert into contact_suggestion (contact_id, kind, value, trust, reason, at) values ($1, 'email', $2, 0, 'said', now())",
        row,
        MAIL,
    )
    await run(
        "insert into email_automatic (endpoint_id, address, key, at) values ($1, $2, 'k', now())",
        endpoint,
        MAIL,
    )
    hook, imported = uuid7(NOON), uuid7(NOON)
    await run(
        "insert into webhook (id, title, url, events, secret, changed_at) values ($1, 'x', 'https://x', '{}', '', now())",
        hook,
    )
    await run("insert into webhook_delivery (webhook_id, key, event, body, not_before, queued_at) values ($1, $1, 'message.created', $2, now(), now())",
              hook, json.dumps({"thread": str(thread), "text": WORDS[0], "name": NAME}, ensure_ascii=False))  # fmt: skip
    await run(
        "insert into happening (kind, thread_id, at, data, rules_open) values ('message_in', $1, now(), $2, false)",
        thread_row,
        {"text": WORDS[0]},
    )
    await run(
        "insert into contact_import (id, name, header, columns, region, encoding, delimiter, made_at) values ($1, 'x', '[]', '{}', 'VN', 'utf-8', ',', now())",
        imported,
    )
    await run(
        "insert into contact_import_line (import_id, line, cells) values ($1, 2, $2)",
        imported,
        [NAME, "0912345678"],
    )
    await run("insert into correspondence values ($1, $2, now())", identity, endpoint)
    await run(
        "insert into waiting (call_id, queue, caller, need, entered_at, state) values ($1, 'support', $2, '[]', now(), 'left')",
        call,
        {"name": NAME, "number": PHONE},
    )


async def where_found(pool: Pool, *texts: str) -> list[str]:
    """ "table.column: text" for every column of the database that holds one of `texts`, in UTF-8 bytes or as text."""
    columns = await pool.fetch(
        "select c.table_name, c.column_name, c.data_type from information_schema.columns c join information_schema.tables t"
        " using (table_schema, table_name) where table_schema = 'public' and t.table_type = 'BASE TABLE'"
        " and c.data_type in ('text', 'character varying', 'json', 'jsonb', 'bytea', 'ARRAY')"
    )
    found = []
    for table, column, kind in columns:
        if kind == "bytea":
            there = f"position(convert_to(t.wanted, 'UTF8') in {column}) > 0"
        else:
            there = f"position(lower(t.wanted) in lower({column}::text)) > 0"
        rows = await pool.fetch(
            f'select distinct t.wanted from "{table}", unnest($1::text[]) as t(wanted) where {there}', texts
        )
        found += [f"{table}.{column}: {row[0]}" for row in rows]
    return found


async def counts(pool: Pool) -> dict[str, Any]:
    """What reports count."""
    return {
        "entries": [tuple(row) for row in await pool.fetch("select kind, channel, direction, status, count(*) from interaction group by 1, 2, 3, 4 order by 1, 2, 3, 4")],
        "bodies": await pool.fetchval("select count(*) from interaction_body"),
        "calls": await pool.fetchval("select count(*) from call"),
        "events": [tuple(row) for row in await pool.fetch("select kind, count(*) from call_event group by 1 order by 1")],
        "waits": await pool.fetchval("select sum((data ->> 'wait_s')::int) from call_event"),
        "sessions": await pool.fetchval("select count(*) from session"),
        "cases": await pool.fetchval("select count(*) from work_item"),
        "contacts": await pool.fetchval("select count(*) from contact"),
        "orders": await pool.fetchval("select sum(value) from customer_order"),
        "talks": await pool.fetchval("select sum((meta ->> 'talk_s')::float) from interaction_body"),
    }  # fmt: skip
