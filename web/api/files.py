"""Files of messages: uploaded and fetched by staff, fetched by anybody who holds a signed link.

Nothing of a file is ever rendered as a page of ours: all but checked images are downloads, and what a browser
should open all the same it opens in a sandbox without an origin.
"""

from typing import Final
from urllib.parse import quote, unquote

from aiohttp import web
from pydantic import Field

from threadline.kernel.errors import NotFound
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Request
from web.api.recordings import send_file
from web.api.replies import as_json
from web.auth import PUBLIC, STAFF
from web.errors import WebError
from web.ports import Files, KeptFile, OpenedFile

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
NAME_MAX: Final = 2_000


class FileTooLarge(WebError):
    """The file is too large."""

    status = 413
    code = "too_large"


class FileLink(Request):
    e: str = Field(max_length=12, description="Until when the link holds, Unix seconds.")
    s: str = Field(max_length=64, description="Its signature.")


def files_of(ask: Ask) -> Files:
    if ask.services.files is None:
        raise NotFound
    return ask.services.files


@endpoint("POST /api/files", roles=STAFF, status=201)
async def upload(ask: Ask) -> web.Response:
    """Keeps the body as a file, to be sent with a message; its name in `X-File-Name`, percent-encoded UTF-8."""
    person = ask.caller.person()
    kept = await keep_body(ask.request, files_of(ask), f"agent:{person.id}")
    return as_json(shown(kept), status=201)


@endpoint("GET /api/files/{id}", roles=STAFF, produces="application/octet-stream")
async def fetch(ask: Ask) -> web.StreamResponse:
    """A file of a message; byte ranges are served."""
    opened = await files_of(ask).open(ask.path_id("id"))
    return await send_file(ask.request, opened.path, opened.mime, headers_of(opened))


@endpoint("GET /files/{id}", roles=PUBLIC, query=FileLink, produces="application/octet-stream")
async def fetch_signed(ask: Ask) -> web.StreamResponse:
    """A file, for whoever holds a signed link to it."""
    link = ask.asked(FileLink)
    opened = await files_of(ask).open_link(ask.path_id("id"), link.e, link.s)
    headers = headers_of(opened) | {"Cross-Origin-Resource-Policy": "cross-origin"}
    return await send_file(ask.request, opened.path, opened.mime, headers)


def headers_of(opened: OpenedFile) -> dict[str, str]:
    """Said with every file: how it is called, and that nothing in it may run."""
    kind = "inline" if opened.is_shown else "attachment"
    plain = "".join(
        char if char.isascii() and (char.isalnum() or char in "._- ") else "_" for char in opened.name
    )
    name = f"filename=\"{plain}\"; filename*=UTF-8''{quote(opened.name, safe='')}"
    return {
        "Content-Disposition": f"{kind}; {name}",
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, max-age=3600",
    }


async def keep_body(request: web.Request, files: Files, uploaded_by: str) -> KeptFile:
    """Reads the body as a file, no further than its limit. Raises FileTooLarge, Refused."""
    data = await whole_body(request, files.file_max)
    name = unquote(request.headers.get("X-File-Name", "")[:NAME_MAX], errors="replace")
    return await files.keep(name, request.content_type, data, uploaded_by=uploaded_by)


async def whole_body(request: web.Request, most: int) -> bytes:
    """The body, read no further than `most` bytes. Raises FileTooLarge."""
    if request.content_length is not None and request.content_length > most:
        raise FileTooLarge
    data = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        data += chunk
        if len(data) > most:
            raise FileTooLarge
    return bytes(data)


def shown(kept: KeptFile) -> dict[str, object]:
    return {"id": str(kept.id), "name": kept.name, "mime": kept.mime, "bytes": kept.bytes}


ENDPOINTS: tuple[Handler, ...] = (upload, fetch, fetch_signed)
