"""Twilio's webhooks for SMS, MMS and WhatsApp."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from omnichannel.channels.port import File, Ignored, Incoming, Known, Message, Opening, Remedy, Status
from omnichannel.channels.twilio_messages import Sms, WhatsAppByTwilio
from omnichannel.identity import Trust
from tests.contract.channels.case import HOOK_URL, NOON, ChannelCase, Golden, endpoint, hook
from tests.support.fake_twilio.messages import ACCOUNT, NUMBER, TOKEN, FakeTwilioMessages, signature

LAN = Known("phone", "+84901234567")
MEDIA = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1"
FORM = "application/x-www-form-urlencoded"
SECRETS = {"auth_token": TOKEN}


def _hook(url: str = HOOK_URL, token: str = TOKEN, **form: str) -> Any:
    whole = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", **form}
    headers = {"X-Twilio-Signature": signature(url, whole, token), "Content-Type": FORM}
    return hook(urlencode(whole).encode(), headers)


def _in(name: str, form: dict[str, str], *expected: Incoming) -> Golden:
    whole = {"From": LAN.value, "To": NUMBER, "Body": "", "NumMedia": "0", "SmsStatus": "received", **form}
    return Golden(name, _hook(**whole), expected)


def _whatsapp(name: str, form: dict[str, str], *expected: Incoming) -> Golden:
    return _in(name, {"From": "whatsapp:+84901234567", "To": f"whatsapp:{NUMBER}", **form}, *expected)


def _told(name: str, form: dict[str, str], *expected: Incoming) -> Golden:
    return Golden(name, _hook(To=LAN.value, From=NUMBER, **form), expected)


def _stop(word: str, told: str) -> Golden:
    form = {"MessageSid": f"SM{word}", "Body": word}
    said = Message(LAN, f"SM{word}", NOON, word, is_automatic=True, meta={"opt_out": told})
    return _in(f"opt {word}", form, said)


SMS_GOLDEN = (
    _in(
        "text", {"MessageSid": "SM1", "Body": "Xin chào", "NumSegments": "1", "Unheard": "of"},
        Message(LAN, "SM1", NOON, "Xin chào", meta={"segments": 1}),
    ),
    _in(
        "picture",
        {"MessageSid": "MM1", "NumMedia": "1", "MediaUrl0": MEDIA, "MediaContentType0": "image/jpeg"},
        Message(LAN, "MM1", NOON, "", files=[File("media-1.jpeg", "image/jpeg", url=MEDIA)]),
    ),
    _in(
        "opt-out told by Twilio", {"MessageSid": "SM2", "Body": "dung lai", "OptOutType": "STOP"},
        Message(LAN, "SM2", NOON, "dung lai", is_automatic=True, meta={"opt_out": "STOP"}),
    ),
    _stop("STOP", "STOP"),
    _stop(" unsubscribe ", "STOP"),
    _stop("Start", "START"),
    _stop("help", "HELP"),
    _in("no opt-out", {"MessageSid": "SM3", "Body": "stop calling me"}, Message(LAN, "SM3", NOON, "stop calling me")),
    _told("queued", {"MessageSid": "SM9", "MessageStatus": "queued"}, Ignored("on its way")),
    _told("sent", {"MessageSid": "SM9", "MessageStatus": "sent"}, Status("sent", NOON, ["SM9"], LAN)),
    _told("delivered", {"MessageSid": "SM9", "MessageStatus": "delivered"}, Status("delivered", NOON, ["SM9"], LAN)),
    _told(
        "undelivered", {"MessageSid": "SM9", "MessageStatus": "undelivered", "ErrorCode": "30005"},
        Status("failed", NOON, ["SM9"], LAN, code="30005", detail="There is no such number."),
    ),
    Golden(
        "signed with the port",
        _hook("https://cc.example.vn:443/hooks/channel/0199", From=LAN.value, To=NUMBER, Body="hi", MessageSid="SM4"),
        [Message(LAN, "SM4", NOON, "hi")],
    ),
)  # fmt: skip
ATTESTED = Known("phone", "+84901234567", trust=Trust.ATTESTED)
BSUID = Known("wa_bsuid", "VN.1349", ACCOUNT)
WHATSAPP_GOLDEN = (
    _whatsapp(
        "text",
        {
            "MessageSid": "SM1", "Body": "Xin chào", "ProfileName": "Lan", "WaId": "84901234567",
            "ExternalUserId": BSUID.value, "OriginalRepliedMessageSid": "SM0",
        },
        Message(ATTESTED, "SM1", NOON, "Xin chào", display="Lan", also=[BSUID], reply_to="SM0"),
    ),
    _whatsapp(
        "nothing but a BSUID", {"MessageSid": "SM2", "From": "whatsapp:VN.1349", "Body": "hi"},
        Message(BSUID, "SM2", NOON, "hi"),
    ),
    _whatsapp(
        "button", {"MessageSid": "SM3", "Body": "Có", "ButtonText": "Có", "ButtonPayload": "YES"},
        Message(ATTESTED, "SM3", NOON, "Có", meta={"payload": "YES"}),
    ),
    _whatsapp(
        "location", {"MessageSid": "SM4", "Latitude": "10.7", "Longitude": "106.6", "Label": "Kho"},
        Message(ATTESTED, "SM4", NOON, "Kho\n10.7, 106.6"),
    ),
    _whatsapp("stop is a word here", {"MessageSid": "SM5", "Body": "stop"}, Message(ATTESTED, "SM5", NOON, "stop")),
    Golden(
        "read",
        _hook(MessageSid="SM9", MessageStatus="read", To="whatsapp:+84901234567", From=f"whatsapp:{NUMBER}"),
        [Status("read", NOON, ["SM9"], ATTESTED)],
    ),
)  # fmt: skip
FORGED = (
    _hook(token="another", Body="hi", From=LAN.value, MessageSid="SM1"),
    _hook(url="https://elsewhere.example/hooks/channel/0199", Body="hi", From=LAN.value, MessageSid="SM1"),
    hook(b"Body=hi&MessageSid=SM1", {"X-Twilio-Signature": "", "Content-Type": FORM}),
    hook(
        b'{"MessageSid":"SM1"}',
        {"X-Twilio-Signature": signature(HOOK_URL, {}), "Content-Type": "application/json"},
    ),
    hook(b"\xff=1", {"X-Twilio-Signature": "x", "Content-Type": FORM}),
)
REMEDIES = {
    "429": Remedy.PAUSE, "500": Remedy.RETRY, "token_expired": Remedy.RECONNECT, "window": Remedy.WINDOW,
    "blocked": Remedy.BLOCKED, "bad": Remedy.GIVE_UP,
}  # fmt: skip


class _FakeWhatsApp(FakeTwilioMessages):
    prefix = "whatsapp:"


CASES = (
    ChannelCase(
        "sms",
        lambda outside, clock, secrets: Sms(outside, clock),
        endpoint("sms", NUMBER, {"account_sid": ACCOUNT}, SECRETS),
        LAN,
        SMS_GOLDEN,
        forged=FORGED,
        windows=((timedelta(days=900), Opening.OPEN), (None, Opening.OPEN)),
        standin=FakeTwilioMessages,
        remedies=REMEDIES,
    ),
    ChannelCase(
        "whatsapp_twilio",
        lambda outside, clock, secrets: WhatsAppByTwilio(outside, clock),
        endpoint("whatsapp_twilio", NUMBER, {"account_sid": ACCOUNT}, SECRETS),
        ATTESTED,
        WHATSAPP_GOLDEN,
        forged=FORGED,
        windows=(
            (timedelta(hours=24, seconds=-1), Opening.OPEN),
            (timedelta(hours=24), Opening.TEMPLATE_ONLY),
            (None, Opening.TEMPLATE_ONLY),
        ),
        standin=_FakeWhatsApp,
        remedies=REMEDIES,
    ),
)
