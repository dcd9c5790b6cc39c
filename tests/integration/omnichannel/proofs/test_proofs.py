"""A visitor proves that a phone or an e-mail is his by a one-time code; anybody else proves nothing and sees nothing."""

import asyncio
from email import message_from_bytes, policy
from typing import Any

import pytest

from omnichannel.audit.service import Actor
from omnichannel.errors import CannotSend
from omnichannel.identity import Trust
from omnichannel.proofs.service import NoSuchClaim, TooManyCodes
from omnichannel.threads import Threads
from tests.integration.omnichannel.proofs.support import CODE, LANS_MAIL, LANS_PHONE, Shop, wrong
from threadline.kernel.events import ThreadMoved

pytestmark = pytest.mark.integration


async def test_a_right_code_joins_the_visitor_to_whom_the_phone_belongs_and_shows_him_nothing_of_before(
    shop: Shop, threads: Threads
) -> None:
    moved: list[ThreadMoved] = []
    shop.bus.subscribe(ThreadMoved, moved.append)
    hers = await threads.add_message(
        thread=None, identity=("phone", LANS_PHONE), channel="sms", direction="in", text="My secret"
    )
    lan = shop.visitor("a")
    await shop.says(lan, "It is me", phone="0901 234 567")
    assert str(await shop.thread_of(lan)) != hers["thread"]
    sent = await shop.asks(lan, "phone", "0901 234 567")
    assert (sent["kind"], sent["shown"], sent["left"]) == ("phone", "••• 567", 5)
    code = await shop.texted()
    assert shop.twilio.sent[-1]["To"] == LANS_PHONE
    assert await shop.types(lan, f" {code[:3]} {code[3:]} ") == {"state": "proven", "left": 0}
    assert str(await shop.thread_of(lan)) == hers["thread"]
    assert [str(one.to) for one in moved] == [hers["thread"]]
    assert [item.text for item in await shop.chat.history(shop.site, lan)] == ["It is me"]
    assert await shop.pool.fetchval("select count(*) from contact_suggestion where state = 'open'") == 0
    actions = [row["action"] for row in await shop.pool.fetch("select action from audit_log order by id")]
    assert actions[-2:] == ["proof.ask", "proof.prove"]
    assert await shop.types(lan, code) == {"state": "over", "left": 0}


async def test_a_mail_nobody_had_is_attached_as_proven(shop: Shop) -> None:
    lan = shop.visitor("a")
    await shop.says(lan, "Write to me", email=LANS_MAIL)
    await shop.asks(lan, "email", "Lan@Example.com")
    await shop.deliver()
    raw = shop.sink.taken[-1].content
    assert isinstance(raw, bytes)
    mail = message_from_bytes(raw, policy=policy.default)
    assert (mail["To"], mail["Subject"], mail["Auto-Submitted"]) == (LANS_MAIL, "Your code", "auto-generated")
    body = mail.get_body(("plain",))
    assert body is not None
    found = CODE.search(body.get_content())
    assert found is not None
    assert await shop.trust(lan, LANS_MAIL) is None
    assert (await shop.types(lan, found[0]))["state"] == "proven"
    assert await shop.trust(lan, LANS_MAIL) == Trust.PROVEN


async def test_the_code_stands_nowhere_in_the_database_and_nobody_at_a_desk_reads_it(
    shop: Shop, threads: Threads
) -> None:
    lan = shop.visitor("a")
    await shop.says(lan, "Hello")
    await shop.asks(lan, "phone", LANS_PHONE)
    code = await shop.texted()
    tables = await shop.pool.fetch("select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'")  # fmt: skip
    for (table,) in tables:
        rows = await shop.pool.fetch(f'select row_to_json(t)::text as row from "{table}" t')
        assert not [row for row in rows if f"is {code}" in row["row"]], table
    kept = await shop.pool.fetchval("select row_to_json(p)::text from identity_proof p")
    assert LANS_PHONE not in kept
    page: Any = await threads.timeline(await shop.thread_of(lan))
    texts = [one["text"] for one in page["entries"]]
    assert [text for text in texts if "••••••" in text]
    assert not [text for text in texts if code in text]


async def test_five_wrong_guesses_end_a_code_and_are_told_to_the_agent(shop: Shop, threads: Threads) -> None:
    stranger = shop.visitor("b")
    await shop.says(stranger, "I am Lan", phone=LANS_PHONE)
    await shop.asks(stranger, "phone", LANS_PHONE)
    code = await shop.texted()
    said = [await shop.types(stranger, wrong(code)) for _ in range(5)]
    assert [one["left"] for one in said] == [4, 3, 2, 1, 0]
    assert {one["state"] for one in said} == {"wrong"}
    assert await shop.types(stranger, code) == {"state": "over", "left": 0}
    assert await shop.trust(stranger, LANS_PHONE) is None
    page: Any = await threads.timeline(await shop.thread_of(stranger))
    assert "••• 567" in page["entries"][0]["text"]


async def test_guesses_at_the_same_moment_are_five_all_the_same(shop: Shop) -> None:
    stranger = shop.visitor("b")
    await shop.says(stranger, "I am Lan")
    await shop.asks(stranger, "phone", LANS_PHONE)
    code = await shop.texted()
    said = await asyncio.gather(*(shop.types(stranger, wrong(code)) for _ in range(12)))
    assert sorted(str(one["state"]) for one in said) == ["over"] * 7 + ["wrong"] * 5
    assert await shop.types(stranger, code) == {"state": "over", "left": 0}


async def test_a_code_is_its_visitors_alone_and_lasts_ten_minutes(shop: Shop) -> None:
    lan, stranger = shop.visitor("a"), shop.visitor("b")
    for who in (lan, stranger):
        await shop.says(who, "Hello")
    await shop.asks(lan, "phone", LANS_PHONE)
    code = await shop.texted()
    assert (await shop.types(stranger, code))["state"] == "over"
    shop.clock.advance(599)
    assert await shop.proofs.waiting(shop.site, lan.value) is not None
    shop.clock.advance(2)
    assert await shop.proofs.waiting(shop.site, lan.value) is None
    assert (await shop.types(lan, code))["state"] == "over"


async def test_a_new_code_takes_the_place_of_the_one_before(shop: Shop) -> None:
    lan = shop.visitor("a")
    await shop.says(lan, "Hello")
    await shop.asks(lan, "phone", LANS_PHONE)
    first = await shop.texted()
    shop.clock.advance(61)
    await shop.asks(lan, "phone", LANS_PHONE)
    second = await shop.texted()
    if first != second:
        assert (await shop.types(lan, first))["state"] == "wrong"
    assert (await shop.types(lan, second))["state"] == "proven"


async def test_nobodys_phone_is_flooded_by_however_many_visitors(shop: Shop) -> None:
    people = [shop.visitor(letter) for letter in "abcd"]
    for who in people:
        await shop.says(who, "Hello")
    made = await asyncio.gather(
        *(shop.asks(who, "phone", LANS_PHONE) for who in people), return_exceptions=True
    )
    refused = [one for one in made if isinstance(one, TooManyCodes)]
    assert len(refused) == 3
    assert 0 < refused[0].retry_after_s <= 60


async def test_an_agent_asks_who_claims_a_phone_by_one_click(shop: Shop) -> None:
    lan = shop.visitor("a")
    await shop.says(lan, "Call me", phone=LANS_PHONE)
    suggestion = await shop.pool.fetchval("select id from contact_suggestion")
    asked = await shop.proofs.ask_about(suggestion, Actor("agent", "0199a000-0000-7000-8000-000000000003"))
    assert await shop.proofs.waiting(shop.site, lan.value) == asked
    assert (await shop.types(lan, await shop.texted()))["state"] == "proven"
    with pytest.raises(NoSuchClaim):
        await shop.proofs.ask_about(suggestion, Actor("system"))


async def test_a_shared_phone_proves_who_he_may_be_and_an_agent_decides(shop: Shop, threads: Threads) -> None:
    await threads.add_message(
        thread=None, identity=("phone", LANS_PHONE), channel="sms", direction="in", text="Hi"
    )
    await shop.pool.execute("update contact_identity set is_shared = true where kind = 'phone'")
    lan = shop.visitor("a")
    await shop.says(lan, "It is me", phone=LANS_PHONE)
    await shop.asks(lan, "phone", LANS_PHONE)
    assert (await shop.types(lan, await shop.texted()))["state"] == "proven"
    row = await shop.pool.fetchrow("select trust, reason, state from contact_suggestion")
    assert row is not None
    assert tuple(row) == (Trust.PROVEN, "shared", "open")
    assert await shop.trust(lan, LANS_PHONE) is None


async def test_no_code_leaves_without_an_address_of_ours_or_to_whom_wants_none(
    shop: Shop, threads: Threads
) -> None:
    lan = shop.visitor("a")
    with pytest.raises(CannotSend, match="Say something"):
        await shop.asks(lan, "phone", LANS_PHONE)
    await shop.says(lan, "Hello")
    await threads.add_message(
        thread=None, identity=("phone", LANS_PHONE), channel="sms", direction="in", text="STOP"
    )
    await shop.pool.execute("update contact_identity set do_not_contact = true where kind = 'phone'")
    with pytest.raises(CannotSend, match="does not want"):
        await shop.asks(lan, "phone", LANS_PHONE)
    await shop.rooms.endpoints.change(shop.site.id, config={"origins": "https://shop.example.vn"})
    bare = await shop.chat.site(shop.site.id)
    with pytest.raises(CannotSend, match="no address"):
        await shop.proofs.ask(bare, lan.value, "phone", LANS_PHONE, Actor("system"))
    assert (await shop.chat.about(bare))["proves"] == []
