"""Every statement of every queries.sql stands on the migrated schema, and the schema can go back and forth."""

from pathlib import Path

import asyncpg
import pytest

from threadline.db.migrate import migrate, roll_back
from threadline.db.queries import parse_queries

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("threadline", "telephony", "ivr_flows", "omnichannel", "recordings", "web")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("queries.sql"))
CATALOGUE = """
    select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
    from information_schema.columns where table_schema = 'public' and table_name <> 'schema_migrations'
    union all select indexdef from pg_indexes where schemaname = 'public' and tablename <> 'schema_migrations'
    union all select conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace and conrelid <> 'schema_migrations'::regclass
    union all select proname from pg_proc where pronamespace = 'public'::regnamespace
    order by 1
"""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
async def test_every_named_query_can_be_prepared(path: Path, dsn: str) -> None:
    link = await asyncpg.connect(dsn)
    faults = []
    for query in parse_queries(path.read_text("utf-8"), str(path)):
        try:
            await link.prepare(query.sql)
        except asyncpg.PostgresError as exc:
            faults.append(f"{query.name}: {exc}")
    await link.close()
    assert not faults


async def test_the_schema_is_the_same_after_going_back_and_forth(dsn: str) -> None:
    link = await asyncpg.connect(dsn)
    before = [row[0] for row in await link.fetch(CATALOGUE)]
    for _ in await link.fetch("select version from schema_migrations"):
        await roll_back(dsn)
    assert [row[0] for row in await link.fetch(CATALOGUE)] == []
    await migrate(dsn)
    assert [row[0] for row in await link.fetch(CATALOGUE)] == before
    await link.close()


async def test_tables_with_rows_nobody_has_counted_are_counted_at_the_start_and_empty_ones_left_alone(
    dsn: str,
) -> None:
    link = await asyncpg.connect(dsn)
    counted = (
        "select relname::text, reltuples from pg_class where relname in ('full_one', 'empty_one') order by 1"
    )
    await link.execute(
        "create table full_one with (autovacuum_enabled = off) as select generate_series(1, 500)"
    )
    await link.execute("create table empty_one (n int)")
    await migrate(dsn)
    assert [tuple(row) for row in await link.fetch(counted)] == [("empty_one", -1), ("full_one", 500)]
    await link.close()
