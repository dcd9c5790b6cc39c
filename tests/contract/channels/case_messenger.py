"""Messenger's, Instagram's and a page's comments' deliveries, as Meta's pages show them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from omnichannel.channels.messenger import Messenger
from omnichannel.channels.port import File, Ignored, Incoming, Known, Learnt, Message, Opening, Remedy, Status
from tests.contract.channels.case import ChannelCase, Golden, endpoint, hook
from tests.support.fake_meta import APP_SECRET, PAGE, TOKEN, VERIFY_TOKEN, FakeMeta, signed

WHEN = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
MS = 1_700_000_000_000
LAN = Known("fb_psid", "PSID1", PAGE)
COMMENTER = Known("fb_commenter", "U1", PAGE)
VECTOR = (
    b'{"object":"page","entry":[{"id":"PAGE1","time":1700000000000,"messaging":[{"sender":{"id":"PSID1"},'
    b'"recipient":{"id":"PAGE1"},"timestamp":1700000000000,"message":{"mid":"m_1","text":"hi"}}]}]}'
)
SECRETS = {"app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN, "access_token": TOKEN}


def _entry(page: str = PAGE, object_: str = "page", **parts: Any) -> Any:
    body = json.dumps({"object": object_, "entry": [{"id": page, "time": MS, **parts}]}).encode()
    return hook(body, signed(body))


def _event(is_echo: bool = False, **parts: Any) -> dict[str, Any]:
    sides = (PAGE, "PSID1") if is_echo else ("PSID1", PAGE)
    return {"sender": {"id": sides[0]}, "recipient": {"id": sides[1]}, "timestamp": MS, **parts}


def _golden(name: str, event: dict[str, Any], *expected: Incoming) -> Golden:
    return Golden(name, _entry(messaging=[event]), expected)


def _attached(kind: str, **payload: Any) -> dict[str, Any]:
    return {"mid": f"m_{kind}", "attachments": [{"type": kind, "payload": payload}]}


def _comment(**value: Any) -> Any:
    whole = {
        "item": "comment", "verb": "add", "comment_id": "P_C1", "parent_id": "P", "post_id": "P",
        "from": {"id": "U1", "name": "Lan"}, "message": "giá?", "created_time": MS // 1000, **value,
    }  # fmt: skip
    return _entry(changes=[{"field": "feed", "value": whole}])


GOLDEN = (
    Golden("text", hook(VECTOR, signed(VECTOR)), [Message(LAN, "m_1", WHEN, "hi")]),
    Golden(
        "several events of several pages",
        hook(
            several := json.dumps({"object": "page", "entry": [
                {"id": PAGE, "time": MS, "messaging": [
                    _event(message={"mid": "s1", "text": "một"}), _event(message={"mid": "s2", "text": "hai"}),
                ]},
                {"id": "OTHER", "time": MS, "messaging": [_event(message={"mid": "s3", "text": "ba"})]},
            ]}).encode(),
            signed(several),
        ),
        [
            Message(LAN, "s1", WHEN, "một"), Message(LAN, "s2", WHEN, "hai"), Ignored("it is for another page"),
        ],
        deliveries=3,
    ),
    _golden(
        "image",
        _event(message=_attached("image", url="https://scontent.xx.fbcdn.net/v/a.jpg?x=1")),
        Message(LAN, "m_image", WHEN, "", files=[
            File("a.jpg", "image/jpeg", url="https://scontent.xx.fbcdn.net/v/a.jpg?x=1"),
        ]),
    ),
    _golden(
        "sticker",
        _event(message=_attached("sticker", sticker_id=369239263222822)),
        Message(LAN, "m_sticker", WHEN, "[sticker]"),
    ),
    _golden(
        "shared post",
        _event(message=_attached("post", title="Khuyến mãi", url="https://fb.me/p")),
        Message(LAN, "m_post", WHEN, "Khuyến mãi\nhttps://fb.me/p"),
    ),
    _golden(
        "reply with a quick answer",
        _event(message={
            "mid": "m_q", "text": "Có", "quick_reply": {"payload": "YES"}, "reply_to": {"mid": "m_0"},
        }),
        Message(LAN, "m_q", WHEN, "Có", reply_to="m_0", meta={"payload": "YES"}),
    ),
    _golden(
        "echo of ours",
        _event(is_echo=True, message={
            "mid": "m_e", "text": "Dạ", "is_echo": True, "app_id": 42, "metadata": "our-key-1",
        }),
        Message(LAN, "m_e", WHEN, "Dạ", direction="out", own_key="our-key-1", meta={"app_id": "42"}),
    ),
    _golden(
        "echo of a colleague",
        _event(is_echo=True, message={"mid": "m_e2", "text": "Dạ", "is_echo": True, "app_id": 263902037430900}),
        Message(LAN, "m_e2", WHEN, "Dạ", direction="out", meta={"app_id": "263902037430900"}),
    ),
    _golden(
        "delivery by ids",
        _event(delivery={"mids": ["m_e"], "watermark": MS}),
        Status("delivered", WHEN, ["m_e"], LAN),
    ),
    _golden(
        "delivery by time",
        _event(delivery={"watermark": MS}),
        Status("delivered", WHEN, [], LAN, until=WHEN),
    ),
    _golden("read", _event(read={"watermark": MS}), Status("read", WHEN, (), LAN, until=WHEN)),
    _golden(
        "reaction",
        _event(reaction={"reaction": "love", "emoji": "❤", "action": "react", "mid": "m_e"}),
        Message(
            LAN, f"m_e:reaction:PSID1:{WHEN.isoformat()}", WHEN, "❤", reply_to="m_e", is_automatic=True,
            meta={"reaction": "love"},
        ),
    ),
    _golden(
        "reaction taken back",
        _event(reaction={"action": "unreact", "mid": "m_e"}),
        Ignored("a reaction was taken back"),
    ),
    _golden(
        "postback",
        _event(postback={"mid": "m_p", "title": "Bắt đầu", "payload": "START", "referral": {"ref": "ad"}}),
        Message(LAN, "m_p", WHEN, "Bắt đầu", meta={"payload": "START", "referral": {"ref": "ad"}}),
    ),
    _golden(
        "edit",
        _event(message_edit={"mid": "m_1", "text": "hi!", "num_edit": 1}),
        Message(LAN, "m_1:edit:1", WHEN, "hi!", reply_to="m_1", meta={"edit_of": "m_1"}),
    ),
    _golden("referral", _event(referral={"ref": "x", "source": "SHORTLINK"}), Learnt(LAN, WHEN)),
    _golden("handover", _event(pass_thread_control={"new_owner_app_id": 1}), Ignored("nothing was said")),
    Golden(
        "standby",
        _entry(standby=[_event(message={"mid": "m_s", "text": "hi"})]),
        [Message(LAN, "m_s", WHEN, "hi", meta={"standby": True})],
    ),
    Golden(
        "comment",
        _comment(permalink_url="https://fb.me/c"),
        [Message(
            COMMENTER, "P_C1", WHEN, "giá?", display="Lan",
            meta={"comment": "P_C1", "post": "P", "permalink": "https://fb.me/c"},
        )],
    ),
    Golden(
        "answer to a comment",
        _comment(comment_id="P_C2", parent_id="P_C1"),
        [Message(
            COMMENTER, "P_C2", WHEN, "giá?", display="Lan", reply_to="P_C1",
            meta={"comment": "P_C2", "post": "P"},
        )],
    ),
    Golden(
        "comment changed",
        _comment(verb="edited"),
        [Message(
            COMMENTER, f"P_C1:edit:{WHEN.isoformat()}", WHEN, "giá?", display="Lan", reply_to="P_C1",
            meta={"comment": "P_C1", "post": "P", "edit_of": "P_C1"},
        )],
    ),
    Golden("comment removed", _comment(verb="remove"), [Ignored("a comment was removed or hidden")]),
    Golden("our own comment", _comment(comment_id="P_C3", **{"from": {"id": PAGE}}), [Ignored("our own comment")]),
    Golden("a post", _comment(item="status", comment_id="", post_id="P9"), [Ignored("no comment")]),
)  # fmt: skip

INSTAGRAM = Known("ig_sid", "PSID1", "IG1")
INSTAGRAM_GOLDEN = (
    Golden(
        "instagram text",
        _entry("IG1", "instagram", messaging=[_event(message={"mid": "i1", "text": "hi"})]),
        [Message(INSTAGRAM, "i1", WHEN, "hi")],
    ),
    Golden(
        "instagram read",
        _entry("IG1", "instagram", messaging=[_event(read={"mid": "i0"})]),
        [Status("read", WHEN, ["i0"], INSTAGRAM)],
    ),
    Golden(
        "instagram taken back",
        _entry("IG1", "instagram", messaging=[_event(message={"mid": "i1", "is_deleted": True})]),
        [Ignored("a message was taken back")],
    ),
    Golden(
        "instagram comment",
        _entry("IG1", "instagram", changes=[{"field": "comments", "value": {
            "id": "ic1", "text": "đẹp", "from": {"id": "U1", "username": "lan"}, "media": {"id": "M1"},
        }}]),
        [Message(
            Known("fb_commenter", "U1", "IG1"), "ic1", WHEN, "đẹp", display="lan",
            meta={"comment": "ic1", "post": "M1"},
        )],
    ),
)  # fmt: skip
WINDOWS = (
    (timedelta(minutes=1), Opening.OPEN),
    (timedelta(hours=24, seconds=-1), Opening.OPEN),
    (timedelta(hours=24), Opening.CLOSED),
    (timedelta(days=8), Opening.CLOSED),
    (None, Opening.CLOSED),
)
PEOPLE_WINDOWS = (
    (timedelta(hours=24), Opening.PERSON_ONLY),
    (timedelta(days=7, seconds=-1), Opening.PERSON_ONLY),
    (timedelta(days=7), Opening.CLOSED),
)
REMEDIES = {
    "429": Remedy.PAUSE, "500": Remedy.RETRY, "token_expired": Remedy.RECONNECT, "window": Remedy.WINDOW,
    "blocked": Remedy.BLOCKED, "bad": Remedy.GIVE_UP,
}  # fmt: skip

CASES = (
    ChannelCase(
        "messenger",
        lambda outside, clock, secrets: Messenger(outside, clock),
        endpoint("messenger", PAGE, {}, SECRETS),
        LAN,
        GOLDEN,
        forged=(
            hook(VECTOR, signed(VECTOR, "another secret")),
            hook(VECTOR, {"X-Hub-Signature": signed(VECTOR)["X-Hub-Signature-256"]}),
            hook(VECTOR, {"X-Hub-Signature-256": "sha256="}),
            hook(VECTOR.replace(b"hi", b"ho"), signed(VECTOR)),
        ),
        windows=WINDOWS,
        standin=FakeMeta,
        remedies=REMEDIES,
    ),
    ChannelCase(
        "instagram",
        lambda outside, clock, secrets: Messenger(outside, clock),
        endpoint("messenger", "IG1", {"page_id": PAGE, "human_agent": "yes"}, SECRETS),
        INSTAGRAM,
        INSTAGRAM_GOLDEN,
        forged=(hook(VECTOR, signed(VECTOR, "another secret")),),
        windows=PEOPLE_WINDOWS,
        standin=FakeMeta,
    ),
)
