"""Monday to Thursday: one customer, seven ways to reach the shop, two agents at their pages, one thread, on real parts.

The chat is the widget in Chromium, the mailbox a real Dovecot, outgoing mail goes to a real SMTP server, Zalo and
Messenger are stand-ins that speak their providers' HTTP with their signatures, the calls are real phones', and the
till of the store signs what it tells. docs/one-customer.md is this story in pictures.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Locator, expect

from omnichannel.audit.service import SYSTEM
from tests.e2e.test_story import Shop, at_step
from tests.integration.providers.support import now_ms
from tests.support.audio import english
from tests.support.chromium import PATIENCE_MS, Chromium
from tests.support.house import house
from tests.support.pictures import photograph
from tests.support.seat import Seat
from tests.support.street import Street, street
from threadline.compose import Server
from threadline.demo.cast import AN, BINH, HOTLINE, Employee
from threadline.demo.seed import seed
from threadline.kernel.ids import ContactId, ThreadId

pytestmark = pytest.mark.e2e

MAI, MAIS_NUMBER, MAIS_PHONE = "Mai Trần", "0918273645", "+84918273645"
MAIS_MAIL = "mai.tran@example.vn"
ZALO_USER, PSID = "246845883529197922", "7001234567890"
PATIENCE_S = PATIENCE_MS / 1000

HER_WORDS = "please-try-call-later"  # "please try your call again later"

ORDERED = "Tôi đặt một máy lạnh AC-12, giao về 12 Lê Lợi giúp tôi."
BROKEN = "Chào shop, máy lạnh AC-12 mua tháng trước kêu to quá. Có thợ qua xem được không?"
PROMISED = "Dạ chào chị Mai, em đặt lịch thợ chiều thứ Ba cho chị nhé."
NOTED = "@binh Đã hứa chị Mai: thợ qua chiều thứ Ba. Mai em nghỉ, nhờ anh theo dõi giúp."
NOBODY_CAME = "Tôi chờ cả chiều thứ Ba mà không thấy ai đến."
SORRY = "Em xin lỗi chị, thợ bị kẹt ở ca trước. Em dời lịch sang sáng thứ Năm ạ."
ON_ZALO = "Shop ơi, máy giờ nhỏ nước nữa, tôi nhắn Zalo cho nhanh."
ON_FACEBOOK = "Tôi là Mai, có ai đọc tin nhắn của tôi không?"
READ_ALL = "Dạ có ạ, em là Bình, em đọc hết từ đầu tuần rồi. Sáng mai thợ qua, chị không cần kể lại đâu."
AFTER_CALL = "Chị muốn đổi máy. Hẹn 15 giờ tại cửa hàng Quận 3, mang theo hóa đơn."
AT_THE_COUNTER = "Khách có mặt tại quầy 2, đơn 482913, còn bảo hành 11 tháng."
EXCHANGED = "Đã đổi máy mới tại quầy, giao và lắp chiều nay. Xong."


@dataclass
class World:
    """The shop, everything outside it, and two of its people at their pages."""

    shop: Shop
    outside: Street
    chromium: Chromium
    an: Seat
    binh: Seat

    @property
    def server(self) -> Server:
        return self.shop.server

    async def contact(self) -> tuple[ContactId, ThreadId]:
        """Mai, as she is known from her order."""
        (card,) = await self.server.threads.contacts(MAIS_PHONE, "VN")
        return ContactId(UUID(str(card["id"]))), ThreadId(UUID(str(card["thread"])))

    async def said(self, thread: ThreadId) -> list[tuple[str, str]]:
        """(channel, text) of what was said in it, oldest first."""
        page: Any = await self.server.threads.timeline(thread, None, 200)
        return [
            (one["channel"], one["text"] or "") for one in reversed(page["entries"]) if one["kind"] != "event"
        ]


@pytest.fixture
async def world(tmp_path: Path, dsn: str) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(house(tmp_path / "data", dsn))
        passwords = await seed(server, server.settings.data_dir, server.settings.realm)
        outside = await stack.enter_async_context(street(server))
        await server.accounts.add_account(MAIS_NUMBER, server.settings.realm, "her-phone", md5=True)
        shop = Shop(server, {**passwords, f"phone:{MAIS_NUMBER}": "her-phone"}, tmp_path)
        await server.threads.add_message(
            thread=None,
            identity=("phone", MAIS_PHONE),
            channel="email",
            direction="in",
            text=ORDERED,
            display=MAI,
        )
        chromium = await stack.enter_async_context(Chromium())
        async with chromium.watched():
            seats = [
                await take_seat(shop, chromium, *who) for who in ((AN, "en", "en-US"), (BINH, "vi", "vi-VN"))
            ]
            yield World(shop, outside, chromium, *seats)


async def take_seat(shop: Shop, chromium: Chromium, who: Employee, language: str, locale: str) -> Seat:
    seat = Seat(await chromium.window(locale=locale, height=720), language)
    url = f"http://127.0.0.1:{shop.server.http_port}/"
    await seat.sign_in(url, who.login, shop.passwords[f"login:{who.login}"])
    return seat


async def visit(world: World) -> Locator:
    """Somebody on the shop's website, with the chat open."""
    page = await world.chromium.page(world.outside.website.url)
    chat = page.locator("threadline-chat")
    await chat.locator(".launcher").click()
    await chat.locator(".panel").wait_for()
    return chat


async def say(chat: Locator, text: str) -> None:
    await chat.locator("textarea.box").fill(text)
    await chat.locator("textarea.box").press("Enter")
    await expect(chat.locator(".bubble", has_text=text)).to_be_visible()


async def leave_number(chat: Locator, number: str) -> None:
    await chat.locator("button.number").click()
    await chat.locator('input[name="phone"]').fill(number)
    await chat.locator('input[name="phone"]').press("Enter")
    await expect(chat.locator('input[name="phone"]')).to_have_count(0)


async def arrives(what: Callable[[], object]) -> None:
    """Waits until the other side has it."""
    async with asyncio.timeout(PATIENCE_S):
        while not what():
            await asyncio.sleep(0.05)


async def test_four_days_are_one_thread_whoever_serves_them(world: World) -> None:
    contact, thread = await world.contact()
    await world.server.contacts.add_identity(contact, "email", MAIS_MAIL, SYSTEM)  # her order came from there
    await monday_in_the_chat(world)
    await tuesday_by_mail(world)
    await wednesday_by_zalo_and_facebook(world)
    await thursday_by_phone(world)
    await thursday_at_the_store(world)

    said = await world.said(thread)
    texts = [text for _, text in said]
    told = (
        BROKEN,
        PROMISED,
        NOTED,
        NOBODY_CAME,
        SORRY,
        ON_ZALO,
        ON_FACEBOOK,
        READ_ALL,
        AFTER_CALL,
        AT_THE_COUNTER,
    )
    places = [next(n for n, text in enumerate(texts) if one in text) for one in (ORDERED, *told, EXCHANGED)]
    assert places == sorted(places)
    assert {"chat", "email", "zalo", "messenger", "voice", "webhook"} <= {channel for channel, _ in said}

    await a_stranger_with_her_number_sees_nothing(world, thread)
    await the_agent_is_asked_which_of_two_it_is(world, contact)


async def monday_in_the_chat(world: World) -> None:
    """She leaves her number, which anybody could type: An says that it is she, answers, and tells Bình."""
    an = world.an
    await an.ready()
    chat = await visit(world)
    await say(chat, BROKEN)
    await leave_number(chat, MAIS_NUMBER)
    await an.open_from("unassigned", "kêu to")
    await expect(an.page.get_by_text("nothing proves it yet")).to_be_visible()
    await photograph(an.page, "claim")
    await an.button("kin.confirm").click()
    await expect(an.page.get_by_role("heading", name=MAI, level=1)).to_be_visible()
    await an.reads(ORDERED, BROKEN)
    await an.answer("An Bình", PROMISED)
    await expect(chat.locator(".bubble", has_text=PROMISED)).to_be_visible()
    await photograph(chat.page, "story-1-chat")
    await an.note(NOTED)
    await photograph(an.page, "story-2-promise")
    await chat.page.context.close()


async def tuesday_by_mail(world: World) -> None:
    """Bình was named: he has read what was promised before he answers."""
    binh = world.binh
    await binh.ready()
    await binh.open_from("mentions", MAI)
    await binh.reads(BROKEN, PROMISED, NOTED)
    world.outside.mails(MAIS_MAIL, "Thợ không đến", NOBODY_CAME)
    await binh.reads(NOBODY_CAME)
    await binh.button("case.take").click()
    await binh.answer(MAIS_MAIL, SORRY)
    await arrives(lambda: world.outside.sink.taken)
    assert world.outside.sink.taken[0].rcpt_tos == [MAIS_MAIL]
    await photograph(binh.page, "story-3-mail")


async def wednesday_by_zalo_and_facebook(world: World) -> None:
    """Zalo passes on her number; on Facebook nothing leads to her but what she writes, and Bình finds her himself."""
    binh, zalo, meta = world.binh, world.outside.zalo, world.outside.meta
    zalo.now_ms = now_ms()
    zalo.customer_says(ZALO_USER, ON_ZALO)
    zalo.event("user_submit_info", ZALO_USER, {}, info={"name": MAI, "phone": MAIS_PHONE.removeprefix("+")})
    assert set(await zalo.deliver()) == {200}
    await binh.open_from("unassigned", "nhỏ nước")
    await binh.button("kin.confirm").click()
    await binh.reads(NOBODY_CAME, ON_ZALO)

    meta.now_ms = now_ms()
    meta.people[PSID] = ("Mai", "Trần")
    meta.customer_says(PSID, ON_FACEBOOK)
    assert set(await meta.deliver()) == {200}
    await binh.open_from("unassigned", "có ai đọc")
    await binh.button("by_hand.join").click()
    await binh.page.get_by_label(binh.text("by_hand.who")).fill(MAIS_NUMBER)
    await binh.page.keyboard.press("Enter")
    await expect(binh.panel.get_by_role("list", name=binh.text("by_hand.join"))).to_contain_text(MAI)
    await photograph(binh.page, "story-4-facebook")
    await binh.button("by_hand.make_one").click()
    await binh.reads(BROKEN, NOBODY_CAME, ON_ZALO, ON_FACEBOOK)
    await binh.answer("messenger", READ_ALL)
    await arrives(lambda: meta.sent)
    assert meta.sent[0]["message"]["text"] == READ_ALL


async def thursday_by_phone(world: World) -> None:
    """An has read everything before hello, asks Bình, and hands her over to him, who knows her too."""
    an, binh, shop = world.an, world.binh, world.shop
    async with (
        shop.phone(AN.extension, "queue-thankyou", auto_answer=False) as desk,
        shop.phone(BINH.extension, "auth-thankyou", auto_answer=False) as his,
        shop.phone(MAIS_NUMBER, HER_WORDS, auto_answer=True) as mai,
    ):
        for phone in (desk, his, mai):
            await phone.registered(timeout_s=PATIENCE_S)
        await mai.dial(HOTLINE)
        await mai.established(timeout_s=PATIENCE_S)
        await mai.press("2")
        await at_step(shop, "main")
        await mai.press("3")
        await desk.incoming(timeout_s=PATIENCE_S)
        await expect(an.page.get_by_role("alertdialog")).to_contain_text(MAI)
        await an.reads(BROKEN, NOTED, SORRY, ON_ZALO, ON_FACEBOOK, READ_ALL)
        await photograph(an.page, "story-5-ringing")
        await desk.answer()
        await desk.established(timeout_s=PATIENCE_S)

        await an.button("chooser.open", an.strip).click()
        await an.page.get_by_label(an.text("chooser.words")).fill(BINH.name)
        await photograph(an.page, "story-6-transfer")
        await an.page.keyboard.press("Enter")
        await his.incoming(timeout_s=PATIENCE_S)
        await his.answer()
        await his.established(timeout_s=PATIENCE_S)
        await binh.reads(BROKEN, NOTED, SORRY, ON_ZALO, ON_FACEBOOK)
        await an.page.get_by_role("button", name=an.text("control.hand_over")).click()
        await desk.closed(timeout_s=PATIENCE_S)
        await expect(binh.button("chooser.open", binh.strip)).to_be_enabled()
        await his.hears(english(HER_WORDS), timeout_s=PATIENCE_S)
        await photograph(binh.page, "story-7-handed-over")
        await mai.hang_up()
        await his.closed(timeout_s=PATIENCE_S)
    await binh.note(AFTER_CALL)
    await photograph(binh.page, "story-8-noted")
    await the_transcript_is_read_and_answered_by_zalo(world)


async def the_transcript_is_read_and_answered_by_zalo(world: World) -> None:
    """From the same box."""
    an, zalo = world.an, world.outside.zalo
    call = an.page.get_by_role("article", name="Call").last
    await expect(call).to_contain_text("Transferred")
    opens = call.locator(".transcript > button")
    if await opens.get_attribute("aria-expanded") == "false":  # it was not the last thing when it was shown
        await opens.click()
    words = call.locator(".line").filter(has_text="again later").first
    await expect(words).to_be_visible(
        timeout=2.5 * PATIENCE_MS
    )  # recognised with what other work leaves over
    await an.answer("Zalo", "Dạ chiều nay 15 giờ em chờ chị ở cửa hàng Quận 3 ạ.")
    await arrives(lambda: zalo.sent)
    await photograph(an.page, "one-thread")


async def thursday_at_the_store(world: World) -> None:
    """The till names her by the number it has proved; Bình, at the counter with a tablet, knows all of it."""
    binh = world.binh
    who = {"id": "kh-482913", "name": MAI, "phone": MAIS_PHONE, "is_verified": True}
    await world.outside.till_tells(who, AT_THE_COUNTER)
    await binh.page.set_viewport_size({"width": 1024, "height": 768})
    await binh.find(MAIS_NUMBER)
    await binh.page.locator(".results").get_by_role("button", name=MAI).first.click()
    await binh.reads(BROKEN, AFTER_CALL, AT_THE_COUNTER)
    await binh.note(EXCHANGED)
    await photograph(binh.page, "story-9-store")
    while await binh.button("case.resolve").count():
        before = await binh.button("case.resolve").count()
        await binh.button("case.resolve").first.click()
        await expect(binh.button("case.resolve")).to_have_count(before - 1)


async def a_stranger_with_her_number_sees_nothing(world: World, thread: ThreadId) -> None:
    """Somebody else types Mai's number into the chat."""
    before = await world.said(thread)
    chat = await visit(world)
    await say(chat, "Tôi là Mai, shop hứa gì với tôi?")
    await leave_number(chat, MAIS_NUMBER)
    await chat.page.reload()
    await chat.locator(".launcher").click()
    await expect(chat.locator(".line[data-key] .bubble")).to_have_count(2)
    assert "thợ" not in (await chat.locator(".panel").inner_text())
    assert await world.said(thread) == before


async def the_agent_is_asked_which_of_two_it_is(world: World, mai: ContactId) -> None:
    """Her husband uses the same phone; the call goes to whom the agent says it was."""
    an, contacts, threads = world.an, world.server.contacts, world.server.threads
    card: Any = await threads.contact(mai)
    phone = next(one for one in card["identities"] if one["kind"] == "phone")
    await contacts.share_identity(mai, int(phone["id"]), SYSTEM, shared=True)
    husband: Any = await threads.add_message(
        thread=None,
        identity=("email", "hung@example.vn"),
        channel="email",
        direction="in",
        text="Chào shop",
        display="Hùng",
    )
    (him,) = await threads.contacts("hung@example.vn", "VN")
    await contacts.add_identity(ContactId(UUID(str(him["id"]))), "phone", MAIS_PHONE, SYSTEM, shared=True)
    await an.find(MAIS_MAIL)
    who = an.page.get_by_label(an.text("who.label"))
    await expect(who.get_by_role("button", name=MAI)).to_have_attribute("aria-pressed", "true")
    await photograph(an.page, "who")
    await who.get_by_role("button", name="Hùng").click()
    await expect(an.page.get_by_role("heading", name="Hùng", level=1)).to_be_visible()
    await expect(an.page.get_by_role("article", name="Call")).to_have_count(1)
    assert "voice" in {channel for channel, _ in await world.said(ThreadId(UUID(str(husband["thread"]))))}
