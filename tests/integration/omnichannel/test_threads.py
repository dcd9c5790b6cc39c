"""One customer, one thread, on a real database."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from omnichannel.errors import IdentityUnreadable, NoSuchContact, NoSuchThread
from omnichannel.people import People
from omnichannel.threads import Threads
from tests.integration.omnichannel.support import NOON, News, ended, new_call
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.customers import Caller
from threadline.kernel.events import Json, ThreadDelta
from threadline.kernel.ids import CallId, ContactId, ThreadId, uuid7
from threadline.kernel.outcome import Result

pytestmark = pytest.mark.integration

LAN = "+84912345678"


async def arrive(
    threads: Threads, call: CallId, number: str | None = LAN, display: str | None = None
) -> Caller:
    return await threads.call_arrived(call, number, number or "anonymous", "1900", "VN", NOON, display)


async def entries(threads: Threads, thread: ThreadId) -> list[Any]:
    page = await threads.timeline(thread)
    found = page["entries"]
    assert isinstance(found, list)
    return found


async def test_a_chat_a_mail_and_a_call_of_one_person_are_one_thread(
    threads: Threads, people: People
) -> None:
    an = await people.add("an", None, role="agent", display_name="An")
    chat = await threads.add_message(
        thread=None, identity=("phone", "0912 345 678"), channel="chat", direction="in",
        text="Máy lạnh nhà tôi hỏng", at=NOON - timedelta(days=2), display="Lan",
    )  # fmt: skip
    thread = ThreadId(_uuid(chat["thread"]))
    await threads.add_message(
        thread=thread, identity=None, channel="email", direction="out", subject="Your air conditioner",
        text="We come on Thursday.", at=NOON - timedelta(days=1), actor=an,
    )  # fmt: skip
    call = new_call()
    caller = await arrive(threads, call)
    assert caller.thread == thread
    assert caller.conversation == {
        "channels": ["chat", "email", "voice"], "last_message_at": (NOON - timedelta(days=1)).isoformat(),
    }  # fmt: skip
    assert caller.facts == {
        "name": "Lan", "vip": False, "language": None, "tags": [], "last_agent": str(an), "open_tickets": 0,
        "panel": {}, "fields": {},
    }  # fmt: skip
    call_entry, mail, first = await entries(threads, thread)
    assert (call_entry["kind"], call_entry["status"], call_entry["call"]["id"]) == (
        "call",
        "ongoing",
        str(call),
    )
    assert (mail["kind"], mail["subject"], mail["preview"]) == (
        "email",
        "Your air conditioner",
        "Your air conditioner",
    )
    assert mail["actor"] == {"kind": "agent", "id": str(an), "name": "An"}
    assert (first["kind"], first["text"], first["actor"]["name"]) == (
        "message",
        "Máy lạnh nhà tôi hỏng",
        "Lan",
    )


async def test_an_ended_call_shows_what_happened(
    threads: Threads, people: People, pool: Pool, news: News
) -> None:
    await pool.execute("insert into queue (id, title) values ('support', 'Support')")
    an = await people.add("an", None, role="agent", display_name="An")
    call = new_call()
    caller = await arrive(threads, call)
    await threads.call_ended(ended(call, caller.thread, agent=an, result=Result.ABANDONED))
    await threads.call_ended(ended(call, caller.thread, agent=an))
    (shown,) = await entries(threads, caller.thread)
    assert (shown["preview"], shown["status"]) == ("Support · 4 min 12 s · An", "served")
    assert shown["call"]["outcome"] == {"result": "served", "reason": "agent_hung_up"}
    assert (shown["call"]["agent_name"], shown["call"]["path"][0]["keys"]) == ("An", "3")
    assert [delta.entry["status"] for delta in news.of(ThreadDelta)] == ["ongoing", "abandoned", "served"]
    assert news.of(ThreadDelta)[-1].entry == shown
    session = await pool.fetchrow("select ended_at, outcome from session")
    assert session is not None
    assert tuple(session) == (NOON + timedelta(minutes=5), "served")
    assert await threads.last_agent(caller.thread) == an


async def test_a_call_delivered_twice_is_one_entry(threads: Threads, news: News) -> None:
    call = new_call()
    first = await arrive(threads, call)
    again = await arrive(threads, call)
    assert first == again
    assert len(await entries(threads, first.thread)) == 1
    assert len(news.of(ThreadDelta)) == 1


async def test_fifty_calls_at_once_from_a_new_number_make_one_contact(threads: Threads, pool: Pool) -> None:
    callers = await asyncio.gather(*(arrive(threads, new_call()) for _ in range(50)))
    assert len({caller.contact for caller in callers}) == 1
    counts = await pool.fetchrow(
        "select (select count(*) from contact), (select count(*) from thread), (select count(*) from contact_identity),"
        " (select count(*) from session), (select count(*) from interaction)"
    )
    assert counts is not None
    assert tuple(counts) == (1, 1, 1, 50, 50)


async def test_one_call_delivered_twenty_times_at_once_is_one_entry(threads: Threads, pool: Pool) -> None:
    call = new_call()
    callers = await asyncio.gather(*(arrive(threads, call) for _ in range(20)))
    assert len({caller.thread for caller in callers}) == 1
    assert await pool.fetchval("select count(*) from interaction") == 1


async def test_each_withheld_caller_is_somebody_of_his_own(threads: Threads, pool: Pool) -> None:
    first = await arrive(threads, new_call(), None)
    second = await arrive(threads, new_call(), None)
    assert first.contact != second.contact
    assert await pool.fetchval("select array_agg(distinct kind) from contact") == [0]
    assert await pool.fetchval("select array_agg(distinct kind) from contact_identity") == ["withheld"]


async def test_a_caller_who_shows_his_name_is_called_by_it(threads: Threads) -> None:
    caller = await arrive(threads, new_call(), display="Lan")
    await arrive(threads, new_call(), display="Somebody Else")
    assert (await threads.contact(caller.contact))["name"] == "Lan"


async def test_a_chosen_language_is_remembered(threads: Threads) -> None:
    caller = await arrive(threads, new_call())
    await threads.remember_language(caller.contact, "en-US")
    assert (await arrive(threads, new_call())).facts["language"] == "en-US"


async def test_a_flow_marks_the_call_and_the_contact_and_opens_a_task(threads: Threads) -> None:
    call = new_call()
    caller = await arrive(threads, call)
    await threads.annotate(caller.thread, call, ["billing"], {"order_no": "4711"}, "Wants a refund", True)
    await threads.annotate(caller.thread, call, ["billing", "ivr_hangup"], {}, None, False)
    await threads.call_ended(ended(call, caller.thread))
    note, shown = await entries(threads, caller.thread)
    assert (note["kind"], note["text"], note["actor"]["kind"]) == ("note", "Wants a refund", "bot")
    assert (shown["call"]["tags"], shown["call"]["fields"]) == (
        ["billing", "ivr_hangup"],
        {"order_no": "4711"},
    )
    facts = (await arrive(threads, new_call())).facts
    assert (facts["tags"], facts["open_tickets"]) == (["billing", "ivr_hangup"], 1)
    contact = await threads.contact(caller.contact)
    assert isinstance(contact["work_items"], list)
    assert contact["fields"] == {"order_no": "4711"}
    (item,) = contact["work_items"]
    assert isinstance(item, dict)
    assert (item["subject"], item["status"]) == ("Wants a refund", "new")


async def test_a_message_its_provider_delivers_twice_is_one_entry(
    threads: Threads, pool: Pool, news: News
) -> None:
    async def deliver() -> Json:
        return await threads.add_message(
            thread=None, identity=("email", "lan@example.com"), channel="email", direction="in", text="Hello",
            provider_msg_id="<1@example.com>", endpoint="help@shop.example",
        )  # fmt: skip

    delivered = await asyncio.gather(*(deliver() for _ in range(10)))
    assert all(entry == delivered[0] for entry in delivered)
    assert await pool.fetchval("select count(*) from interaction") == 1
    assert len(news.of(ThreadDelta)) == 1


async def test_the_same_provider_id_at_another_address_is_another_message(threads: Threads) -> None:
    for endpoint in ("help@shop.example", "sales@shop.example"):
        shown = await threads.add_message(
            thread=None, identity=("email", "Lan@Example.com"), channel="email", direction="in", text="Hello",
            provider_msg_id="1", endpoint=endpoint,
        )  # fmt: skip
    assert len(await entries(threads, ThreadId(_uuid(shown["thread"])))) == 2


async def test_html_is_stored_without_what_could_run(threads: Threads, pool: Pool) -> None:
    await threads.add_message(
        thread=None, identity=("email", "lan@example.com"), channel="email", direction="in", text="Hi",
        html='<p onclick="x()">Hi<script>alert(1)</script></p>',
    )  # fmt: skip
    assert await pool.fetchval("select html_sanitised from interaction_body") == "<p>Hi</p>"


async def test_an_agent_writes_a_note(threads: Threads, people: People, news: News) -> None:
    an = await people.add("an", None, role="agent", display_name="An")
    caller = await arrive(threads, new_call())
    note = await threads.add_note(caller.thread, an, "Calls back\ntomorrow")
    assert (note["kind"], note["direction"], note["preview"]) == ("note", "none", "Calls back tomorrow")
    assert news.of(ThreadDelta)[-1].entry == note


async def test_a_long_thread_is_read_page_by_page_newest_first(threads: Threads) -> None:
    caller = await arrive(threads, new_call())
    for number in range(24):
        await threads.add_note(
            caller.thread, None, f"note {number}"
        )  # all at the same moment: the id decides
    seen: list[Any] = []
    cursor: Any = None
    for size in (10, 10, 5):
        page = await threads.timeline(caller.thread, cursor, 10)
        assert isinstance(page["entries"], list)
        assert len(page["entries"]) == size
        seen += page["entries"]
        cursor = page["next"]
    assert cursor is None
    assert [one["text"] for one in seen[:24]] == [f"note {number}" for number in range(23, -1, -1)]
    assert seen[24]["kind"] == "call"


async def test_the_pop_shows_the_customer_and_the_last_twenty_entries(threads: Threads) -> None:
    call = new_call()
    caller = await arrive(threads, call, display="Lan")
    await threads.annotate(caller.thread, call, [], {}, None, True)
    for number in range(25):
        await threads.add_note(caller.thread, None, f"note {number}")
    pop: Any = await threads.pop(caller.thread, {"id": str(call), "queue": "support"})
    assert set(pop) == {
        "contact", "identities", "work_items", "timeline", "call", "candidates", "suggestions", "merges",
    }  # fmt: skip
    assert (pop["contact"]["name"], pop["contact"]["id"]) == ("Lan", str(caller.contact))
    assert [(one["kind"], one["value"], one["trust"]) for one in pop["identities"]] == [
        ("phone", LAN, "observed")
    ]
    assert [one["status"] for one in pop["work_items"]] == ["new"]
    page: Any = await threads.timeline(caller.thread, None, 20)
    assert pop["timeline"] == page["entries"]
    assert pop["call"] == {"id": str(call), "queue": "support"}


async def test_a_contact_is_found_by_number_in_any_spelling(threads: Threads) -> None:
    caller = await arrive(threads, new_call())
    for spelling in (LAN, "0912345678", "0912 345 678"):
        assert [one["id"] for one in await threads.contacts(spelling, "VN")] == [str(caller.contact)]
    assert await threads.contacts("nobody@example.com", "VN") == []


async def test_what_does_not_exist_is_said_so(threads: Threads, clock: VirtualClock) -> None:
    stranger = uuid7(NOON)
    with pytest.raises(NoSuchThread):
        await threads.timeline(ThreadId(stranger))
    with pytest.raises(NoSuchThread):
        await threads.pop(ThreadId(stranger), {})
    with pytest.raises(NoSuchThread):
        await threads.add_note(ThreadId(stranger), None, "x")
    with pytest.raises(NoSuchContact):
        await threads.contact(ContactId(stranger))
    with pytest.raises(NoSuchThread):
        await threads.call_ended(ended(new_call(), ThreadId(stranger)))
    with pytest.raises(IdentityUnreadable):
        await threads.add_message(thread=None, identity=None, channel="chat", direction="in", text="x")


def _uuid(value: object) -> Any:
    assert isinstance(value, str)
    return UUID(value)


async def test_what_an_agent_says_became_of_a_call_stands_in_its_entry_and_can_be_taken_back(
    threads: Threads, people: People, news: News
) -> None:
    an = await people.add("an", None, role="agent", display_name="An")
    call = new_call()
    caller = await arrive(threads, call)
    await threads.wrap_up(call, "solved", {"en": "Solved"}, an)
    await threads.call_ended(ended(call, caller.thread))
    (entry,) = await entries(threads, caller.thread)
    assert (entry["call"]["wrap_up"]["code"], entry["call"]["wrap_up"]["agent"]) == ("solved", str(an))
    await threads.wrap_up(call, None, {}, an)
    (entry,) = await entries(threads, caller.thread)
    assert entry["call"]["wrap_up"] is None
    with pytest.raises(NoSuchThread):
        await threads.wrap_up(new_call(), "solved", {}, an)
