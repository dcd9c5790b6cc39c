"""The parts of a MIME tree: what is read, what is kept as files. Pure. Broken trees are read as far as they go."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import collapse_rfc2231_value
from typing import Final

from omnichannel.channels.email import headers, html
from omnichannel.channels.email.charsets import decode
from omnichannel.channels.email.headers import AnyMessage
from omnichannel.channels.email.names import safe
from omnichannel.channels.port import File

DEPTH_MAX: Final = 100
FILES_MAX: Final = 100
FILE_BYTES_MAX: Final = 30_000_000
TEXT_MAX: Final = 200_000
_ENDINGS: Final = {
    "text/plain": "txt", "text/html": "html", "text/calendar": "ics", "message/rfc822": "eml", "image/png": "png",
    "image/jpeg": "jpg", "image/gif": "gif", "application/pdf": "pdf", "application/zip": "zip", "image/svg+xml": "svg",
    "application/pkcs7-signature": "p7s", "application/pgp-signature": "asc", "application/ms-tnef": "dat",
}  # fmt: skip
_HTML_ONLY: Final = re.compile(r"(does not support|doesn't support|không hỗ trợ|unable to (view|display)).{0,40}html|html.{0,40}(not supported|không được hỗ trợ)", re.I)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of the body, in the forms it came in."""

    plain: str | None = None
    html: str | None = None

    @property
    def text(self) -> str:
        if self.html is not None and not _says_something(self.plain):
            return html.to_text(self.html)
        return self.plain or ""


@dataclass(slots=True)
class Body:
    """What was found; `left_out` counts files beyond the limits."""

    blocks: list[Block] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    left_out: int = 0
    is_cut: bool = False

    @property
    def text(self) -> str:
        return "\n".join(text for block in self.blocks if (text := block.text.strip("\n")))

    @property
    def html(self) -> str | None:
        """All blocks as harmless HTML; None where the mail has none."""
        if not any(block.html for block in self.blocks):
            return None
        return html.clean("".join(block.html or html.from_text(block.plain or "") for block in self.blocks))

    def add_file(self, file: File) -> None:
        size = sum(len(one.data or b"") for one in self.files) + len(file.data or b"")
        if len(self.files) >= FILES_MAX or size > FILE_BYTES_MAX:
            self.left_out += 1
        else:
            self.files.append(file)


def body_of(message: AnyMessage) -> Body:
    """Body and files of a mail."""
    body = Body()
    body.blocks = list(_read(message, body, 0))
    return body


def content(part: AnyMessage) -> bytes:
    """A leaf's bytes, its transfer encoding undone."""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def text_of(part: AnyMessage) -> str:
    """A text leaf's text; flowed paragraphs are whole again (RFC 3676)."""
    text = decode(content(part), _param(part, "charset"))
    if _param(part, "format").lower() == "flowed" and part.get_content_type() == "text/plain":
        text = _unflowed(text, has_delsp=_param(part, "delsp").lower() == "yes")
    return text[:TEXT_MAX]


def _read(part: AnyMessage, body: Body, depth: int) -> Iterator[Block]:
    kind = part.get_content_type()
    if depth > DEPTH_MAX:
        body.is_cut = True
    elif kind.startswith("message/"):
        body.add_file(_attached(part, body, kind))
    elif not part.is_multipart():
        yield from [Block(plain=text_of(part))] if kind.startswith("multipart/") else _leaf(part, body, kind)
    elif kind == "multipart/alternative":
        yield from _alternative(part, body, depth)
    else:
        for child in _children(part):
            yield from _read(child, body, depth + 1)


def _children(part: AnyMessage) -> list[AnyMessage]:
    payload = part.get_payload()
    return [child for child in payload if not isinstance(child, str)] if isinstance(payload, list) else []


def _alternative(part: AnyMessage, body: Body, depth: int) -> Iterator[Block]:
    found = [block for child in _children(part) for block in _read(child, body, depth + 1)]
    plain = next((block.plain for block in found if block.plain is not None), None)
    marked = "".join(block.html for block in found if block.html is not None)
    if found:
        yield Block(plain, marked or None)


def _leaf(part: AnyMessage, body: Body, kind: str) -> Iterator[Block]:
    is_attached = part.get_content_disposition() == "attachment" or _raw_name(part) is not None
    if kind == "text/plain" and not is_attached:
        yield Block(plain=text_of(part))
    elif kind == "text/html" and not is_attached:
        yield Block(html=text_of(part)[: html.HTML_MAX])
    elif data := content(part):
        body.add_file(_file(part, kind, data, len(body.files) + 1))


def _file(part: AnyMessage, kind: str, data: bytes, number: int) -> File:
    content_id = headers.value(part, "content-id").strip().strip("<>") or None
    name = safe(_raw_name(part) or "", f"file-{number}.{_ENDINGS.get(kind, 'bin')}")
    return File(name, kind, data, content_id=content_id)


def _attached(part: AnyMessage, body: Body, kind: str) -> File:
    """A mail in the mail, whole; reports as the text they are."""
    inner = _children(part)
    if kind == "message/rfc822" and inner:
        name = safe(f"{headers.text(inner[0], 'subject')}.eml".lstrip("."), "message.eml")
        return File(name, kind, _whole(inner[0]))
    data = b"\n".join(_whole(one) for one in inner) if inner else content(part)
    return File(safe(_raw_name(part) or "", f"report-{len(body.files) + 1}.txt"), "text/plain", data)


def _whole(message: AnyMessage) -> bytes:
    try:
        return message.as_bytes()
    except (UnicodeError, LookupError, TypeError, ValueError, RecursionError):
        return message.as_string().encode("utf-8", "surrogateescape") if not message.is_multipart() else b""


def _raw_name(part: AnyMessage) -> str | None:
    """RFC 2231 names as Python reads them, and the encoded words most programs write instead."""
    raw = part.get_param("filename", None, "content-disposition") or part.get_param("name", None)
    if raw is None or raw == "":
        return None
    try:
        name = collapse_rfc2231_value(raw)
    except (LookupError, UnicodeError, ValueError):
        name = str(raw[2]) if isinstance(raw, tuple) else str(raw)
    if isinstance(raw, tuple):
        return name
    return headers.words(decode(name.encode("utf-8", "surrogateescape"), "utf-8"))


def _param(part: AnyMessage, name: str) -> str:
    raw = part.get_param(name, "")
    return str(raw[2] if isinstance(raw, tuple) else raw or "")


def _says_something(plain: str | None) -> bool:
    return plain is not None and bool(plain.strip()) and not (len(plain) < 300 and _HTML_ONLY.search(plain))


def _unflowed(text: str, *, has_delsp: bool) -> str:
    out: list[str] = []
    is_open = False
    for line in text.split("\n"):
        stuffed = line[1:] if line.startswith(" ") else line
        is_soft = stuffed.endswith(" ") and stuffed != "-- "
        own = stuffed[:-1] if is_soft and has_delsp else stuffed
        if is_open and not stuffed.startswith(">"):
            out[-1] += own
        else:
            out.append(own)
        is_open = is_soft and not stuffed.startswith(">")
    return "\n".join(out)
