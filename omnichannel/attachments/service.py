"""The vault of files, for every channel: looked at before they are kept, never opened, handed out by signed links.

The content is on the disk before its row is committed, and a row is never changed into another file: after a crash
a file is either whole or nobody knows of it. Files without a row are dropped by `sweep`.
"""

import asyncio
import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from omnichannel.attachments import archives, images, kinds, links
from omnichannel.attachments.errors import FileRefused, NoSuchFile
from omnichannel.attachments.names import safe_name
from omnichannel.attachments.scan import ScanFailed, Scanner
from omnichannel.attachments.shelf import Shelf
from omnichannel.attachments.store import FileStore, NewFile
from omnichannel.channels.port import StoredFile
from threadline.db.pool import Connection, Pool
from threadline.ending import heed
from threadline.kernel.clock import Clock
from threadline.kernel.events import Json
from threadline.kernel.ids import uuid7

log = logging.getLogger(__name__)

PUBLIC_S: Final = 3600.0
KEPT_UNSENT: Final = timedelta(days=2)
PUT_JUST_NOW: Final = timedelta(minutes=1)
SWEPT_AFTER: Final = timedelta(days=1)
SWEEP_EVERY_S: Final = 6 * 3600.0
SWEPT_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Limits:
    """In bytes. `unsent`: what one uploader may have lying about; `free`: what stays free on the disk."""

    file: int = 25 * 1024 * 1024
    unsent: int = 100 * 1024 * 1024
    free: int = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the vault: its cleaned name, its type by content."""

    id: UUID
    name: str
    mime: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Opened:
    """How a file is to be handed to a browser. `is_shown`: it may be drawn in place."""

    path: Path
    name: str
    mime: str
    is_shown: bool


class Attachments:
    """omnichannel.ports.Files; `run` sweeps until cancelled."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        folder: Path,
        key: bytes,
        public_url: str | None,
        *,
        limits: Limits | None = None,
        scanner: Scanner | None = None,
    ) -> None:
        """`key` signs links; without `public_url` they begin with a slash."""
        self._pool = pool
        self._clock = clock
        self._shelf = Shelf(folder)
        self._folder = folder
        self._key = key
        self._public_url = public_url or ""
        self.limits = limits or Limits()
        self._scanner = scanner
        self._store = FileStore(pool)

    @property
    def file_max(self) -> int:
        """Bytes of the largest file taken."""
        return self.limits.file

    # in

    async def keep(
        self,
        name: str,
        mime: str,
        data: bytes,
        *,
        uploaded_by: str | None,
        content_id: str | None = None,
        link: Connection | None = None,
        interaction: int | None = None,
    ) -> Kept:
        """Looks at a file and keeps it. `mime` is what it is said to be, which nobody believes.

        With `link` the row belongs to the caller's transaction. Raises FileRefused.
        """
        found = await asyncio.to_thread(self._looked_at, name, data)
        if uploaded_by is not None and interaction is None:
            lying = await self._store.unsent_bytes(uploaded_by)
            if lying + len(data) > self.limits.unsent:
                raise FileRefused("too_many", "Too many files wait to be sent.")
        await self._scan(data)
        sha256 = await asyncio.to_thread(self._shelved, data)
        now = self._clock.now()
        shown = safe_name(name, found)
        new = NewFile(uuid7(now), shown, found, len(data), sha256, content_id, uploaded_by, interaction, now)
        await FileStore(link or self._pool).add_file(new)
        log.info("file kept", extra={"file": new.id, "mime": found, "bytes": len(data)})
        return Kept(new.id, shown, found, len(data), sha256)

    async def attach(
        self, link: Connection, files: Sequence[UUID], interaction: int, *, uploaded_by: str | None = None
    ) -> None:
        """Gives uploaded files to an entry, within the caller's transaction; again changes nothing.

        Raises NoSuchFile for one that is another entry's, or not `uploaded_by` him.
        """
        wanted = set(files)
        if wanted and await FileStore(link).attach_files(list(wanted), interaction, uploaded_by) != wanted:
            raise NoSuchFile

    # out

    async def stored(self, file: UUID) -> StoredFile:
        """For channels that send it on. Raises NoSuchFile."""
        row = await self._store.file(file)
        if row is None:
            raise NoSuchFile
        return StoredFile(
            path=self._shelf.path(row["sha256"]),
            name=row["name"],
            mime=row["mime"],
            bytes=row["bytes"],
            url=self.url(file, PUBLIC_S),
            content_id=row["content_id"],
        )

    def url(self, file: UUID, expires_s: float) -> str:
        """A link anybody may follow for that long, at most a week."""
        expires = self._clock.now() + timedelta(seconds=min(expires_s, links.LONGEST_S))
        return self._public_url + links.signed_path(self._key, file, expires)

    async def of(self, interactions: Sequence[int]) -> dict[int, list[Json]]:
        """Row ids of entries to their files: [{id, name, mime, bytes, state, content_id}]."""
        found: dict[int, list[Json]] = {}
        for row in await self._store.files_of(interactions):
            entry = row.pop("interaction_id")
            found.setdefault(entry, []).append(row | {"id": str(row["id"])})
        return found

    async def open(self, file: UUID) -> Opened:
        """How a browser may have it: an image is looked at again before it is shown. Raises NoSuchFile."""
        row = await self._store.file(file)
        if row is None:
            raise NoSuchFile
        path, mime = self._shelf.path(row["sha256"]), str(row["mime"])
        is_shown = mime in kinds.RASTER and await asyncio.to_thread(_is_drawable, path, mime)
        served = kinds.served_as(mime)
        if mime in kinds.RASTER and not is_shown:
            served = kinds.UNKNOWN
        return Opened(path, row["name"], served, is_shown)

    async def open_link(self, file: UUID, until: str, signature: str) -> Opened:
        """As `open`, for whoever holds a signed link. Raises NoSuchFile for a bad one too."""
        if not links.is_good(self._key, file, until, signature, self._clock.now()):
            raise NoSuchFile
        return await self.open(file)

    # upkeep

    async def recover(self) -> None:
        """At the start, before anybody uploads."""
        left = await asyncio.to_thread(self._shelf.clear_drafts)
        if left:
            log.info("half-written files dropped", extra={"files": left})

    async def run(self) -> None:
        """Sweeps now and then."""
        while True:
            try:
                await self.sweep()
            except Exception as exc:  # noqa: BLE001  # the next time will do
                heed()
                log.warning("files could not be swept", extra={"error": type(exc).__name__})
            await asyncio.sleep(SWEEP_EVERY_S)

    async def sweep(self) -> None:
        """Drops uploads nobody sent, and contents no row names any more."""
        now = self._clock.now()
        await self._store.drop_unsent(now - KEPT_UNSENT)
        before = (now - SWEPT_AFTER).timestamp()
        old = await asyncio.to_thread(lambda: list(self._shelf.old(before)))
        for at in range(0, len(old), SWEPT_AT_ONCE):
            some = old[at : at + SWEPT_AT_ONCE]
            for name in set(some) - await self._store.wanted(some):
                await asyncio.to_thread(self._shelf.remove, name, before)

    def content(self, sha256: str) -> Path:
        """Where a content lies, if it does."""
        return self._shelf.path(sha256)

    async def drop_contents(self, names: Sequence[str]) -> None:
        """Removes contents no row names any more; one put in the last minute, for a row to come, is the sweep's."""
        for at in range(0, len(names), SWEPT_AT_ONCE):
            some = names[at : at + SWEPT_AT_ONCE]
            before = (self._clock.now() - PUT_JUST_NOW).timestamp()
            for name in set(some) - await self._store.wanted(some):
                await asyncio.to_thread(self._shelf.remove, name, before)

    # within

    def _looked_at(self, name: str, data: bytes) -> str:
        """The type by content. Raises FileRefused."""
        if not data:
            raise FileRefused("empty", "The file is empty.")
        if len(data) > self.limits.file:
            raise FileRefused("too_large", f"The file is larger than {self.limits.file // 1024**2} MB.")
        mime = kinds.kind_of(data, name)
        if kinds.is_program(mime, name):
            raise FileRefused("program", "Programs are not taken.")
        if mime != "application/zip":
            return mime
        try:
            return archives.look_into(data)
        except archives.ArchiveBad as bad:
            raise FileRefused("archive", f"The archive is not taken: {bad}.") from bad

    async def _scan(self, data: bytes) -> None:
        if self._scanner is None:
            return
        try:
            is_infected = await self._scanner(data)
        except ScanFailed as exc:
            log.warning("the scanner gave no verdict")
            raise FileRefused("infected", "The file could not be checked now; try again later.") from exc
        if is_infected:
            raise FileRefused("infected", "The scanner found something harmful in the file.")

    def _shelved(self, data: bytes) -> str:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        if shutil.disk_usage(self._folder).free - len(data) < self.limits.free:
            raise FileRefused("full", "The server has no room for files.")
        return self._shelf.put(data)


def _is_drawable(path: Path, mime: str) -> bool:
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return kinds.kind_of(data, "") == mime and images.measured(data, mime) is not None
