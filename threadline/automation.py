"""Puts together what happens by itself: rules, webhooks, names from providers; and what agents do by one click."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from omnichannel.canned.service import Canned
from omnichannel.contacts.meeting import meet
from omnichannel.customers.conversions import Conversions
from omnichannel.customers.service import Customers
from omnichannel.pictures.service import Pictures
from omnichannel.profiles.service import Names
from omnichannel.rules.happenings import Happenings
from omnichannel.rules.service import Rules
from omnichannel.rules.worker import RuleWorker
from omnichannel.webhooks.calling import Caller
from omnichannel.webhooks.service import Webhooks
from omnichannel.webhooks.worker import WebhookWorker
from threadline.channels import Correspondence
from threadline.config import Settings
from threadline.db.bell import Bells
from threadline.db.pool import Pool
from threadline.ending import run_together
from threadline.kernel.clock import Clock
from threadline.kernel.events import Bus
from threadline.secret_key import SecretKey

PICTURE_KEY: Final = "pictures of mails"


@dataclass(frozen=True, slots=True)
class Automation:
    """Every service of it. `run` until cancelled."""

    rules: Rules
    worker: RuleWorker
    canned: Canned
    webhooks: Webhooks
    telling: WebhookWorker
    names: Names
    customers: Customers
    conversions: Conversions
    pictures: Pictures
    bells: Bells

    async def run(self) -> None:
        await run_together(
            bells=self.bells.run(),
            rules=self.worker.run(),
            webhooks=self.telling.run(),
            names=self.names.run(),
        )


@asynccontextmanager
async def open_automation(
    settings: Settings, pool: Pool, clock: Clock, bus: Bus, key: SecretKey, rooms: Correspondence
) -> AsyncIterator[Automation]:
    """Ready to `run`. Its followers come after those that open cases: append those before."""
    names = Names(pool, clock, bus, rooms.audit, rooms.endpoints, rooms.registry, rooms.messages)
    rooms.followers.extend((Happenings(), names))
    language, may = settings.default_language, settings.private_webhooks
    async with AsyncExitStack() as stack:
        caller = await stack.enter_async_context(Caller(may_be_private=may))
        worker = RuleWorker(pool, clock, bus, rooms.outbound, rooms.endpoints, language)
        telling = WebhookWorker(pool, clock, rooms.audit, key, caller)
        yield Automation(
            rules=Rules(pool, clock, rooms.audit, language),
            worker=worker,
            canned=Canned(pool, clock, bus, rooms.audit, rooms.outbound, rooms.endpoints, language),
            webhooks=Webhooks(pool, clock, rooms.audit, key, telling.bell, may_be_private=may),
            telling=telling,
            names=names,
            conversions=Conversions(pool),
            pictures=Pictures(clock, rooms.audit, caller, key.derived(PICTURE_KEY)),
            customers=Customers(pool, clock, rooms.audit, key, caller, meet),
            bells=Bells(pool, worker.bell, telling.bell, names.bell),
        )
