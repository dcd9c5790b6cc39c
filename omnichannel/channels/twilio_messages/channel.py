"""The channels that go through Twilio's Messages interface: SMS (with MMS), and WhatsApp."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from omnichannel.channels.outside import Fetched, Outside, base_of, is_at
from omnichannel.channels.port import (
    Check,
    Endpoint,
    Field,
    HookRequest,
    Incoming,
    Opening,
    Outgoing,
    Price,
    Receipt,
    SendFailed,
    Sent,
    Window,
)
from omnichannel.channels.reading import text
from omnichannel.channels.twilio_messages.errors import judged
from omnichannel.channels.twilio_messages.reading import WHATSAPP, delivered, price_of, read_form
from omnichannel.channels.twilio_messages.sending import (
    SMS_LIMITS,
    WHATSAPP_LIMITS,
    check_window,
    form,
    whatsapp_window,
)
from omnichannel.channels.twilio_messages.signature import prove
from threadline.kernel.clock import Clock
from threadline.kernel.events import Json

API: Final = "https://api.twilio.com"
FILE_HOSTS: Final = ("api.twilio.com", "twiliocdn.com", "media.twiliocdn.com", "s3-external-1.amazonaws.com")
NOTHING: Final = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
FIELDS: Final = (
    Field("account_sid", example="AC0123456789abcdef0123456789abcdef"),
    Field("auth_token", is_secret=True),
    Field("webhook_key", is_secret=True, is_required=False),
    Field("api_key", is_required=False, example="SK0123456789abcdef0123456789abcdef"),
    Field("api_secret", is_secret=True, is_required=False),
    Field("messaging_service_sid", is_required=False, example="MG0123456789abcdef0123456789abcdef"),
    Field("base_url", is_required=False, default=API),
)


class Sms:
    """`endpoint.address` is the number in E.164; `messaging_service_sid` sends by a pool of numbers instead."""

    kind = "sms"
    identity_kind = "phone"
    limits = SMS_LIMITS
    fields: Sequence[Field] = FIELDS
    prefix = ""

    def __init__(self, outside: Outside, clock: Clock) -> None:
        self._outside = outside
        self._clock = clock

    def receive(self, endpoint: Endpoint, request: HookRequest) -> Receipt:
        prove(endpoint, request)
        event = delivered(request)
        return Receipt([event] if event else [], body=NOTHING, content_type="text/xml")

    def read(self, endpoint: Endpoint, raw: bytes, headers: Mapping[str, str]) -> Sequence[Incoming]:
        return read_form(endpoint, raw, headers)

    def window(self, endpoint: Endpoint, last_inbound: datetime | None, now: datetime) -> Window:
        return Window(Opening.OPEN)

    async def send(self, endpoint: Endpoint, message: Outgoing) -> Sent:
        asked = form(endpoint, message, self.prefix, self.limits)
        answer = await self._outside.call(
            "POST", self._url(endpoint, "Messages.json"), form=asked, basic=_login(endpoint)
        )
        body = judged(answer)
        count = text(body, "num_segments")
        meta: Json = {"segments": int(count)} if count.isdecimal() and int(count) else {}
        return Sent(text(body, "sid") or None, meta)

    async def price(self, endpoint: Endpoint, key: str) -> Price | None:
        """Implements Priced."""
        url = self._url(endpoint, f"Messages/{key}.json")
        return price_of(judged(await self._outside.call("GET", url, basic=_login(endpoint))))

    async def check(self, endpoint: Endpoint) -> Sequence[Check]:
        url = self._url(endpoint).removesuffix("/") + ".json"
        try:
            account = judged(await self._outside.call("GET", url, basic=_login(endpoint)))
        except SendFailed as failed:
            return [Check("auth_token", False, failed.detail)]
        is_active = text(account, "status") == "active"
        return [Check("auth_token", is_active, "" if is_active else "The Twilio account is not active.")]

    async def download(self, endpoint: Endpoint, url: str, max_bytes: int) -> Fetched:
        """Media need the account's login, and lead on to where the bytes are."""
        base = base_of(endpoint.config, API)
        is_api = url.startswith(base + "/")
        return await self._outside.fetch(
            url, may_fetch=lambda one: is_at(one, FILE_HOSTS, base), max_bytes=max_bytes,
            basic=_login(endpoint) if is_api else None,
        )  # fmt: skip

    def _url(self, endpoint: Endpoint, path: str = "") -> str:
        account = endpoint.config.get("account_sid", "")
        return f"{base_of(endpoint.config, API)}/2010-04-01/Accounts/{account}/{path}"


class WhatsAppByTwilio(Sms):
    """`endpoint.address` is the WhatsApp sender's number in E.164, without "whatsapp:"."""

    kind = "whatsapp_twilio"
    limits = WHATSAPP_LIMITS
    fields: Sequence[Field] = (*FIELDS[:-1], Field("portfolio_id", is_required=False), FIELDS[-1])
    prefix = WHATSAPP

    def window(self, endpoint: Endpoint, last_inbound: datetime | None, now: datetime) -> Window:
        return whatsapp_window(last_inbound, now)

    async def send(self, endpoint: Endpoint, message: Outgoing) -> Sent:
        check_window(message, self._clock.now())
        return await super().send(endpoint, message)


def _login(endpoint: Endpoint) -> tuple[str, str]:
    """An API key where there is one, else the account itself."""
    if (key := endpoint.config.get("api_key")) and (secret := endpoint.secrets.get("api_secret")):
        return key, secret
    return endpoint.config.get("account_sid", ""), endpoint.secrets.get("auth_token", "")
