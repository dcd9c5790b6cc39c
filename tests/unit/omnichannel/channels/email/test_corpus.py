"""Every mail of the corpus reads as its golden file says."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from omnichannel.channels.email.reading import Reader, read
from omnichannel.channels.email.tokens import Tokens
from omnichannel.channels.port import Ignored, Incoming, Message, Status
from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json

pytestmark = pytest.mark.unit

CORPUS = Path(__file__).parents[4] / "golden" / "mail"
MAILS = sorted(CORPUS.glob("*.eml"))
OWN = "support@shop.example.vn"
KEY = b"golden-mail-key-golden-mail-key-"
RECEIVED = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LONG = 4000


def reader() -> Reader:
    return Reader((OWN,), Tokens(KEY, OWN), "mx.shop.example.vn")


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_mail_reads_as_its_golden_file_says(path: Path, is_update: bool) -> None:
    try:
        found: Json = {"found": [_plain(one) for one in read(reader(), path.read_bytes(), RECEIVED)]}
    except Invalid as exc:
        found = {"invalid": str(exc)}
    text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    golden = path.with_suffix(".json")
    if is_update:
        golden.write_text(text, encoding="utf-8")
    assert golden.exists(), f"{golden} is missing: run with --update and review it"
    assert text == golden.read_text(encoding="utf-8")


def test_there_are_at_least_sixty_mails() -> None:
    assert len(MAILS) >= 60


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_nothing_of_a_mail_can_run_or_load(path: Path) -> None:
    try:
        found = read(reader(), path.read_bytes(), RECEIVED)
    except Invalid:
        return
    for one in found:
        html = (one.html or "").lower() if isinstance(one, Message) else ""
        for trick in ("<script", "<style", "<svg", "<iframe", "<form", "<meta", "<link", "onerror=", "onclick=",
                      "javascript:", 'src="http', 'src="//', 'src="data:', "url(", "srcset"):  # fmt: skip
            assert trick not in html.replace("&lt;", "")


def _plain(one: Incoming) -> Json:
    if isinstance(one, Ignored):
        return {"ignored": one.reason}
    if isinstance(one, Status):
        return {
            "status": one.status,
            "keys": list(one.keys),
            "customer": one.customer.value if one.customer else None,
            "code": one.code,
            "detail": one.detail,
        }
    assert isinstance(one, Message)
    files: list[Json] = [
        {
            "name": file.name,
            "mime": file.mime,
            "bytes": len(file.data or b""),
            "sha256": hashlib.sha256(file.data or b"").hexdigest()[:12],
            "content_id": file.content_id,
        }
        for file in one.files[:5]
    ]
    assert one.customer.trust is not None
    return {
        "customer": one.customer.value,
        "trust": one.customer.trust.name.lower(),
        "display": one.display,
        "direction": one.direction,
        "key": one.key,
        "at": one.at.isoformat(),
        "subject": one.subject,
        "text": one.text[:LONG],
        "html": None if one.html is None else one.html[:LONG],
        "files": [*files],
        "file_count": len(one.files),
        "reply_to": one.reply_to,
        "is_automatic": one.is_automatic,
        "meta": one.meta,
    }
