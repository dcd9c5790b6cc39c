"""The machine: Python, programs, disk, limits, clock."""

import os
import platform
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from threadline.cli.doctor.finding import Finding, fail, ok, warn
from threadline.config import Settings
from threadline.db.cluster import pg_bindir
from threadline.db.errors import DatabaseUnavailable

ROOT: Final = Path(__file__).resolve().parents[3]
OLDEST_PYTHON: Final = (3, 11)
GIB: Final = 1 << 30
RECORDED_HOUR: Final = 3600 * 16_000  # bytes: stereo mu-law at 8 kHz
DISK_WARN, DISK_FAIL = 5 * GIB, GIB // 2
FILES_WARN: Final = 4096  # two RTP sockets and their RTCP neighbours for each bridged call
RELEASED: Final = 2026


def python() -> Finding:
    version = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        return fail(
            f"Python {version}", "Python 3.11 or newer is needed: apt-get install python3 python3-venv"
        )
    return ok(f"Python {version} on {platform.machine()}")


def programs(settings: Settings) -> Iterator[Finding]:
    """What is started besides Python itself."""
    if settings.database_url:
        return
    if shutil.which("setpriv") is None:
        yield fail(
            "setpriv is missing", "apt-get install util-linux, or use a database of your own (--database-url)"
        )
    try:
        postgres = pg_bindir() / "postgres"
        told = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True, timeout=10)  # noqa: S603
    except (DatabaseUnavailable, OSError, subprocess.SubprocessError) as exc:
        yield fail(
            f"the embedded PostgreSQL does not run ({type(exc).__name__})",
            "make setup, or use --database-url",
        )
    else:
        yield ok(f"{told.stdout.strip()} (embedded)")


def disk(settings: Settings) -> Iterator[Finding]:
    for folder in dict.fromkeys((settings.data_dir, settings.recordings_dir)):
        place = next(parent for parent in (folder, *folder.parents) if parent.exists())
        if not os.access(place, os.W_OK):
            yield fail(
                f"{place} can't be written",
                f"give this user the right to it, or set another folder than {folder}",
            )
            continue
        free = shutil.disk_usage(place).free
        fact = f"{free / GIB:.1f} GiB free for {folder}: {free // RECORDED_HOUR:,} hours of recorded calls"
        if free < DISK_FAIL:
            yield fail(fact, "free some space or choose another folder")
        elif free < DISK_WARN:
            yield warn(fact, "recordings stop when the disk is full")
        else:
            yield ok(fact)


def open_files() -> Finding:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = hard if soft == resource.RLIM_INFINITY else soft
    if 0 <= allowed < FILES_WARN:
        return warn(
            f"{allowed} open files allowed, about {allowed // 6} calls",
            "ulimit -n 65536, or LimitNOFILE= in the service",
        )
    return ok(f"{allowed} open files allowed")


def clock(now: datetime) -> Finding:
    if now.year < RELEASED:
        return fail(f"the clock says {now:%Y-%m-%d}", "set it: timestamps, leases and sessions depend on it")
    return ok(f"the clock says {now:%Y-%m-%d %H:%M:%S} UTC")
