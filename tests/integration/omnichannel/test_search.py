"""The search box on a real database."""

from typing import Any

import pytest

from omnichannel.cases.service import Cases
from omnichannel.search.service import Search
from omnichannel.search.words import folded
from omnichannel.threads import Threads
from tests.integration.omnichannel.support import NOON
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import Bus
from threadline.kernel.ids import CallId, ThreadId, uuid7

pytestmark = pytest.mark.integration


@pytest.fixture
def search(pool: Pool) -> Search:
    return Search(pool)


@pytest.fixture
async def lan(threads: Threads) -> ThreadId:
    entry: Any = await threads.add_message(
        thread=None, identity=("phone", "+84901234567"), channel="sms", direction="in",
        text="Máy lạnh nhà tôi bị hỏng, điều hòa không mát", display="Nguyễn Thị Lan",
    )  # fmt: skip
    return ThreadId(entry["thread"])


async def found(search: Search, text: str) -> Any:
    return await search.find(text)


@pytest.mark.parametrize("text", ["may lanh", "MÁY LẠNH", "dieu hoa", "điều", "hong kh"])
async def test_what_was_written_is_found_without_its_accents(
    search: Search, lan: ThreadId, text: str
) -> None:
    (entry,) = (await found(search, text))["entries"]
    assert (entry["thread"], entry["contact"]["name"]) == (str(lan), "Nguyễn Thị Lan")
    assert any(is_match for _, is_match in entry["snippet"])


async def test_every_word_must_be_there(search: Search, lan: ThreadId) -> None:
    assert (await found(search, "may giat"))["entries"] == []


@pytest.mark.parametrize("text", ["nguyen lan", "Lan", "0901234567", "+84 90 123", "234567", "4567 "])
async def test_a_customer_is_found_by_name_and_number(search: Search, lan: ThreadId, text: str) -> None:
    contacts = (await found(search, text))["contacts"]
    assert [one["thread"] for one in contacts] == [str(lan)]


@pytest.mark.parametrize("text", ["%", "_______", "\\", "' & ''", "100%_'--", "zz\x00zz"])
async def test_signs_mean_nothing_but_themselves(search: Search, lan: ThreadId, text: str) -> None:
    assert (await found(search, text))["contacts"] == []


async def test_a_case_is_found_by_its_number(
    search: Search, lan: ThreadId, pool: Pool, clock: VirtualClock, bus: Bus
) -> None:
    case = await Cases(pool, clock, bus).open(lan, "Repair", agent=None)
    (hit,) = (await found(search, f"#{case['number']}"))["cases"]
    assert (hit["subject"], hit["thread"]) == ("Repair", str(lan))


async def test_the_newest_comes_first_through_all_stretches(
    search: Search, lan: ThreadId, pool: Pool, threads: Threads
) -> None:
    for number in (1 << 20, 5 << 20, 6 << 20):
        await pool.execute("select setval(pg_get_serial_sequence('interaction', 'id'), $1)", number)
        await threads.add_message(
            thread=lan, identity=None, channel="sms", direction="in", text="máy lạnh nữa"
        )
    entries = (await found(search, "may lanh"))["entries"]
    assert [int(one["id"]) for one in entries][:3] == [(6 << 20) + 1, (5 << 20) + 1, (1 << 20) + 1]
    assert len(entries) == 4


async def test_what_was_said_on_a_call_is_found(search: Search, threads: Threads, pool: Pool) -> None:
    call, recording = CallId(uuid7(NOON)), uuid7(NOON)
    caller = await threads.call_arrived(call, "+84905555555", "0905555555", "1800", "VN", NOON, "Bình")
    await pool.execute(
        "insert into call (id, direction, from_raw, to_number, source, started_at, thread_id)"
        " values ($1, 'inbound', '0905555555', '1800', 'trunk:x', $2, $3)", call, NOON, caller.thread,
    )  # fmt: skip
    await pool.execute(
        "insert into recording (id, call_id, kind, path, state, started_at) values ($1, $2, 'call', 'x', 'ready', $3)",
        recording, call, NOON,
    )  # fmt: skip
    await pool.execute(
        "insert into transcript (recording_id, state, updated_at) values ($1, 'ready', $2)", recording, NOON
    )
    await pool.execute(
        "insert into transcript_segment values ($1, 1, 'customer', 3.5, 6, 'tôi muốn trả góp', '[]')",
        recording,
    )
    (said,) = (await found(search, "tra gop"))["spoken"]
    assert (said["t0"], said["speaker"], said["contact"]["name"]) == (3.5, "customer", "Bình")


@pytest.mark.parametrize("text", ["Đường Nguyễn Huệ", "ma\u0301y LẠNH", "Übung", "ﬁx", "东京", "İstanbul"])
async def test_the_database_folds_as_we_do(pool: Pool, text: str) -> None:
    assert await pool.fetchval("select folded($1)", text) == folded(text)
