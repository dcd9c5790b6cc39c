"""The event loop of the server's own process, and how it collects garbage there."""

import asyncio
import gc
import importlib.util
from collections.abc import Callable
from typing import Final

GC_THRESHOLDS: Final = (20_000, 20, 50)  # a call makes thousands of objects that go with it, without cycles


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
