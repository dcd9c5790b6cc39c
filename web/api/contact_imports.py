"""Contacts from a table: looked at, applied, and the refused lines reported. For admins."""

from typing import Annotated, Any, Final

from aiohttp import web
from pydantic import Field, StringConstraints

from omnichannel.contacts.importing.service import ContactImports
from threadline.kernel.errors import Invalid, NotFound
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Reply, Request, ShortText
from web.api.outbound import actor
from web.api.replies import as_json
from web.auth import Role

ADMINS: Final = frozenset({Role.ADMIN})
LARGEST: Final = 50 * 1024 * 1024
ColumnText = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]


class ImportQuery(Request):
    name: ShortText


class Columns(Request):
    """Of each column of the file what it is: name, phone, email, customer_no, language, vip, tags, field:NAME,
    external:SYSTEM, or nothing."""

    columns: Annotated[dict[ColumnText, ColumnText], Field(max_length=200)]


class ImportReply(Reply):
    """`refused` are the first refused lines, each with `findings` [{column, code, text, mend}]."""

    id: str
    state: str
    header: list[str]
    columns: dict[str, str]
    counts: dict[str, int]
    lines: list[dict[str, Any]]
    refused: list[dict[str, Any]]


def _imports(ask: Ask) -> ContactImports:
    if ask.services.contact_imports is None:
        raise NotFound
    return ask.services.contact_imports


@endpoint("POST /api/contact-imports", roles=ADMINS, query=ImportQuery, reply=ImportReply, status=201)
async def preview_import(ask: Ask) -> web.Response:
    """Look at a CSV file (the body, at most 50 MB): what its columns are, which lines can't be taken and why."""
    imports, data = _imports(ask), bytearray()
    async for chunk in ask.request.content.iter_chunked(256 * 1024):
        data += chunk
        if len(data) > LARGEST:
            raise Invalid("the file is larger than 50 MB")
    shown = await imports.preview(ask.asked(ImportQuery).name, bytes(data), actor(ask))
    return as_json(shown, status=201)


@endpoint("GET /api/contact-imports/{id}", roles=ADMINS, reply=ImportReply)
async def show_import(ask: Ask) -> web.Response:
    """How far an import is."""
    return as_json(await _imports(ask).show(ask.path_id("id")))


@endpoint("PATCH /api/contact-imports/{id}", roles=ADMINS, body=Columns, reply=ImportReply)
async def change_columns(ask: Ask) -> web.Response:
    """What the columns are; every line is looked at again."""
    return as_json(await _imports(ask).recolumn(ask.path_id("id"), ask.read(Columns).columns))


@endpoint("POST /api/contact-imports/{id}/apply", roles=ADMINS, reply=ImportReply, status=202)
async def apply_import(ask: Ask) -> web.Response:
    """Take the good lines, in the background."""
    return as_json(await _imports(ask).apply(ask.path_id("id"), actor(ask)), status=202)


@endpoint("GET /api/contact-imports/{id}/report", roles=ADMINS, produces="text/csv")
async def report_import(ask: Ask) -> web.StreamResponse:
    """The refused lines as CSV, with what is wrong and how to mend it."""
    imports, id_ = _imports(ask), ask.path_id("id")
    await imports.show(id_)
    headers = {"Content-Disposition": 'attachment; filename="refused.csv"'}
    response = web.StreamResponse(headers=headers)
    response.content_type, response.charset = "text/csv", "utf-8"
    await response.prepare(ask.request)
    async for text in imports.report(id_):
        await response.write(text.encode())
    await response.write_eof()
    return response


ENDPOINTS: tuple[Handler, ...] = (preview_import, show_import, change_columns, apply_import, report_import)
