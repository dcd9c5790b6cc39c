"""What a supervisor may do to the floor. Every act is noted in the audit log, in the transaction that does it."""

from collections.abc import Mapping
from uuid import UUID

from omnichannel.audit.service import Actor, Audit
from omnichannel.errors import IllegalMove, NoSuchAgent, NoSuchPlace, NoSuchQueue
from omnichannel.people import People
from omnichannel.routing import presence
from omnichannel.routing.admission import steps_in
from omnichannel.routing.service import Router
from threadline.db.pool import Connection
from threadline.kernel.events import AgentState, Json
from threadline.kernel.ids import AgentId, CallId


class Supervision:
    """Roles are checked by who calls (web.api.supervision)."""

    def __init__(self, router: Router, people: People, audit: Audit) -> None:
        self._router = router
        self._people = people
        self._audit = audit

    async def force_state(self, agent: AgentId, state: AgentState, reason: str | None, actor: Actor) -> None:
        """Ready, away or logged out; an offer that rings is withdrawn and keeps its place.

        Raises NoSuchAgent, and IllegalMove while he talks: a conversation is not cut off.
        """
        cause = presence.wish(state)
        async with self._router.change() as change:
            offer = await change.store.open_of_agent(agent)
            await change.lock([] if offer is None else [offer.call])
            if not await change.lock(agents=[agent]):
                raise NoSuchAgent
            before = await change.store.agent_state_now(agent)
            offer = await change.store.open_of_agent(agent)
            if before.state is AgentState.TALKING:
                raise IllegalMove("he is talking: wait for the end of the conversation, or end it")
            if offer is not None and offer.state == "offered":
                await change.withdraw(offer, "forced")
            await change.move(agent, cause, reason)
            facts: Json = {"before": before.state.value, "after": state.value, "reason": reason}
            await self._audit.note(actor, "agent.force_state", f"agent:{agent}", facts, change.link)

    async def set_skills(self, agent: AgentId, skills: Mapping[str, int], actor: Actor) -> None:
        """In force for the next choice, calls that wait already among them. Raises NoSuchAgent, PersonUnreadable."""
        before = (await self._people.agent(agent)).skills
        async with self._router.change() as change:
            await self._people.set_skills(agent, skills, change.link)
            facts: Json = {"before": dict(before), "after": dict(skills)}
            await self._audit.note(actor, "agent.skills", f"agent:{agent}", facts, change.link)
        self._router.rules_changed()

    async def move(self, contact: CallId, queue: str, actor: Actor) -> None:
        """To another queue at the place it has, asking for what that one asks for beside what else it asked for.

        Who is to be called back is so from there, also if the first attempt fails.
        Raises NoSuchQueue, NoSuchPlace where the contact does not wait.
        """
        async with self._router.change() as change:
            rules = await change.store.queue_rules(queue)
            if rules is None:
                raise NoSuchQueue
            await change.lock([contact])
            was = await change.store.asked_of(contact)
            if was is None:
                raise NoSuchPlace
            steps = await steps_in(change.store, was, rules)
            if not await change.store.move_place(contact, queue, steps, change.now, "supervisor"):
                raise NoSuchPlace
            await self._router.callbacks.moved(change.link, contact, queue, steps)
            change.wakes = True
            facts: Json = {"before": was.queue, "after": queue}
            await self._audit.note(actor, "contact.move", f"call:{contact}", facts, change.link)

    async def cancel_callback(self, ticket: UUID, actor: Actor) -> None:
        """Raises NoSuchTicket."""

        async def note(link: Connection, before: str) -> None:
            facts: Json = {"before": before, "after": "cancelled"}
            await self._audit.note(actor, "callback.cancel", f"callback:{ticket}", facts, link)

        await self._router.callbacks.cancel(ticket, note)
