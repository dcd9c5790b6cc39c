"""The pages and their files as browsers get them: read once, packed, and kept for good by whoever has them.

A file's address holds the version of all of them (`/v/<version>/static/…`), so what is there never changes and nobody
asks for it twice. A page names every module it needs, in the order they are met: all are under way before the first is
read, and none waits for another that imports it; what an entry imports later (`const desk = import("./desk.js")`) gives
way to what it asks first. Files changed on the disk are seen after a restart.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Final

from aiohttp import web

from ivr_flows import wording

HERE: Final = Path(__file__).resolve().parent
FOLDERS: Final = {"static": HERE / "static", "i18n": HERE / "i18n", "i18n/flows": wording.FOLDER}
"""Open to anyone: the pages themselves hold nothing of a customer."""
ROUTE: Final = "/v/{version}/{path}"
KEPT: Final = "public, max-age=31536000, immutable"
TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
PACKED_ALREADY: Final = ".woff2"

_IMPORTS: Final = re.compile(
    r"""(?:^|[;}])\s*(?:import|export)\b[^"';()]*?\bfrom\s*["'](\.[^"']+)["']""", re.M
)
_IMPORTS_LATER: Final = re.compile(r"""= import\("(\.[^"]+)"\)""")
_PRELOAD: Final = '    <link rel="modulepreload" href="/{path}"{more} />\n'
_ENTRIES: Final = re.compile(r'<script type="module" src="/(static/[^"]+)">')


@dataclass(frozen=True, slots=True)
class File:
    content_type: str
    body: bytes
    packed: bytes | None

    def answer(self, request: web.Request, cache_control: str) -> web.Response:
        headers = {"Cache-Control": cache_control}
        body = self.body
        if self.packed is not None:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("Accept-Encoding", ""):
                headers["Content-Encoding"] = "gzip"
                body = self.packed
        charset = "utf-8" if self.packed is not None else None
        return web.Response(body=body, content_type=self.content_type, charset=charset, headers=headers)


class Pages:
    """`files` by their address, such as `static/desk/main.js`."""

    def __init__(self, files: dict[str, bytes]) -> None:
        digest = hashlib.sha256()
        for path in sorted(files):
            digest.update(path.encode() + b"\0" + hashlib.sha256(files[path]).digest())
        self.version = digest.hexdigest()[:12]
        self._sources = files
        self._files = {
            path: _packed(path, self._with_modules(body) if path.endswith(".html") else body)
            for path, body in files.items()
        }

    def page(self, request: web.Request, path: str) -> web.Response:
        """An HTML file of ours; browsers ask each time whether it names another version."""
        return self._files[path].answer(request, "no-cache")

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """A file of a page. A page of another version than ours, while nodes change, gets what we have."""
        found = self._files.get(request.match_info["path"])
        if found is None:
            raise web.HTTPNotFound
        is_ours = request.match_info["version"] == self.version
        return found.answer(request, KEPT if is_ours else "no-cache")

    def modules(self, entry: str) -> tuple[list[str], list[str]]:
        """The entry, what it imports and what that imports, as a browser meets them; and what of that comes later."""
        first, later = [entry], list[str]()
        for path in first:
            first += [one for one in self._named(path, _IMPORTS) if one not in first]
            later += [one for one in self._named(path, _IMPORTS_LATER) if one not in later]
        for path in later:
            later += [one for one in self._named(path, _IMPORTS) if one not in (*first, *later)]
        return first, later

    def _named(self, path: str, pattern: re.Pattern[str]) -> list[str]:
        names = dict.fromkeys(pattern.findall(self._sources[path].decode()))
        return [normpath(str(PurePosixPath(path).parent / name)) for name in names]

    def _with_modules(self, html: bytes) -> bytes:
        text = html.decode()
        entries = _ENTRIES.findall(text)
        first = dict.fromkeys(path for entry in entries for path in self.modules(entry)[0])
        later = dict.fromkeys(
            path for entry in entries for path in self.modules(entry)[1] if path not in first
        )
        links = "".join(_PRELOAD.format(path=path, more="") for path in first)
        links += "".join(_PRELOAD.format(path=path, more=' fetchpriority="low"') for path in later)
        text = text.replace("  </head>", f"{links}  </head>")
        return text.replace('="/static/', f'="/v/{self.version}/static/').encode()


def _packed(path: str, body: bytes) -> File:
    suffix = PurePosixPath(path).suffix
    packed = None if suffix == PACKED_ALREADY else gzip.compress(body, 6, mtime=0)
    return File(TYPES[suffix], body, packed)


@cache
def pages() -> Pages:
    """Those of this installation, read once a process."""
    return Pages(
        {
            f"{name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
            for name, folder in FOLDERS.items()
            for path in folder.rglob("*")
            if path.suffix in TYPES
        }
    )
