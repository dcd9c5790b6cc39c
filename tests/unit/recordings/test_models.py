"""Which engine serves a language, and fetching a model from a server on this machine."""

import hashlib
import http.server
import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from recordings.errors import ModelFetchFailed
from recordings.transcribe.fetch import KNOWN, Source, fetch, source_for
from recordings.transcribe.models import Engine, ModelShelf, Waiting, packaged_english

pytestmark = pytest.mark.unit


def _zip(names: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return packed.getvalue()


MODEL = _zip(
    {"vosk-model-small-xx-0.1/am/final.mdl": b"m" * 300_000, "vosk-model-small-xx-0.1/conf/mfcc.conf": b""}
)
SUM = hashlib.sha256(MODEL).hexdigest()


@dataclass
class Site:
    """A web server on this machine. `breaks_after` cuts the first answer short; `ranges` are those asked for."""

    content: bytes = MODEL
    breaks_after: int | None = None
    ranges: list[str | None] = field(default_factory=list)
    url: str = ""

    def source(self, sha256: str | None = SUM) -> Source:
        return Source(self.url, sha256)


@pytest.fixture
def site() -> Iterator[Site]:
    told = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            told.ranges.append(asked)
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            if start >= len(told.content):
                self.send_error(416)
                return
            body = told.content[start:]
            self.send_response(206 if asked else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            cut, told.breaks_after = told.breaks_after, None
            self.wfile.write(body if cut is None else body[:cut])

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        told.url = f"http://127.0.0.1:{server.server_port}/model.zip"
        yield told
        server.shutdown()
        thread.join()


def test_a_model_is_downloaded_checked_and_put_in_place(site: Site, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    folder = fetch("xx-YY", tmp_path, site.source(), progress=lambda have, total: seen.append((have, total)))
    assert folder == tmp_path / "xx"
    assert (folder / "am" / "final.mdl").stat().st_size == 300_000
    assert seen[-1] == (len(MODEL), len(MODEL))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["xx", "xx.sha256"]


def test_a_broken_download_goes_on_where_it_stopped(site: Site, tmp_path: Path) -> None:
    site.breaks_after = 100_000
    with pytest.raises(ModelFetchFailed, match="run the command again"):
        fetch("xx", tmp_path, site.source())
    assert not (tmp_path / "xx").exists()
    assert fetch("xx", tmp_path, site.source()).is_dir()
    assert site.ranges == [None, "bytes=100000-"]


def test_a_wrong_checksum_leaves_nothing_behind(site: Site, tmp_path: Path) -> None:
    with pytest.raises(ModelFetchFailed, match="checksum mismatch"):
        fetch("xx", tmp_path, site.source("0" * 64))
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_checksum_needs_a_word_and_is_then_kept(site: Site, tmp_path: Path) -> None:
    with pytest.raises(ModelFetchFailed, match="--trust-first-use"):
        fetch("xx", tmp_path, site.source(None))
    assert site.ranges == []
    fetch("xx", tmp_path, site.source(None), trust_first_use=True)
    assert (tmp_path / "xx.sha256").read_text().strip() == SUM
    site.content = _zip({"model/am/final.mdl": b"another"})
    with pytest.raises(ModelFetchFailed, match="mismatch"):
        fetch("xx", tmp_path, site.source(None), trust_first_use=True)
    assert (tmp_path / "xx" / "am" / "final.mdl").stat().st_size == 300_000


def test_a_new_model_replaces_the_old_one_whole(site: Site, tmp_path: Path) -> None:
    old = tmp_path / "xx" / "am"
    old.mkdir(parents=True)
    (old / "old.mdl").touch()
    folder = fetch("xx", tmp_path, site.source())
    assert [path.name for path in (folder / "am").iterdir()] == ["final.mdl"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>not found</html>", "no zip"),
        (_zip({"readme.txt": b"hello"}), "no vosk model"),
        (_zip({"../evil": b"x"}), "outside"),
        (_zip({"/etc/evil": b"x"}), "outside"),
    ],
)
def test_what_is_no_model_is_refused(site: Site, tmp_path: Path, content: bytes, message: str) -> None:
    site.content = content
    with pytest.raises(ModelFetchFailed, match=message):
        fetch("xx", tmp_path, site.source(hashlib.sha256(content).hexdigest()))
    assert not (tmp_path / "xx").exists()


def test_no_network_is_said_with_what_to_do_instead(site: Site, tmp_path: Path) -> None:
    with pytest.raises(ModelFetchFailed, match="unpack the model into"):
        fetch("xx", tmp_path, Source("http://127.0.0.1:1/model.zip", SUM))
    with pytest.raises(ModelFetchFailed, match="not a web address"):
        fetch("xx", tmp_path, Source("file:///etc/passwd", SUM))


def test_pinned_models_have_checksums_and_others_need_an_address() -> None:
    assert all(source.sha256 and len(source.sha256) == 64 for source in KNOWN.values())
    assert source_for("vi-VN") == KNOWN["vi"]
    assert source_for("en", sha256="AB" * 32).sha256 == "ab" * 32
    assert source_for("fr", url="http://example.invalid/fr.zip") == Source(
        "http://example.invalid/fr.zip", None
    )
    with pytest.raises(ModelFetchFailed, match="--url"):
        source_for("fr-FR")


def test_vosk_serves_what_it_has_a_model_for_whisper_english_and_the_rest_waits(tmp_path: Path) -> None:
    shelf = ModelShelf(tmp_path)
    weights = packaged_english()
    assert weights is not None
    assert shelf.engine_for("en-GB") == Engine("whisper", weights)
    missing = shelf.engine_for("vi-VN")
    assert isinstance(missing, Waiting)
    assert "threadline model fetch vi" in missing.detail
    for folder in ("vi", "en"):
        (tmp_path / folder / "am").mkdir(parents=True)
        (tmp_path / folder / "am" / "final.mdl").touch()
    assert shelf.engine_for("vi-VN") == Engine("vosk", tmp_path / "vi")
    assert shelf.engine_for("en-US") == Engine("vosk", tmp_path / "en")
    (tmp_path / "whisper-any").mkdir()
    (tmp_path / "whisper-any" / "model.bin").touch()
    assert shelf.engine_for("fr") == Engine("whisper", tmp_path / "whisper-any")
