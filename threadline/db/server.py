"""The database of one start: an outside PostgreSQL by URL, or the embedded one in the data directory.

`open_database` is for a server, `reach_database` for a command that may run beside one.
"""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Protocol

import asyncpg

from threadline.db.embedded import EmbeddedPostgres
from threadline.db.errors import DatabaseUnavailable, DataDirInUse
from threadline.db.migrate import migrate

OLDEST_VERSION = 17
WAIT_S = 30.0
RETRY_S = 0.2
LETS_GO_S = 10.0
LOCK_NAME = "threadline.lock"


class DatabaseSettings(Protocol):
    """What is read of the settings."""

    @property
    def data_dir(self) -> Path: ...

    @property
    def database_url(self) -> str | None: ...


@contextlib.asynccontextmanager
async def open_database(settings: DatabaseSettings) -> AsyncIterator[str]:
    """The URL of the migrated database, this process alone being the server of its data directory.

    Raises DataDirInUse when another one is, DatabaseUnavailable when PostgreSQL can't be started or reached.
    """
    with contextlib.ExitStack() as held:
        await _own_alone(settings.data_dir, held)
        if settings.database_url:
            await await_server(settings.database_url)
            await migrate(settings.database_url)
            yield settings.database_url
        else:
            async with _embedded(settings.data_dir) as dsn:
                yield dsn


@contextlib.asynccontextmanager
async def reach_database(settings: DatabaseSettings) -> AsyncIterator[str]:
    """The URL of the migrated database, for a command: a running server's own, else started for the moment."""
    if settings.database_url:
        await await_server(settings.database_url)
        await migrate(settings.database_url)
        yield settings.database_url
        return
    with contextlib.ExitStack() as held:
        running = await _own_or_find(settings.data_dir, held)
        if running:
            await await_server(running)
            yield running
        else:
            async with _embedded(settings.data_dir) as dsn:
                yield dsn


async def await_server(dsn: str) -> None:
    """Returns once the server answers. Raises DatabaseUnavailable after WAIT_S, or when it is too old."""
    deadline = asyncio.get_running_loop().time() + WAIT_S
    while True:
        try:
            link = await asyncpg.connect(dsn, timeout=5)
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError) as exc:
            if asyncio.get_running_loop().time() > deadline:
                raise DatabaseUnavailable(f"the database does not answer: {type(exc).__name__}") from exc
            await asyncio.sleep(RETRY_S)
        except asyncpg.PostgresError as exc:
            raise DatabaseUnavailable(f"the database refused us: {exc}") from exc
        else:
            version = link.get_server_version()
            await link.close()
            if version.major < OLDEST_VERSION:
                raise DatabaseUnavailable(
                    f"the database is PostgreSQL {version.major}; {OLDEST_VERSION} or newer is needed"
                )
            return


@contextlib.asynccontextmanager
async def _embedded(data_dir: Path) -> AsyncIterator[str]:
    server = EmbeddedPostgres(data_dir)
    try:
        dsn = await server.start()
        await migrate(dsn)
        yield dsn
    finally:
        await server.stop()


async def _own_or_find(data_dir: Path, held: contextlib.ExitStack) -> str | None:
    """Takes the directory's lock into `held` and returns None, or the URL of the server that has it.

    Another command gives the directory back soon, so it is waited for; a server that has only just
    started has not left its mark yet.
    """
    deadline = asyncio.get_running_loop().time() + WAIT_S
    while True:
        try:
            held.enter_context(_own(data_dir, "command"))
        except DataDirInUse as exc:
            running = EmbeddedPostgres(data_dir).dsn_of_running() if exc.role == "server" else None
            if running or asyncio.get_running_loop().time() > deadline:
                return running
            await asyncio.sleep(RETRY_S)
        else:
            return None


async def _own_alone(data_dir: Path, held: contextlib.ExitStack) -> None:
    """Takes the directory's lock into `held`.

    A program that a killed server was just starting has the lock until it runs: that moment is waited for.
    """
    deadline = asyncio.get_running_loop().time() + LETS_GO_S
    while True:
        try:
            held.enter_context(_own(data_dir, "server"))
        except DataDirInUse as exc:
            if _lives(exc.pid) or asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(RETRY_S)
        else:
            return


def _lives(pid: str) -> bool:
    """Whether there is such a process, whosever it is."""
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


@contextlib.contextmanager
def _own(data_dir: Path, role: str) -> Iterator[None]:
    """Holds the directory's lock, which the kernel takes back when this process ends, however it ends."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / LOCK_NAME).open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            lock.seek(0)
            holder, _, pid = lock.read().strip().partition(" ")
            raise DataDirInUse(data_dir, holder, pid) from exc
        lock.truncate(0)
        lock.write(f"{role} {os.getpid()}\n")
        lock.flush()
        yield
