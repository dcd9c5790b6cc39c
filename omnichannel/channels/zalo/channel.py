"""The Zalo channel: its settings, and its way to Zalo."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import aiohttp

from omnichannel.channels.beside import Errand, Profile
from omnichannel.channels.outside import Answer, Fetched, Outside, base_of, is_at
from omnichannel.channels.parts import each_part
from omnichannel.channels.port import (
    Check,
    Endpoint,
    Field,
    HookRequest,
    Incoming,
    Known,
    Outgoing,
    Receipt,
    Remedy,
    SecretStore,
    SendFailed,
    Sent,
    StoredFile,
    Window,
)
from omnichannel.channels.reading import parsed, text, written
from omnichannel.channels.zalo.connecting import consent_page, first_pair
from omnichannel.channels.zalo.reading import delivered, read_event
from omnichannel.channels.zalo.sending import (
    LIMITS,
    bodies,
    check,
    contact_form,
    is_contact_form,
    template,
    upload_of,
    window,
)
from omnichannel.channels.zalo.signature import signed_by
from omnichannel.channels.zalo.tokens import Tokens
from omnichannel.identity import Trust
from threadline.kernel.clock import Clock
from threadline.kernel.events import Json

OPENAPI: Final = "https://openapi.zalo.me"
BUSINESS: Final = "https://business.openapi.zalo.me"
FILE_HOSTS: Final = ("zdn.vn", "zadn.vn", "zalo.me", "zaloapp.com")
MESSAGE: Final = "/v3.0/oa/message/cs"
log = logging.getLogger(__name__)


class Zalo:
    """`endpoint.address` is the account's id. A forged delivery is answered 200: Zalo's console stores the URL
    only if its unsigned test is, and such a delivery is dropped."""

    kind = "zalo"
    identity_kind = "zalo_uid"
    template_kinds = frozenset({"phone"})  # ZNS: a template to whoever has the number
    keeps_challenge = True
    limits = LIMITS
    fields: Sequence[Field] = (
        Field("app_id", example="360846524940903967"),
        Field("app_secret", is_secret=True),
        Field("oa_secret", is_secret=True, is_required=False),
        Field("access_token", is_secret=True, is_required=False),
        Field("refresh_token", is_secret=True, is_required=False),
        Field("consent_url", is_required=False, example="https://oauth.zaloapp.com/v4/oa/permission?..."),
        Field("base_url", is_required=False, default=""),
    )

    def __init__(self, outside: Outside, clock: Clock, secrets: SecretStore) -> None:
        self._outside = outside
        self._clock = clock
        self._tokens = Tokens(outside, secrets)

    def receive(self, endpoint: Endpoint, request: HookRequest) -> Receipt:
        if request.method == "GET":
            return Receipt()
        who = signed_by(endpoint, request)
        if who is None:
            log.warning("zalo delivery dropped: its signature is wrong", extra={"endpoint": str(endpoint.id)})
            return Receipt()
        if who == "oa":
            log.info("zalo signed with the account's id", extra={"endpoint": str(endpoint.id)})
        return Receipt([delivered(parsed(request.body), request.body)])

    def read(self, endpoint: Endpoint, raw: bytes, headers: Mapping[str, str]) -> Sequence[Incoming]:
        return read_event(endpoint, parsed(raw))

    def window(self, endpoint: Endpoint, last_inbound: datetime | None, now: datetime) -> Window:
        return window(last_inbound, now)

    async def send(self, endpoint: Endpoint, message: Outgoing) -> Sent:
        if message.template is not None and not is_contact_form(message):
            return await self._send_template(endpoint, message)
        if is_contact_form(message):
            asked = [contact_form(message)]
        else:
            check(message, self._clock.now())
            asked = bodies(message, [await self._upload(endpoint, file) for file in message.files])
        answers = await each_part(asked, lambda body: self._post(endpoint, OPENAPI, MESSAGE, body))
        keys = [text(answer, "message_id") for answer in answers]
        meta: Json = {"keys": [*keys]} if len(keys) > 1 else {}
        return Sent(keys[-1] or None, meta)

    async def check(self, endpoint: Endpoint) -> Sequence[Check]:
        try:
            account = await self._get(endpoint, "/v2.0/oa/getoa", {})
        except SendFailed as failed:
            return [Check("access_token", False, failed.detail)]
        is_ours = text(account, "oa_id") in ("", endpoint.address)
        return [Check("access_token", is_ours, "" if is_ours else "The token is another account's.")]

    def page(self, endpoint: Endpoint, errand: Errand) -> str | None:
        return consent_page(endpoint, errand)

    async def tokens(self, endpoint: Endpoint, errand: Errand, brought: Mapping[str, str]) -> dict[str, str]:
        return await first_pair(self._outside, endpoint, errand, brought)

    async def download(self, endpoint: Endpoint, url: str, max_bytes: int) -> Fetched:
        base = base_of(endpoint.config, OPENAPI)
        return await self._outside.fetch(
            url, may_fetch=lambda one: is_at(one, FILE_HOSTS, base), max_bytes=max_bytes
        )

    async def profile(self, endpoint: Endpoint, customer: Known) -> Profile | None:
        if customer.kind != "zalo_uid":
            return None
        query = {"data": written({"user_id": customer.value}).decode("ascii")}
        person = await self._get(endpoint, "/v3.0/oa/user/detail", query)
        name, digits = text(person, "display_name"), text(person, "shared_info", "phone")
        also = [Known("phone", "+" + digits.lstrip("+"), trust=Trust.CLAIMED)] if len(digits) > 6 else []
        return Profile(name, also) if name else None

    async def _send_template(self, endpoint: Endpoint, message: Outgoing) -> Sent:
        is_to_phone, body = template(message)
        if is_to_phone:
            answer = await self._post(endpoint, BUSINESS, "/message/template", body)
        else:
            answer = await self._post(endpoint, OPENAPI, "/v3.0/oa/message/template", body)
        return Sent(text(answer, "message_id") or text(answer, "msg_id") or None)

    async def _upload(self, endpoint: Endpoint, file: StoredFile) -> tuple[str, Json]:
        place, _ = upload_of(file)
        data = await asyncio.to_thread(file.path.read_bytes)
        url = f"{base_of(endpoint.config, OPENAPI)}/v2.0/oa/upload/{place}"

        async def ask(token: str) -> Answer:
            form = aiohttp.FormData()
            form.add_field("file", data, filename=file.name, content_type=file.mime)
            return await self._outside.call("POST", url, form=form, headers={"access_token": token})

        try:
            return place, await self._tokens.call(endpoint, ask)
        except SendFailed as failed:
            if failed.remedy is not Remedy.UNSURE:
                raise
            raise SendFailed(Remedy.RETRY, failed.detail, code=failed.code) from None  # no message has left

    async def _post(self, endpoint: Endpoint, base: str, path: str, body: Json) -> Json:
        url = base_of(endpoint.config, base) + path
        return await self._tokens.call(
            endpoint,
            lambda token: self._outside.call("POST", url, body=body, headers={"access_token": token}),
        )

    async def _get(self, endpoint: Endpoint, path: str, query: Mapping[str, str]) -> Json:
        url = base_of(endpoint.config, OPENAPI) + path
        return await self._tokens.call(
            endpoint,
            lambda token: self._outside.call("GET", url, query=query, headers={"access_token": token}),
        )
