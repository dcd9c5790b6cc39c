"""Zalo's deliveries, as its documents and its console's examples show them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from omnichannel.channels.port import File, Ignored, Incoming, Known, Learnt, Message, Opening, Remedy, Status
from omnichannel.channels.zalo import Zalo
from omnichannel.identity import Trust
from tests.contract.channels.case import ChannelCase, Golden, endpoint, hook
from tests.support.fake_zalo import APP_ID, APP_SECRET, OA_ID, OA_SECRET, FakeZalo, mac

LAN = "246845883529197922"
WHEN = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
STAMP = "1700000000000"
CUSTOMER = Known("zalo_uid", LAN, OA_ID)
BY_APP = Known("zalo_app_uid", "552177279717587730", APP_ID)
VECTOR = (
    '{"app_id":"360846524940903967","sender":{"id":"246845883529197922"},"recipient":{"id":"388613280878808645"},'
    '"user_id_by_app":"552177279717587730","event_name":"user_send_text","message":{"text":"Xin chào",'
    '"msg_id":"96d3cdf3af150460909"},"timestamp":"1700000000000"}'
).encode()
HELLO = Message(CUSTOMER, "96d3cdf3af150460909", WHEN, "Xin chào", also=[BY_APP])


def _hook(body: bytes, **how: str) -> Any:
    return hook(body, {"X-ZEvent-Signature": mac(body, STAMP, **how)})


def _event(name: str, is_ours: bool = False, **more: Any) -> Any:
    sides = (OA_ID, LAN) if is_ours else (LAN, OA_ID)
    whole = {
        "app_id": APP_ID, "sender": {"id": sides[0]}, "recipient": {"id": sides[1]},
        "user_id_by_app": BY_APP.value, "event_name": name, "timestamp": STAMP, **more,
    }  # fmt: skip
    return _hook(json.dumps(whole, ensure_ascii=False).encode())


def _golden(name: str, event: Any, *expected: Incoming) -> Golden:
    return Golden(name, event, expected)


def _attached(kind: str, **payload: Any) -> dict[str, Any]:
    return {"msg_id": f"m-{kind}", "attachments": [{"type": kind, "payload": payload}]}


def _said(key: str, text: str, **more: Any) -> Message:
    return Message(CUSTOMER, key, WHEN, text, also=[BY_APP], **more)


GOLDEN = (
    Golden("text", _hook(VECTOR), [HELLO]),
    _golden(
        "image",
        _event(
            "user_send_image",
            message=_attached("image", url="https://f20.zdn.vn/a/b.jpg", description="bill"),
        ),
        _said("m-image", "bill", files=[File("b.jpg", "image/jpeg", url="https://f20.zdn.vn/a/b.jpg")]),
    ),
    _golden(
        "file",
        _event(
            "user_send_file",
            message=_attached("file", url="https://f.zdn.vn/x", name="hoa don.pdf", size="12"),
        ),
        _said("m-file", "", files=[File("hoa don.pdf", "application/pdf", url="https://f.zdn.vn/x")]),
    ),
    _golden(
        "location",
        _event(
            "user_send_location",
            message=_attached("location", coordinates={"latitude": "10.7", "longitude": "106.6"}),
        ),
        _said("m-location", "10.7, 106.6"),
    ),
    _golden(
        "link",
        _event("user_send_link", message=_attached("link", url="https://a.vn", title="A", description="B")),
        _said("m-link", "A\nB\nhttps://a.vn"),
    ),
    _golden(
        "quote",
        _event("user_send_text", message={"msg_id": "q2", "text": "yes", "quote_msg_id": "q1"}),
        _said("q2", "yes", reply_to="q1"),
    ),
    _golden(
        "echo",
        _hook(
            json.dumps(
                {
                    "app_id": APP_ID,
                    "sender": {"id": OA_ID, "admin_id": "A1"},
                    "recipient": {"id": LAN},
                    "user_id_by_app": BY_APP.value,
                    "event_name": "oa_send_text",
                    "timestamp": STAMP,
                    "message": {"msg_id": "e1", "text": "Dạ"},
                },
                ensure_ascii=False,
            ).encode()
        ),
        _said("e1", "Dạ", direction="out", meta={"admin_id": "A1"}),
    ),
    _golden(
        "received",
        _event("user_received_message", is_ours=True, message={"msg_id": "e1"}),
        Status("delivered", WHEN, ["e1"], CUSTOMER),
    ),
    _golden(
        "seen",
        _event("user_seen_message", is_ours=True, message={"msg_ids": ["e1", "e2"]}),
        Status("read", WHEN, ["e1", "e2"], CUSTOMER),
    ),
    _golden(
        "seen, as some samples have it",
        _event("user_seen_message", is_ours=True, message={"msg_id": "e3"}),
        Status("read", WHEN, ["e3"], CUSTOMER),
    ),
    _golden(
        "a template's receipt by phone",
        _hook(
            json.dumps(
                {
                    "sender": {"id": OA_ID},
                    "recipient": {"id": "84901234567"},
                    "event_name": "user_received_message",
                    "message": {"msg_id": "t1", "tracking_id": "k", "delivery_time": "1"},
                    "timestamp": STAMP,
                }
            ).encode()
        ),
        Status("delivered", WHEN, ["t1"], Known("phone", "+84901234567")),
    ),
    _golden(
        "follow",
        _hook(
            json.dumps(
                {
                    "oa_id": OA_ID,
                    "follower": {"id": LAN},
                    "user_id_by_app": BY_APP.value,
                    "event_name": "follow",
                    "source": "qr",
                    "app_id": APP_ID,
                    "timestamp": STAMP,
                }
            ).encode()
        ),
        Learnt(CUSTOMER, WHEN, [BY_APP]),
    ),
    _golden("unfollow", _event("unfollow", follower={"id": LAN}), Ignored("nothing was said")),
    _golden(
        "form",
        _event(
            "user_submit_info",
            info={
                "name": "Lan",
                "phone": "84901234567",
                "user_dob": "1990",
                "full_address": {"user_city": "HCM", "user_ward": "P1", "user_address": "1 Lê Lợi"},
            },
        ),
        Learnt(CUSTOMER, WHEN, [BY_APP, Known("phone", "+84901234567", trust=Trust.CLAIMED)], "Lan"),
        Message(
            CUSTOMER,
            f"user_submit_info:{LAN}:{STAMP}",
            WHEN,
            "Lan\n84901234567\n1990\n1 Lê Lợi, P1, HCM",
            is_automatic=True,
            meta={"form": "user_submit_info"},
        ),
    ),
    _golden(
        "reaction",
        _event("user_reacted_message", message={"msg_id": "e1", "react_icon": "/-heart"}),
        _said(
            f"e1:reaction:{LAN}:{STAMP}",
            "/-heart",
            reply_to="e1",
            is_automatic=True,
            meta={"reaction": "/-heart"},
        ),
    ),
    _golden(
        "anonymous",
        _hook(
            json.dumps(
                {
                    "app_id": APP_ID,
                    "sender": {"id": "anon1"},
                    "recipient": {"id": OA_ID},
                    "timestamp": STAMP,
                    "anonymous_id": "anon1",
                    "conversation_id": "c1",
                    "event_name": "anonymous_send_text",
                    "message": {"msg_id": "n1", "text": "hi"},
                }
            ).encode()
        ),
        Message(Known("zalo_anon", "anon1", OA_ID), "n1", WHEN, "hi", meta={"conversation_id": "c1"}),
    ),
    _golden(
        "group",
        _event("user_send_group_text", message={"msg_id": "g1", "text": "x"}),
        Ignored("it is a group's"),
    ),
    _golden(
        "a kind of message nobody knows yet",
        _event("user_send_hologram", message={"msg_id": "h1"}),
        _said("h1", "[hologram]"),
    ),
)

CASES = (
    ChannelCase(
        "zalo",
        lambda outside, clock, secrets: Zalo(outside, clock, secrets),
        endpoint(
            "zalo", OA_ID, {"app_id": APP_ID},
            {
                "app_secret": APP_SECRET, "oa_secret": OA_SECRET,
                "access_token": "access-0", "refresh_token": "refresh-0",
            },
        ),
        CUSTOMER,
        GOLDEN,
        forged=(
            _hook(VECTOR, secret="another"),
            _hook(VECTOR, first="another app"),
            hook(VECTOR, {}),
            hook(VECTOR, {"X-ZEvent-Signature": "mac="}),
            hook(b"no json", {"X-ZEvent-Signature": mac(b"no json", STAMP)}),
        ),
        drops_forged=True,
        windows=(
            (timedelta(minutes=1), Opening.OPEN),
            (timedelta(hours=48, seconds=-1), Opening.OPEN),
            (timedelta(hours=48), Opening.PAID),
            (timedelta(days=7, seconds=-1), Opening.PAID),
            (timedelta(days=7), Opening.TEMPLATE_ONLY),
            (None, Opening.TEMPLATE_ONLY),
        ),
        standin=FakeZalo,
        remedies={
            "429": Remedy.PAUSE, "500": Remedy.RETRY, "window": Remedy.WINDOW, "blocked": Remedy.BLOCKED,
            "bad": Remedy.GIVE_UP,
        },
    ),
)  # fmt: skip
