"""A Twilio webhook in our words: an incoming message, or what became of one of ours. Pure.

Twilio gives no time: the delivery keeps when it came. New parameters appear without notice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from omnichannel.channels.port import (
    Delivered,
    Endpoint,
    File,
    HookRequest,
    Ignored,
    Incoming,
    Known,
    Message,
    Price,
    Status,
)
from omnichannel.channels.reading import clean, key_of, lines
from omnichannel.channels.twilio_messages.errors import CODES
from omnichannel.channels.twilio_messages.signature import form_of
from omnichannel.identity import Trust
from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json

CAME_AT: Final = "received-at"  # our own header of the stored delivery
WHATSAPP: Final = "whatsapp:"
MEDIA_MAX: Final = 10
UNIT_CHARS: Final = 8
_STATUSES: Final = {
    "sent": "sent", "delivered": "delivered", "read": "read", "undelivered": "failed", "failed": "failed",
}  # fmt: skip
# Twilio's standard words; it answers them itself and refuses further messages (21610).
_STOP: Final = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_START: Final = frozenset({"start", "unstop", "yes"})
_HELP: Final = frozenset({"help", "info"})


def delivered(request: HookRequest) -> Delivered | None:
    """The one event of a webhook call; None where it is none."""
    form = dict(form_of(request.body))
    message = form.get("MessageSid") or form.get("SmsSid", "")
    if not message:
        return None
    headers = {CAME_AT: request.received_at.isoformat()}
    if _is_incoming(form):
        return Delivered(key_of("message", message), key_of(form.get("From", "")), request.body, headers)
    status = form.get("MessageStatus") or form.get("SmsStatus", "")
    return Delivered(key_of("status", message, status), key_of(form.get("To", "")), request.body, headers)


def read_form(endpoint: Endpoint, raw: bytes, headers: Mapping[str, str]) -> Sequence[Incoming]:
    """Raises Invalid for an event without its customer or its time."""
    form = {name: clean(value) for name, value in form_of(raw)}
    try:
        came = datetime.fromisoformat(headers.get(CAME_AT, ""))
    except ValueError as exc:
        raise Invalid("The delivery has lost its time.") from exc
    if not _is_incoming(form):
        return [_status(endpoint, form, came)]
    return [_message(endpoint, form, came)]


def customer_of(endpoint: Endpoint, address: str) -> Known:
    """`address` as Twilio writes it: a number, or WhatsApp's with a number or a business-scoped id."""
    value = address.removeprefix(WHATSAPP)
    if not value:
        raise Invalid("The event names no customer.")
    if address.startswith(WHATSAPP) and not value.lstrip("+").isdecimal():
        return Known("wa_bsuid", value, _portfolio(endpoint))
    return Known("phone", value, trust=Trust.ATTESTED if address.startswith(WHATSAPP) else None)


def _portfolio(endpoint: Endpoint) -> str:
    return endpoint.config.get("portfolio_id") or endpoint.config.get("account_sid", "")


def price_of(message: Mapping[str, Any]) -> Price | None:
    """Of a Message resource; a negative number as a string, what it took from the account, or null."""
    try:
        amount = Decimal(str(message.get("price")))
    except InvalidOperation:
        return None
    unit = str(message.get("price_unit") or "USD")
    return Price(abs(amount), unit[:UNIT_CHARS]) if amount.is_finite() else None


def _is_incoming(form: Mapping[str, str]) -> bool:
    return form.get("SmsStatus", form.get("MessageStatus")) == "received" or "Body" in form


def _message(endpoint: Endpoint, form: Mapping[str, str], came: datetime) -> Incoming:
    key = form.get("MessageSid") or form.get("SmsSid", "")
    if not key:
        raise Invalid("The message has no id.")
    opting = _opting(form)
    meta: Json = {}
    if opting:
        meta["opt_out"] = opting
    if payload := form.get("ButtonPayload"):
        meta["payload"] = payload
    if form.get("NumSegments", "").isdecimal():
        meta["segments"] = int(form["NumSegments"])
    return Message(
        customer_of(endpoint, form.get("From", "")), key, came, _words(form),
        display=form.get("ProfileName") or form.get("ProfileUsername") or None, also=_also(endpoint, form),
        files=_files(form), reply_to=form.get("OriginalRepliedMessageSid") or None,
        is_automatic=bool(opting), meta=meta,
    )  # fmt: skip


def _words(form: Mapping[str, str]) -> str:
    place = f"{form['Latitude']}, {form['Longitude']}" if "Latitude" in form and "Longitude" in form else ""
    body = form.get("Body", "") or form.get("ButtonText", "")
    return lines([body, form.get("Label", ""), form.get("Address", ""), place])


def _opting(form: Mapping[str, str]) -> str:
    """STOP, START or HELP, as Twilio says or as the whole message reads."""
    if told := form.get("OptOutType", "").upper():
        return told
    word = form.get("Body", "").strip().casefold()
    for name, words in (("STOP", _STOP), ("START", _START), ("HELP", _HELP)):
        if word in words and not form.get("From", "").startswith(WHATSAPP):
            return name
    return ""


def _also(endpoint: Endpoint, form: Mapping[str, str]) -> Sequence[Known]:
    """Further identities of a WhatsApp customer."""
    customer = customer_of(endpoint, form.get("From", ""))
    found = []
    if user := form.get("ExternalUserId"):
        found.append(Known("wa_bsuid", user.removeprefix(WHATSAPP), _portfolio(endpoint)))
    if parent := form.get("ParentExternalUserId"):
        found.append(Known("wa_parent_bsuid", parent.removeprefix(WHATSAPP), _portfolio(endpoint)))
    if (digits := form.get("WaId", "").lstrip("+")).isdecimal() and digits:
        found.append(Known("phone", "+" + digits, trust=Trust.ATTESTED))
    return [one for one in found if (one.kind, one.value) != (customer.kind, customer.value)]


def _files(form: Mapping[str, str]) -> Sequence[File]:
    count = min(int(form["NumMedia"]), MEDIA_MAX) if form.get("NumMedia", "").isdecimal() else 0
    found = []
    for number in range(count):
        url, mime = form.get(f"MediaUrl{number}", ""), form.get(f"MediaContentType{number}", "")
        if url:
            found.append(File(f"media-{number + 1}.{mime.rpartition('/')[2] or 'bin'}", mime, url=url))
    return found


def _status(endpoint: Endpoint, form: Mapping[str, str], came: datetime) -> Incoming:
    told = form.get("MessageStatus") or form.get("SmsStatus", "")
    status = _STATUSES.get(told)
    if status is None:
        return Ignored("on its way")
    code = form.get("ErrorCode", "")
    detail = CODES[int(code)][1] if code.isdecimal() and int(code) in CODES else None
    return Status(
        status, came, [form.get("MessageSid") or form.get("SmsSid", "")],  # type: ignore[arg-type]
        customer_of(endpoint, form.get("To", "")), code=code if code not in ("", "0") else None, detail=detail,
    )  # fmt: skip
