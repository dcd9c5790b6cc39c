"""Databases that live as long as a test, or as long as the server that several tests share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from threadline.db.embedded import EmbeddedPostgres


@asynccontextmanager
async def fresh_database(postgres: EmbeddedPostgres, name: str) -> AsyncIterator[str]:
    """The URL of a database with the whole schema and no rows."""
    admin = await asyncpg.connect(postgres.dsn_of("postgres"))
    try:
        await admin.execute(f"create database {name} template threadline")
        yield postgres.dsn_of(name)
        await admin.execute(f"drop database {name} with (force)")
    finally:
        await admin.close()
