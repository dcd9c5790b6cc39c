"""Tasks that cling on end all the same."""

import asyncio
from contextlib import suppress

import pytest

from threadline.ending import end, end_all, heed, run_together

pytestmark = pytest.mark.unit


async def clinging(lost: list[int]) -> None:
    """Loses its first cancellations, as a loop around a library's wait may."""
    while True:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            if not lost:
                raise
            lost.pop()


async def test_a_lost_cancellation_is_asked_for_again() -> None:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(clinging([1, 2]), name="clinging")
        await asyncio.sleep(0)
        await end(task, patience_s=0.01)
    assert task.cancelled()


async def test_all_of_them_are_asked_until_the_last_has_ended() -> None:
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(clinging([1] * lost), name=f"clinging {lost}") for lost in range(3)]
        await asyncio.sleep(0)
        await end_all(running, patience_s=0.01)
    assert all(task.cancelled() for task in running)


async def test_a_loop_that_heeds_ends_by_a_cancellation_its_library_lost() -> None:
    async def looping() -> None:
        while True:
            with suppress(asyncio.CancelledError):  # as wait_for of Python 3.11 may
                await asyncio.get_running_loop().create_future()
            heed()

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(looping(), name="looping")
        await asyncio.sleep(0)
        task.cancel()
    assert task.cancelled()


async def test_those_that_run_together_end_together() -> None:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(run_together(one=clinging([]), other=clinging([])), name="both")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await end(task)
    assert task.cancelled()


async def test_one_that_fails_ends_the_others() -> None:
    async def fails() -> None:
        raise ValueError

    with pytest.raises(ExceptionGroup):
        await run_together(one=clinging([]), other=fails())
