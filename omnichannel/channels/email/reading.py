"""A mail as it came, in our words: a message of its sender, the fate of one of ours, or nothing. Pure.

Which work item a reply belongs to needs the database: `meta` carries what leads there (see `follower`), and
`reply_to` our own message where a signed token names it. Whose thread it is, the sender alone decides.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from email import message_from_bytes
from typing import Final

from omnichannel.channels.email import bounces, headers
from omnichannel.channels.email.automatic import is_own, why_automatic
from omnichannel.channels.email.bounces import Report
from omnichannel.channels.email.headers import Address, AnyMessage
from omnichannel.channels.email.parts import Body, body_of
from omnichannel.channels.email.quoting import folds
from omnichannel.channels.email.subjects import numbers
from omnichannel.channels.email.tokens import Tokens, is_own_address
from omnichannel.channels.email.trust import of_sender
from omnichannel.channels.port import File, Ignored, Incoming, Known, Message, Status
from omnichannel.identity import Trust
from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json

RAW_MAX: Final = 40_000_000
KEY_MAX: Final = 200
REFERENCES_MAX: Final = 50
_RECEIVERS: Final = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")


def read(box: "Reader", raw: bytes, received_at: datetime) -> Sequence[Incoming]:
    """What one mail means. Raises Invalid where no sender can be made out."""
    message, is_whole = _parsed(raw)
    report = bounces.report_of(message, raw, box.tokens, box.own)
    if report is not None:
        return [_status(report, box, received_at)]
    if is_own(message, box.own):
        return [Ignored("a mail of ours that came back")]
    return [_message(box, message, raw, received_at, is_whole=is_whole)]


class Reader:
    """What reading needs of a mailbox: its addresses, its tokens, and the server whose judgement counts."""

    def __init__(self, own: tuple[str, ...], tokens: Tokens, authserv_id: str = "") -> None:
        self.own, self.tokens, self.authserv_id = own, tokens, authserv_id


def key_of(raw: bytes) -> str:
    """What tells one mail from another: its Message-ID and its body.

    Ids are missing, and repeat for different mails; a mail that came two ways differs in its other fields.
    """
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    message_id = headers.message_id(message_from_bytes(head + b"\n\n"))
    digest = hashlib.sha256(body.rstrip() if message_id else raw).hexdigest()[:16]
    if message_id is None or len(message_id) > KEY_MAX - 17 or not message_id.isprintable():
        message_id = f"<{hashlib.sha256((message_id or '').encode()).hexdigest()[:24]}@no-id.invalid>"
    return f"{message_id} {digest}"


def id_in_key(key: str) -> str:
    """The Message-ID a key was made of; our own messages have it for a key."""
    return key.partition(" ")[0]


def sender_of(raw: bytes) -> str:
    """Who wrote, for keeping the order of his mails; '' where that can't be read."""
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    found = headers.addresses(message_from_bytes(head + b"\n\n"), "from", "sender", "return-path")
    return found[0].value if found else ""


def _parsed(raw: bytes) -> tuple[AnyMessage, bool]:
    """The tree; only the head of it where parts are nested beyond all reason."""
    try:
        return message_from_bytes(raw), True
    except RecursionError:
        head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        message = message_from_bytes(head + b"\n\n")
        del message["content-type"]
        return message, False


def _status(report: Report, box: Reader, at: datetime) -> Incoming:
    if report.token is None:
        return Ignored(f"a report ({report.fate}) on a mail that is none of ours")
    if report.fate == "delayed":
        return Ignored("a mail of ours is on its way still")
    own_id = box.tokens.message_id(report.token)
    customer = None if report.recipient is None else Known("email", report.recipient)
    if report.fate != "failed":
        return Status(report.fate, at, keys=(own_id,), customer=customer)
    kind = "bounce" if report.is_permanent else "bounce-temporary"
    code = f"{kind} {report.code}" if report.code else kind
    return Status("failed", at, keys=(own_id,), customer=customer, code=code, detail=report.detail or None)


def _message(
    box: Reader, message: AnyMessage, raw: bytes, received_at: datetime, *, is_whole: bool
) -> Message:
    body = body_of(message) if is_whole else Body(is_cut=True)
    if body.is_cut:
        body.files.append(File("message.eml", "message/rfc822", raw))
    subject = headers.text(message, "subject")[:1000]
    customer, trust, is_echo = _customer(box, message)
    text = body.text
    token, via = _token(box, message, body, text)
    automatic = why_automatic(message, subject)
    return Message(
        customer=Known("email", customer.value, trust=trust),
        key=key_of(raw),
        at=headers.moment(message, received_at),
        text=text,
        direction="out" if is_echo else "in",
        html=body.html,
        subject=subject or None,
        display=customer.name,
        files=tuple(body.files),
        reply_to=None if token is None else box.tokens.message_id(token),
        is_automatic=automatic is not None,
        meta=_meta(message, raw, body, text)
        | _answers(message, customer.value, trust)
        | _way(token, via)
        | ({"automatic": automatic} if automatic else {}),
    )


def _customer(box: Reader, message: AnyMessage) -> tuple[Address, Trust, bool]:
    """Who the other side is, how far that is believed, and whether we wrote it. Raises Invalid."""
    senders = headers.addresses(message, "from") or headers.addresses(message, "sender", "return-path")
    if not senders:
        raise Invalid("The mail does not say who wrote it.")
    sender = senders[0]
    if not is_own_address(sender.value, box.own):
        return sender, of_sender(message, sender.value, box.authserv_id), False
    for one in headers.addresses(
        message, "reply-to"
    ):  # a form of our own site that writes in a visitor's name
        if not is_own_address(one.value, box.own):
            return one, Trust.CLAIMED, False
    for one in headers.addresses(message, "to", "cc"):
        if not is_own_address(one.value, box.own):
            return one, Trust.OBSERVED, True
    return sender, Trust.OBSERVED, False


def _token(box: Reader, message: AnyMessage, body: Body, text: str) -> tuple[str | None, str]:
    """The message of ours a mail answers, and by what it is known."""
    receivers = [one.value for one in headers.addresses(message, *_RECEIVERS)]
    token = box.tokens.in_addresses(receivers, box.own)
    if token is not None:
        return token, "address"
    token = box.tokens.in_ids(_references(message))
    if token is not None:
        return token, "references"
    marked = "\n".join([text, *(block.html or "" for block in body.blocks)])
    return box.tokens.in_text(marked), "mark"


def _references(message: AnyMessage) -> list[str]:
    """In-Reply-To, then References, newest first."""
    answered = headers.ids(headers.values(message, "in-reply-to"))
    return list(dict.fromkeys([*answered, *reversed(headers.ids(headers.values(message, "references")))]))


def _way(token: str | None, via: str) -> Json:
    return {} if token is None else {"via": via}


def _meta(message: AnyMessage, raw: bytes, body: Body, text: str) -> Json:
    """What pages and the follower need besides: folds, ids, and what was left out."""
    found = folds(text)
    facts: Json = {
        "message_id": id_in_key(key_of(raw)),
        "references": list(_references(message)[:REFERENCES_MAX]),
        "numbers": list(numbers(headers.text(message, "subject"))),
        "raw_sha256": hashlib.sha256(raw).hexdigest(),
        "quote_from": found.quote_from,
        "signature_from": found.signature_from,
        "cc": [one.value for one in headers.addresses(message, "cc")[:50]] or None,
        "files_left_out": body.left_out or None,
        "is_cut": body.is_cut or None,
    }
    return {name: value for name, value in facts.items() if value not in (None, [])}


def _answers(message: AnyMessage, customer: str, trust: Trust) -> Json:
    """Where its sender wants answers, if elsewhere. `answer_to` is used, `asks_answer_to` only shown:

    who forges a From must not get the answers by a Reply-To of his own.
    """
    wanted = next((one.value for one in headers.addresses(message, "reply-to")), customer)
    if wanted == customer:
        return {}
    is_near = wanted.rpartition("@")[2] == customer.rpartition("@")[2]
    return {"answer_to" if is_near or trust >= Trust.ATTESTED else "asks_answer_to": wanted}
