"""The ledger over a store that is away, comes back, or refuses a row for what is in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest

from telephony import ledger as module
from telephony.errors import RowsRefused
from telephony.ledger import Ledger
from telephony.store import Batch, TelephonyStore
from threadline.db.errors import DatabaseUnavailable
from threadline.kernel.events import Bus, CallEvent, CallEventKind
from threadline.kernel.ids import CallId

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
POISON = "\x00"


@pytest.fixture(autouse=True)
def _in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0)
    monkeypatch.setattr(module, "GATHER_S", 0)


class Shelf(TelephonyStore):
    """Keeps what is written; away `away` times; never takes an event that holds POISON."""

    def __init__(self, away: int = 0) -> None:
        self.away = away
        self.tries = 0
        self.kept: list[CallEvent] = []
        self.tried = asyncio.Event()

    async def write(self, batch: Batch) -> None:
        self.tries += 1
        self.tried.set()
        if self.away:
            self.away -= 1
            raise DatabaseUnavailable
        if any(POISON in str(event.data["step"]) for event in batch.events):
            raise RowsRefused
        self.kept += batch.events


def step(name: str, call: int = 1) -> CallEvent:
    return CallEvent(CallId(UUID(int=call)), NOON, CallEventKind.STEP, {"step": name})


@asynccontextmanager
async def at_work(shelf: Shelf) -> AsyncIterator[tuple[Ledger, list[str]]]:
    """A ledger that runs, and the steps that were published."""
    bus, told = Bus(), list[str]()
    bus.subscribe(CallEvent, lambda event: told.append(str(event.data["step"])))
    kept = Ledger(shelf, bus)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(kept.run(), name="ledger")
        try:
            yield kept, told
        finally:
            kept.close()


async def test_what_is_noted_is_published_once_it_is_on_disk_and_in_order() -> None:
    shelf = Shelf()
    async with at_work(shelf) as (ledger, told):
        for name in "abc":
            ledger.note(step(name))
        assert told == []
        await ledger.settle()
        assert told == ["a", "b", "c"]
    assert [event.data["step"] for event in shelf.kept] == ["a", "b", "c"]


async def test_a_database_that_is_away_delays_and_loses_nothing() -> None:
    shelf = Shelf(away=3)
    async with at_work(shelf) as (ledger, told):
        ledger.note(step("a"))
        settled = ledger.settle()
        ledger.note(step("b"))
        await settled
        assert told == ["a", "b"]
    assert shelf.tries >= 4


async def test_a_row_no_table_takes_is_left_out_and_keeps_nobody_waiting() -> None:
    shelf = Shelf()
    async with at_work(shelf) as (ledger, told):
        ledger.note(step("a", call=1))
        ledger.note(step(POISON, call=2))
        ledger.note(step("b", call=3))
        await ledger.settle()
        assert told == ["a", "b"], "what is not on disk is not news"
    assert [event.data["step"] for event in shelf.kept] == ["a", "b"]


async def test_a_row_is_found_out_even_while_the_database_comes_and_goes() -> None:
    class Flickering(Shelf):
        async def write(self, batch: Batch) -> None:
            self.away = self.tries % 2
            await super().write(batch)

    shelf = Flickering()
    async with at_work(shelf) as (ledger, told):
        for name in ("a", POISON, "b"):
            ledger.note(step(name))
        await ledger.settle()
        assert told == ["a", "b"]


async def test_closing_writes_what_is_left() -> None:
    shelf = Shelf()
    async with at_work(shelf) as (ledger, _):
        ledger.note(step("last"))
    assert [event.data["step"] for event in shelf.kept] == ["last"]


async def test_closing_without_a_database_ends_and_tells_those_who_wait() -> None:
    shelf = Shelf(away=1_000_000)
    async with at_work(shelf) as (ledger, told):
        ledger.note(step("a"))
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(_is_refused(ledger), name="waiting")
            await shelf.tried.wait()
            ledger.close()
            assert await waiting
    assert told == []


async def _is_refused(ledger: Ledger) -> bool:
    with pytest.raises(DatabaseUnavailable):
        await ledger.settle()
    return True
