"""What the figures were measured on."""

import os
import platform
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
