"""What tests of queues share: a floor with agents, and calls that ask for one."""

from dataclasses import dataclass
from typing import Any

from omnichannel.administration.queues import Queues
from omnichannel.audit.service import SYSTEM, Audit
from omnichannel.people import People
from omnichannel.routing.service import Router
from tests.integration.omnichannel.support import NOON, News, new_call
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import AgentState, Json, JsonValue, OfferMade
from threadline.kernel.ids import AgentId, CallId, ThreadId, uuid7
from threadline.kernel.queueing import Place, QueueRequest


@dataclass
class Floor:
    """A router, its people and its news."""

    pool: Pool
    clock: VirtualClock
    people: People
    router: Router
    news: News

    async def hire(
        self, login: str, *, wrap_up_s: int = 0, state: AgentState = AgentState.READY, **skills: int
    ) -> AgentId:
        agent = await self.people.add(
            login, None, role="agent", display_name=login.title(), skills=skills, wrap_up_s=wrap_up_s
        )
        await self.router.set_state(agent, state)
        return agent

    async def join(
        self,
        queue: str = "support",
        *,
        thread: ThreadId | None = None,
        call: CallId | None = None,
        **more: Any,
    ) -> tuple[CallId, Place | str]:
        """A call of somebody new, unless a thread is given; (call, what it got)."""
        call = call or new_call()
        facts: Json = {"id": str(call), "from": "+84912345678", "queue": queue, "language": "vi-VN"}
        request = QueueRequest(call, queue, thread or somebody(), more.pop("priority", 5), more.pop("need", []),
                               more.pop("prefer", None), facts, **more)  # fmt: skip
        return call, await self.router.join(request)

    async def sets(self, **settings: JsonValue) -> None:
        """An admin, of the support queue."""
        queues = Queues(self.pool, Audit(self.pool, self.clock), lambda _: ())
        await queues.change("support", {"title": "Support", **settings}, None, SYSTEM)

    async def state(self, agent: AgentId) -> str:
        return next(str(one["state"]) for one in await self.router.states() if one["agent"] == str(agent))

    async def serve(self, talk_s: float = 60.0) -> list[CallId]:
        """One round: whoever is offered a call answers and talks. The calls, in the order of the offers."""
        before = len(self.news.of(OfferMade))
        await self.router.tick()
        offers = self.news.of(OfferMade)[before:]
        for offer in offers:
            assert await self.router.answered(offer.reservation)
        self.clock.advance(talk_s)
        for offer in offers:
            await self.router.talk_over(offer.reservation, "customer_hung_up")
        return [offer.call for offer in offers]

    def last_offer(self) -> OfferMade:
        return self.news.of(OfferMade)[-1]


def somebody() -> ThreadId:
    return ThreadId(uuid7(NOON))
