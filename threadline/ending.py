"""How tasks that run for ever end: cancelled until they are over.

A cancellation can be lost where a library's wait ends in the very moment it arrives (asyncio.wait_for of Python 3.11
returns its result then), and the loop around it would go on for ever.
"""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from typing import Any, Final

log = logging.getLogger(__name__)

PATIENCE_S: Final = 5.0


async def end(task: "asyncio.Task[None]", patience_s: float = PATIENCE_S) -> None:
    """Returns once it is over. `patience_s`: how long it may take to leave before it is asked again."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=patience_s)
        if not task.done():
            log.warning("a task clings on", extra={"task": task.get_name()})


async def end_all(tasks: "Iterable[asyncio.Task[None]]", patience_s: float = PATIENCE_S) -> None:
    """As `end`, of all of them at once."""
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=patience_s)
        for task in running:
            log.warning("a task clings on", extra={"task": task.get_name()})


def heed() -> None:
    """For a loop, after a library's wait: raises CancelledError where one got lost in it."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def run_together(**runs: Coroutine[Any, Any, None]) -> None:
    """All of them, by name, until cancelled, or until one fails: then the others end too."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(run, name=name) for name, run in runs.items()]
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            for task in running:
                await end(task)
