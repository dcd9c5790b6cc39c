"""What operators count of the channels."""

from datetime import datetime
from typing import NamedTuple, Protocol

from omnichannel.endpoints.service import Endpoints
from threadline.kernel.clock import Clock


class Figure(NamedTuple):
    """One number for Prometheus; `name` without the product's prefix. None of them is personal."""

    name: str
    what: str
    value: float
    is_counter: bool = False


class InboxDepth(Protocol):
    async def depth(self) -> tuple[int, int]: ...


class OutboxDepth(Protocol):
    async def depth(self) -> tuple[int, datetime | None]: ...


class Figures:
    """Asks the database; `forged` is counted by the web, where forgeries end."""

    def __init__(self, clock: Clock, inbox: InboxDepth, outbox: OutboxDepth, endpoints: Endpoints) -> None:
        self._clock = clock
        self._inbox = inbox
        self._outbox = outbox
        self._endpoints = endpoints
        self.forged = 0

    async def read(self) -> list[Figure]:
        waiting, parked = await self._inbox.depth()
        queued, oldest = await self._outbox.depth()
        age = 0.0 if oldest is None else (self._clock.now() - oldest).total_seconds()
        broken = sum(one["state"] == "reconnect" for one in await self._endpoints.everything())
        return [
            Figure("inbox_depth", "Deliveries of providers that wait to become entries.", waiting),
            Figure("inbox_parked", "Deliveries that wait for an admin.", parked),
            Figure("outbox_depth", "Messages that wait to be sent.", queued),
            Figure("outbox_oldest_seconds", "How long the oldest of them waits.", max(0.0, age)),
            Figure("endpoints_broken", "Endpoints that wait for an admin.", broken),
            Figure("hooks_forged", "Deliveries refused for their signature.", self.forged, is_counter=True),
        ]
