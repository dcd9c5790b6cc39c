"""Asks providers for the names of customers whose messages came without, and heeds STOP and START."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Protocol

from omnichannel.audit.service import SYSTEM, Audit
from omnichannel.channels.beside import Profiles
from omnichannel.channels.port import Endpoint, Incoming, Known, Learnt, Remedy, SendFailed
from omnichannel.channels.registry import Registry
from omnichannel.errors import NoSuchEndpoint
from omnichannel.ports import StoredMessage
from omnichannel.profiles.store import ProfileStore
from threadline.db.bell import Bell
from threadline.db.pool import Connection, Pool
from threadline.ending import heed
from threadline.kernel.clock import Clock
from threadline.kernel.events import Bus, ThreadMoved
from threadline.kernel.ids import ThreadId

log = logging.getLogger(__name__)

OPTING: Final = {"STOP": True, "START": False}
FIRST_PAUSE: Final = timedelta(minutes=5)
ATTEMPTS: Final = 5
IDLE_S: Final = 60.0
TROUBLE_S: Final = 2.0
TIMEOUT_S: Final = 30.0


class Learns(Protocol):
    """omnichannel.messages."""

    async def take(self, endpoint: Endpoint, incoming: Incoming) -> None: ...


class Addresses(Protocol):
    """omnichannel.endpoints.service."""

    async def by_row(self, row: int) -> Endpoint: ...


class Names:
    """omnichannel.ports.Follower; `run` asks until cancelled."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        bus: Bus,
        audit: Audit,
        addresses: Addresses,
        registry: Registry,
        learns: Learns,
    ) -> None:
        self._clock = clock
        self._bus = bus
        self._audit = audit
        self._addresses = addresses
        self._registry = registry
        self._learns = learns
        self._store = ProfileStore(pool)
        self.bell = Bell("threadline_profiles")

    async def stored(self, link: Connection, fact: StoredMessage) -> Sequence[int]:
        """Adds no entry."""
        if fact.direction == "in" and fact.identity_row is not None:
            await self._heed(link, fact, fact.identity_row)
            await self._want(link, fact, fact.identity_row)
        return []

    async def look(self) -> bool:
        """Asks for one customer. False: there is nobody to ask for now."""
        now = self._clock.now()
        row = await self._store.claim_profile(now, now + FIRST_PAUSE)
        if row is None:
            return False
        if await self._asked(row) or row["attempts"] >= ATTEMPTS:
            await self._store.end_profile(row["identity_id"], row["endpoint_id"], self._clock.now())
        return True

    async def run(self) -> None:
        while True:
            try:
                if not await self.look():
                    await self.bell.wait(await self._idle_s())
            except Exception as exc:  # noqa: BLE001  # the database is away: nothing of it was lost
                heed()
                log.warning("names wait for the database", extra={"error": type(exc).__name__})
                await asyncio.sleep(TROUBLE_S)

    # --- parts --------------------------------------------------------------------------------------------

    async def _want(self, link: Connection, fact: StoredMessage, identity: int) -> None:
        channel = self._registry.channels.get(fact.endpoint.kind)
        if isinstance(channel, Profiles) and await ProfileStore(link).want_profile(
            identity, fact.endpoint.row, self._clock.now()
        ):
            await self.bell.ring_everywhere(link)

    async def _heed(self, link: Connection, fact: StoredMessage, identity: int) -> None:
        store = ProfileStore(link)
        is_stopped = OPTING.get(await store.opted(fact.entry) or "")
        if is_stopped is not None and await store.contact_no_more(identity, is_stopped=is_stopped):
            action = "contact.opt_out" if is_stopped else "contact.opt_in"
            await self._audit.note(SYSTEM, action, f"identity:{identity}", link=link)

    async def _asked(self, row: Mapping[str, Any]) -> bool:
        """Whether that is settled."""
        try:
            endpoint = await self._addresses.by_row(row["endpoint_id"])
            channel = self._registry.channels.get(endpoint.kind)
            if not isinstance(channel, Profiles):
                return True
            known = Known(row["kind"], row["value"], row["scope"])
            async with asyncio.timeout(TIMEOUT_S):
                profile = await channel.profile(endpoint, known)
        except SendFailed as failed:
            return failed.remedy in (Remedy.GIVE_UP, Remedy.BLOCKED)
        except TimeoutError:
            return False
        except NoSuchEndpoint:
            return True
        if profile is not None:
            await self._learns.take(endpoint, Learnt(known, self._clock.now(), profile.also, profile.display))
            self._bus.publish(ThreadMoved(ThreadId(row["thread"]), ThreadId(row["thread"]), "changed"))
        return True

    async def _idle_s(self) -> float:
        due = await self._store.next_profile()
        return IDLE_S if due is None else min(IDLE_S, max(0.1, (due - self._clock.now()).total_seconds()))
