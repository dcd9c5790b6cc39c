"""A message of ours as a mail. Pure but for reading the files to attach, which the caller did before."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from typing import Final

from omnichannel.channels.email import html as markup
from omnichannel.channels.email.automatic import LOOP_HEADER
from omnichannel.channels.email.reading import id_in_key
from omnichannel.channels.email.settings import Mailbox
from omnichannel.channels.email.subjects import answer, flat
from omnichannel.channels.email.tokens import Tokens
from omnichannel.channels.port import Outgoing

REFERENCES_MAX: Final = 30
_POLICY: Final = SMTP.clone(max_line_length=78)
_RAW_ID: Final = re.compile(r"^<[!-~]{1,900}>$")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of an outgoing mail."""

    name: str
    mime: str
    data: bytes
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """Ready to leave."""

    envelope_from: str
    to: str
    message_id: str
    raw: bytes


def build(box: Mailbox, tokens: Tokens, message: Outgoing, files: Sequence[Attached], at: datetime) -> Letter:
    """The mail. The same key gives the same Message-ID and token in every attempt."""
    token = tokens.issue(message.key)
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = _address(box.address, box.sender_name)
    to = _recipient(message)
    mail["To"] = _address(to, "")
    mail["Date"] = format_datetime(at)
    mail["Subject"] = _subject(message)
    reply_to = tokens.reply_address(token) if box.has_plus else None
    if reply_to is not None:
        mail["Reply-To"] = _address(reply_to, box.sender_name)
    mail[LOOP_HEADER] = box.address
    if message.by == "machine":
        mail["Auto-Submitted"] = (
            "auto-replied" if message.reply_to or _answered(message) else "auto-generated"
        )
        mail["X-Auto-Response-Suppress"] = "All"
    has_plain_mark = reply_to is None
    _fill(mail, message, files, tokens.mark(token), has_plain_mark=has_plain_mark)
    head = _ids(tokens.message_id(token), message)
    return Letter(box.address, to, tokens.message_id(token), head + mail.as_bytes())


def _recipient(message: Outgoing) -> str:
    """Where he wants answers, where he said so in the mail that is answered; it is his mail that says it."""
    wanted = message.meta.get("answer_to")
    is_answer = message.reply_to is not None or _answered(message)
    return wanted if isinstance(wanted, str) and is_answer and message.by == "person" else message.to.value


def _answered(message: Outgoing) -> bool:
    return bool(message.meta.get("message_id"))


def _subject(message: Outgoing) -> str:
    if message.subject:
        return flat(message.subject)
    before = message.meta.get("subject")
    return answer(flat(before)) if isinstance(before, str) and before.strip() else "Re:"


def _ids(own: str, message: Outgoing) -> bytes:
    """Message-ID, In-Reply-To and References (RFC 5322 section 3.6.4), one id a line.

    Written here because the standard library makes encoded words of ids longer than a line, which nobody finds
    again. The references of the mail that is answered came newest first.
    """
    lines = [f"Message-ID: {own}"]
    answered = id_in_key(message.reply_to) if message.reply_to else str(message.meta.get("message_id") or "")
    if _RAW_ID.match(answered):
        kept = message.meta.get("references")
        before = [str(one) for one in reversed(kept)] if isinstance(kept, list) else []
        whole = [one for one in dict.fromkeys([*before, answered]) if _RAW_ID.match(one)]
        lines += [f"In-Reply-To: {answered}", "References:"]
        lines += [f" {one}" for one in [*whole[:1], *whole[1:][-REFERENCES_MAX:]]]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _fill(
    mail: EmailMessage, message: Outgoing, files: Sequence[Attached], mark: str, *, has_plain_mark: bool
) -> None:
    text = message.text.replace("\r\n", "\n")
    mail.set_content(f"{text}\n\n{mark}\n" if has_plain_mark else f"{text}\n", charset="utf-8")
    body = (
        markup.shown(markup.clean(message.html), {}, has_remote=True)
        if message.html
        else markup.from_text(text)
    )
    inline = [file for file in files if file.content_id and message.html and file.content_id in message.html]
    if inline and message.html:
        body = _with_pictures(message.html, inline)
    hidden = f'<div style="display:none;max-height:0;overflow:hidden;font-size:1px">{escape(mark)}</div>'
    mail.add_alternative(
        f"<!DOCTYPE html><html><body>{body}{hidden}</body></html>", subtype="html", charset="utf-8"
    )
    marked = mail.get_body(("html",))
    assert isinstance(marked, EmailMessage | MIMEPart)
    for file in inline:
        main, _, sub = file.mime.partition("/")
        marked.add_related(file.data, main, sub, cid=f"<{file.content_id}>", filename=flat(file.name))
    for file in files:
        if file not in inline:
            _attach(mail, file)


def _attach(mail: EmailMessage, file: Attached) -> None:
    main, _, sub = file.mime.partition("/")
    if main in ("multipart", "message") or not sub:
        main, sub = "application", "octet-stream"
    mail.add_attachment(file.data, main, sub, filename=flat(file.name))


def _with_pictures(html: str, inline: Sequence[Attached]) -> str:
    """Our own pictures stay; `shown` would drop them for want of an address."""
    names = {str(file.content_id) for file in inline}
    marker = {name: f"https://inline.invalid/{number}" for number, name in enumerate(names)}
    shown = markup.shown(markup.clean(html), marker, has_remote=True)
    for name, address in marker.items():
        shown = shown.replace(f'src="{address}"', f'src="cid:{escape(name)}"')
    return shown


def _address(address: str, name: str) -> HeaderAddress:
    local, _, domain = address.rpartition("@")
    return HeaderAddress(flat(name)[:100], local, domain)
