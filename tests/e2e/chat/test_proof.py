"""A visitor proves in the browser that the phone he left is his: asked by himself, and asked by the agent."""

from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import expect

from tests.e2e.chat.conftest import Shop, Visitor, at_desk, eventually, visit
from tests.integration.omnichannel.proofs.support import CODE
from tests.integration.providers.support import connect
from tests.support.chromium import Chromium
from tests.support.fake_twilio.messages import NUMBER, FakeTwilioMessages
from tests.support.pictures import photograph
from threadline.kernel.ids import ContactId, ThreadId

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def code_to(twilio: FakeTwilioMessages, phone: str) -> str:
    async def is_there() -> bool:
        return any(one["To"] == phone for one in twilio.sent)

    await eventually(is_there, f"a code to {phone}")
    found = CODE.search(str([one["Body"] for one in twilio.sent if one["To"] == phone][-1]))
    assert found is not None
    return found[0]


async def types(who: Visitor, code: str) -> None:
    await who.chat.locator("input[name=code]").fill(code)
    await who.chat.get_by_role("button", name="Check").click()


async def test_a_visitor_proves_his_phone_by_himself_and_another_when_the_agent_asks(
    shop: Shop, chromium: Chromium
) -> None:
    rooms = shop.server.correspondence
    async with FakeTwilioMessages() as twilio:
        await connect(rooms, "sms", twilio)
        await shop.configure(prove_phone=NUMBER)
        lan = await visit(chromium, shop.site.url)
        await lan.open()
        await lan.say("Please call me")
        await shop.thread_of("Please call me")
        await lan.chat.get_by_role("button", name="Leave your number").click()
        await lan.chat.locator("input[name=phone]").fill("0901 555 111")
        await lan.chat.get_by_role("button", name="Save").click()
        await shop.thread_of("My phone number: 0901 555 111")
        await lan.chat.get_by_role("button", name="Prove that 0901 555 111 is yours").click()
        await expect(lan.chat.get_by_text("We sent a code to ••• 111")).to_be_visible()
        code = await code_to(twilio, "+84901555111")
        await types(lan, f"{(int(code) + 1) % 1_000_000:06}")
        await expect(lan.chat.get_by_text("4 tries left")).to_be_visible()
        await photograph(lan.page, "chat_code")
        await types(lan, code)
        await expect(lan.chat.get_by_text("that is proved")).to_be_visible()

        minh = await visit(chromium, shop.site.url)
        await minh.open()
        await minh.say("My number is below")
        await shop.thread_of("My number is below")
        await minh.chat.get_by_role("button", name="Leave your number").click()
        await minh.chat.locator("input[name=phone]").fill("0901 555 222")
        await minh.chat.get_by_role("button", name="Save").click()
        thread = await shop.thread_of("My phone number: 0901 555 222")
        desk = await at_desk(shop, chromium, "my number is below")
        await desk.get_by_text("My number is below").first.click()
        asks = desk.get_by_role("button", name="Yêu cầu nhập mã")
        await asks.click()
        await types(minh, await code_to(twilio, "+84901555222"))
        await expect(minh.chat.get_by_text("that is proved")).to_be_visible()
        await expect(asks).to_have_count(0)
        card = await shop.server.threads.contact(await _contact_of(shop, thread))
    assert {"value": "+84901555222", "trust": "proven"}.items() <= _phone(card).items()
    assert chromium.errors == []


async def _contact_of(shop: Shop, thread: ThreadId) -> ContactId:
    pop: Any = await shop.server.threads.pop(thread, {})
    return ContactId(UUID(pop["contact"]["id"]))


def _phone(card: Any) -> dict[str, str]:
    return next(one for one in card["identities"] if one["kind"] == "phone")
