"""A real PostgreSQL run in the data directory as our own child.

It listens on a Unix socket only, asks for a SCRAM password, and ends with this process even when that is
killed: `setpriv --pdeathsig` makes the kernel send SIGINT, PostgreSQL's fast shutdown. When the server is the
one that is killed it is started again, and pools connect anew by themselves.
"""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import asyncpg

from threadline.db.cluster import SUPERUSER, Cluster, as_service_user, give_to_service_user, pg_bindir
from threadline.db.errors import DatabaseUnavailable

log = logging.getLogger(__name__)

DATABASE = "threadline"
SOCKET_PATH_MAX = 90  # sun_path holds 107 bytes, less the socket's own name
START_TIMEOUT_S = 30.0
RETRY_S = 0.2
RETRY_MAX_S = 5.0


class EmbeddedPostgres:
    """One cluster in `data_dir`/postgres. `start` creates it on first use; `stop` is a fast shutdown."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        """`durable=False` turns fsync off: for tests, whose data nobody will miss."""
        self._cluster = Cluster(data_dir)
        self._durable = durable
        self._socket_dir = self._cluster.folder
        self._child: _Child | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._retry_s = RETRY_S

    @property
    def dsn(self) -> str:
        """A URL that asyncpg takes, for the product's own database."""
        return self.dsn_of(DATABASE)

    def dsn_of(self, database: str) -> str:
        folder = quote(str(self._socket_dir), safe="")
        return f"postgresql://{SUPERUSER}:{self._cluster.password}@/{database}?host={folder}"

    def dsn_of_running(self) -> str | None:
        """The URL of the server that another process runs on this folder; None when there is no sign of one."""
        folder = self._cluster.socket_dir_of_running()
        if folder is None:
            return None
        self._socket_dir = folder
        return self.dsn

    async def start(self) -> str:
        """Starts the server and returns `dsn`. Raises DatabaseUnavailable with the tail of its log."""
        await asyncio.to_thread(self._cluster.create)
        if len(str(self._socket_dir)) > SOCKET_PATH_MAX:
            self._socket_dir = Path(tempfile.mkdtemp(prefix="threadline-pg-"))
            give_to_service_user(self._socket_dir)
        self._cluster.disown_stale_locks()
        self._spawn()
        deadline = asyncio.get_running_loop().time() + START_TIMEOUT_S
        while True:
            try:
                await self._make_database()
            except (OSError, asyncpg.PostgresError) as exc:
                if asyncio.get_running_loop().time() > deadline:
                    await self.stop()
                    raise DatabaseUnavailable(
                        f"PostgreSQL did not start: {self._cluster.log_tail()}"
                    ) from exc
                await asyncio.sleep(RETRY_S)
            else:
                self._retry_s = RETRY_S
                return self.dsn

    async def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
        if self._retry is not None:
            self._retry.cancel()
        if self._child is not None:
            await self._child.stop()
            self._child = None
        if self._socket_dir != self._cluster.folder:
            shutil.rmtree(self._socket_dir, ignore_errors=True)
            self._socket_dir = self._cluster.folder

    async def _make_database(self) -> None:
        link = await asyncpg.connect(self.dsn_of("postgres"), timeout=5)
        try:
            with contextlib.suppress(asyncpg.DuplicateDatabaseError):
                await link.execute(f"create database {DATABASE}")
        finally:
            await link.close()

    def _spawn(self) -> None:
        self._child = _Child(self._command(), self._cluster.log, self._ended_unasked)

    def _ended_unasked(self, code: int) -> None:
        """Starts it again. After a kill -9 the old server's children hold on for a second or two, and each
        new one gives up at once until they are gone."""
        log.warning(
            "database server ended, starting it again", extra={"code": code, "after_s": self._retry_s}
        )
        self._retry = asyncio.get_running_loop().call_later(self._retry_s, self._spawn)
        self._retry_s = min(self._retry_s * 2, RETRY_MAX_S)

    def _command(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "shared_buffers": "128MB",
            "max_connections": "100",
            "autovacuum_naptime": "10s",  # a new shop's tables are counted before plans for empty ones hurt
        }
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        folder, sockets = str(self._cluster.folder), str(self._socket_dir)
        return [*as_service_user(), str(pg_bindir() / "postgres"), "-D", folder, "-k", sockets, *options]


class _Child:
    """A running server and the watch on its end."""

    def __init__(self, command: list[str], log_file: Path, on_end: Callable[[int], None]) -> None:
        with log_file.open("ab") as sink:
            self._process = subprocess.Popen(  # noqa: S603  # our own binary, fixed arguments
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, cwd="/",
                start_new_session=True,  # Ctrl-C in a terminal is ours to handle, in order
            )  # fmt: skip
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._watch: int | None = os.pidfd_open(self._process.pid)
        self._loop.add_reader(self._watch, self._ended)

    async def stop(self) -> None:
        self._unwatch()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            await asyncio.to_thread(self._process.wait)

    def _ended(self) -> None:
        self._unwatch()
        self._on_end(self._process.wait())

    def _unwatch(self) -> None:
        if self._watch is not None:
            if not self._loop.is_closed():
                self._loop.remove_reader(self._watch)
            os.close(self._watch)
            self._watch = None
