"""Many callers, one statement: who goes together, and whose fault stays whose."""

import asyncio
from collections.abc import Sequence

import pytest

from threadline.db.gathered import AT_ONCE, LARGEST, Gathered

pytestmark = pytest.mark.unit


class Desk:
    """Doubles numbers once it is opened; refuses what is negative, with everything it was asked together with."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.is_open = asyncio.Event()

    async def work(self, asked: Sequence[int]) -> list[int]:
        self.groups.append(list(asked))
        await self.is_open.wait()
        if any(one < 0 for one in asked):
            raise ValueError("negative")
        return [2 * one for one in asked]


async def ask_all(gathered: Gathered[int, int], numbers: Sequence[int]) -> list[int | BaseException]:
    async with asyncio.TaskGroup() as tasks:
        asking = [tasks.create_task(_outcome(gathered, one), name=f"asks {one}") for one in numbers]
    return [task.result() for task in asking]


async def _outcome(gathered: Gathered[int, int], number: int) -> int | BaseException:
    try:
        return await gathered.ask(number)
    except ValueError as exc:
        return exc


async def opened_later(desk: Desk, callers: int) -> None:
    for _ in range(callers + 5):
        await asyncio.sleep(0)
    desk.is_open.set()


async def test_one_alone_waits_for_nobody() -> None:
    desk = Desk()
    desk.is_open.set()
    assert await Gathered(desk.work).ask(4) == 8
    assert desk.groups == [[4]]


async def test_whoever_comes_meanwhile_goes_together_and_hears_his_own_answer() -> None:
    desk = Desk()
    gathered = Gathered(desk.work)
    async with asyncio.TaskGroup() as tasks:
        answers = tasks.create_task(ask_all(gathered, range(10)), name="everybody")
        tasks.create_task(opened_later(desk, 10), name="doors open")
    assert answers.result() == [2 * n for n in range(10)]
    assert len(desk.groups) <= 2 * AT_ONCE, "the first ones alone, the others together"


async def test_a_group_is_never_larger_than_one_statement_should_be() -> None:
    desk = Desk()
    gathered = Gathered(desk.work)
    async with asyncio.TaskGroup() as tasks:
        answers = tasks.create_task(ask_all(gathered, range(3 * LARGEST)), name="everybody")
        tasks.create_task(opened_later(desk, 10), name="doors open")
    assert answers.result() == [2 * n for n in range(3 * LARGEST)]
    assert max(len(group) for group in desk.groups) <= LARGEST


async def test_one_question_nobody_can_answer_is_its_askers_own() -> None:
    desk = Desk()
    gathered = Gathered(desk.work)
    async with asyncio.TaskGroup() as tasks:
        answers = tasks.create_task(ask_all(gathered, [1, 2, 3, -4, 5, 6]), name="everybody")
        tasks.create_task(opened_later(desk, 6), name="doors open")
    found = answers.result()
    assert isinstance(found[3], ValueError)
    assert [one for one in found if not isinstance(one, ValueError)] == [2, 4, 6, 10, 12]


async def test_whoever_gives_up_takes_nobody_with_him() -> None:
    desk = Desk()
    gathered = Gathered(desk.work)
    async with asyncio.TaskGroup() as tasks:
        asking = [tasks.create_task(gathered.ask(n), name=f"asks {n}") for n in range(6)]
        await asyncio.sleep(0)
        asking[0].cancel()  # who leads
        asking[3].cancel()  # who waits
        tasks.create_task(opened_later(desk, 6), name="doors open")
    assert [task.result() for task in asking if not task.cancelled()] == [2, 4, 8, 10]
    assert await gathered.ask(7) == 14, "and the next one is served"


async def test_the_patient_wait_for_company() -> None:
    desk = Desk()
    desk.is_open.set()
    gathered = Gathered(desk.work, patience_s=0.001)
    assert await ask_all(gathered, range(5)) == [0, 2, 4, 6, 8]
    assert desk.groups == [[0, 1, 2, 3, 4]]


async def test_the_patient_who_gives_up_leaves_the_others_theirs() -> None:
    desk = Desk()
    desk.is_open.set()
    gathered = Gathered(desk.work, patience_s=0.001)
    async with asyncio.TaskGroup() as tasks:
        asking = [tasks.create_task(gathered.ask(n), name=f"asks {n}") for n in range(3)]
        await asyncio.sleep(0)
        asking[0].cancel()
    assert [task.result() for task in asking if not task.cancelled()] == [2, 4]
