"""The connection pool. JSON columns arrive and leave as Python values."""

import asyncio
import json
import logging
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg

if TYPE_CHECKING:
    Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
    Connection: TypeAlias = (
        "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
    )
else:  # only the type checker knows what rows they give; at run time they may stand in unions
    Pool = asyncpg.Pool
    Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

log = logging.getLogger(__name__)

CLOSE_LIMIT_S: Final = 5.0

Row: TypeAlias = "asyncpg.Record"
# A store's callers that can go on without the database catch these. The internal error is what asyncpg says
# of an idle connection to which a dying server has just sent its last words.
DATABASE_TROUBLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

PLANNING: Final = {
    "random_page_cost": "1.1",  # solid-state disks: an ordered index beats fetching a thread to sort it
    "jit": "off",  # compiling takes longer than any statement of ours
    "max_parallel_workers_per_gather": "0",  # starting one takes longer than most statements, and the cores are for calls
    "plan_cache_mode": "force_generic_plan",  # planned once a connection: no plan of ours hangs on a value
}


async def open_pool(dsn: str, *, max_size: int = 10, node: str = "") -> Pool:
    """A ready pool on `dsn`; rows that belong to one server say `node`. The caller closes it."""
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=max_size,
        init=_speak_json,
        reset=_leave_as_is,
        server_settings={**PLANNING, "threadline.node": node},
    )


async def close_pool(pool: Pool, limit_s: float = CLOSE_LIMIT_S) -> None:
    """Closes it; connections nobody gives back in time are cut, so that whoever keeps one keeps no server.

    What such a connection was doing is rolled back by the database. The tasks still there are named in the log.
    """
    try:
        async with asyncio.timeout(limit_s):
            await pool.close()
    except TimeoutError:  # cancelled, close() has cut what was left already
        busy = sorted({task.get_name() for task in asyncio.all_tasks()})
        log.error("database connections were not given back", extra={"limit_s": limit_s, "tasks": busy})


async def _speak_json(link: "asyncpg.Connection[asyncpg.Record]") -> None:
    for name in ("json", "jsonb"):
        await link.set_type_codec(name, schema="pg_catalog", encoder=json.dumps, decoder=json.loads)


async def _leave_as_is(link: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Nothing of ours outlives a transaction in its session, so giving a connection back costs no round trip.

    Locks are the transaction's, settings come with the connection, and asyncpg itself rolls back what was left
    open. Who listens on a connection resets it before giving it back, as pgqueuer does.
    """


async def look(link: "Pool | Connection") -> tuple[str, datetime]:
    """The server's version and what its clock says."""
    row = await link.fetchrow("select current_setting('server_version'), clock_timestamp()")
    assert row is not None
    return row[0], row[1]
