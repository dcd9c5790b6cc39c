"""The embedded server: what a fresh machine starts on."""

import pytest

from threadline.db.pool import Pool

pytestmark = pytest.mark.integration


async def test_vietnamese_text_is_lowered_and_found_without_regard_to_case(pool: Pool) -> None:
    assert await pool.fetchval("select lower('ĐÀ NẴNG')") == "đà nẵng"


async def test_the_call_ledger_refuses_to_be_changed(pool: Pool) -> None:
    await pool.execute(
        """insert into call (id, direction, from_raw, to_number, source, started_at)
           values (gen_random_uuid(), 'inbound', 'x', '1900', 'trunk:a', now())"""
    )
    await pool.execute(
        "insert into call_event (call_id, at, kind, data) select id, now(), 'call.started', '{}' from call"
    )
    with pytest.raises(Exception, match="append-only"):
        await pool.execute("update call_event set kind = 'other'")
