"""Merges, undos and choices as agents make them: nothing is lost, names lead on, pages are told."""

from uuid import UUID

import pytest

from omnichannel.audit.service import Actor, Audit
from omnichannel.contacts.errors import CustomerNumbersDiffer, IdentityTaken, NoSuchMerge, StillShared
from omnichannel.contacts.meeting import meet
from omnichannel.contacts.service import Contacts
from omnichannel.identity import Trust, read
from omnichannel.people import People
from omnichannel.threads import Threads
from tests.integration.omnichannel.support import NOON, ended, new_call
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import Bus, Json, ThreadDelta, ThreadMoved
from threadline.kernel.ids import CallId, ContactId, ThreadId

pytestmark = pytest.mark.integration

LAN, HUNG = "+84912345678", "+84987654321"
SYSTEM = Actor("system")


@pytest.fixture
def audit(pool: Pool, clock: VirtualClock) -> Audit:
    return Audit(pool, clock)


@pytest.fixture
def contacts(pool: Pool, clock: VirtualClock, bus: Bus, audit: Audit) -> Contacts:
    return Contacts(pool, clock, bus, audit)


@pytest.fixture
def moves(bus: Bus) -> list[ThreadMoved]:
    heard: list[ThreadMoved] = []
    bus.subscribe(ThreadMoved, heard.append)
    return heard


async def called(
    threads: Threads, number: str, name: str | None = None
) -> tuple[CallId, ContactId, ThreadId]:
    call = new_call()
    caller = await threads.call_arrived(call, number, number, "1900", "VN", NOON, name)
    return call, caller.contact, caller.thread


async def ids(threads: Threads, thread: ThreadId) -> list[str]:
    entries = (await threads.timeline(thread))["entries"]
    assert isinstance(entries, list)
    return [str(one["id"]) for one in entries if isinstance(one, dict)]


async def identity_of(threads: Threads, contact: ContactId) -> int:
    rows = (await threads.contact(contact))["identities"]
    assert isinstance(rows, list)
    assert isinstance(rows[0], dict)
    return int(str(rows[0]["id"]))


async def test_a_merge_is_one_call_told_and_audited_and_so_is_its_undo(
    threads: Threads, contacts: Contacts, audit: Audit, people: People, moves: list[ThreadMoved]
) -> None:
    an = await people.add("an", "secret", role="agent", display_name="Trần An")
    _, lan, lan_thread = await called(threads, LAN, "Lan")
    _, hung, hung_thread = await called(threads, HUNG, "Hùng")
    await contacts.edit(hung, {"customer_no": "K7", "tags": ["old"], "fields": {"city": "Huế"}}, SYSTEM)
    merged = await contacts.merge(lan, hung, Actor("agent", str(an)))
    assert merged["contact"] == str(lan)
    card = await threads.contact(hung)
    assert (card["id"], card["customer_no"], card["tags"]) == (str(lan), "K7", ["old"])
    (fact,) = card["merges"] if isinstance(card["merges"], list) else []
    assert isinstance(fact, dict)
    assert (fact["by"], fact["loser"]) == (
        {"id": str(an), "name": "Trần An"},
        {"contact": str(hung), "name": "Hùng"},
    )
    assert await ids(threads, hung_thread) == await ids(threads, lan_thread)
    assert ThreadMoved(hung_thread, lan_thread, "merged") in moves
    undone = await contacts.undo_merge(int(str(merged["merge"])), SYSTEM)
    assert (undone["state"], undone["contact"]) == ("done", str(hung))
    again = await threads.contact(lan)
    assert (again["customer_no"], again["tags"], again["fields"]) == (None, [], {})
    assert (await threads.contact(hung))["customer_no"] == "K7"
    assert ThreadMoved(lan_thread, hung_thread, "unmerged") in moves
    notes = await audit.list(target=f"contact:{lan}")
    assert [note["action"] for note in notes] == ["contact.unmerge", "contact.merge"]
    with pytest.raises(NoSuchMerge):
        await contacts.undo_merge(int(str(merged["merge"])), SYSTEM)


async def test_different_customer_numbers_are_merged_only_when_an_agent_insists(
    threads: Threads, contacts: Contacts
) -> None:
    _, lan, _ = await called(threads, LAN)
    _, hung, _ = await called(threads, HUNG)
    await contacts.edit(lan, {"customer_no": "K1"}, SYSTEM)
    await contacts.edit(hung, {"customer_no": "K2"}, SYSTEM)
    with pytest.raises(CustomerNumbersDiffer):
        await contacts.merge(lan, hung, SYSTEM)
    await contacts.merge(lan, hung, SYSTEM, anyway=True)
    assert (await threads.contact(hung))["customer_no"] == "K1"


async def test_a_large_thread_is_whole_at_every_batch_and_after_a_restart(
    pool: Pool, clock: VirtualClock, bus: Bus, audit: Audit, threads: Threads
) -> None:
    _, lan, lan_thread = await called(threads, LAN)
    _, hung, hung_thread = await called(threads, HUNG)
    await pool.execute(
        """insert into interaction (thread_id, identity_id, kind, channel, direction, actor_kind, occurred_at)
           select i.thread_id, i.identity_id, 'message', 'sms', 'in', 'customer', $2::timestamptz - n * interval '1 second'
           from interaction i join thread t on t.id = i.thread_id, generate_series(1, 12000) n where t.public_id = $1""",
        hung_thread,
        NOON,
    )

    async def count(thread: ThreadId) -> int:
        seen, cursor = 0, None
        while True:
            page = await threads.timeline(thread, cursor, 200)
            assert isinstance(page["entries"], list)
            seen += len(page["entries"])
            if page["next"] is None:
                return seen
            cursor = str(page["next"])

    first = Contacts(pool, clock, bus, audit, batch=500)
    merged = await first.merge(lan, hung, SYSTEM)
    moved = "select count(*) from interaction i join thread t on t.id = i.thread_id where t.public_id = $1"
    assert 2000 < await pool.fetchval(moved, lan_thread) < 12002, "the caller waited for some of it only"
    assert await count(lan_thread) == 12002
    assert await count(hung_thread) == 12002
    second = Contacts(pool, clock, bus, audit, batch=500)
    await second.settle()
    assert await pool.fetchval(moved, lan_thread) == 12002
    undone = await second.undo_merge(int(str(merged["merge"])), SYSTEM)
    assert undone["state"] == "undoing"
    assert await count(lan_thread) == 12002
    await Contacts(pool, clock, bus, audit, batch=500).settle()
    assert (await count(lan_thread), await count(hung_thread)) == (1, 12001)


async def test_a_husband_calls_from_the_landline_and_the_agent_says_who_it_is(
    threads: Threads, contacts: Contacts, moves: list[ThreadMoved], bus: Bus, clock: VirtualClock
) -> None:
    _, lan, lan_thread = await called(threads, LAN, "Lan")
    call, contact, thread = await called(threads, LAN)
    assert contact == lan
    clock.advance(60)
    chosen = await contacts.choose(SYSTEM, call=call, name="Hùng")
    husband_thread = thread_of(chosen)
    assert chosen["entries"] == 1
    assert (len(await ids(threads, lan_thread)), len(await ids(threads, husband_thread))) == (1, 1)
    assert ThreadMoved(lan_thread, husband_thread, "chosen", call) in moves
    deltas: list[ThreadDelta] = []
    bus.subscribe(ThreadDelta, deltas.append)
    await threads.annotate(thread, call, ["repair"], {}, "He asks for a repair", True)
    await threads.call_ended(ended(call, thread))
    assert {delta.thread for delta in deltas} == {husband_thread}
    popped = await threads.pop(husband_thread, {})
    assert isinstance(popped["candidates"], list)
    assert {one["name"] for one in popped["candidates"] if isinstance(one, dict)} == {"Lan", "Hùng"}
    _, last_seen, _ = await called(threads, LAN)
    assert str(last_seen) == chosen["contact"], "the next call is his until somebody says otherwise"
    back = await contacts.choose(SYSTEM, call=call, contact=lan)
    assert back["contact"] == str(lan)
    assert len(await ids(threads, lan_thread)) == 3


async def test_a_shared_phone_is_one_persons_again_once_the_other_gave_it_up(
    threads: Threads, contacts: Contacts
) -> None:
    call, lan, _ = await called(threads, LAN, "Lan")
    chosen = await contacts.choose(SYSTEM, call=call, name="Hùng")
    row = await identity_of(threads, lan)
    with pytest.raises(StillShared):
        await contacts.share_identity(lan, row, SYSTEM, shared=False)
    husband = contact_of(chosen)
    assert (await contacts.take_identity(lan, row, SYSTEM))["contact"] is None, (
        "nothing is left that came by it"
    )
    await contacts.share_identity(husband, await identity_of(threads, husband), SYSTEM, shared=False)
    with pytest.raises(IdentityTaken):
        await contacts.add_identity(lan, "phone", LAN, SYSTEM)
    await contacts.add_identity(lan, "phone", LAN, SYSTEM, shared=True)
    assert len((await contacts.kin(lan))["candidates"]) == 2  # type: ignore[arg-type]


async def test_an_agent_confirms_what_the_visitor_said_and_all_is_one_thread(
    pool: Pool, threads: Threads, contacts: Contacts
) -> None:
    _, lan, lan_thread = await called(threads, LAN, "Lan")
    async with pool.acquire() as link, link.transaction():
        visitor = await meet(
            link,
            [
                (read("web_visitor", "v", scope="s", region="VN"), Trust.CLAIMED),
                (read("phone", LAN, region="VN"), Trust.CLAIMED),
            ],
            NOON,
            "Visitor",
        )
    (said,) = await said_of(contacts, visitor.contact)
    done = await contacts.confirm(int(str(said["id"])), SYSTEM)
    assert (done["contact"], done["thread"]) == (str(lan), str(lan_thread))
    assert (await threads.contact(visitor.contact))["id"] == str(lan)
    assert await said_of(contacts, lan) == []


async def said_of(contacts: Contacts, contact: ContactId) -> list[Json]:
    found = (await contacts.kin(contact))["suggestions"]
    assert isinstance(found, list)
    return [one for one in found if isinstance(one, dict)]


def contact_of(chosen: Json) -> ContactId:
    return ContactId(UUID(str(chosen["contact"])))


def thread_of(chosen: Json) -> ThreadId:
    return ThreadId(UUID(str(chosen["thread"])))
