"""The facts behind a choice beside who waits and who is free: rules of the queues, the agents' day, the load.

The rules are read for every choice, so that an admin's word counts at once on every server; the rest need not be of this
second and is read again after REFRESH, or after `forget`. A "day" is the last DAY, so that nobody's count
falls to nothing at midnight.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from omnichannel.routing import order
from omnichannel.routing.model import AgentNow, Policy, Traffic
from omnichannel.routing.store import AgentDay, RoutingStore
from threadline.kernel.ids import AgentId

REFRESH: Final = timedelta(seconds=30)
DAY: Final = timedelta(hours=12)
LOAD_PERIOD: Final = timedelta(minutes=30)
OCCUPANCY_PERIOD: Final = timedelta(minutes=15)


@dataclass(slots=True)
class Outlook:
    """`with_days` gives the agents with their day; `policy` and `traffic` are of now."""

    policy: Policy = field(default_factory=Policy)
    traffic: Traffic = field(default_factory=Traffic)
    days: Mapping[AgentId, AgentDay] = field(default_factory=dict)
    read_at: datetime | None = None

    def forget(self) -> None:
        """Something was changed: read again before the next choice."""
        self.read_at = None

    async def refresh(self, store: RoutingStore, now: datetime) -> None:
        """The rules, and the rest if what is known is too old."""
        self.policy = Policy(queues=await store.queue_policies())
        if self.read_at is not None and self.read_at <= now < self.read_at + REFRESH:
            return
        self.days = await store.agent_days(now - DAY, now)
        self.traffic = Traffic(
            await store.skill_load(now - LOAD_PERIOD, now),
            await store.crew_occupancy(now - OCCUPANCY_PERIOD, now),
            order.behind(await store.queue_ends(now - LOAD_PERIOD, now)),
        )
        self.read_at = now

    def with_days(self, agents: Sequence[AgentNow]) -> list[AgentNow]:
        return [
            one
            if (day := self.days.get(one.agent)) is None
            else replace(one, occupied_today=day.occupied, contacts_today=day.contacts)
            for one in agents
        ]
