"""Fixtures every test may use: a fresh real database, and the watch on leaked tasks."""

import asyncio
import inspect
import shutil
import sys
import tempfile
import traceback
from asyncio import constants
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.databases import fresh_database
from threadline.db.embedded import EmbeddedPostgres
from threadline.db.migrate import migrate
from threadline.db.pool import Pool, open_pool

CATEGORIES = {"unit", "contract", "integration", "e2e"}
HANGS_AFTER_S = 240.0
MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3  # bytes; a server with its copies needs a tenth of that

# asyncio's debug mode notes where every task, future and handle was made. The whole way there, through pytest's forty
# frames, costs more than most tests; the last two tell as much. The constant is for what of asyncio is Python, the
# default for what is C.
constants.DEBUG_STACK_DEPTH = 2  # type: ignore[misc]  # read at each note
traceback.extract_stack.__defaults__ = (None, 2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test says what kind it is; without a category nobody knows what it needs to run."""
    for item in items:
        if not CATEGORIES & {mark.name for mark in item.iter_markers()}:
            raise pytest.UsageError(f"{item.nodeid}: needs one of the markers {sorted(CATEGORIES)}")


def _tell_what_hangs(nodeid: str) -> None:
    """A test that waits for ever, its fixtures included, says where each of its tasks stands, and fails.

    Its tasks are cancelled: a worker process that had to be killed would leave the rest of its file to nobody.
    """
    assert sys.__stderr__ is not None
    sys.__stderr__.write(f"\n{nodeid} hangs:\n")
    for task in asyncio.all_tasks():
        task.print_stack(file=sys.__stderr__)
    for task in asyncio.all_tasks():
        task.cancel()


@pytest.fixture(autouse=True)
def _watch_its_tasks(request: pytest.FixtureRequest) -> None:
    """Of a test that is no coroutine no task can be left, and making a loop to look in takes longer than most of them."""
    if inspect.iscoroutinefunction(request.function):
        request.getfixturevalue("_fail_on_leaked_tasks")


@pytest.fixture
async def _fail_on_leaked_tasks(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    # A module whose tests take longer says so.
    limit = getattr(request.module, "HANGS_AFTER_S", HANGS_AFTER_S)
    watch = asyncio.get_running_loop().call_later(limit, _tell_what_hangs, request.node.nodeid)
    yield
    watch.cancel()
    await asyncio.sleep(0)
    leaked = {task for task in asyncio.all_tasks() - before if not task.done()}
    leaked.discard(asyncio.current_task())
    for task in leaked:
        task.cancel()
    await asyncio.gather(*leaked, return_exceptions=True)
    assert not leaked, f"tasks outlived the test: {[task.get_name() for task in leaked]}"


def _roomy_memory() -> Path | None:
    """Debian's file system in memory; None where it is missing or as small as a container's usually is."""
    is_roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
    return MEMORY if is_roomy else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One server a test process; its database `threadline` holds the migrated schema to copy from.

    In memory where there is room: a database of its own for each of a thousand tests is written and thrown away.
    """
    with tempfile.TemporaryDirectory(prefix="threadline-test-", dir=_roomy_memory()) as folder:
        server = EmbeddedPostgres(Path(folder), durable=False)

        async def start() -> None:
            await migrate(await server.start())

        asyncio.run(start())
        yield server
        asyncio.run(server.stop())


@pytest.fixture
async def dsn(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The URL of a fresh database with the whole schema and no rows."""
    async with fresh_database(postgres) as made:
        yield made


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    """A pool on a fresh database."""
    opened = await open_pool(dsn, max_size=5)
    yield opened
    await opened.close()
