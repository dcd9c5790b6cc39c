"""The job queue on a real database."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from recordings import jobs as job_room
from recordings.jobs import Jobs
from threadline.db.pool import Pool
from threadline.kernel.events import Json

pytestmark = pytest.mark.integration


@asynccontextmanager
async def working(jobs: Jobs) -> AsyncIterator[None]:
    """`jobs.run()` beside the test, stopped at its end."""
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        worker = tasks.create_task(jobs.run(), name="jobs")
        yield
        worker.cancel()


async def _add(pool: Pool, jobs: Jobs, kind: str, payload: Json, once: str | None = None) -> None:
    async with pool.acquire() as link, link.transaction():
        await jobs.enqueue(link, kind, payload, once=once)


async def _left(pool: Pool) -> int:
    return int(await pool.fetchval("select count(*) from pgqueuer"))


async def _drained(pool: Pool) -> None:
    while await _left(pool):
        await asyncio.sleep(0.02)


async def test_a_job_committed_with_its_cause_is_done_and_one_rolled_back_never_was(pool: Pool) -> None:
    jobs, done = Jobs(pool), asyncio.Queue[Json]()
    jobs.handle("note", done.put)
    with contextlib.suppress(RuntimeError):
        async with pool.acquire() as link, link.transaction():
            await jobs.enqueue(link, "note", {"n": 1})
            raise RuntimeError("rolled back")
    await _add(pool, jobs, "note", {"n": 2})
    async with working(jobs):
        assert await done.get() == {"n": 2}
        await _add(pool, jobs, "note", {"n": 3})
        assert await done.get() == {"n": 3}
        await _drained(pool)
    assert done.empty()


async def test_a_failing_job_is_tried_again_and_then_given_up(pool: Pool) -> None:
    jobs = Jobs(pool, retry_s=0.01, poll_s=0.1)
    tried: list[Json] = []
    given_up = asyncio.Queue[tuple[Json, str]]()

    async def fail(payload: Json) -> None:
        tried.append(payload)
        raise ValueError("no luck")

    async def gave_up(payload: Json, exc: Exception) -> None:
        await given_up.put((payload, str(exc)))

    jobs.handle("doomed", fail, attempts=3, gave_up=gave_up)
    await _add(pool, jobs, "doomed", {"n": 1})
    async with working(jobs):
        assert await given_up.get() == ({"n": 1}, "no luck")
        await _drained(pool)
    assert len(tried) == 3


async def test_a_second_job_with_the_same_key_is_dropped(pool: Pool) -> None:
    jobs = Jobs(pool)
    for _ in range(3):
        await _add(pool, jobs, "note", {}, once="only one")
    assert await _left(pool) == 1


async def test_a_stopping_worker_hands_its_job_back(pool: Pool) -> None:
    jobs, begun = Jobs(pool), asyncio.Event()

    async def wait_for_ever(_: Json) -> None:
        begun.set()
        await asyncio.Event().wait()

    jobs.handle("long", wait_for_ever)
    await _add(pool, jobs, "long", {"n": 1})
    async with working(jobs):
        await begun.wait()
    assert await pool.fetchval("select status::text from pgqueuer") == "queued"

    again, done = Jobs(pool), asyncio.Queue[Json]()
    again.handle("long", done.put)
    async with working(again):
        assert await done.get() == {"n": 1}
        await _drained(pool)


async def test_a_worker_stops_even_when_a_handler_clings_on(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_room, "STOP_S", 0.05)
    jobs, begun = Jobs(pool), asyncio.Event()

    async def cling(_: Json) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.Event().wait()

    jobs.handle("stubborn", cling)
    await _add(pool, jobs, "stubborn", {})
    async with working(jobs):
        await begun.wait()
    assert await _left(pool) <= 1


async def test_a_worker_finds_its_feet_again_when_the_database_drops_it(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_room, "RECONNECT_S", 0.05)
    jobs, done = Jobs(pool, poll_s=0.1), asyncio.Queue[Json]()
    jobs.handle("note", done.put)
    await _add(pool, jobs, "note", {"n": 1})
    async with working(jobs):
        assert await done.get() == {"n": 1}
        await _drained(pool)
        await pool.fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        )
        await _add(pool, jobs, "note", {"n": 2})
        assert await done.get() == {"n": 2}
        await _drained(pool)


async def test_what_is_to_happen_again_and_again_does_and_survives_a_failure(pool: Pool) -> None:
    jobs, ran = Jobs(pool, poll_s=0.1), asyncio.Queue[int]()
    count = 0

    async def tick(_: Json) -> None:
        nonlocal count
        count += 1
        await ran.put(count)
        if count == 2:
            raise ValueError("once")

    jobs.every("tick", 0.05, tick)
    async with working(jobs):
        assert [await ran.get() for _ in range(4)] == [1, 2, 3, 4]
    assert await _left(pool) == 1


async def test_only_so_many_of_a_kind_run_at_once(pool: Pool) -> None:
    jobs = Jobs(pool)
    now, most, finished = 0, 0, asyncio.Queue[None]()

    async def count(_: Json) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        await finished.put(None)

    jobs.handle("narrow", count, at_once=1)
    for n in range(5):
        await _add(pool, jobs, "narrow", {"n": n})
    async with working(jobs):
        for _ in range(5):
            await finished.get()
        await _drained(pool)
    assert most == 1


CRASHER = """
import asyncio, sys
from recordings.jobs import Jobs
from threadline.db.pool import open_pool

async def main():
    pool = await open_pool(sys.argv[1], max_size=3)
    jobs = Jobs(pool, heartbeat_s=1.0)

    async def hang(payload):
        print("taken", flush=True)
        await asyncio.Event().wait()

    jobs.handle("precious", hang)
    await jobs.run()

asyncio.run(main())
"""


async def test_a_job_survives_the_kill_of_the_process_that_took_it(pool: Pool, dsn: str) -> None:
    jobs, done = Jobs(pool, heartbeat_s=1.0, poll_s=0.1), asyncio.Queue[Json]()
    jobs.handle("precious", done.put)
    await _add(pool, jobs, "precious", {"n": 7})
    victim = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CRASHER, dsn, stdout=asyncio.subprocess.PIPE, stderr=None
    )
    assert victim.stdout is not None
    async with asyncio.timeout(30):
        assert await victim.stdout.readline() == b"taken\n"
    victim.send_signal(signal.SIGKILL)
    await victim.wait()
    assert await pool.fetchval("select status::text from pgqueuer") == "picked"
    async with working(jobs):
        assert await done.get() == {"n": 7}
        await _drained(pool)
