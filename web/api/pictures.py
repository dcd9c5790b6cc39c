"""Pictures of mails by way of this server."""

from typing import Annotated

from aiohttp import web
from pydantic import StringConstraints

from threadline.kernel.errors import NotFound
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Request
from web.auth import PUBLIC

Ascii = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,4000}$")]


class PictureLink(Request):
    """As the HTML of a mail names it."""

    u: Ascii
    e: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}$")]
    s: Ascii


@endpoint("GET /pictures", roles=PUBLIC, query=PictureLink, produces="image/*")
async def show_picture(ask: Ask) -> web.Response:
    """A picture of a mail, fetched by this server, for whoever holds a signed link to it."""
    automation, link = ask.services.automation, ask.asked(PictureLink)
    if automation is None or automation.pictures is None:
        raise NotFound
    picture = await automation.pictures.fetch(link.u, link.e, link.s)
    headers = {
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": "private, max-age=3600",
    }
    return web.Response(body=picture.data, content_type=picture.mime, headers=headers)


ENDPOINTS: tuple[Handler, ...] = (show_picture,)
