"""Puts together what happens by itself: rules, webhooks, names from providers; and what agents do by one click."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from omnichannel.rules.happenings import Happenings
from omnichannel.rules.service import Rules
from omnichannel.rules.worker import RuleWorker
from threadline.channels import Correspondence
from threadline.config import Settings
from threadline.db.bell import Bells
from threadline.db.pool import Pool
from threadline.kernel.clock import Clock
from threadline.kernel.events import Bus
from threadline.secret_key import SecretKey


@dataclass(frozen=True, slots=True)
class Automation:
    """Every service of it. `run` until cancelled."""

    rules: Rules
    worker: RuleWorker
    bells: Bells

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.bells.run(), name="automation bells")
            tasks.create_task(self.worker.run(), name="rules")


@asynccontextmanager
async def open_automation(
    settings: Settings, pool: Pool, clock: Clock, bus: Bus, key: SecretKey, rooms: Correspondence
) -> AsyncIterator[Automation]:
    """Ready to `run`. Its followers come after those that open cases: append those before."""
    rooms.followers.append(Happenings())
    worker = RuleWorker(pool, clock, bus, rooms.outbound, rooms.endpoints, settings.default_language)
    yield Automation(
        rules=Rules(pool, clock, rooms.audit, settings.default_language),
        worker=worker,
        bells=Bells(pool, worker.bell),
    )
