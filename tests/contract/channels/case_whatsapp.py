"""WhatsApp Cloud's deliveries, as Meta's pages show them: with phone numbers, and with nothing but BSUIDs."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from omnichannel.channels.port import File, Ignored, Incoming, Known, Learnt, Message, Opening, Remedy, Status
from omnichannel.channels.whatsapp import WhatsApp
from omnichannel.identity import Trust
from tests.contract.channels.case import ChannelCase, Golden, endpoint, hook
from tests.contract.channels.case_messenger import SECRETS
from tests.support.fake_meta import NUMBER, WABA, FakeMeta, signed

WHEN = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
SECOND = "1700000000"
BSUID = Known("wa_bsuid", "VN.13491208655302741918", WABA)
PARENT = Known("wa_parent_bsuid", "VN.ENT.11815799212886844830", WABA)
PHONE = Known("phone", "+84901234567", trust=Trust.ATTESTED)
CONTACTS = [{"profile": {"name": "Lan", "username": "@lan"}, "wa_id": "84901234567", "user_id": BSUID.value}]
MESSAGE = {"from": "84901234567", "from_user_id": BSUID.value, "timestamp": SECOND}


def _value(number: str = NUMBER, **value: Any) -> Any:
    whole = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": number}, **value}
    envelope = {
        "object": "whatsapp_business_account",
        "entry": [{"id": WABA, "changes": [{"field": "messages", "value": whole}]}],
    }
    body = json.dumps(envelope).encode()
    return hook(body, signed(body))


def _golden(name: str, message: dict[str, Any], *expected: Incoming) -> Golden:
    return Golden(name, _value(contacts=CONTACTS, messages=[{**MESSAGE, **message}]), expected)


def _said(key: str, text: str, **more: Any) -> Message:
    also = [PHONE, *more.pop("shared", [])]
    return Message(BSUID, key, WHEN, text, display="Lan", also=also, **more)


def _status(wamid: str, status: str, **more: Any) -> Any:
    return _value(statuses=[{"id": wamid, "status": status, "timestamp": SECOND, **more}])


GOLDEN = (
    _golden("text", {"id": "w1", "type": "text", "text": {"body": "Xin chào"}}, _said("w1", "Xin chào")),
    Golden(
        "text of somebody with a user name alone",
        _value(
            contacts=[{"profile": {"username": "@lan"}, "user_id": BSUID.value}],
            messages=[{
                "from_user_id": BSUID.value, "from_parent_user_id": PARENT.value, "id": "w2",
                "timestamp": SECOND, "type": "text", "text": {"body": "hi"},
            }],
        ),
        [Message(BSUID, "w2", WHEN, "hi", display="@lan", also=[PARENT])],
    ),
    Golden(
        "text as it came before there were BSUIDs",
        _value(messages=[{
            "from": "84901234567", "id": "w3", "timestamp": SECOND, "type": "text", "text": {"body": "hi"},
        }]),
        [Message(PHONE, "w3", WHEN, "hi")],
    ),
    _golden(
        "document",
        {"id": "w4", "type": "document", "document": {
            "id": "media-4", "mime_type": "application/pdf; x=1", "sha256": "s", "filename": "hợp đồng.pdf",
            "caption": "đây",
        }},
        _said("w4", "đây", files=[
            File("hợp đồng.pdf", "application/pdf", url="https://graph.facebook.com/v25.0/media-4"),
        ]),
    ),
    _golden(
        "voice",
        {"id": "w5", "type": "audio", "audio": {"id": "media-5", "mime_type": "audio/ogg; codecs=opus"}},
        _said("w5", "", files=[File("audio.ogg", "audio/ogg", url="https://graph.facebook.com/v25.0/media-5")]),
    ),
    _golden(
        "location",
        {"id": "w6", "type": "location", "location": {"latitude": 10.7, "longitude": 106.6, "name": "Kho"}},
        _said("w6", "Kho\n10.7, 106.6"),
    ),
    _golden(
        "chosen from a list",
        {"id": "w7", "type": "interactive", "context": {"id": "w0"}, "interactive": {
            "type": "list_reply", "list_reply": {"id": "A", "title": "Bảo hành"},
        }},
        _said("w7", "Bảo hành", reply_to="w0", meta={"payload": "A"}),
    ),
    _golden(
        "button of a template",
        {"id": "w8", "type": "button", "button": {"text": "Đồng ý", "payload": "OK"}},
        _said("w8", "Đồng ý", meta={"payload": "OK"}),
    ),
    _golden(
        "reaction",
        {"id": "w9", "type": "reaction", "reaction": {"message_id": "w0", "emoji": "👍"}},
        _said("w9", "👍", reply_to="w0", is_automatic=True, meta={"reaction": "👍"}),
    ),
    _golden(
        "reaction taken back",
        {"id": "w10", "type": "reaction", "reaction": {"message_id": "w0"}},
        Ignored("something was taken back"),
    ),
    _golden(
        "number shared when asked for",
        {"id": "w11", "type": "contacts", "contacts": [{
            "origin": "contact_request", "name": {"formatted_name": "Lan"},
            "phones": [{"phone": "+84 90 999 9999", "wa_id": "84909999999"}],
        }]},
        _said("w11", "Lan: +84 90 999 9999", shared=[Known("phone", "+84909999999", trust=Trust.ATTESTED)]),
    ),
    _golden(
        "somebody else's number",
        {"id": "w12", "type": "contacts", "contacts": [{
            "name": {"formatted_name": "Hùng"}, "phones": [{"phone": "+84 90 111", "wa_id": "8490111"}],
        }]},
        _said("w12", "Hùng: +84 90 111"),
    ),
    _golden(
        "order",
        {"id": "w13", "type": "order", "order": {"product_items": [
            {"product_retailer_id": "AC-1", "quantity": 2, "item_price": 1, "currency": "VND"},
        ]}},
        _said("w13", "2 × AC-1"),
    ),
    _golden(
        "edit",
        {"id": "w14", "type": "edit", "edit": {
            "original_message_id": "w1", "message": {"type": "text", "text": {"body": "Chào"}},
        }},
        _said("w14", "Chào", reply_to="w1", meta={"edit_of": "w1"}),
    ),
    _golden("unsupported", {"id": "w15", "type": "unsupported"}, _said("w15", "[unsupported]")),
    Golden(
        "another number's",
        _value("999", messages=[{**MESSAGE, "id": "w16", "type": "text", "text": {"body": "hi"}}]),
        [Ignored("it is for another number")],
    ),
    Golden(
        "new number",
        _value(messages=[{
            "from": "84901234567", "id": "w17", "timestamp": SECOND, "type": "system", "system": {
                "type": "user_changed_number", "wa_id": "84907777777", "body": "…",
                "previous_user_id": BSUID.value, "user_id": "VN.2",
            },
        }]),
        [Learnt(BSUID, WHEN, [
            PHONE, Known("wa_bsuid", "VN.2", WABA), Known("phone", "+84907777777", trust=Trust.ATTESTED),
        ])],
    ),
    Golden(
        "new BSUID",
        _value(messages=[{
            "id": "w18", "timestamp": SECOND, "type": "system", "system": {
                "type": "user_changed_user_id", "previous_user_id": BSUID.value, "user_id": "VN.3",
            },
        }]),
        [Learnt(BSUID, WHEN, [Known("wa_bsuid", "VN.3", WABA)])],
    ),
    Golden(
        "sent", _status("o1", "sent", recipient_id="84901234567"), [Status("sent", WHEN, ["o1"], PHONE)]
    ),
    Golden(
        "read",
        _status("o1", "read", recipient_user_id=BSUID.value, parent_recipient_user_id=PARENT.value),
        [Status("read", WHEN, ["o1"], BSUID)],
    ),
    Golden(
        "failed",
        _status("o2", "failed", recipient_id="84901234567", errors=[{"code": 131047, "title": "Re-engagement"}]),
        [Status(
            "failed", WHEN, ["o2"], PHONE, code="131047",
            detail="The messaging window is closed: the customer has not written recently enough.",
        )],
    ),
    Golden(
        "echo from the phone's own app",
        _value(message_echoes=[{
            "from": "8428", "to": "84901234567", "id": "w19", "timestamp": SECOND, "type": "text",
            "text": {"body": "Dạ"},
        }]),
        [Message(PHONE, "w19", WHEN, "Dạ", direction="out")],
    ),
)  # fmt: skip


class _FakeWhatsApp(FakeMeta):
    speaks = "whatsapp"


CASES = (
    ChannelCase(
        "whatsapp",
        lambda outside, clock, secrets: WhatsApp(outside, clock),
        endpoint("whatsapp", NUMBER, {}, SECRETS),
        BSUID,
        GOLDEN,
        forged=(hook(b"{}", signed(b"{}", "another secret")), hook(b"{}", {})),
        windows=(
            (timedelta(minutes=1), Opening.OPEN),
            (timedelta(hours=24, seconds=-1), Opening.OPEN),
            (timedelta(hours=24), Opening.TEMPLATE_ONLY),
            (None, Opening.TEMPLATE_ONLY),
        ),
        standin=_FakeWhatsApp,
        remedies={
            "429": Remedy.PAUSE, "500": Remedy.RETRY, "token_expired": Remedy.RECONNECT,
            "window": Remedy.WINDOW, "blocked": Remedy.BLOCKED, "bad": Remedy.GIVE_UP,
        },
    ),
)  # fmt: skip
