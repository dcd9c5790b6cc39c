"""Errors of the database room.

ThreadlineError
└── DatabaseUnavailable     the server can't be started or reached
    └── MigrationFailed     dbmate refused
"""

from threadline.kernel.errors import ThreadlineError


class DatabaseUnavailable(ThreadlineError):
    """The database can't be started or reached."""


class MigrationFailed(DatabaseUnavailable):
    """The schema could not be brought up to date."""
