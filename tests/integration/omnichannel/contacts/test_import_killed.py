"""The process that takes an import is killed in the middle, again and again: what it says is true, and nothing doubles."""

import asyncio
import signal
import sys
from uuid import UUID

import pytest

from omnichannel.audit.service import Actor, Audit
from omnichannel.contacts.importing.service import TAKEN, ContactImports
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock

pytestmark = pytest.mark.integration

LINES = 6 * TAKEN
KILLED_AFTER = (1, TAKEN + 1, 3 * TAKEN + 1)  # lines taken
PATIENCE_S = 120.0
MADE = "select count(*) from contact_import_line where state = 'made'"


async def _hire(dsn: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.support.import_worker", dsn)


async def _until(pool: Pool, lines: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await pool.fetchval(MADE) < lines:
            await asyncio.sleep(0.005)


async def test_a_killed_import_says_how_far_it_came_and_the_next_process_goes_on(
    pool: Pool, dsn: str, clock: VirtualClock
) -> None:
    imports = ContactImports(pool, clock, Audit(pool, clock))
    rows = [f"Khách {number},09{number:08d},k{number}@example.vn" for number in range(LINES)]
    shown = await imports.preview(
        "khach.csv", "\n".join(["Họ tên,SĐT,Email", *rows]).encode(), Actor("system")
    )
    import_ = UUID(str(shown["id"]))
    await imports.apply(import_, Actor("system"))
    for lines in KILLED_AFTER:
        worker = await _hire(dsn)
        await _until(pool, lines)
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
        async with pool.acquire() as link, link.transaction(isolation="repeatable_read"):
            said = await link.fetchval(MADE)
            assert said == await link.fetchval("select count(*) from contact"), (
                "what it says is what there is"
            )
            assert said % TAKEN == 0, "a batch is there as a whole or not at all"
    worker = await _hire(dsn)
    await _until(pool, LINES)
    async with asyncio.timeout(PATIENCE_S):
        while (shown := await imports.show(import_))["state"] != "done":
            await asyncio.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    await worker.wait()
    assert shown["counts"] == {"ready": 0, "refused": 0, "made": LINES, "changed": 0}
    assert await pool.fetchval("select count(*) from contact") == LINES
    assert await pool.fetchval("select count(*) from thread") == LINES
    owned = "select count(*), count(distinct (kind, scope, value)) from contact_identity"
    assert tuple(await pool.fetchrow(owned) or ()) == (2 * LINES, 2 * LINES)
