"""One customer, one thread: calls, messages and notes become entries of it, told to the pages as they do.

Whatever arrives takes a lock on the identity it came by, so that parallel deliveries for a new customer
make one contact; news is published after the commit.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import nh3

from omnichannel import card, timeline
from omnichannel import identity as identities
from omnichannel.contacts.kin import kin
from omnichannel.errors import IdentityUnreadable, NoSuchContact, NoSuchThread
from omnichannel.identity import Identity
from omnichannel.ports import Mentioned
from omnichannel.store import Facts, NewCall, NewInteraction, OldCall, Owner, Place, ThreadStore
from threadline.db.gathered import Gathered
from threadline.db.pool import Connection, Pool
from threadline.kernel.clock import Clock
from threadline.kernel.customers import Caller, CallSummary
from threadline.kernel.events import AgentMentioned, Bus, Json, ThreadDelta
from threadline.kernel.ids import AgentId, CallId, ContactId, ThreadId, uuid7

API: Final = "api"  # the address of ours when a message names none
ENDED_TOGETHER_S: Final = 0.02  # nobody waits for the entry of a call that is over
SEEN_EVERY: Final = timedelta(hours=1)  # a busy customer's row stays cold
POP_ENTRIES: Final = 20
TASK_SUBJECT: Final = "Call to follow up"


async def _nothing(_contact: ContactId) -> Json:
    return {}


async def _nobody(_link: Connection, _entry: int, _text: str, _by: AgentId | None) -> list[AgentId]:
    return []


class Threads:
    """Implements telephony.ports.ThreadBook; the web asks and adds here too."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        bus: Bus,
        *,
        region: str = "VN",
        mentioned: Mentioned = _nobody,
        panel: Callable[[ContactId], Awaitable[Json]] = _nothing,
    ) -> None:
        """`region` reads national phone numbers of messages; `mentioned` notes whom a note names.

        `panel` asks other systems about a caller, for his flow; it takes a second at most and raises nothing.
        """
        self._pool = pool
        self._clock = clock
        self._bus = bus
        self._region = region
        self._mentioned = mentioned
        self._panel = panel
        self._store = ThreadStore(pool)
        self._arriving = Gathered(self._store.take_calls)
        self._ending = Gathered(self._store.close_calls, patience_s=ENDED_TOGETHER_S)

    # calls

    async def call_arrived(
        self,
        call: CallId,
        number: str | None,
        raw: str,
        entry: str,
        region: str,
        at: datetime,
        display: str | None,
        *,
        is_outbound: bool = False,
    ) -> Caller:
        """Finds or makes contact and thread, opens the session and its entry. Idempotent by `call`."""
        identity = identities.of_caller(number, raw, call)
        meta = timeline.ringing_meta(call, number, entry, at, is_outbound=is_outbound)
        fresh = NewCall(identity, call, at, f"Call to {entry}", meta)
        taken = await self._arriving.ask(fresh)
        if taken is None:
            await self._meet(identity, at, display)
            taken = await self._arriving.ask(fresh)
        assert taken is not None
        if taken.entry is None:
            return await self._taken_before(call)
        if at - taken.owner.last_seen > SEEN_EVERY:
            await self._store.touch_identity(taken.owner.identity_row, at)
        owner = taken.owner
        self._bus.publish(ThreadDelta(owner.thread, timeline.entry(owner.thread, taken.entry)))
        return await self._caller(owner.contact, owner.thread, taken.facts)

    async def call_ended(self, summary: CallSummary) -> None:
        """Completes the call's entry; the last one wins. Raises NoSuchThread for a call that never arrived."""
        title = agent = None
        if summary.queue is not None or summary.agent is not None:
            title, agent = await self._store.names(summary.queue, summary.agent)
        row = await self._ending.ask(
            OldCall(
                summary.call,
                summary.answered_at,
                summary.ended_at,
                summary.outcome.result.value,
                timeline.call_preview(summary, title, agent),
                timeline.ended_meta(summary, title, agent),
            )
        )
        if row is None:
            raise NoSuchThread("no entry of that call")
        thread = ThreadId(row["thread"])  # an agent may have said meanwhile whose call it was
        self._bus.publish(ThreadDelta(thread, timeline.entry(thread, row)))

    async def remember_language(self, contact: ContactId, language: str) -> None:
        await self._store.remember_language(contact, language)

    async def annotate(
        self,
        thread: ThreadId,
        call: CallId,
        tags: Sequence[str],
        fields: Mapping[str, str],
        note: str | None,
        create_task: bool,
    ) -> None:
        """A flow step's `thread:` block: marks the call and the contact, adds a note, opens a task."""
        now = self._clock.now()
        deltas: list[ThreadDelta] = []
        async with self._pool.acquire() as link, link.transaction():
            store = ThreadStore(link)
            found = await store.find_call(call)
            place = found or await _place(store, thread)
            thread, thread_row = place.thread, place.thread_row
            await store.tag_contact(thread_row, tags, fields)
            entry = await store.call_entry(call)
            if entry is not None:
                await store.annotate_call(entry, tags, fields)
                deltas.append(await _delta(store, thread, entry))
            if note:
                new = _note(thread_row, "bot", None, note, now)
                row = await store.add_interaction(
                    replace(new, session_row=None if found is None else found.session_row)
                )
                assert row is not None
                deltas.append(await _delta(store, thread, row))
            if create_task:
                await store.open_work_item(thread_row, call, timeline.preview(note or TASK_SUBJECT), now)
        for delta in deltas:
            self._bus.publish(delta)

    async def wrap_up(
        self, call: CallId, code: str | None, titles: Mapping[str, str], agent: AgentId
    ) -> None:
        """What `agent` says became of the call, with the code's titles of today; None takes it back.

        Raises NoSuchThread for a call that never arrived.
        """
        said: Json | None = None
        if code is not None:
            at = timeline.iso(self._clock.now())
            said = {"code": code, "titles": {**titles}, "agent": str(agent), "at": at}
        async with self._pool.acquire() as link, link.transaction():
            store = ThreadStore(link)
            found, entry = await store.find_call(call), await store.call_entry(call)
            if found is None or entry is None:
                raise NoSuchThread("no entry of that call")
            await store.wrap_up_call(entry, said)
            delta = await _delta(store, found.thread, entry)
        self._bus.publish(delta)

    # messages and notes

    async def add_message(
        self,
        *,
        thread: ThreadId | None,
        identity: tuple[str, str] | None,
        channel: str,
        direction: str,
        text: str,
        html: str | None = None,
        subject: str | None = None,
        at: datetime | None = None,
        actor: AgentId | None = None,
        provider_msg_id: str | None = None,
        endpoint: str | None = None,
        scope: str = "",
        display: str | None = None,
    ) -> Json:
        """A message into `thread`, or into the thread of `identity` (kind, value), made when it is new.

        Delivered twice (same endpoint and `provider_msg_id`) it is one entry, which is returned again.
        `scope` belongs to the identity, `display` names a contact made now. Raises NoSuchThread,
        IdentityUnreadable.
        """
        known = None
        if identity is not None:
            known = identities.read(identity[0], identity[1], scope=scope, region=self._region)
        if thread is None and known is None:
            raise IdentityUnreadable("a message needs a thread or an identity")
        new = NewInteraction(
            thread_row=0,
            kind="email" if channel == "email" else "message",
            channel=channel,
            direction=direction,
            actor_kind=_actor_kind(direction, actor),
            actor=actor if direction == "out" else None,
            at=at or self._clock.now(),
            preview=timeline.preview(subject or text),
            text=text,
            html=None if html is None else nh3.clean(html),
            meta={} if subject is None else {"subject": subject},
            status="received" if direction == "in" else "sent",
            provider_msg_id=provider_msg_id,
        )
        return await self._store_message(thread, known, display, new, endpoint or API)

    async def add_note(self, thread: ThreadId, agent: AgentId | None, text: str) -> Json:
        """An agent's note; the customer never sees it, colleagues it names are told. Raises NoSuchThread."""
        async with self._pool.acquire() as link, link.transaction():
            store = ThreadStore(link)
            kind = "system" if agent is None else "agent"
            place = await _place(store, thread)
            row = await store.add_interaction(_note(place.thread_row, kind, agent, text, self._clock.now()))
            assert row is not None
            named = await self._mentioned(link, row, text, agent)
            delta = await _delta(store, place.thread, row)
        self._bus.publish(delta)
        if named:
            self._bus.publish(AgentMentioned(tuple(named), delta.thread, delta.entry))
        return delta.entry

    # questions

    async def contacts(self, identity: str, region: str) -> list[Json]:
        """Everyone known under what `identity` may mean: a phone number (read in `region`), an address."""
        threads = await self._store.threads_known_as(identities.guesses(identity, region))
        rows = [await self._store.pop(thread) for thread in threads]
        return [card.whole(row) | await self._kin(row) for row in rows if row is not None]

    async def contact(self, contact: ContactId) -> Json:
        """Contact, identities and open work items. Raises NoSuchContact."""
        thread = await self._store.thread_of(contact)
        row = None if thread is None else await self._store.pop(thread)
        if row is None:
            raise NoSuchContact
        return card.whole(row) | await self._kin(row)

    async def timeline(
        self, thread: ThreadId, before: str | None = None, limit: int = 50, channel: str | None = None
    ) -> Json:
        """{"entries": [newest first], "next": cursor of the next page | None}. At most 200 entries, of one channel or all.

        Raises NoSuchThread, CursorUnreadable.
        """
        size = max(1, min(limit, timeline.PAGE_MAX))
        cursor = timeline.read_cursor(before)
        rows = await self._store.timeline(thread, cursor, size + 1, channel)
        if not rows:
            place = await _place(self._store, thread)
            rows = await self._store.timeline_of_several(place.contact_row, cursor, size + 1, channel)
        page = rows[:size]
        more = timeline.Cursor(page[-1]["occurred_at"], page[-1]["id"]) if len(rows) > size else None
        return {
            "entries": [timeline.entry(thread, row) for row in page],
            "next": None if more is None else str(more),
        }

    async def pop(self, thread: ThreadId, call_facts: Json) -> Json:
        """Everything an agent's page shows when his phone rings. Raises NoSuchThread."""
        row = await self._store.pop(thread)
        if row is None:
            raise NoSuchThread
        if row["is_gathering"]:
            newest = await self._store.timeline_of_several(row["contact_row"], timeline.NEWEST, POP_ENTRIES)
            row = {**row, "timeline": newest}
        return card.pop(ThreadId(row["thread"]), row, call_facts) | await self._kin(row)

    async def last_agent(self, thread: ThreadId) -> AgentId | None:
        """Who served this customer last, within the newest fifty entries."""
        facts = await self._store.facts(thread)
        return None if facts is None else facts.last_agent

    # within

    async def _kin(self, row: Mapping[str, Any]) -> Json:
        """{candidates, suggestions, merges}; most contacts have none and cost no further look."""
        if row["has_kin"]:
            return await kin(self._pool, row["contact_row"])
        return {"candidates": [], "suggestions": [], "merges": []}

    async def _meet(self, identity: Identity, at: datetime, display: str | None) -> None:
        """Makes the contact of an identity nobody had, unless a parallel delivery was faster."""
        async with self._pool.acquire() as link, link.transaction():
            store = ThreadStore(link)
            await store.lock_identity(identity)
            await self._owner(store, identity, at, display)

    async def _taken_before(self, call: CallId) -> Caller:
        """The same news of a call a second time: it stays where it is."""
        place = await self._store.find_call(call)
        assert place is not None
        facts = await self._store.facts(place.thread)
        assert facts is not None
        return await self._caller(place.contact, place.thread, facts)

    async def _caller(self, contact: ContactId, thread: ThreadId, facts: Facts) -> Caller:
        known = {**_facts_json(facts), "panel": await self._panel(contact)}
        return Caller(contact, thread, known, await self._store.conversation(thread))

    async def _owner(
        self, store: ThreadStore, identity: Identity, at: datetime, display: str | None
    ) -> Owner:
        """Found or made; the caller holds the identity's lock."""
        owner = await store.find_identity(identity)
        if owner is not None:
            if at - owner.last_seen > SEEN_EVERY:
                await store.touch_identity(owner.identity_row, at)
            return owner
        now = self._clock.now()
        name = (display or "").strip() or None
        return await store.add_contact(ContactId(uuid7(now)), ThreadId(uuid7(now)), identity, name, at)

    async def _store_message(
        self,
        thread: ThreadId | None,
        identity: Identity | None,
        display: str | None,
        new: NewInteraction,
        address: str,
    ) -> Json:
        async with self._pool.acquire() as link, link.transaction():
            store = ThreadStore(link)
            if thread is None:
                assert identity is not None
                await store.lock_identity(identity)
                owner = await self._owner(store, identity, new.at, display)
                thread = owner.thread
                new = replace(new, thread_row=owner.thread_row, identity_row=owner.identity_row)
            else:
                place = await _place(store, thread)
                thread, thread_row = place.thread, place.thread_row
                new = replace(
                    new,
                    thread_row=thread_row,
                    identity_row=await _identity_within(store, identity, thread_row),
                )
            endpoint = await store.endpoint(new.channel, address)
            row = await store.add_interaction(replace(new, endpoint_row=endpoint))
            if row is None:
                assert new.provider_msg_id is not None
                return await _delivered(store, endpoint, new.provider_msg_id)
            delta = await _delta(store, thread, row)
        self._bus.publish(delta)
        return delta.entry


async def _delivered(store: ThreadStore, endpoint: int, provider_msg_id: str) -> Json:
    found = await store.find_delivered(endpoint, provider_msg_id)
    assert found is not None
    row, thread = found
    return timeline.entry(thread, await store.entry(row))


async def _identity_within(store: ThreadStore, identity: Identity | None, thread_row: int) -> int | None:
    """The identity a message came by, if it is one of this thread's contact."""
    owner = None if identity is None else await store.find_identity(identity)
    return owner.identity_row if owner is not None and owner.thread_row == thread_row else None


async def _place(store: ThreadStore, thread: ThreadId) -> Place:
    found = await store.place(thread)
    if found is None:
        raise NoSuchThread
    return found


async def _delta(store: ThreadStore, thread: ThreadId, row: int) -> ThreadDelta:
    return ThreadDelta(thread, timeline.entry(thread, await store.entry(row)))


def _actor_kind(direction: str, actor: AgentId | None) -> str:
    if direction == "in":
        return "customer"
    return "bot" if actor is None else "agent"


def _note(thread_row: int, actor_kind: str, actor: AgentId | None, text: str, at: datetime) -> NewInteraction:
    return NewInteraction(
        thread_row=thread_row,
        kind="note",
        channel="internal",
        direction="none",
        actor_kind=actor_kind,
        actor=actor,
        at=at,
        preview=timeline.preview(text),
        text=text,
        html=None,
        meta={},
    )


def _facts_json(facts: Facts) -> Json:
    """The flow's `contact` context."""
    return {
        "name": facts.name,
        "vip": bool(facts.attrs.get("vip", False)),
        "language": facts.language,
        "tags": facts.attrs.get("tags", []),
        "fields": facts.attrs.get("fields", {}),
        "last_agent": None if facts.last_agent is None else str(facts.last_agent),
        "open_tickets": facts.open_tickets,
    }
