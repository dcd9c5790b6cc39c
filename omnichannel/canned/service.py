"""Ready texts behind a slash, filled in for the customer in hand, and macros: several acts and a text at one click."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from ivr_flows.expressions import ExpressionFailed, ExpressionInvalid
from omnichannel.audit.service import Actor, Audit
from omnichannel.canned.store import CannedStore
from omnichannel.cases.store import CaseStore
from omnichannel.correspondence.store import MessageStore
from omnichannel.errors import CannotSend, NoSuchCase, NoSuchThread
from omnichannel.messages import deltas
from omnichannel.outbound.rules import Draft
from omnichannel.rules.acting import Acts, Addresses, Doer, Place, Sends
from omnichannel.rules.check import Catalogue, Finding, check_actions, check_texts
from omnichannel.rules.facts import Facts, best_language, facts_of
from omnichannel.rules.model import read_actions
from omnichannel.rules.store import RuleStore
from threadline.db.pool import Connection, Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import Invalid, NotFound, Refused
from threadline.kernel.events import Bus, Json, JsonValue
from threadline.kernel.ids import AgentId, ThreadId, uuid7
from threadline.kernel.versions import difference

COMPLETIONS: Final = 20
EVERYTHING: Final = 1000


class NoSuchCanned(NotFound):
    """No such text."""


class NoSuchMacro(NotFound):
    """No such macro."""


class ShortcutTaken(Refused):
    """Another text has this shortcut."""

    field = "shortcut"
    reason = "taken"


class Unfit(Invalid):
    """It can't be kept like that."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Way:
    """As `reach` gives it."""

    identity: int
    endpoint: UUID


@dataclass(frozen=True, slots=True)
class _Hand:
    """The customer in hand."""

    place: Place
    facts: Facts


class Canned:
    """`texts` are {language: text with ${contact.name}, ${agent.name}, ${case.number} …}."""

    def __init__(
        self, pool: Pool, clock: Clock, bus: Bus, audit: Audit, sends: Sends, addresses: Addresses, default_language: str
    ) -> None:  # fmt: skip
        self._pool = pool
        self._clock = clock
        self._bus = bus
        self._audit = audit
        self._sends = sends
        self._addresses = addresses
        self._language = default_language
        self._store = CannedStore(pool)

    # ready texts

    async def texts(self) -> list[Json]:
        """[{id, shortcut, title, texts, queue}]."""
        return [_canned(row) for row in await self._store.canned(None, "", EVERYTHING)]

    async def save_text(
        self, shortcut: str, title: str, texts: dict[str, str], queue: str | None, actor: Actor, canned: UUID | None = None
    ) -> Json:  # fmt: skip
        """New, or in the place of `canned`. Raises NoSuchCanned, ShortcutTaken, Unfit."""
        if canned is not None and not await self._store.has_canned(canned):
            raise NoSuchCanned
        _refuse(check_texts(texts, "texts"))
        owner = await self._store.shortcut_owner(shortcut)
        if owner is not None and owner != canned:
            raise ShortcutTaken
        await self._know_queue(queue)
        kept = canned or uuid7(self._clock.now())
        before = next((one for one in await self.texts() if one["id"] == str(kept)), {})
        await self._store.save_canned(kept, shortcut, title, texts, queue, self._clock.now())
        made: Json = {
            "id": str(kept),
            "shortcut": shortcut,
            "title": title,
            "texts": dict(texts),
            "queue": queue,
        }
        await self._audit.note(actor, "canned.save", f"canned:{kept}", difference(before, made))
        return made

    async def delete_text(self, canned: UUID, actor: Actor) -> None:
        """Raises NoSuchCanned."""
        if not await self._store.drop_canned(canned):
            raise NoSuchCanned
        await self._audit.note(actor, "canned.delete", f"canned:{canned}")

    async def complete(
        self, begin: str, thread: ThreadId | None, agent: AgentId | None, queue: str | None = None
    ) -> list[Json]:
        """What a slash and `begin` offer: [{id, shortcut, title, language, text, problem}], filled in for the customer.

        `text` stays as written, and `problem` says why, where something it names is not known. Raises NoSuchThread.
        """
        rows = await self._store.canned(queue, begin.removeprefix("/"), COMPLETIONS)
        facts = None if thread is None else (await self._hand(self._pool, thread, agent, None)).facts
        return [{**_short(row), **self._filled(row["texts"], facts)} for row in rows]

    async def filled(
        self, texts: Sequence[UUID], thread: ThreadId | None, agent: AgentId | None
    ) -> list[Json]:
        """These texts as `complete` gives them, in this order. Raises NoSuchThread."""
        if not texts:
            return []
        rows = {row["id"]: row for row in await self._store.canned(None, "", EVERYTHING)}
        facts = None if thread is None else (await self._hand(self._pool, thread, agent, None)).facts
        found = [rows[text] for text in texts if text in rows]
        return [{**_short(row), **self._filled(row["texts"], facts)} for row in found]

    # macros

    async def macros(self, queue: str | None = None) -> list[Json]:
        """[{id, title, actions, texts, queue}]."""
        return [_macro(row) for row in await self._store.macros(queue)]

    async def save_macro(
        self, title: str, actions: Sequence[Any], texts: dict[str, str], queue: str | None, actor: Actor,
        macro: UUID | None = None,
    ) -> Json:  # fmt: skip
        """New, or in the place of `macro`. Raises NoSuchMacro, ActionUnreadable, Unfit."""
        if macro is not None and await self._store.macro(macro) is None:
            raise NoSuchMacro
        read = read_actions(actions)
        there = await RuleStore(self._pool).catalogue()
        _refuse([*check_actions(read, there), *(check_texts(texts, "texts") if texts else [])])
        await self._know_queue(queue, there)
        kept, plain = macro or uuid7(self._clock.now()), [action.to_json() for action in read]
        before = next((one for one in await self.macros() if one["id"] == str(kept)), {})
        await self._store.save_macro(kept, title, plain, texts, queue, self._clock.now())
        made: Json = {
            "id": str(kept),
            "title": title,
            "actions": [*plain],
            "texts": dict(texts),
            "queue": queue,
        }
        await self._audit.note(actor, "macro.save", f"macro:{kept}", difference(before, made))
        return made

    async def delete_macro(self, macro: UUID, actor: Actor) -> None:
        """Raises NoSuchMacro."""
        if not await self._store.drop_macro(macro):
            raise NoSuchMacro
        await self._audit.note(actor, "macro.delete", f"macro:{macro}")

    async def apply(
        self,
        macro: UUID,
        thread: ThreadId,
        agent: AgentId,
        *,
        case: int | None = None,
        way: Way | None = None,
    ) -> Json:
        """Does it all in one transaction as that agent: {done, text, language, problem, entry}.

        With a `way` the text is sent and `entry` is its id; without, it is for the agent to send. Raises NoSuchMacro,
        NoSuchThread, NoSuchCase, and whatever an act can: then nothing was done.
        """
        row = await self._store.macro(macro)
        if row is None:
            raise NoSuchMacro
        async with self._pool.acquire() as link, link.transaction():
            hand = await self._hand(link, thread, agent, case)
            await CaseStore(link).lock_thread(hand.place.thread_row)
            acts = Acts(
                link, Doer(row["title"], agent=agent), hand.place, hand.facts, self._clock.now(), self._sends, self._addresses
            )  # fmt: skip
            for action in read_actions(row["actions"]):
                await acts.do(action)
            await acts.finish()
            text = self._filled(row["texts"], hand.facts)
            told, entry = acts.told, None
            if way is not None and text["text"]:
                sent = await self._send(link, hand.place.thread, way, text, agent)
                told, entry = [*told, *sent], str(sent[0])
            news = await deltas(MessageStore(link), told)
        for delta in news:
            self._bus.publish(delta)
        done: list[JsonValue] = [*acts.done]
        return {"done": done, **text, "entry": entry}

    # --- parts --------------------------------------------------------------------------------------------

    async def _send(
        self, link: Connection, thread: ThreadId, way: Way, text: Json, agent: AgentId
    ) -> list[int]:
        if text["problem"] is not None:
            raise CannotSend(str(text["problem"]))
        ours = await self._addresses.by_id(way.endpoint)
        draft = Draft(str(text["text"]), None, None, (), None, is_person=True)
        return await self._sends.queue_within(link, thread, way.identity, ours, draft, agent=agent)

    async def _hand(
        self, link: "Connection | Pool", thread: ThreadId, agent: AgentId | None, case: int | None
    ) -> _Hand:
        store = RuleStore(link)
        thread_row = await store.thread_row(thread)
        if thread_row is None:
            raise NoSuchThread
        found = await CannedStore(link).case_in_hand(thread_row, case)
        if found is None and case is not None:
            raise NoSuchCase
        row = await store.facts(None, None if found is None else found[0], thread_row)
        if row is None:
            raise NoSuchThread
        facts = facts_of(row, {}, await store.calendars(), self._clock.now(), self._language)
        if agent is not None:
            facts = facts.beside(agent=await store.agent_by_id(agent))
        place = Place(ThreadId(row["thread"]), row["thread_row"], case=None if found is None else found[1])
        return _Hand(place, facts)

    def _filled(self, texts: Mapping[str, str], facts: Facts | None) -> Json:
        """{language, text, problem}."""
        if not texts:
            return {"language": None, "text": "", "problem": None}
        language = best_language(texts, (self._language,) if facts is None else facts.languages)
        if facts is None:
            return {"language": language, "text": texts[language], "problem": None}
        try:
            return {"language": language, "text": facts.filled(texts[language]), "problem": None}
        except (ExpressionFailed, ExpressionInvalid) as exc:
            return {"language": language, "text": texts[language], "problem": str(exc)}

    async def _know_queue(self, queue: str | None, there: Catalogue | None = None) -> None:
        known = there or await RuleStore(self._pool).catalogue()
        if queue is not None and queue not in known.queues:
            raise Unfit("queue", f"there is no queue {queue}")


def _refuse(findings: Sequence[Finding]) -> None:
    if findings:
        raise Unfit(findings[0].where, f"{findings[0].what} {findings[0].mend}")


def _short(row: Mapping[str, Any]) -> Json:
    return {"id": str(row["id"]), "shortcut": row["shortcut"], "title": row["title"]}


def _canned(row: Mapping[str, Any]) -> Json:
    return {**_short(row), "texts": dict(row["texts"]), "queue": row["queue"]}


def _macro(row: Mapping[str, Any]) -> Json:
    return {
        "id": str(row["id"]),
        "title": row["title"],
        "actions": list(row["actions"]),
        "texts": dict(row["texts"]),
        "queue": row["queue"],
    }
