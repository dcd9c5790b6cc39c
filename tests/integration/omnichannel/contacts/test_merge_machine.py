"""After any sequence of merges and un-merges every interaction is where its identity is.

A machine of rules (hypothesis) drives the real database: calls, messages, notes and work items arrive between merges,
undos, identities that change hands, batches of entries on their way, restarts in the middle of them, and slow
transactions that began before a merge and end after it. Beside it stands a model of three dictionaries.
"""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from omnichannel.audit.service import Actor, Audit
from omnichannel.contacts.errors import AlreadyOne
from omnichannel.contacts.service import Contacts
from omnichannel.identity import read
from omnichannel.store import NewInteraction, Owner, ThreadStore
from omnichannel.threads import Threads
from tests.integration.omnichannel.support import NOON, ended, new_call
from threadline.db.pool import Pool, open_pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import Bus
from threadline.kernel.ids import ContactId, ThreadId

pytestmark = pytest.mark.integration

NUMBERS = [f"+8491234567{digit}" for digit in range(6)]
ADMIN = Actor("token", "test")
BATCH = 2
T = TypeVar("T")


class Model:
    """Who is who: contacts by number, the edges of merges, and the home of everything."""

    def __init__(self) -> None:
        self.contacts: list[tuple[ContactId, ThreadId]] = []
        self.parent: dict[int, int] = {}
        self.merges: dict[int, int] = {}  # merge id: loser
        self.owner: dict[str, int] = {}  # number: home
        self.came_by: dict[str, str] = {}  # entry: number
        self.made_for: dict[str, int] = {}  # entry without identity: home

    def root(self, contact: int) -> int:
        while contact in self.parent:
            contact = self.parent[contact]
        return contact

    def place(self, entry: str) -> int:
        if entry in self.came_by:
            return self.root(self.owner[self.came_by[entry]])
        return self.root(self.made_for[entry])

    def expected(self) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {self.root(one): set() for one in range(len(self.contacts))}
        for entry in (*self.came_by, *self.made_for):
            found[self.place(entry)].add(entry)
        return found


class Merging(RuleBasedStateMachine):
    dsn = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self.clock, self.bus, self.model = VirtualClock(NOON), Bus(), Model()
        self.pool: Pool = self.go(open_pool(self.dsn, max_size=4))
        self.slow: tuple[Any, Any, Owner, str] | None = None
        self.seen: list[int] = []  # whom each contact was last seen to belong to

    def go(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        self.go(self.pool.execute("truncate contact, session, work_item, regathering cascade"))
        self.threads = Threads(self.pool, self.clock, self.bus)
        self.restart()

    @rule()
    def restart(self) -> None:
        self.contacts = Contacts(self.pool, self.clock, self.bus, Audit(self.pool, self.clock), batch=BATCH)

    @rule()
    def one_batch(self) -> None:
        self.go(self.contacts.step())
        self.see_undone()

    # what arrives

    @rule(number=st.sampled_from(NUMBERS))
    def message(self, number: str) -> None:
        self.tick()
        entry = self.go(
            self.threads.add_message(
                thread=None, identity=("phone", number), channel="sms", direction="in", text="Hi"
            )
        )
        self.arrived(number, entry["id"], UUID(str(entry["thread"])))

    @rule(number=st.sampled_from(NUMBERS), has_task=st.booleans())
    def call(self, number: str, has_task: bool) -> None:
        self.tick()
        call, at = new_call(), self.clock.now()
        caller = self.go(self.threads.call_arrived(call, number, number, "1900", "VN", at, None))
        if has_task:
            self.go(self.threads.annotate(caller.thread, call, [], {}, None, True))
        self.go(self.threads.call_ended(ended(call, caller.thread)))
        entry = self.go(
            self.pool.fetchval(
                "select i.id from interaction i join session s on s.id = i.session_id where s.provider_id = $1",
                str(call),
            )
        )
        self.arrived(number, str(entry), caller.thread)

    @precondition(lambda self: self.model.contacts)
    @rule(data=st.data())
    def note(self, data: st.DataObject) -> None:
        self.tick()
        chosen = self.any_contact(data)
        root = self.model.root(chosen)
        entry = self.go(self.threads.add_note(self.model.contacts[chosen][1], None, "Note"))
        assert entry["thread"] == str(self.model.contacts[root][1])
        self.model.made_for[str(entry["id"])] = root

    @precondition(lambda self: self.slow is None and self.model.owner)
    @rule(data=st.data())
    def slow_message_begins(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.model.owner)))
        self.slow = self.go(self.begin_slowly(number))

    @precondition(lambda self: self.slow is not None)
    @rule()
    def slow_message_ends(self) -> None:
        entry, number = self.go(self.end_slowly())
        self.model.came_by[str(entry)] = number
        self.go(self.contacts.settle())
        self.see_undone()

    # what people do

    @precondition(lambda self: len(self.model.contacts) > 1)
    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        winner, loser = self.any_contact(data), self.any_contact(data)
        one, other = self.model.root(winner), self.model.root(loser)
        try:
            done = self.go(
                self.contacts.merge(self.model.contacts[winner][0], self.model.contacts[loser][0], ADMIN)
            )
        except AlreadyOne:
            assert one == other
            return
        assert one != other
        assert done["thread"] == str(self.model.contacts[one][1])
        self.model.parent[other] = one
        self.model.merges[int(str(done["merge"]))] = other
        self.see_undone()

    @precondition(lambda self: self.model.merges)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        merge = data.draw(st.sampled_from(sorted(self.model.merges)))
        self.go(self.contacts.undo_merge(merge, ADMIN))
        self.see_undone()

    @precondition(lambda self: self.model.owner)
    @rule(data=st.data(), is_new=st.booleans())
    def identity_changes_hands(self, data: st.DataObject, is_new: bool) -> None:
        number = data.draw(st.sampled_from(sorted(self.model.owner)))
        to = None if is_new else self.any_contact(data)
        holder = self.model.root(self.model.owner[number])
        row = self.go(self.pool.fetchval("select id from contact_identity where value = $1", number))
        given = self.go(
            self.contacts.take_identity(
                self.model.contacts[holder][0],
                row,
                ADMIN,
                to=None if to is None else self.model.contacts[to][0],
            )
        )
        if given["contact"] is None:  # nothing had come by it
            del self.model.owner[number]
        elif to is None:
            self.model.owner[number] = self.add(UUID(str(given["contact"])), UUID(str(given["thread"])))
        else:
            self.model.owner[number] = self.model.root(to)
        self.see_undone()

    # what must be true

    @invariant()
    def every_entry_is_where_its_identity_is(self) -> None:
        for root, entries in self.model.expected().items():
            page = self.go(self.threads.timeline(self.model.contacts[root][1], None, 200))
            listed = page["entries"]
            assert isinstance(listed, list)
            found = [str(one["id"]) for one in listed if isinstance(one, dict)]
            assert len(found) == len(set(found))
            assert set(found) == entries

    @invariant()
    def every_id_leads_to_whom_it_belongs(self) -> None:
        """Looked at in every step that changes one of them: a message does not, and each look is a dozen queries."""
        roots = [self.model.root(number) for number in range(len(self.model.contacts))]
        if roots == self.seen:
            return
        self.seen = roots
        for (contact, thread), root in zip(self.model.contacts, roots, strict=True):
            whose = self.model.contacts[root]
            shown = self.go(self.threads.contact(contact))
            assert (shown["id"], shown["thread"]) == (str(whose[0]), str(whose[1]))
            popped = self.go(self.threads.pop(thread, {}))
            assert isinstance(popped["contact"], dict)
            assert popped["contact"]["id"] == str(whose[0])

    def teardown(self) -> None:
        try:
            if hasattr(self, "contacts"):
                self.end()
        finally:
            self.go(self.pool.close())
            self.runner.close()

    def end(self) -> None:
        if self.slow is not None:
            self.slow_message_ends()
        self.rows_are_where_they_belong()
        for merge in sorted(self.model.merges, key=lambda one: (one % 3, one)):
            self.go(self.contacts.undo_merge(merge, ADMIN))
        self.rows_are_where_they_belong()
        self.seen = []
        self.every_id_leads_to_whom_it_belongs()
        assert not self.model.parent
        stray = "select count(*) from interaction where identity_id is null and home_thread_id is not null"
        assert self.go(self.pool.fetchval(stray)) == 0
        left = "select count(*) from contact where root_id is not null or merged_into is not null"
        assert self.go(self.pool.fetchval(left)) == 0

    def rows_are_where_they_belong(self) -> None:
        self.go(self.contacts.settle())
        self.see_undone()
        assert self.go(self.pool.fetchval("select count(*) from regathering")) == 0
        self.every_entry_is_where_its_identity_is()
        astray = self.go(
            self.pool.fetch(
                """select 'entry', i.id from interaction i join contact_identity k on k.id = i.identity_id
                   join thread t on t.contact_id = k.contact_id where i.thread_id <> t.id
                   union all
                   select 'session', s.id from session s join interaction i on i.session_id = s.id
                   where s.thread_id <> i.thread_id
                   union all
                   select 'work item', w.id from work_item w join session s on s.work_item_id = w.id
                   where w.thread_id <> s.thread_id
                   union all
                   select 'loser', t.id from interaction i join thread t on t.id = i.thread_id
                   join contact c on c.id = t.contact_id where c.root_id is not null"""
            )
        )
        assert not astray

    # within

    def tick(self) -> None:
        self.clock.advance(timedelta(seconds=1).total_seconds())

    def any_contact(self, data: st.DataObject) -> int:
        return data.draw(st.integers(0, len(self.model.contacts) - 1))

    def add(self, contact: UUID, thread: UUID) -> int:
        self.model.contacts.append((ContactId(contact), ThreadId(thread)))
        return len(self.model.contacts) - 1

    def arrived(self, number: str, entry: object, thread: UUID) -> None:
        if number not in self.model.owner:
            contact = self.go(
                self.pool.fetchval(
                    "select c.public_id from thread t join contact c on c.id = t.contact_id where t.public_id = $1",
                    thread,
                )
            )
            self.model.owner[number] = self.add(contact, thread)
        self.model.came_by[str(entry)] = number
        assert thread == self.model.contacts[self.model.place(str(entry))][1]

    def see_undone(self) -> None:
        """An undo becomes true when its entries are back, whoever moved the last of them."""
        rows = self.go(self.pool.fetch("select id from contact_merge where undone_at is not null"))
        for row in rows:
            loser = self.model.merges.pop(row["id"], None)
            if loser is not None:
                del self.model.parent[loser]

    async def begin_slowly(self, number: str) -> tuple[Any, Any, Owner, str]:
        link = await self.pool.acquire()
        transaction = link.transaction()
        await transaction.start()
        owner = await ThreadStore(link).find_identity(read("phone", number, region="VN"))
        assert owner is not None
        return link, transaction, owner, number

    async def end_slowly(self) -> tuple[int, str]:
        assert self.slow is not None
        (link, transaction, owner, number), self.slow = self.slow, None
        entry = await ThreadStore(link).add_interaction(
            NewInteraction(
                thread_row=owner.thread_row, kind="message", channel="sms", direction="in", actor_kind="customer",
                actor=None, at=self.clock.now(), preview="Slow", text="Slow", html=None, meta={},
                identity_row=owner.identity_row,
            )
        )  # fmt: skip
        assert entry is not None
        await transaction.commit()
        await self.pool.release(link)
        return entry, number


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
def test_after_any_sequence_of_merges_every_interaction_is_where_its_identity_is(dsn: str) -> None:
    machine = type("OnThisDatabase", (Merging,), {"dsn": dsn})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],  # shrinking against a database takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
