"""Fetches vosk models: a pinned address and checksum, resumed where it broke off, put in place in one step.

Both pinned SHA-256 sums are those other projects publish for the same archive. For other languages the
address and the sum are the operator's to give, or he says in so many words that the first download is to be
trusted; then its sum is kept beside the model and later downloads must match it.
"""

import hashlib
import http.client
import os
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from recordings.errors import ModelFetchFailed
from recordings.transcribe.models import primary
from recordings.transcribe.vosk import is_model

SITE: Final = "https://alphacephei.com/vosk/models/"
BLOCK: Final = 1 << 16
TIMEOUT_S: Final = 30.0
LARGEST_UNPACKED: Final = 8 << 30

Progress: TypeAlias = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Source:
    """An archive; `sha256` None: unknown."""

    url: str
    sha256: str | None


KNOWN: Final = {
    "en": Source(
        SITE + "vosk-model-small-en-us-0.15.zip",
        "30f26242c4eb449f948e42cb302dd7a686cb29a3423a8367f99ff41780942498",
    ),
    "vi": Source(
        SITE + "vosk-model-small-vn-0.4.zip",
        "efe5c8494212110471a79befc48c79da679e5b1fc52a4ffb500222ff86d622e5",
    ),
}


def source_for(language: str, url: str | None = None, sha256: str | None = None) -> Source:
    """The archive to fetch. Raises ModelFetchFailed when nobody knows one."""
    known = KNOWN.get(primary(language))
    if url is not None:
        return Source(url, sha256.lower() if sha256 else None)
    if known is None:
        raise ModelFetchFailed(
            f"no model address is known for “{language}”: give one of {SITE} with --url, and its --sha256 "
            "(or --trust-first-use)"
        )
    return Source(known.url, sha256.lower() if sha256 else known.sha256)


def fetch(
    language: str,
    models_dir: Path,
    source: Source,
    *,
    trust_first_use: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Downloads, verifies and unpacks; returns the model's folder, which is replaced whole or not at all.

    Blocks. Raises ModelFetchFailed with what to do: offline, wrong checksum, not a model.
    """
    tongue = primary(language)
    models_dir.mkdir(parents=True, exist_ok=True)
    kept_sum = models_dir / f"{tongue}.sha256"
    expected = source.sha256 or (kept_sum.read_text("ascii").strip() if kept_sum.exists() else None)
    if expected is None and not trust_first_use:
        raise ModelFetchFailed("the archive's checksum is not known: give --sha256, or say --trust-first-use")
    archive = models_dir / f".{tongue}.zip.part"
    _download(source.url, archive, progress)
    seen = _sha256(archive)
    if expected is not None and seen != expected:
        archive.unlink()
        raise ModelFetchFailed(
            f"checksum mismatch: expected {expected}, the download has {seen}; it was deleted"
        )
    folder = _unpack(archive, models_dir, tongue)
    kept_sum.write_text(seen + "\n", "ascii")
    archive.unlink()
    return folder


def _download(url: str, to: Path, progress: Progress | None) -> None:
    if urlsplit(url).scheme not in ("http", "https"):
        raise ModelFetchFailed(f"not a web address: {url}")
    try:
        have, total = _receive(url, to, progress)
    except urllib.error.HTTPError as exc:
        exc.close()
        if exc.code == 416:  # nothing left to send: complete already
            return
        raise ModelFetchFailed(f"{url} answered {exc.code} {exc.reason}") from exc
    except (OSError, http.client.HTTPException) as exc:
        raise ModelFetchFailed(
            f"{urlsplit(url).hostname} can't be reached ({exc}); what has arrived is kept, run the command again. "
            f"Without a network, unpack the model into {to.parent}/LANGUAGE yourself"
        ) from exc
    if total is not None and have < total:
        raise ModelFetchFailed(f"the connection broke after {have} of {total} bytes; run the command again")


def _receive(url: str, to: Path, progress: Progress | None) -> tuple[int, int | None]:
    """Appends to what is there. Returns bytes present and bytes announced."""
    have = to.stat().st_size if to.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310  # scheme checked by the caller
        if have and answer.status != 206:
            have = 0  # the server begins anew, so do we
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else None
        with to.open("ab" if have else "wb") as file:
            while block := answer.read(BLOCK):
                file.write(block)
                have += len(block)
                if progress:
                    progress(have, total)
    return have, total


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unpack(archive: Path, models_dir: Path, tongue: str) -> Path:
    """Unpacks beside the place and renames, so that nobody ever sees half a model."""
    target = models_dir / tongue
    with tempfile.TemporaryDirectory(dir=models_dir, prefix=f".{tongue}-") as work:
        try:
            with zipfile.ZipFile(archive) as packed:
                _refuse_traps(packed)
                packed.extractall(work)  # names were checked
        except zipfile.BadZipFile as exc:
            archive.unlink()
            raise ModelFetchFailed("the download is no zip archive; it was deleted") from exc
        found = _model_in(Path(work))
        if target.exists() or target.is_symlink():
            os.replace(target, Path(work) / "replaced")  # noqa: PTH105
        os.replace(found, target)  # noqa: PTH105
    return target


def _refuse_traps(packed: zipfile.ZipFile) -> None:
    if sum(item.file_size for item in packed.infolist()) > LARGEST_UNPACKED:
        raise ModelFetchFailed("the archive unpacks to more than any speech model")
    for name in packed.namelist():
        if name.startswith(("/", "\\")) or ".." in Path(name).parts:
            raise ModelFetchFailed(f"the archive wants to write outside its folder: {name}")


def _model_in(folder: Path) -> Path:
    for candidate in (folder, *(path for path in folder.iterdir() if path.is_dir())):
        if is_model(candidate):
            return candidate
    raise ModelFetchFailed("there is no vosk model in the archive")
