"""Who asks to be forgotten is found nowhere any more, and nothing that is counted changes."""

from typing import Any
from uuid import UUID

import pytest

from omnichannel.audit.service import Actor, Audit
from omnichannel.contacts.importing.service import ContactImports
from omnichannel.contacts.service import Contacts
from omnichannel.people import People
from omnichannel.privacy.errors import Held, NotNow
from omnichannel.privacy.service import Privacy
from omnichannel.threads import Threads
from tests.integration.omnichannel.privacy.support import (
    MAIL,
    NAME,
    PHONE,
    TRACES,
    Customer,
    Desk,
    counts,
    where_found,
)
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.ids import ContactId, ThreadId

pytestmark = pytest.mark.integration

ADMIN = Actor("agent", "admin")


async def test_the_traces_are_there_before(pool: Pool, lan: Customer) -> None:
    found = await where_found(pool, *TRACES)
    assert len({one.partition(":")[0] for one in found}) > 25, found
    assert {one.partition(": ")[2] for one in found} == set(TRACES)


async def test_after_erasure_no_column_of_any_table_holds_the_person(
    pool: Pool, privacy: Privacy, desk: Desk, lan: Customer
) -> None:
    before = await counts(pool)
    asked = await privacy.ask_erasure(lan.contact, ADMIN)
    await desk.work()
    assert (await privacy.request(_id(asked)))["state"] == "done"
    assert await where_found(pool, *TRACES) == []
    assert await counts(pool) == before
    assert not lan.file.exists()
    assert not lan.tape.exists()


async def test_others_keep_everything(
    pool: Pool, privacy: Privacy, desk: Desk, lan: Customer, threads: Threads
) -> None:
    binh = ("phone", "+84987654321")
    await threads.add_message(
        thread=None,
        identity=binh,
        channel="sms",
        direction="in",
        text="Tủ lạnh của tôi",
        display="Lê Văn Bình",
    )
    before = await where_found(pool, "987654321", "Văn Bình", "Tủ lạnh")
    await privacy.ask_erasure(lan.contact, ADMIN)
    await desk.work()
    assert await where_found(pool, "987654321", "Văn Bình", "Tủ lạnh") == before


async def test_whoever_is_erased_twice_is_erased_once(
    pool: Pool, privacy: Privacy, desk: Desk, lan: Customer
) -> None:
    first = await privacy.ask_erasure(lan.contact, ADMIN)
    assert (await privacy.ask_erasure(lan.contact, ADMIN))["id"] == first["id"]
    await desk.work()
    erased_at = (await privacy.standing(lan.contact))["erased_at"]
    before = await counts(pool)
    await privacy.ask_erasure(lan.contact, ADMIN)
    await desk.work()
    assert (await privacy.standing(lan.contact))["erased_at"] == erased_at
    assert await counts(pool) == before


async def test_a_new_message_from_the_same_number_is_a_stranger_s(
    privacy: Privacy, desk: Desk, lan: Customer, threads: Threads
) -> None:
    await privacy.ask_erasure(lan.contact, ADMIN)
    await desk.work()
    entry: Any = await threads.add_message(
        thread=None, identity=("phone", PHONE), channel="sms", direction="in", text="Xin chào"
    )
    assert entry["thread"] != str(lan.thread)


async def test_who_was_merged_into_her_is_erased_with_her(
    pool: Pool,
    privacy: Privacy,
    desk: Desk,
    lan: Customer,
    threads: Threads,
    contacts: Contacts,
    people: People,
) -> None:
    entry: Any = await threads.add_message(
        thread=None, identity=("email", "lan.cu@example.vn"), channel="email", direction="in", text="Hộp thư cũ",
        display=NAME,
    )  # fmt: skip
    pop: Any = await threads.pop(ThreadId(entry["thread"]), {})
    agent = await people.add(
        "an", "an", role="agent", display_name="An", extension=None, skills={}, wrap_up_s=0
    )
    await contacts.merge(ContactId(lan.contact), ContactId(pop["contact"]["id"]), Actor("agent", str(agent)))
    await contacts.settle()
    await privacy.ask_erasure(pop["contact"]["id"], ADMIN)
    await desk.work()
    assert await where_found(pool, *TRACES, "lan.cu@", "Hộp thư cũ") == []


async def test_a_legal_hold_refuses(pool: Pool, privacy: Privacy, desk: Desk, lan: Customer) -> None:
    asked = await privacy.ask_erasure(lan.contact, ADMIN)
    await privacy.hold(lan.contact, "lawsuit 12/2026", ADMIN)
    await desk.work()
    ended = await privacy.request(_id(asked))
    assert (ended["state"], ended["problem"]) == ("failed", "held")
    with pytest.raises(Held):
        await privacy.ask_erasure(lan.contact, ADMIN)
    assert await where_found(pool, MAIL) != []


async def test_a_call_under_way_is_waited_for(pool: Pool, privacy: Privacy, lan: Customer) -> None:
    await pool.execute("update call set ended_at = null where id = $1", lan.call)
    with pytest.raises(NotNow):
        await privacy.ask_erasure(lan.contact, ADMIN)


def _id(request: Any) -> UUID:
    return UUID(request["id"])


async def may_not(pool: Pool, value: str, channel: str) -> bool:
    found: bool = await pool.fetchval(
        "select may_not_contact(id, $2) from contact_identity where value = $1 and replaced_by is null", value, channel
    )  # fmt: skip
    return found


async def imported(pool: Pool, clock: VirtualClock, lines: str) -> None:
    imports = ContactImports(pool, clock, Audit(pool, clock))
    shown = await imports.preview("a.csv", f"name,phone,email\n{lines}".encode(), Actor("system"))
    await imports.apply(UUID(str(shown["id"])), Actor("system"))
    while await imports.step():
        continue


async def test_who_wants_no_messages_is_not_written_to_after_erasure_however_the_number_comes_back(
    pool: Pool, privacy: Privacy, desk: Desk, lan: Customer, threads: Threads, clock: VirtualClock
) -> None:
    await privacy.do_not_contact(lan.contact, True, ADMIN)
    await privacy.ask_erasure(lan.contact, ADMIN)
    await desk.work()
    assert await where_found(pool, *TRACES) == []
    await imported(pool, clock, f"Lan,0912345678,\nBinh,0987654321,\nMai,,{MAIL}\n")
    assert [await may_not(pool, value, "sms") for value in (PHONE, MAIL, "+84987654321")] == [
        True,
        True,
        False,
    ]
    row = await pool.fetchrow("select i.id, c.public_id from contact_identity i join contact c on c.id = i.contact_id where value = $1", PHONE)  # fmt: skip
    assert row is not None
    await privacy.do_not_contact(row["public_id"], False, ADMIN, identity=row["id"])
    assert not await may_not(pool, PHONE, "sms")
    await privacy.ask_erasure(row["public_id"], ADMIN)
    await desk.work()
    await threads.add_message(
        thread=None, identity=("phone", PHONE), channel="sms", direction="in", text="Hi"
    )
    assert not await may_not(pool, PHONE, "sms")


async def test_a_withdrawn_consent_outlives_erasure_until_it_is_given_anew(
    pool: Pool, privacy: Privacy, desk: Desk, lan: Customer, clock: VirtualClock
) -> None:
    await privacy.consent(lan.contact, "sms", "withdrawn", "call", None, ADMIN)
    await privacy.ask_erasure(lan.contact, ADMIN)
    await desk.work()
    await imported(pool, clock, "Lan,0912345678,\n")
    assert (await may_not(pool, PHONE, "sms"), await may_not(pool, PHONE, "zalo")) == (True, False)
    contact = await pool.fetchval("select c.public_id from contact c join contact_identity i on i.contact_id = c.id where value = $1", PHONE)  # fmt: skip
    await privacy.consent(contact, "sms", "given", "web_form", None, ADMIN)
    assert not await may_not(pool, PHONE, "sms")
    assert await pool.fetchval("select count(*) from kept_wish") == 1  # her mail address had the same wish


async def test_whoever_wished_nothing_leaves_nothing_behind(
    pool: Pool, privacy: Privacy, desk: Desk, lan: Customer
) -> None:
    await privacy.ask_erasure(lan.contact, ADMIN)
    await desk.work()
    assert await pool.fetchval("select count(*) from kept_wish") == 0
