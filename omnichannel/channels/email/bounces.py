"""Reports on mails of ours: could not be delivered, was delivered, was read. Pure.

A report becomes the fate of the message it names, never a message. RFC 3464 reports are read as such; the
homespun ones of older servers through flufl.bounce, and only where they hold a Message-ID of ours: otherwise a
customer who quotes an error would be taken for one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from typing import Final, Literal

from flufl.bounce import all_failures

from omnichannel.channels.email import headers
from omnichannel.channels.email.charsets import decode
from omnichannel.channels.email.headers import AnyMessage
from omnichannel.channels.email.tokens import Tokens
from omnichannel.identity import normal_email

DETAIL_MAX: Final = 300
_CODE: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_ADDRESSES: Final = re.compile(r"<?[^\s<>]+@[^\s<>]+>?")
_DAEMONS: Final = ("mailer-daemon@", "postmaster@", "mail-daemon@", "mailerdaemon@")
_FAILED: Final = frozenset({"failed", "failure"})


@dataclass(frozen=True, slots=True)
class Report:
    """`code` is an enhanced status (RFC 3463); `token` that of the message of ours it is about, if it is."""

    fate: Literal["failed", "delayed", "delivered", "read"]
    recipient: str | None
    code: str | None
    detail: str
    token: str | None
    ids: tuple[str, ...]

    @property
    def is_permanent(self) -> bool:
        return self.fate == "failed" and (self.code is None or self.code.startswith("5"))


def report_of(message: AnyMessage, raw: bytes, tokens: Tokens, own: tuple[str, ...]) -> Report | None:
    """The report a mail is; None for a mail from somebody."""
    returned = list(_returned_headers(message))
    ids = headers.ids(headers.value(one, "message-id") for one in returned)
    token = _token(message, raw, tokens, own, ids)
    fields = _status_fields(message)
    if fields is not None:
        return _of_fields(fields, token, ids)
    receipt = _part(message, "message/disposition-notification")
    if receipt is not None:
        return _of_receipt(receipt, token, tokens)
    return _homespun(message, token, ids) if token is not None and _is_from_daemon(message) else None


def _of_fields(blocks: list[AnyMessage], token: str | None, ids: list[str]) -> Report | None:
    """The worst fate of the recipients a report names; a mail of ours has one."""
    rows = [
        block for block in blocks if headers.value(block, "action") or headers.value(block, "final-recipient")
    ]
    if not rows:
        return None
    actions = [headers.plain(headers.value(row, "action")).split(" ")[0] for row in rows]
    at = next((index for index, action in enumerate(actions) if action in _FAILED), 0)
    action = actions[at]
    fate: Literal["failed", "delayed", "delivered"] = "delivered"
    if action in _FAILED or not action:
        fate = "failed"
    elif action == "delayed":
        fate = "delayed"
    row = rows[at]
    code = _CODE.search(headers.value(row, "status"))
    said = headers.words(headers.value(row, "diagnostic-code")).partition(";")[2]
    return Report(fate, _recipient(row), code[1] if code else None, _words(said), token, tuple(ids))


def _of_receipt(part: AnyMessage, token: str | None, tokens: Tokens) -> Report:
    fields = next(iter(_blocks(part)), part)
    original = headers.ids([headers.value(fields, "original-message-id")])
    is_read = "displayed" in headers.plain(headers.value(fields, "disposition"))
    known = tokens.in_ids(original) or token
    return Report("read" if is_read else "delayed", _recipient(fields), None, "", known, tuple(original))


def _homespun(message: AnyMessage, token: str | None, ids: list[str]) -> Report | None:
    temporary, permanent = all_failures(message)
    text = _plain_text(message)
    code = _CODE.search(text)
    if not permanent and not temporary:
        return Report("failed", None, code[1], _words(text), token, tuple(ids)) if code else None
    first = min(permanent or temporary)
    return Report(
        "failed" if permanent else "delayed",
        normal_email(first.decode("utf-8", "replace")),
        code[1] if code else None,
        _words(text),
        token,
        tuple(ids),
    )


def _token(
    message: AnyMessage, raw: bytes, tokens: Tokens, own: tuple[str, ...], ids: list[str]
) -> str | None:
    to = [one.value for one in headers.addresses(message, "to", "delivered-to", "x-original-to")]
    quoted = headers.ids(headers.values(message, "references") + headers.values(message, "in-reply-to"))
    return (
        tokens.in_ids(ids)
        or tokens.in_ids(quoted)
        or tokens.in_addresses(to, own)
        or tokens.in_returned(raw.decode("ascii", "replace"))
    )


def _status_fields(message: AnyMessage) -> list[AnyMessage] | None:
    part = _part(message, "message/delivery-status") or _part(message, "message/global-delivery-status")
    return None if part is None else list(_blocks(part))


def _blocks(part: AnyMessage) -> Iterator[AnyMessage]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (one for one in payload if not isinstance(one, str))


def _part(message: AnyMessage, kind: str) -> AnyMessage | None:
    """The part of a report, which is at its top: one within an attached mail is somebody else's."""
    if message.get_content_type() == kind:
        return message
    return next((one for one in _blocks(message) if one.get_content_type() == kind), None)


def _returned_headers(message: AnyMessage) -> Iterator[AnyMessage]:
    for part in _blocks(message):
        kind = part.get_content_type()
        if kind in ("message/rfc822", "message/global", "message/rfc822-headers"):
            yield from _blocks(part)
        elif kind in ("text/rfc822-headers", "message/global-headers"):
            yield _as_headers(part)


def _as_headers(part: AnyMessage) -> AnyMessage:
    data = part.get_payload(decode=True)
    return message_from_bytes(data if isinstance(data, bytes) else b"")


def _recipient(fields: AnyMessage) -> str | None:
    raw = headers.value(fields, "original-recipient") or headers.value(fields, "final-recipient")
    return normal_email(raw.rpartition(";")[2].strip().strip("<>"))


def _is_from_daemon(message: AnyMessage) -> bool:
    senders = [one.value for one in headers.addresses(message, "from")]
    is_daemon = any(sender.startswith(_DAEMONS) for sender in senders)
    return is_daemon or any(path.strip() == "<>" for path in headers.values(message, "return-path"))


def _plain_text(message: AnyMessage) -> str:
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            data = part.get_payload(decode=True)
            return decode(data if isinstance(data, bytes) else b"", None)
    return ""


def _words(said: str) -> str:
    """What the other server said, without addresses."""
    return " ".join(_ADDRESSES.sub("…", said).split())[:DETAIL_MAX]
