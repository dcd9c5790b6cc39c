"""Runs the channels that fetch: one task per endpoint that is on, in one process at a time.

Admins switch endpoints without a restart: every change rings, and whatever runs on old settings is started anew.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

from omnichannel.channels.port import Endpoint, Fetching, Inlet, Remedy, SendFailed
from omnichannel.channels.registry import Registry
from omnichannel.endpoints.service import Endpoints
from threadline.ending import heed

log = logging.getLogger(__name__)

LEASE_S: Final = 60.0
ROUND_S: Final = 15.0  # leases are renewed well before they end
FIRST_PAUSE_S: Final = 2.0
LONGEST_PAUSE_S: Final = 300.0
STAYED_S: Final = 60.0  # whoever fetched so long starts afresh


@dataclass(slots=True)
class _Fetcher:
    changed_at: datetime
    task: "asyncio.Task[None]"


class Fetchers:
    """`run` until cancelled."""

    def __init__(
        self, endpoints: Endpoints, registry: Registry, inlet: Inlet, *, round_s: float = ROUND_S
    ) -> None:
        self._endpoints = endpoints
        self._registry = registry
        self._inlet = inlet
        self._round_s = round_s
        self._holder = str(uuid4())
        self._running: dict[int, _Fetcher] = {}

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    try:
                        await self._round(tasks)
                    except Exception as exc:  # noqa: BLE001  # the database is away: what runs goes on
                        heed()
                        log.warning("fetchers wait for the database", extra={"error": type(exc).__name__})
                    await self._endpoints.switched.wait(self._round_s)
        finally:
            self._running.clear()

    async def _round(self, tasks: asyncio.TaskGroup) -> None:
        wanted: dict[int, tuple[Endpoint, datetime, Fetching]] = {}
        for endpoint, changed_at in await self._endpoints.switched_on():
            channel = self._registry.channels.get(endpoint.kind)
            fetching = as_fetching(channel)
            if fetching is not None:
                wanted[endpoint.row] = (endpoint, changed_at, fetching)
        for row, one in [*self._running.items()]:
            is_stale = row not in wanted or wanted[row][1] != one.changed_at
            if is_stale or one.task.done():
                await self._stop(row)
        for row, (endpoint, changed_at, fetching) in wanted.items():
            if not await self._endpoints.claim_fetching(row, self._holder, LEASE_S):
                await self._stop(row)
            elif row not in self._running:
                task = tasks.create_task(self._keep_fetching(fetching, endpoint), name=f"fetch-{row}")
                self._running[row] = _Fetcher(changed_at, task)

    async def _stop(self, row: int) -> None:
        one = self._running.pop(row, None)
        if one is not None:
            one.task.cancel()
            await asyncio.wait({one.task})
            await self._endpoints.leave_fetching(row, self._holder)

    async def _keep_fetching(self, fetching: Fetching, endpoint: Endpoint) -> None:
        """Starts it again after whatever it raises; an endpoint whose credentials fail waits for people."""
        pause, clock = FIRST_PAUSE_S, asyncio.get_running_loop().time
        while True:
            began = clock()
            try:
                await fetching.fetch(endpoint, self._inlet)
            except SendFailed as failed:
                log.warning(
                    "fetching failed", extra={"endpoint": endpoint.row, "remedy": failed.remedy.value}
                )
                if failed.remedy is Remedy.RECONNECT:
                    await self._endpoints.needs_people(endpoint.row, failed.detail)
                    return
            except Exception as exc:  # noqa: BLE001  # the supervisor of a fetcher
                heed()
                log.warning("fetching failed", extra={"endpoint": endpoint.row, "error": type(exc).__name__})
            pause = FIRST_PAUSE_S if clock() - began > STAYED_S else min(pause * 2, LONGEST_PAUSE_S)
            await asyncio.sleep(pause)


def as_fetching(channel: object) -> Fetching | None:
    """The channel, where nobody calls us but we fetch."""
    return channel if callable(getattr(channel, "fetch", None)) else None  # type: ignore[return-value]  # looked at
