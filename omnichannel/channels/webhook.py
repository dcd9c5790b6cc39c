"""The generic signed webhook: any other touchpoint (a marketplace, an app, a till) writes to us and is written to.

Both ways the body is JSON and signed: `X-Threadline-Timestamp` holds Unix seconds, `X-Threadline-Signature` holds
`v1=` and the lower-case hex HMAC-SHA256, keyed with the endpoint's secret, of timestamp + "." + raw body. A
signature older than TOLERANCE is refused; deliveries within it are told apart by their ids. docs/channels.md has
the form of the events.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from omnichannel.channels import port
from omnichannel.channels.outside import Answer, Fetched, Outside, is_at
from omnichannel.channels.port import (
    Check,
    Delivered,
    Endpoint,
    Forged,
    HookRequest,
    Incoming,
    Known,
    Learnt,
    Limits,
    Message,
    Opening,
    Outgoing,
    Receipt,
    Remedy,
    SendFailed,
    Sent,
    Status,
    Window,
)
from omnichannel.identity import Trust
from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json

TOLERANCE: Final = timedelta(minutes=5)
VERSION: Final = "v1="
TIMESTAMP: Final = "X-Threadline-Timestamp"
SIGNATURE: Final = "X-Threadline-Signature"
EVENTS_MAX: Final = 500
_DENIED: Final = frozenset({401, 403})
_LATER: Final = frozenset({408, 425, 429})


class _Form(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Customer(_Form):
    """`phone` and `email` are what the customer says, unless the touchpoint `is_verified` them."""

    id: str = Field(min_length=1, max_length=200)
    name: str | None = Field(default=None, max_length=200)
    phone: str | None = Field(default=None, max_length=40)
    email: str | None = Field(default=None, max_length=320)
    is_verified: bool = False


class _File(_Form):
    url: str = Field(min_length=1, max_length=4000)
    name: str = Field(default="file", max_length=400)
    mime: str = Field(default="application/octet-stream", max_length=200)


class _Event(_Form):
    id: str = Field(min_length=1, max_length=200)
    at: AwareDatetime


class _Message(_Event):
    type: Literal["message"]
    customer: _Customer
    text: str = Field(default="", max_length=100_000)
    html: str | None = Field(default=None, max_length=500_000)
    subject: str | None = Field(default=None, max_length=998)
    direction: Literal["in", "out"] = "in"
    files: list[_File] = Field(default_factory=list, max_length=20)
    reply_to: str | None = Field(default=None, max_length=200)
    key: str | None = Field(default=None, max_length=200)
    is_automatic: bool = False


class _Status(_Event):
    type: Literal["status"]
    status: Literal["sent", "delivered", "read", "failed"]
    messages: list[str] = Field(min_length=1, max_length=1000)
    code: str | None = Field(default=None, max_length=100)
    detail: str | None = Field(default=None, max_length=500)


class _Profile(_Event):
    type: Literal["profile"]
    customer: _Customer


_Any: TypeAlias = Annotated[_Message | _Status | _Profile, Field(discriminator="type")]
_EVENT: Final[TypeAdapter[_Message | _Status | _Profile]] = TypeAdapter(_Any)
EVENT_SCHEMA: Final = _EVENT.json_schema()
"""JSON Schema of one event, as docs/channels.md has it."""


class WebhookChannel:
    """omnichannel.channels.port.Channel over our own protocol."""

    kind = "webhook"
    identity_kind = "external"
    is_idempotent = True
    fields: Sequence[port.Field] = (
        port.Field("secret", is_secret=True, example="a random text of 32 characters or more"),
        port.Field("url", is_required=False, example="https://shop.example.vn/threadline"),
        port.Field("file_hosts", is_required=False, example="cdn.example.vn, files.example.vn"),
    )
    limits = Limits(text_max=20_000, file_bytes=25_000_000, file_types=("",), has_html=True, has_subject=True)

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    def receive(self, endpoint: Endpoint, request: HookRequest) -> Receipt:
        if request.method != "POST":
            return Receipt(status=405, body=b"POST events here")
        verify(endpoint.secrets.get("secret", ""), request.headers, request.body, request.received_at)
        events = _events(request.body)
        return Receipt(
            [_delivered(one) for one in events], body=b'{"ok":true}', content_type="application/json"
        )

    def read(self, endpoint: Endpoint, raw: bytes, headers: Mapping[str, str]) -> Sequence[Incoming]:
        try:
            event = _EVENT.validate_json(raw)
        except ValidationError as exc:
            raise Invalid(_fault(exc)) from None
        if isinstance(event, _Status):
            return [Status(event.status, event.at, event.messages, code=event.code, detail=event.detail)]
        known, also = _who(endpoint, event.customer)
        if isinstance(event, _Profile):
            return [Learnt(known, event.at, also, event.customer.name)]
        return [_message(event, known, also)]

    def window(self, endpoint: Endpoint, last_inbound: datetime | None, now: datetime) -> Window:
        """Without a `url` there is nowhere to send to."""
        return Window(Opening.OPEN if endpoint.config.get("url") else Opening.CLOSED)

    async def send(self, endpoint: Endpoint, message: Outgoing) -> Sent:
        answer = await self._post(endpoint, _letter(message))
        if answer.status == 409 or 200 <= answer.status < 300:
            key = answer.body.get("id")
            return Sent(str(key) if isinstance(key, str | int) else None)
        raise _refusal(answer)

    async def check(self, endpoint: Endpoint) -> Sequence[Check]:
        """Sends a `ping`, which the other side answers with any 2xx."""
        has_secret = len(endpoint.secrets.get("secret", "")) >= 32
        checks = [Check("secret", has_secret, "" if has_secret else "Use 32 characters or more.")]
        if not endpoint.config.get("url"):
            return [*checks, Check("url", True, "Without a URL this endpoint only receives.")]
        try:
            answer = await self._post(endpoint, {"type": "ping", "at": datetime.now(UTC).isoformat()})
        except SendFailed as failed:
            return [*checks, Check("url", False, failed.detail)]
        is_ok = 200 <= answer.status < 300
        return [*checks, Check("url", is_ok, "" if is_ok else f"It answered {answer.status} instead of 2xx.")]

    async def download(self, endpoint: Endpoint, url: str, max_bytes: int) -> Fetched:
        """Only from the hosts an admin named, or from where we send to."""
        hosts = [
            host.strip().lower() for host in endpoint.config.get("file_hosts", "").split(",") if host.strip()
        ]
        base = endpoint.config.get("url", "")
        return await self._outside.fetch(
            url, may_fetch=lambda one: is_at(one, hosts, base), max_bytes=max_bytes
        )

    async def _post(self, endpoint: Endpoint, body: Json) -> Answer:
        url = endpoint.config.get("url", "")
        if not url:
            raise SendFailed(Remedy.GIVE_UP, "This endpoint only receives: it has no URL.", code="no_url")
        headers = signed(endpoint.secrets.get("secret", ""), json.dumps(body).encode(), datetime.now(UTC))
        if "key" in body:
            headers["Idempotency-Key"] = str(body["key"])
        return await self._outside.call("POST", url, body=body, headers=headers)


def signed(secret: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers that prove `body`."""
    timestamp = str(int(now.timestamp()))
    return {TIMESTAMP: timestamp, SIGNATURE: VERSION + _mac(secret, timestamp, body)}


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """`headers` in lower case; several signatures may stand between commas, while a secret changes. Raises Forged."""
    timestamp = headers.get(TIMESTAMP.lower(), "")
    if not secret or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise Forged
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise Forged("The timestamp is not of the last five minutes.")
    wanted = (VERSION + _mac(secret, timestamp, body)).encode()
    given = [one.strip().encode() for one in headers.get(SIGNATURE.lower(), "").split(",")[:5]]
    if not any([hmac.compare_digest(wanted, one) for one in given]):
        raise Forged


def _mac(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _events(body: bytes) -> list[dict[str, Any]]:
    """One event, or {"events": [...]}. Raises Invalid: who signs it can mend it."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid("the body is no JSON") from None
    events = given.get("events", [given]) if isinstance(given, dict) else None
    if not isinstance(events, list) or not 0 < len(events) <= EVENTS_MAX:
        raise Invalid(f'the body is an event, or {{"events": [1 to {EVENTS_MAX} of them]}}')
    for number, event in enumerate(events):
        try:
            _EVENT.validate_python(event)
        except ValidationError as exc:
            raise Invalid(f"events.{number}: {_fault(exc)}") from None
    return events


def _delivered(event: Mapping[str, Any]) -> Delivered:
    """A receipt belongs to nobody's order: it only ever moves messages forward."""
    sender = event["customer"]["id"] if "customer" in event else f"status {event['id']}"
    raw = json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Delivered(f"{event['type']} {event['id']}", str(sender), raw)


def _who(endpoint: Endpoint, customer: _Customer) -> tuple[Known, list[Known]]:
    """The touchpoint vouches for its own ids; for the rest only where it says so."""
    trust = Trust.ATTESTED if customer.is_verified else Trust.CLAIMED
    given = (("phone", customer.phone), ("email", customer.email))
    also = [Known(kind, value, trust=trust) for kind, value in given if value]
    return Known("external", customer.id, endpoint.address), also


def _message(event: _Message, known: Known, also: list[Known]) -> Message:
    return Message(
        customer=known,
        key=event.id,
        at=event.at,
        text=event.text,
        direction=event.direction,
        html=event.html,
        subject=event.subject,
        display=event.customer.name,
        also=also,
        files=[port.File(one.name, one.mime, url=one.url) for one in event.files],
        reply_to=event.reply_to,
        own_key=event.key,
        is_automatic=event.is_automatic,
    )


def _letter(message: Outgoing) -> Json:
    return {
        "type": "message",
        "key": message.key,
        "to": {"id": message.to.value, "kind": message.to.kind},
        "at": message.at.isoformat(),
        "text": message.text,
        "html": message.html,
        "subject": message.subject,
        "reply_to": message.reply_to,
        "template": message.template,
        "by": message.by,
        "files": [
            {"name": one.name, "mime": one.mime, "bytes": one.bytes, "url": one.url} for one in message.files
        ],
    }


def _refusal(answer: Answer) -> SendFailed:
    code = str(answer.status)
    if answer.status in _LATER or answer.status >= 500:
        detail = f"The other side answered {code}: it is tried again."
        return SendFailed(Remedy.RETRY, detail, code=code, retry_after_s=answer.retry_after_s)
    if answer.status in _DENIED:
        return SendFailed(
            Remedy.RECONNECT, f"The other side answered {code}: check the secret and the URL.", code=code
        )
    if answer.status == 410:
        return SendFailed(Remedy.BLOCKED, "The other side does not know this customer any more.", code=code)
    return SendFailed(Remedy.GIVE_UP, f"The other side refused it with {code}.", code=code)


def _fault(exc: ValidationError) -> str:
    """Where and what, without what was given."""
    first = exc.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
