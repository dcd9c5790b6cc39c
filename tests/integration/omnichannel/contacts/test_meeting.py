"""Whoever arrives is met once, by what proves who he is and by nothing less."""

import asyncio

import pytest

from omnichannel.contacts.kin import kin
from omnichannel.contacts.meeting import Known, meet, replace
from omnichannel.contacts.store import ContactStore
from omnichannel.identity import Identity, Trust, read
from omnichannel.store import Owner
from tests.integration.omnichannel.support import NOON
from threadline.db.pool import Pool
from threadline.kernel.events import Json

pytestmark = pytest.mark.integration


def phone(number: str = "0912345678") -> Identity:
    return read("phone", number, region="VN")


def visitor(value: str = "v1") -> Identity:
    return read("web_visitor", value, scope="site", region="VN")


def zalo(value: str = "77") -> Identity:
    return read("zalo_uid", value, scope="oa", region="VN")


async def met(pool: Pool, known: Known, display: str | None = None) -> Owner:
    async with pool.acquire() as link, link.transaction():
        return await meet(link, known, NOON, display)


async def only(pool: Pool, owner: Owner, what: str) -> Json:
    """The one suggestion or merge of a contact."""
    person = await ContactStore(pool).person(owner.contact)
    assert person is not None
    found = (await kin(pool, person.row))[what]
    assert isinstance(found, list)
    assert len(found) == 1
    assert isinstance(found[0], dict)
    return found[0]


async def test_twenty_parallel_first_messages_make_one_contact(pool: Pool) -> None:
    known = [(zalo(), Trust.ATTESTED), (phone(), Trust.ATTESTED)]
    owners = await asyncio.gather(*(met(pool, known[:: 1 if n % 2 else -1], "Lan") for n in range(20)))
    assert len({owner.contact for owner in owners}) == 1
    assert await pool.fetchval("select count(*) from contact") == 1
    assert await pool.fetchval("select count(*) from contact_identity") == 2


async def test_an_attested_phone_brings_a_new_channel_to_the_caller(pool: Pool) -> None:
    caller = await met(pool, [(phone(), Trust.OBSERVED)])
    writer = await met(pool, [(zalo(), Trust.ATTESTED), (phone(), Trust.ATTESTED)])
    assert (writer.contact, writer.thread) == (caller.contact, caller.thread)
    assert writer.identity_row != caller.identity_row
    assert (await met(pool, [(zalo(), Trust.ATTESTED)])).contact == caller.contact


async def test_a_typed_phone_is_a_suggestion_that_says_why(pool: Pool) -> None:
    lan = await met(pool, [(phone(), Trust.OBSERVED)], "Lan")
    stranger = await met(pool, [(visitor(), Trust.CLAIMED), (phone(), Trust.CLAIMED)], "Visitor")
    assert stranger.contact != lan.contact
    said = await only(pool, stranger, "suggestions")
    assert (said["contact"], said["name"], said["own"]) == (str(lan.contact), "Lan", True)
    assert "nothing proves it" in str(said["reason"])
    seen = await only(pool, lan, "suggestions")
    assert (seen["contact"], seen["own"]) == (str(stranger.contact), False)


async def test_the_number_left_in_the_chat_is_suggested_when_its_owner_calls(pool: Pool) -> None:
    writer = await met(pool, [(visitor(), Trust.CLAIMED), (phone(), Trust.CLAIMED)], "Lan")
    caller = await met(pool, [(phone(), Trust.OBSERVED)])
    assert caller.contact != writer.contact
    said = await only(pool, caller, "suggestions")
    assert (said["contact"], said["name"]) == (str(writer.contact), "Lan")


async def test_what_the_provider_vouches_for_makes_two_contacts_one(pool: Pool) -> None:
    caller = await met(pool, [(phone(), Trust.OBSERVED)], "Lan")
    writer = await met(pool, [(zalo(), Trust.ATTESTED)])
    together = await met(pool, [(zalo(), Trust.ATTESTED), (phone(), Trust.ATTESTED)])
    assert writer.contact != caller.contact
    assert together.contact == caller.contact, "the older stays"
    assert (await met(pool, [(zalo(), Trust.ATTESTED)])).thread == caller.thread
    merge = await only(pool, caller, "merges")
    assert merge["rule"] == "the same phone, attested"


async def test_customer_numbers_that_differ_keep_two_contacts_apart(pool: Pool) -> None:
    caller = await met(pool, [(phone(), Trust.OBSERVED)], "Lan")
    writer = await met(pool, [(zalo(), Trust.ATTESTED)])
    for number, owner in (("K1", caller), ("K2", writer)):
        await pool.execute("update contact set customer_no = $1 where public_id = $2", number, owner.contact)
    still = await met(pool, [(zalo(), Trust.ATTESTED), (phone(), Trust.ATTESTED)])
    assert still.contact == writer.contact
    said = await only(pool, writer, "suggestions")
    assert (said["code"], said["contact"]) == ("customer_no", str(caller.contact))


async def test_a_replaced_id_leads_to_its_successor_also_when_it_comes_late(pool: Pool) -> None:
    owner = await met(pool, [(zalo("old"), Trust.ATTESTED)])
    async with pool.acquire() as link, link.transaction():
        after = await replace(link, zalo("old"), zalo("new"), NOON)
    assert after is not None
    assert after.contact == owner.contact
    late, fresh = (
        await met(pool, [(zalo("old"), Trust.ATTESTED)]),
        await met(pool, [(zalo("new"), Trust.ATTESTED)]),
    )
    assert (
        (late.contact, late.identity_row)
        == (fresh.contact, fresh.identity_row)
        == (owner.contact, after.identity_row)
    )


async def test_nobody_is_replaced_by_nobody(pool: Pool) -> None:
    async with pool.acquire() as link, link.transaction():
        assert await replace(link, zalo("old"), zalo("new"), NOON) is None
