"""Files are what their content says, are called something harmless, and never burst whoever opens them."""

import io
import struct
import zipfile
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from omnichannel.attachments import archives, images, kinds, links
from omnichannel.attachments.names import safe_name
from omnichannel.attachments.shelf import Shelf

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 26, 5, 0, tzinfo=UTC)


def png(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + header
        + struct.pack(">I", zlib.crc32(header))
        + b"IDAT....IEND"
    )


def zipped(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return written.getvalue()


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\lan\\hóa đơn.pdf", "hóa đơn.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x00b\r\nc.txt", "abc.txt"),
        ("CON.txt", "_CON.txt"),
        ("lpt1", "_lpt1"),
        ('a<b>:"|?*.png', "a_b______.png"),
        ("...", "file.png"),
        ("", "file.png"),
        ("page.html", "page.html.txt"),
        ("logo.SVG", "logo.SVG.txt"),
        ("name.  . ", "name"),
    ],
)
def test_a_name_is_a_name_and_nothing_else(raw: str, shown: str) -> None:
    assert safe_name(raw, "image/png") == shown


def test_a_long_name_keeps_its_ending() -> None:
    shown = safe_name("ơ" * 500 + ".pdf", "application/pdf")
    assert shown.endswith(".pdf")
    assert len(shown.encode()) <= 200


@pytest.mark.parametrize(
    ("data", "name", "mime"),
    [
        (b"<html><script>alert(1)</script>", "photo.png", "text/html"),
        (b'<?xml version="1.0"?><svg onload="alert(1)"/>', "photo.png", "image/svg+xml"),
        (b"a" * 5000 + b"<script>alert(1)</script>", "a.txt", "text/html"),
        (b"MZ\x90\x00", "photo.png", "application/x-msdownload"),
        (b"%PDF-1.7", "a.txt", "application/pdf"),
        ("tên,số\n".encode(), "a.csv", "text/csv"),
        (b"\x00\x01\x02", "a.png", "application/octet-stream"),
    ],
)
def test_the_content_says_what_it_is(data: bytes, name: str, mime: str) -> None:
    assert kinds.kind_of(data, name) == mime


@pytest.mark.parametrize("mime", ["text/html", "image/svg+xml", "text/xml", "text/plain", "application/zip"])
def test_nothing_that_could_run_is_named_to_a_browser(mime: str) -> None:
    assert kinds.served_as(mime) == "application/octet-stream"


def test_only_a_whole_image_of_a_sane_size_is_shown() -> None:
    assert images.measured(png(640, 480), "image/png") == (640, 480)
    assert images.measured(png(60_000, 60_000), "image/png") is None
    assert images.measured(b"GIF89a/*<script>*/=1;" + b"x" * 20, "image/gif") is None
    assert images.measured(b"\xff\xd8\xff", "image/jpeg") is None


@pytest.mark.parametrize(
    "data",
    [
        zipped({"zeros": bytes(20 * 1024 * 1024)}),
        zipped({"inner.zip": b"PK"}),
        b"PK\x03\x04 and then nothing",
    ],
    ids=["bomb", "nested", "broken"],
)
def test_an_archive_that_would_burst_is_refused_unopened(data: bytes) -> None:
    with pytest.raises(archives.ArchiveBad):
        archives.look_into(data)


def test_an_office_document_is_an_archive_that_may_pass() -> None:
    data = zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
    assert archives.look_into(data).endswith("wordprocessingml.document")


def test_a_link_holds_for_its_file_until_it_expires() -> None:
    file, key = uuid4(), b"k" * 32
    path = links.signed_path(key, file, NOON + timedelta(hours=1))
    until, signature = path.partition("?e=")[2].split("&s=")
    assert links.is_good(key, file, until, signature, NOON)
    assert not links.is_good(key, file, until, signature, NOON + timedelta(hours=2))
    assert not links.is_good(key, uuid4(), until, signature, NOON)
    assert not links.is_good(key, file, str(int(until) + 9), signature, NOON)


def test_one_content_is_one_file_and_a_crash_leaves_only_drafts(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.put(b"same") == shelf.put(b"same")
    (tmp_path / "drafts" / "half").write_bytes(b"ha")
    assert shelf.clear_drafts() == 1
    assert [path.read_bytes() for path in tmp_path.glob("??/??/*")] == [b"same"]
