"""Signatures whose values are fixed: computed once with hashlib and hmac, outside this program."""

from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from omnichannel.channels.meta.webhook import challenge, prove, signature
from omnichannel.channels.port import Endpoint, Forged, HookRequest
from omnichannel.channels.twilio_messages import signature as twilio
from omnichannel.channels.zalo.signature import signed_by
from tests.contract.channels.case import ENDPOINT_ID, NOON
from tests.contract.channels.case_zalo import VECTOR as ZALO_BODY

pytestmark = pytest.mark.unit

META_BODY = (
    b'{"object":"page","entry":[{"id":"PAGE1","time":1700000000000,"messaging":[{"sender":{"id":"PSID1"},'
    b'"recipient":{"id":"PAGE1"},"timestamp":1700000000000,"message":{"mid":"m_1","text":"hi"}}]}]}'
)
ESCAPED_BODY = (
    rb'{"object":"page","entry":[{"id":"PAGE1","messaging":[{"message":{"text":"\u0111\u01a1n"}}]}]}'
)
FORM_URL = "https://cc.example.vn/hooks/twilio/sms?ep=7"
FORM = {
    "AccountSid": "AC0123456789abcdef0123456789abcdef", "Body": "Xin chào", "From": "+84901234567",
    "MessageSid": "SM0123456789abcdef0123456789abcdef", "NumMedia": "0", "To": "+15005550006",
}  # fmt: skip
JSON_URL = (
    "https://cc.example.vn/hooks/twilio/json"
    "?bodySHA256=015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
)
SHA256 = {"x-twilio-webhooks-signature-settings": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"}
FORM_TYPE = {"content-type": "application/x-www-form-urlencoded"}


def ours(secrets: Mapping[str, str], hook_url: str = "", address: str = "388613280878808645") -> Endpoint:
    config = {"app_id": "360846524940903967"}
    return Endpoint(1, ENDPOINT_ID, "any", address, config=config, secrets=secrets, hook_url=hook_url)


def asked(body: bytes, headers: Mapping[str, str], url: str = "", **query: str) -> HookRequest:
    return HookRequest("POST" if not query else "GET", url, query, headers, body, NOON)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (META_BODY, "sha256=f08abd9fdca7828b54db36c514e7a5b4e17b3b38fda3e2e36042ff655e6fd66b"),
        (ESCAPED_BODY, "sha256=d6a403b270177c298b63c4af0fddc30256d488bce527297343ff50ffa8af844d"),
    ],
)
def test_meta_signs_the_bytes_as_they_came(body: bytes, expected: str) -> None:
    assert signature("app_secret_123", body) == expected
    prove(ours({"app_secret": "app_secret_123"}), asked(body, {"x-hub-signature-256": expected}))
    with pytest.raises(Forged):
        prove(ours({"app_secret": "app_secret_124"}), asked(body, {"x-hub-signature-256": expected}))


@pytest.mark.parametrize(
    ("token", "mode", "status"),
    [
        ("ours", "subscribe", 200),
        ("theirs", "subscribe", 403),
        ("ours", "unsubscribe", 403),
        ("", "subscribe", 403),
    ],
)
def test_meta_gets_its_challenge_back_only_with_our_token(token: str, mode: str, status: int) -> None:
    query = {"hub.mode": mode, "hub.verify_token": token, "hub.challenge": "1158201444"}
    receipt = challenge(ours({"verify_token": "ours"}), asked(b"", {}, **query))
    assert receipt.status == status
    assert receipt.body == (b"1158201444" if status == 200 else b"")
    unset = challenge(ours({}), asked(b"", {}, **{**query, "hub.verify_token": ""}))
    assert unset.status == 403


@pytest.mark.parametrize("secret", ["oa_secret", "app_secret"])
@pytest.mark.parametrize(
    ("mac", "who"),
    [
        ("badeef68c646a94f72e7ea0634c051ec1f2b9a77ccc018da19df85557f545b66", "app"),
        ("9753a82d4079bfb57b9edc91d5aa2640a22acda9692a3bbf9ad902cab6a4db1f", "oa"),
        ("0" * 64, None),
    ],
)
@pytest.mark.parametrize("prefix", ["mac=", ""])
def test_zalo_signs_with_either_id_and_either_secret(
    secret: str, mac: str, who: str | None, prefix: str
) -> None:
    request = asked(ZALO_BODY, {"x-zevent-signature": prefix + mac})
    assert signed_by(ours({secret: "oa_secret_123"}), request) == who


@pytest.mark.parametrize(
    ("headers", "claimed"),
    [({}, "qxrD7IoVKVTTpDfP/DdTdfjzxE0="), (SHA256, "BSlMwMcam4O4joCuzsm63ktMgMZxMGIszZOe9WOj7lM=")],
)
@pytest.mark.parametrize(
    "hook_url", [FORM_URL.partition("?")[0], "", "/hooks/of/a/server/without/public/url"]
)
def test_twilio_signs_the_url_and_every_parameter(
    headers: Mapping[str, str], claimed: str, hook_url: str
) -> None:
    all_headers = {**FORM_TYPE, **headers, "x-twilio-signature": claimed}
    request = asked(urlencode(FORM).encode(), all_headers, FORM_URL)
    twilio.prove(ours({"auth_token": "twilio_token_123"}, hook_url), request)
    twilio.prove(
        ours({"auth_token": "x" if headers else "twilio_token_123", "webhook_key": "twilio_token_123"}),
        request,
    )
    with pytest.raises(Forged):
        twilio.prove(ours({"auth_token": "another"}, hook_url), request)
    more = asked(urlencode({**FORM, "More": "1"}).encode(), all_headers, FORM_URL)
    with pytest.raises(Forged):
        twilio.prove(ours({"auth_token": "twilio_token_123"}, hook_url), more)


def test_twilio_signs_a_json_body_by_its_hash() -> None:
    headers = {"content-type": "application/json", "x-twilio-signature": "4xihlWlVwVmNZEgLPa+2QS48EpA="}
    twilio.prove(ours({"auth_token": "twilio_token_123"}), asked(b'{"a":1}', headers, JSON_URL))
    with pytest.raises(Forged):
        twilio.prove(ours({"auth_token": "twilio_token_123"}), asked(b'{"a":2}', headers, JSON_URL))


def test_twilio_may_sign_with_or_without_the_port() -> None:
    oracle = RequestValidator("t")
    for named in ("https://cc.example.vn:8443/hooks/sms/1", "https://cc.example.vn/hooks/sms/1"):
        for signed in (named, "https://cc.example.vn/hooks/sms/1"):
            headers = {**FORM_TYPE, "x-twilio-signature": oracle.compute_signature(signed, FORM)}
            request = asked(urlencode(FORM).encode(), headers, named)
            twilio.prove(ours({"auth_token": "t"}, named), request)
            assert oracle.validate(named, FORM, headers["x-twilio-signature"])


def test_twilios_host_header_decides_nothing() -> None:
    elsewhere = "https://attacker.example/hooks/sms/1"
    signed = RequestValidator("t").compute_signature(elsewhere, FORM)
    request = asked(urlencode(FORM).encode(), {**FORM_TYPE, "x-twilio-signature": signed}, elsewhere)
    with pytest.raises(Forged):
        twilio.prove(ours({"auth_token": "t"}, "https://cc.example.vn/hooks/sms/1"), request)


def test_several_values_of_one_name_are_signed_once_each() -> None:
    body = b"A=2&A=1&A=2&B="
    pairs = twilio.Parameters(twilio.form_of(body))
    signed = RequestValidator("t").compute_signature("https://cc.example.vn/h", pairs)
    request = asked(body, {**FORM_TYPE, "x-twilio-signature": signed}, "https://cc.example.vn/h")
    twilio.prove(ours({"auth_token": "t"}), request)


def test_an_algorithm_nobody_knows_is_refused() -> None:
    headers = {
        **FORM_TYPE,
        "x-twilio-signature": "",
        "x-twilio-webhooks-signature-settings": "algorithm=NONE",
    }
    with pytest.raises(Forged):
        twilio.prove(ours({"auth_token": "t"}), asked(b"A=1", headers, "https://cc.example.vn/h"))
