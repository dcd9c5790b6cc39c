"""Every statement of this room is one PostgreSQL accepts, and the two an agent waits for use their indexes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import omnichannel
from threadline.db.pool import Pool
from threadline.db.queries import load_queries

pytestmark = pytest.mark.integration

ROOM = Path(omnichannel.__file__).parent
FILES = sorted(ROOM.rglob("queries.sql"))
ROWS = """
insert into agent (id, login, role, display_name) values (gen_random_uuid(), 'an', 'agent', 'An');
insert into contact (public_id, kind, display_name, created_at) select gen_random_uuid(), 1, 'C' || n, now()
    from generate_series(1, 5000) n;
insert into contact_identity (contact_id, kind, value, trust, first_seen, last_seen)
    select id, k, k || id, 1, now(), now() from contact, unnest(array['phone', 'email']) k;
insert into thread (public_id, contact_id) select gen_random_uuid(), id from contact;
insert into work_item (thread_id, opened_at, status) select id, now(), id % 5 from thread;
insert into interaction (thread_id, kind, channel, direction, actor_kind, actor_id, occurred_at, preview)
    select 1 + n % 200, 'message', 'chat', 'in', 'agent', (select id from agent), now() - n * interval '1 second', 'Hi'
    from generate_series(1, 6000) n;
insert into interaction_body (interaction_id, text) select id, 'Hello' from interaction;
"""


async def test_every_statement_can_be_prepared(pool: Pool) -> None:
    statements = [(path, name, sql) for path in FILES for name, sql in load_queries(path).items()]
    assert len(statements) > 60
    async with pool.acquire() as link:
        for path, name, sql in statements:
            try:
                await link.prepare(sql)
            except asyncpg.PostgresError as exc:
                pytest.fail(f"{path.relative_to(ROOM)}: {name}: {exc}")


@pytest.mark.parametrize("is_vacuumed", [True, False])
@pytest.mark.parametrize(
    ("name", "indexes"),
    [
        ("timeline", {"interaction_timeline", "interaction_body_pkey", "thread_public_id_key"}),
        (
            "pop",
            {
                "interaction_timeline",
                "interaction_body_pkey",
                "thread_public_id_key",
                "contact_identity_contact",
            },
        ),
    ],
)
async def test_what_an_agent_waits_for_is_read_in_order_from_the_indexes(
    pool: Pool, name: str, indexes: set[str], is_vacuumed: bool
) -> None:
    sql = load_queries(ROOM / "queries.sql")[name]
    async with pool.acquire() as link:
        await link.execute(ROWS)
        await link.execute("vacuum analyze" if is_vacuumed else "analyze")
        thread = await link.fetchval("select public_id from thread where id = 7")
        arguments = (
            f"'{thread}'" if name == "pop" else f"'{thread}', 'infinity', 9223372036854775807, 50, null"
        )
        types = "uuid" if name == "pop" else "uuid, timestamptz, bigint, integer, text"
        await link.execute(f"prepare guarded ({types}) as {sql}")
        for mode in ("force_generic_plan", "force_custom_plan"):
            await link.execute(f"set plan_cache_mode = {mode}")
            plan = await link.fetchval(f"explain (format json) execute guarded({arguments})")
            nodes = list(_nodes(plan[0]["Plan"]))
            assert not [node["Node Type"] for node in nodes if "Sort" in node["Node Type"]]
            assert indexes <= {node.get("Index Name") for node in nodes}
            scanned = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
            assert not scanned & {"interaction", "interaction_body", "contact_identity", "contact", "thread"}


async def test_what_every_pass_of_the_router_asks_reads_no_case_that_is_closed(pool: Pool) -> None:
    statements = load_queries(ROOM / "routing/digital/queries.sql")
    async with pool.acquire() as link:
        await link.execute(ROWS)
        await link.execute(
            """update work_item set owner_agent_id = (select id from agent), status = case id % 100 when 0 then 1 else 3 end"""
        )
        await link.execute("vacuum analyze")
        for name in ("waiting_cases", "in_hand", "silent", "deserted"):
            plan = await link.fetchval(f"explain (format json) {statements[name].replace('$1', 'now()')}")
            nodes = _nodes(plan[0]["Plan"])
            scanned = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
            assert "work_item" not in scanned, name


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)
