"""Answers to tap, as each provider documents them."""

from dataclasses import replace

import pytest

from omnichannel.channels.port import Choice
from tests.contract.channels import case_messenger, case_whatsapp, case_zalo
from tests.contract.channels.case import outgoing
from tests.contract.channels.test_what_is_sent import messenger, whatsapp, zalo

pytestmark = pytest.mark.contract

TWO = (Choice("1", "Đơn hàng", "choice:main:1"), Choice("2", "Gặp nhân viên", "choice:main:2"))


def many(count: int) -> tuple[Choice, ...]:
    return tuple(
        Choice(str(number), f"Chi nhánh {number}", f"choice:main:{number}") for number in range(count)
    )


async def test_messenger_shows_quick_replies() -> None:
    async with messenger() as (channel, ours, meta):
        await channel.send(ours, outgoing(case_messenger.LAN, "Anh chị cần gì ạ?", choices=TWO))
        assert meta.sent[0]["message"] == {
            "text": "Anh chị cần gì ạ?", "metadata": "our-key-1",
            "quick_replies": [
                {"content_type": "text", "title": "Đơn hàng", "payload": "choice:main:1"},
                {"content_type": "text", "title": "Gặp nhân viên", "payload": "choice:main:2"},
            ],
        }  # fmt: skip


async def test_whatsapp_shows_buttons_and_a_list_where_they_do_not_fit() -> None:
    async with whatsapp() as (channel, ours, meta):
        asked = outgoing(case_whatsapp.PHONE, "Anh chị cần gì ạ?", choices=TWO, reply_to="w1")
        await channel.send(ours, asked)
        await channel.send(ours, replace(asked, choices=many(10), reply_to=None))
        await channel.send(ours, replace(asked, text="x" * 1025, reply_to=None))
        buttons, rows, long = meta.sent
        assert buttons["interactive"] == {
            "type": "button", "body": {"text": "Anh chị cần gì ạ?"},
            "action": {"buttons": [
                {"type": "reply", "reply": {"id": "choice:main:1", "title": "Đơn hàng"}},
                {"type": "reply", "reply": {"id": "choice:main:2", "title": "Gặp nhân viên"}},
            ]},
        }  # fmt: skip
        assert (buttons["type"], buttons["context"]) == ("interactive", {"message_id": "w1"})
        assert rows["interactive"]["type"] == long["interactive"]["type"] == "list"
        assert len(rows["interactive"]["action"]["button"]) <= 20
        [section] = rows["interactive"]["action"]["sections"]
        assert section["rows"][9] == {"id": "choice:main:9", "title": "Chi nhánh 9"}


async def test_zalo_shows_buttons_that_say_their_label() -> None:
    async with zalo() as (channel, ours, fake, _):
        await channel.send(ours, outgoing(case_zalo.CUSTOMER, "Anh chị cần gì ạ?", choices=TWO))
        assert fake.sent[0]["message"] == {
            "text": "Anh chị cần gì ạ?",
            "attachment": {"type": "template", "payload": {"buttons": [
                {"title": "Đơn hàng", "type": "oa.query.show", "payload": "Đơn hàng"},
                {"title": "Gặp nhân viên", "type": "oa.query.show", "payload": "Gặp nhân viên"},
            ]}},
        }  # fmt: skip
