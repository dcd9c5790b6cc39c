"""Databases of a test's own, copied from the one that holds the migrated schema."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from threadline.db.embedded import EmbeddedPostgres

_numbers = itertools.count(1)


@asynccontextmanager
async def fresh_database(server: EmbeddedPostgres) -> AsyncIterator[str]:
    """The URL of a database with the whole schema and no rows; leaving drops it, whoever is still connected.

    Copied file by file: without fsync that costs half of writing every page to the log as well.
    """
    name = f"test_{next(_numbers)}"
    admin = await asyncpg.connect(server.dsn_of("postgres"))
    try:
        await admin.execute(f"create database {name} template threadline strategy file_copy")
        yield server.dsn_of(name)
        await admin.execute(f"drop database {name} with (force)")
    finally:
        await admin.close()
