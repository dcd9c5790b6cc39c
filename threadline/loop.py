"""The event loop of the server's own process, and how it collects garbage there."""

import asyncio
import gc
import importlib.util
from collections.abc import Callable
from typing import Final

GC_THRESHOLDS: Final = (10_000, 3, 3)
"""Most objects of a call go with it; some dozens hold one another and wait to be found. Rarely and thoroughly costs as
much in all, but stops the loop for a tenth of a second each time and leaves the memory in pieces: some ten
milliseconds every thousand calls or so are less."""


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
