"""What the figures were measured on."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def machine() -> str:
    """Cores, processor, memory, kernel, Python, and how busy the machine was with other things."""
    cores = len(os.sched_getaffinity(0))
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    load = os.getloadavg()[0]
    return (
        f"{cores} cores ({_processor()}), {memory_gb:.0f} GB memory, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}; load average at the start {load:.1f}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "Model")):
            return line.partition(":")[2].strip()
    return platform.machine()


class Cores:
    """The load on one core, the server on another, so that neither is measured by what the other leaves it.

    What is started within takes the cores over. With a single core, or when told so, both use all there are.
    """

    def __init__(self, *, apart: bool) -> None:
        self._all = sorted(os.sched_getaffinity(0))
        self.are_apart = apart and len(self._all) > 1

    @contextmanager
    def of_server(self) -> Iterator[None]:
        with self._only(self._all[-1]):
            yield

    @contextmanager
    def of_load(self) -> Iterator[None]:
        with self._only(self._all[0]):
            yield

    @contextmanager
    def _only(self, core: int) -> Iterator[None]:
        if self.are_apart:
            os.sched_setaffinity(0, {core})
        try:
            yield
        finally:
            os.sched_setaffinity(0, self._all)
