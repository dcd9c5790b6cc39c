"""A media worker is killed while sixty callers are in the menu: what ends, what goes on, and how soon there is room."""

import asyncio
import os
import signal
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.telephony.stage import MENU, PATIENCE_S, Office, know_trunk, until
from tests.support.house import HOTLINE, settings_for
from tests.support.ports import LOOPBACK
from tests.support.sipp import Load, Sipp, run_sipp
from threadline.compose import running
from threadline.db.pool import Pool

pytestmark = pytest.mark.integration

CALLERS = 60
SERVICE = "service"  # what SIPp dials when nobody tells it otherwise
BOUND_S = 20.0  # on a machine that does other things too; measured alone it is a tenth of a second


async def test_a_killed_worker_ends_its_own_calls_only_and_the_next_caller_is_answered(
    tmp_path: Path, dsn: str, pool: Pool
) -> None:
    await know_trunk(dsn, LOOPBACK)
    settings = replace(settings_for(tmp_path / "data", dsn), media_workers=2, sip_rate=1000)
    async with running(settings) as server:
        office = Office(server, tmp_path)
        await office.open(MENU)
        await office.publish(MENU, number=SERVICE)
        target = f"{LOOPBACK}:{server.sip.port}"
        load = Load(CALLERS, per_second=30)
        async with Sipp(
            tmp_path, "uac", target, load, SERVICE, timeout_s=150, options=("-d", "12000")
        ) as crowd:

            async def all_there() -> bool:
                return sum(load or 0 for load in server.engine.loads) == CALLERS

            await until(all_there, "sixty are in the menu")
            died, lives = (load or 0 for load in server.engine.loads)
            loop = asyncio.get_running_loop()
            begin = loop.time()
            os.kill(server.engine.pids[0] or 0, signal.SIGKILL)
            next_one = await run_sipp(tmp_path, "uac", target, service=HOTLINE, timeout_s=60)
            took_s = loop.time() - begin
            sys.stdout.write(f"killed to the next call's end: {took_s * 1000:.0f} ms\n")
            assert next_one.is_clean, next_one.errors
            assert took_s < BOUND_S
            done = await crowd.outcome()
        assert (done.successful, done.failed) == (lives, died), done.errors[:1000]

        async def all_closed() -> bool:
            closed: int = await pool.fetchval("select count(*) from call where closed_at is not null")
            return closed == CALLERS + 1

        await until(all_closed, "every call is closed", timeout_s=PATIENCE_S)
        rows = await pool.fetch("select result, reason from call")
        assert Counter(tuple(row) for row in rows) == {
            ("failed", "media_engine_lost"): died,
            ("left_in_menu", "customer_hung_up"): lives + 1,
        }
        told = await pool.fetch("select outcome, count(*) as n from session group by outcome")
        assert dict(tuple(row) for row in told) == {"failed": died, "left_in_menu": lives + 1}
        assert all(server.engine.pids), "the dead one was replaced"
