"""The event loop of the server's own process, and how it collects garbage there."""

import asyncio
import gc
import importlib.util
from collections.abc import Callable
from typing import Final

GC_THRESHOLDS: Final = (10_000, 3, 3)
"""Most objects of a call go with it; some dozens hold one another and wait to be found. At a hundred short calls a second
on two cores the newest objects are looked through about once a second, in 6 to 13 ms, and all of them every quarter
of a minute, in 0.1 to 0.25 s. Looking less often makes the long pause longer: 440,000 objects waited by then, where
260,000 do now."""


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where it is installed (the extra `speed`), else None: asyncio's own."""
    if importlib.util.find_spec("uvloop") is None:
        return None
    import uvloop

    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def calm_collector() -> None:
    """What was loaded to start stays for good and is never looked at again; the rest is looked at less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
