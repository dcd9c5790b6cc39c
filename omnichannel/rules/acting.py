"""What a rule or a macro does, within one transaction: to the case, into the thread, to the customer."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID, uuid5

from ivr_flows.expressions import ExpressionFailed, ExpressionInvalid
from omnichannel import timeline
from omnichannel.cases import life
from omnichannel.cases.model import CaseChange, Status
from omnichannel.cases.store import Stored
from omnichannel.cases.work import Work
from omnichannel.channels.port import Endpoint
from omnichannel.errors import CannotSend, NoSuchAgent
from omnichannel.outbound.rules import Draft
from omnichannel.rules.facts import Facts
from omnichannel.rules.model import LAST_AGENT, ME, Action, Rule
from omnichannel.rules.store import RuleStore
from omnichannel.store import NewInteraction, ThreadStore
from threadline.db.pool import Connection
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, ThreadId

DAY_CAP: Final = 4  # answers of rules to one correspondent within a day, whatever the rules say
DAY: Final = timedelta(days=1)
DELIVERIES: Final = UUID("6f6b0f6e-6d1f-4a35-9a5e-6c1d0b7f4a11")


class Sends(Protocol):
    """omnichannel.outbound.service."""

    async def queue_within(
        self,
        link: Connection,
        thread: ThreadId,
        identity: int,
        ours: Endpoint,
        draft: Draft,
        *,
        agent: AgentId | None = None,
        rule: str | None = None,
        reply_to: str | None = None,
    ) -> list[int]: ...


class Addresses(Protocol):
    """omnichannel.endpoints.service."""

    async def by_row(self, row: int) -> Endpoint: ...

    async def by_id(self, public_id: UUID) -> Endpoint: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is done. `identity` and `endpoint`: how the customer is answered; `happening` 0: by hand."""

    thread: ThreadId
    thread_row: int
    entry: int | None = None
    case: int | None = None
    identity: int | None = None
    endpoint: int | None = None
    is_automatic: bool = False
    happening: int = 0


@dataclass(frozen=True, slots=True)
class Doer:
    """A rule, or an agent with a macro."""

    title: str
    rule: UUID | None = None
    agent: AgentId | None = None


class Acts:
    """Does actions one after another. `told`: entries it made or changed; `done`: what it did, for the record.

    The caller holds the transaction and the thread's lock.
    """

    def __init__(
        self,
        link: Connection,
        by: Doer,
        place: Place,
        facts: Facts,
        now: datetime,
        sends: Sends,
        addresses: Addresses,
    ) -> None:
        self._link = link
        self._by = by
        self._place = place
        self._facts = facts
        self._now = now
        self._sends = sends
        self._addresses = addresses
        self._work = Work(link, by.title if by.rule is not None else None)
        self._store = RuleStore(link)
        self._threads = ThreadStore(link)
        self._number = place.case
        self._silent: list[str] = []
        self._more: list[int] = []
        self.done: list[Json] = []

    @property
    def told(self) -> list[int]:
        return [*self._more, *self._work.told]

    @property
    def _kind(self) -> str:
        return "macro" if self._by.rule is None else "rule"

    @property
    def _named(self) -> Json:
        """What an entry's meta says of who did it."""
        return {self._kind: self._by.title}

    async def all(self, rule: Rule) -> None:
        """Raises what an action can: ThreadlineError of many kinds."""
        for action in rule.actions:
            await self.do(action)
        await self.finish()

    async def do(self, action: Action) -> None:
        doing: Mapping[str, Callable[[Action], Awaitable[str | None]]] = {
            "tag": self._tag,
            "untag": self._tag,
            "queue": self._queue,
            "priority": self._priority,
            "assign": self._assign,
            "status": self._status,
            "note": self._note,
            "reply": self._reply,
            "webhook": self._webhook,
        }
        skipped = await doing[action.do](action)
        self.done.append({"do": action.do, **({} if skipped is None else {"skipped": skipped})})

    async def finish(self) -> None:
        """What left no trace of its own is told in one line."""
        if not self._silent:
            return
        meta: Json = {"event": f"{self._kind}.applied", "done": [*self._silent], **self._named}
        await self._add("event", f"{self._by.title}: {'; '.join(self._silent)}", meta)
        self._silent.clear()

    # the case

    async def _case(self) -> Stored:
        if self._number is None:
            self._number = await self._store.open_case(self._place.thread_row)
        found = None if self._number is None else await self._work.store.case_row(self._number)
        if found is not None:
            return found
        policy = await self._work.store.policy(None)
        made = await self._work.open(
            self._place.thread_row, "rule" if self._by.agent is None else "agent", self._now, policy, queue=None,
            subject=self._by.title, owner=self._by.agent,
        )  # fmt: skip
        self._number = made.number
        return made

    async def _described(self, found: Stored, change: CaseChange) -> None:
        await self._work.describe(found, change, self._now, self._by.agent)

    async def _tag(self, action: Action) -> None:
        found = await self._case()
        tags = set(found.tags) - set(action.tags)
        tags |= set(action.tags) if action.do == "tag" else set()
        if tags != set(found.tags):
            await self._described(found, {"tags": sorted(tags)})
            self._silent.append(f"{action.do} {', '.join(action.tags)}")

    async def _queue(self, action: Action) -> None:
        await self._described(await self._case(), {"queue": action.queue})

    async def _priority(self, action: Action) -> None:
        found = await self._case()
        if found.priority != action.priority:
            await self._described(found, {"priority": action.priority})
            self._silent.append(f"priority {action.priority}")

    async def _assign(self, action: Action) -> str | None:
        found, owner = await self._case(), await self._who(action.to)
        if owner is None:
            return "nobody of us has spoken with this customer"
        await self._work.give(found, owner, self._now, self._by.agent)
        return None

    async def _who(self, to: str) -> AgentId | None:
        if to == ME:
            return self._by.agent
        if to == LAST_AGENT:
            facts = await self._threads.facts(self._place.thread)
            return None if facts is None or facts.last_agent is None else AgentId(facts.last_agent)
        agent = await self._store.agent_by_login(to)
        if agent is None:
            raise NoSuchAgent
        return agent

    async def _status(self, action: Action) -> None:
        found = await self._case()
        policy = await self._work.store.policy(found.queue)
        status = next(one for one in Status if one.word == action.status)
        step = life.moved(found.case, status, self._now, policy)
        await self._work.apply(found, step, self._now, self._by.agent)

    # the thread

    async def _note(self, action: Action) -> str | None:
        try:
            text = self._facts.text(action.texts)
        except (ExpressionFailed, ExpressionInvalid) as exc:
            return str(exc)
        await self._add("note", text, self._named)
        return None

    async def _add(self, kind: str, text: str, meta: Json) -> None:
        entry = await self._threads.add_interaction(
            NewInteraction(
                thread_row=self._place.thread_row,
                kind=kind,
                channel="internal",
                direction="none",
                actor_kind="system" if self._by.agent is None else "agent",
                actor=self._by.agent,
                at=self._now,
                preview=timeline.preview(text),
                text=text,
                html=None,
                meta=meta,
            )
        )
        assert entry is not None, "nothing but a provider delivers twice"
        if self._number is not None and (case := await self._work.store.case_row(self._number)) is not None:
            await self._work.store.put_into_case(entry, case.row)
        self._more.append(entry)

    # the customer

    async def _reply(self, action: Action) -> str | None:
        way = await self._way()
        if way is None:
            return "there is no way to this customer"
        identity, endpoint = way
        if (why := await self._too_much(identity, action)) is not None:
            return why
        try:
            text = self._facts.text(action.texts)
            subject = self._facts.filled(action.subject) if action.subject else None
            draft = Draft(text, None, subject, (), None, is_person=False)
            async with self._link.transaction():
                self._more += await self._sends.queue_within(
                    self._link, self._place.thread, identity, await self._addresses.by_row(endpoint), draft,
                    rule=self._by.title, reply_to=self._answered(),
                )  # fmt: skip
        except (CannotSend, ExpressionFailed, ExpressionInvalid) as exc:
            return str(exc)
        if self._by.rule is not None:
            await self._store.add_auto_reply(identity, self._by.rule, self._now)
        return None

    def _answered(self) -> str | None:
        return (
            str(self._place.entry)
            if self._place.identity is not None and self._place.entry is not None
            else None
        )

    async def _way(self) -> tuple[int, int] | None:
        if self._place.identity is not None and self._place.endpoint is not None:
            return self._place.identity, self._place.endpoint
        return await self._store.newest_way(self._place.thread_row)

    async def _too_much(self, identity: int, action: Action) -> str | None:
        """Machines are never answered; the same correspondent not again within the period, and not often in a day."""
        if self._place.is_automatic:
            return "a machine wrote"
        if self._by.rule is None:
            return None
        recent, last = await self._store.replies_to(identity, self._by.rule, self._now - DAY)
        if last is not None and self._now - last < timedelta(seconds=action.every_s):
            return "answered already within this period"
        if recent >= DAY_CAP:
            return f"{DAY_CAP} automatic answers within a day are enough"
        return None

    # other systems

    async def _webhook(self, action: Action) -> str | None:
        assert action.webhook is not None, "checked when it was switched on"
        names = replace(self._facts, now=self._now).names
        data = {name: names[name] for name in ("message", "contact", "case", "call") if names.get(name)}
        key = uuid5(DELIVERIES, f"{self._by.rule}/{self._place.happening}/{action.webhook}")
        body: Json = {
            "id": str(key), "event": "rule.applied", "at": timeline.iso(self._now), "rule": self._by.title,
            "data": {**data, "thread": str(self._place.thread)},
        }  # fmt: skip
        text = json.dumps(body, ensure_ascii=False, default=str)
        if not await self._store.queue_webhook(action.webhook, key, "rule.applied", text, self._now):
            return "the webhook is off"
        self._silent.append("webhook")
        return None
