"""Worker processes are killed while they apply rules: each rule once to each message, each customer answered once."""

import asyncio
import random
import signal
import sys
from pathlib import Path
from typing import Final

import pytest

from omnichannel.audit.service import SYSTEM
from omnichannel.channels.port import Endpoint
from tests.integration.channels.support import deliver, take_all
from tests.support.touchpoint import said
from threadline.automation import Automation
from threadline.channels import Correspondence
from threadline.db.pool import Pool
from threadline.kernel.events import Json

pytestmark = pytest.mark.integration

SENDERS: Final = 20
ROUNDS: Final = 4
KILLS: Final = 2
PATIENCE_S: Final = 180.0


async def hire(dsn: str, folder: Path) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.automation.worker", dsn, str(folder),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def test_every_rule_is_applied_once_to_every_message_while_workers_are_killed(
    automation: Automation, rooms: Correspondence, shop: Endpoint, pool: Pool, dsn: str, tmp_path: Path
) -> None:
    reply: Json = {"do": "reply", "texts": {"en": "We have it."}}
    await automation.rules.save(
        {"title": "Thanks", "when": "message_in", "then": [reply], "on": True}, SYSTEM
    )
    note: Json = {"do": "note", "texts": {"": "Seen ${message.text}"}}
    await automation.rules.save({"title": "Seen", "when": "message_in", "then": [note], "on": True}, SYSTEM)
    crew, chance = [await hire(dsn, tmp_path) for _ in range(2)], random.Random(3)
    total = SENDERS * ROUNDS
    try:
        async with asyncio.timeout(PATIENCE_S):
            for number in range(ROUNDS):
                await deliver(rooms, shop, [said(number, f"c{sender}") for sender in range(SENDERS)])
                await take_all(rooms)
                if number < KILLS:
                    victim = crew.pop(chance.randrange(len(crew)))
                    victim.send_signal(signal.SIGKILL)
                    await victim.wait()
                    crew.append(await hire(dsn, tmp_path))
            while await pool.fetchval("select exists (select from happening where rules_open)"):
                await asyncio.sleep(0.25)
    finally:
        for one in crew:
            one.send_signal(signal.SIGKILL)
            await one.wait()
    assert await pool.fetchval("select count(*) from rule_run where outcome = 'applied'") == 2 * total
    notes = await pool.fetch(
        "select b.text from interaction i join interaction_body b on b.interaction_id = i.id where i.kind = 'note'"
    )
    assert sorted(row["text"] for row in notes) == sorted(
        f"Seen c{sender} {number}" for sender in range(SENDERS) for number in range(ROUNDS)
    )
    answers = await pool.fetch(
        "select identity_id, count(*) as n from interaction where direction = 'out' group by 1"
    )
    assert [row["n"] for row in answers] == [1] * SENDERS
