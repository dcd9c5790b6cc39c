"""What happens to cases within one transaction: rows saved, promises counted, threads told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from omnichannel import timeline
from omnichannel.cases import hours, life
from omnichannel.cases.model import CaseChange, Kept, OpenedBy, Policy, Step
from omnichannel.cases.store import CaseStore, Stored
from omnichannel.errors import NoSuchAgent, NoSuchQueue
from omnichannel.ports import StoredMessage
from omnichannel.store import NewInteraction, ThreadStore
from threadline.db.pool import Connection
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId

NORMAL = 5  # the priority of what nobody has judged; 1 is most urgent


class Work:
    """`told` collects the entries it added to threads: their pages are told once all is committed.

    `rule`: the title of the rule that does it, which the entries name.
    """

    def __init__(self, link: Connection, rule: str | None = None) -> None:
        self._rule = rule
        self.store = CaseStore(link)
        self.told: list[int] = []
        self._threads = ThreadStore(link)

    async def heard(self, found: Stored | None, fact: StoredMessage) -> Stored:
        """A customer's message: `found` goes on or opens again, else a new case begins."""
        queue = found.queue if found else fact.endpoint.queue
        policy = await self.store.policy(queue)
        if found is None or not life.takes(found.case, fact.at, policy):
            queue = fact.endpoint.queue
            policy = await self.store.policy(queue)
            return await self.open(
                fact.thread_row, "customer", fact.at, policy, queue=queue, subject=_subject(fact)
            )
        return await self.apply(found, life.heard(found.case, fact.at, policy), fact.at, None)

    async def answered(self, found: Stored | None, fact: StoredMessage, agent: AgentId) -> Stored:
        """A person wrote to the customer: into the case they talk about, or one of his own."""
        policy = await self.store.policy(found.queue if found else fact.endpoint.queue)
        if found is None or not found.case.status.is_open:
            found = await self.open(
                fact.thread_row, "agent", fact.at, policy, queue=fact.endpoint.queue, subject=_subject(fact), owner=agent
            )  # fmt: skip
        return await self.apply(found, life.answered(found.case, fact.at, policy, agent), fact.at, agent)

    async def open(
        self,
        thread_row: int,
        by: OpenedBy,
        at: datetime,
        policy: Policy,
        *,
        queue: str | None,
        subject: str,
        owner: AgentId | None = None,
        priority: int = NORMAL,
    ) -> Stored:
        step = life.opened(by, at, policy, owner=owner)
        case = await self.store.add_case(
            thread_row, step.case, policy, queue=queue, priority=priority, subject=subject, topic=None
        )
        await self.store.assign(case.row, owner, queue, at, "opened")
        await self._tell(case, "opened", at, owner, {})
        return case

    async def apply(self, found: Stored, step: Step, now: datetime, agent: AgentId | None) -> Stored:
        """Saves what happened, counts the promises that ended, tells the thread. Returns the case as it is now."""
        if step.case != found.case:
            await self.store.save_case(found.row, step.case, now)
        if step.case.owner != found.case.owner:
            await self.store.assign(found.row, step.case.owner, found.queue, now, "answered first")
        for kept in step.kept:
            await self.store.add_sla_event(found.row, kept.outcome, kept)
        after = replace(found, case=step.case)
        if step.news is not None:
            until = step.case.snoozed_until
            await self._tell(
                after, step.news, now, agent, {} if until is None else {"until": timeline.iso(until)}
            )
        return after

    async def describe(
        self, found: Stored, change: CaseChange, now: datetime, agent: AgentId | None
    ) -> Stored:
        """Queue, urgency and words. Raises NoSuchQueue."""
        described = _described(found, change)
        if described == found:
            return found
        if described.queue != found.queue:
            await self.known_queue(described.queue)
        await self.store.describe_case(described, now)
        if described.queue != found.queue:
            await self.store.assign(found.row, found.case.owner, described.queue, now, "moved")
            await self._tell(described, "moved", now, agent, {"queue": described.queue})
        return described

    async def give(
        self, found: Stored, owner: AgentId | None, now: datetime, agent: AgentId | None
    ) -> Stored:
        """Another owner, or nobody. Raises NoSuchAgent."""
        if owner == found.case.owner:
            return found
        _, name = await self._threads.names(None, owner)
        if owner is not None and name is None:
            raise NoSuchAgent
        case = replace(found.case, owner=owner)
        await self.store.save_case(found.row, case, now)
        await self.store.assign(found.row, owner, found.queue, now, "assigned")
        after = replace(found, case=case)
        await self._tell(
            after, "assigned", now, agent, {"owner": None if owner is None else str(owner), "name": name}
        )
        return after

    async def tell_broken(self, found: Stored, now: datetime) -> None:
        """Notes each promise that is broken by now, once."""
        policy = await self.store.policy(found.queue)
        for clock, start, due in found.case.broken(now):
            if await self.store.is_told_broken(found.row, clock, start):
                continue
            wall, counted = (now - start).total_seconds(), hours.between(start, now, policy.calendar)
            await self.store.add_sla_event(found.row, "broken", Kept(clock, start, due, now, wall, counted))
            await self._tell(found, "overdue", now, None, {"clock": clock, "due_at": timeline.iso(due)})
        await self.store.set_next_due(found.row, found.case.next_due_at(now))

    async def known_queue(self, queue: str | None) -> None:
        if queue is not None and (await self._threads.names(queue, None))[0] is None:
            raise NoSuchQueue

    async def _tell(
        self, case: Stored, what: str, at: datetime, agent: AgentId | None, more: Mapping[str, Any]
    ) -> None:
        more = more if self._rule is None else {**more, "rule": self._rule}
        entry = await self._threads.add_interaction(_event(case, what, at, agent, more))
        assert entry is not None, "nothing but a provider delivers twice"
        await self.store.put_into_case(entry, case.row)
        self.told.append(entry)


def _subject(fact: StoredMessage) -> str:
    return fact.subject or timeline.preview(fact.text)


def _described(found: Stored, change: CaseChange) -> Stored:
    fields: dict[str, str] = {**found.fields, **change.get("fields", {})}
    return replace(
        found,
        queue=change.get("queue", found.queue),
        priority=change.get("priority", found.priority),
        subject=change.get("subject", found.subject),
        topic=change.get("topic", found.topic),
        tags=sorted({*change.get("tags", found.tags), *change.get("more_tags", ())}),
        fields={name: text for name, text in fields.items() if text},
    )


def _event(
    case: Stored, what: str, at: datetime, agent: AgentId | None, more: Mapping[str, Any]
) -> NewInteraction:
    text = f"Case {case.number} {what}"
    meta: Json = {"event": f"case.{what}", "case": case.number, "subject": case.subject, **more}
    return NewInteraction(
        thread_row=case.thread_row,
        kind="event",
        channel="internal",
        direction="none",
        actor_kind="system" if agent is None else "agent",
        actor=agent,
        at=at,
        preview=text,
        text=text,
        html=None,
        meta=meta,
    )
