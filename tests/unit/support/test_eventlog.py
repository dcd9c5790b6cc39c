"""Waiting for what a peer reports."""

import asyncio

import pytest

from tests.support.eventlog import EventLog

pytestmark = pytest.mark.unit


async def test_taking_twice_gives_two_events() -> None:
    log: EventLog[str] = EventLog("peer")
    log.add("ring")
    log.add("ring")
    for _ in range(2):
        assert await log.take(lambda one: one == "ring", timeout_s=1, what="ring") == "ring"
    with pytest.raises(TimeoutError, match="no ring"):
        await log.take(lambda one: one == "ring", timeout_s=0.01, what="ring")


async def test_one_event_wakes_one_taker_and_every_finder() -> None:
    log: EventLog[int] = EventLog("peer")
    async with asyncio.TaskGroup() as tasks:
        takers = [tasks.create_task(log.take(lambda n: n > 0, timeout_s=1, what="number")) for _ in range(2)]
        finder = tasks.create_task(log.find(lambda n: n > 0, timeout_s=1, what="number"))
        await asyncio.sleep(0)
        log.add(1)
        log.add(2)
    assert sorted(taker.result() for taker in takers) == [1, 2]
    assert finder.result() == 1


async def test_whoever_waits_for_a_source_that_closes_is_told() -> None:
    log: EventLog[str] = EventLog("peer")
    asyncio.get_running_loop().call_soon(log.close, "ended with code 1")
    with pytest.raises(ConnectionError, match="ended with code 1"):
        await log.find(lambda one: True, timeout_s=1, what="anything")
