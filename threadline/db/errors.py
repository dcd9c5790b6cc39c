"""Errors of the database room.

ThreadlineError
└── DatabaseUnavailable     the server can't be started or reached
    ├── DataDirInUse        another process serves the same data directory
    └── MigrationFailed     dbmate refused
"""

from pathlib import Path

from threadline.kernel.errors import ThreadlineError


class DatabaseUnavailable(ThreadlineError):
    """The database can't be started or reached."""


class DataDirInUse(DatabaseUnavailable):
    """Another process serves this data directory. `role` is server or command; `pid` empty: unknown."""

    def __init__(self, data_dir: Path, role: str, pid: str) -> None:
        self.role = role
        self.pid = pid
        super().__init__(
            f"another {role or 'process'} (process {pid or 'unknown'}) uses {data_dir}; "
            "stop it, or give this one another --data-dir"
        )


class MigrationFailed(DatabaseUnavailable):
    """The schema could not be brought up to date."""
