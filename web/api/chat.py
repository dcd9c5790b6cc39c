"""The visitor's side of the chat, for the widget on other sites' pages.

Nobody signs in here and no cookie speaks: a visitor is whoever has the secret of his browser (`X-Chat-Visitor`), or
whom the site's own token names (`X-Chat-Identity`). Which sites may ask is the endpoint's list of origins.
"""

import asyncio
from typing import Final

from aiohttp import web

from omnichannel.channels.chat.service import Chat
from omnichannel.channels.chat.token import Visitor
from omnichannel.channels.chat.wording import Said
from omnichannel.channels.port import Endpoint as Site
from threadline.kernel.errors import NotFound
from threadline.kernel.ids import ThreadId
from web.api.chat_models import ChatHistory, ChatSays, TypingRequest
from web.api.endpoint import Ask, Handler, endpoint
from web.api.files import files_of, keep_body, shown
from web.api.replies import as_json
from web.auth import PUBLIC, STAFF
from web.chat_limits import ChatLimits
from web.errors import TooManyAttempts, WrongOrigin
from web.headers import CROSS_ORIGIN

LIMITS: Final = web.AppKey("chat_limits", ChatLimits)
BROWSER: Final = "X-Chat-Visitor"
SIGNED: Final = "X-Chat-Identity"
PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": f"Content-Type, X-File-Name, {BROWSER}, {SIGNED}",
    "Access-Control-Max-Age": "7200",
}


def chat_of(ask: Ask) -> Chat:
    if ask.services.chat is None:
        raise NotFound
    return ask.services.chat


async def admitted(ask: Ask, *, required: bool = False) -> Site:
    """The endpoint, for a page of one of its sites or of ours. Raises NotFound, WrongOrigin."""
    chat, request = chat_of(ask), ask.request
    site = await chat.site(ask.path_id("key"))
    origin = request.headers.get("Origin", "").lower()
    is_ours = origin.partition("://")[2] == request.host.lower()
    if origin in chat.origins(site) or (origin and is_ours):
        request[CROSS_ORIGIN] = origin
    elif origin or required:
        raise WrongOrigin
    return site


def visitor_of(ask: Ask, site: Site) -> Visitor:
    headers = ask.request.headers
    return chat_of(ask).visitor(site, headers.get(BROWSER, ""), headers.get(SIGNED))


def limit(ask: Ask, what: str, visitor: str) -> None:
    """Raises TooManyAttempts."""
    now = asyncio.get_running_loop().time()
    pause = ask.request.app[LIMITS].pause_s(what, visitor, ask.address, now)
    if pause > 0:
        raise TooManyAttempts(pause)


@endpoint("OPTIONS /api/chat/{key}/{what}", roles=PUBLIC, status=204, any_origin=True)
async def preflight(ask: Ask) -> web.Response:
    """What a page of another site may send."""
    await admitted(ask)
    return web.Response(status=204, headers=PREFLIGHT)


@endpoint("GET /api/chat/{key}/site", roles=PUBLIC, any_origin=True)
async def show_site(ask: Ask) -> web.Response:
    """How the chat of a site looks, and whether somebody is there."""
    site = await admitted(ask)
    limit(ask, "look", ask.address)
    return as_json(await chat_of(ask).about(site))


@endpoint("GET /api/chat/{key}/messages", roles=PUBLIC, query=ChatHistory, any_origin=True)
async def show_messages(ask: Ask) -> web.Response:
    """What was said between this visitor and us, oldest first; a page of it."""
    site = await admitted(ask)
    visitor = visitor_of(ask, site)
    limit(ask, "look", visitor.value)
    items = await chat_of(ask).history(site, visitor, ask.asked(ChatHistory).before)
    return as_json({"items": [item.to_json() for item in items]})


@endpoint("POST /api/chat/{key}/messages", roles=PUBLIC, body=ChatSays, status=201, any_origin=True)
async def say(ask: Ask) -> web.Response:
    """Something the visitor said; answered once it is committed, and the same again is said once."""
    site = await admitted(ask)
    visitor = visitor_of(ask, site)
    limit(ask, "say", visitor.value)
    sent = ask.read(ChatSays)
    said = Said(
        key=str(sent.key), text=sent.text, files=sent.files, name=sent.name or None, phone=sent.phone or None,
        email=sent.email or None, is_offline=sent.offline, page=sent.page, language=sent.language,
    )  # fmt: skip
    return as_json(await chat_of(ask).say(site, visitor, said), status=201)


@endpoint("POST /api/chat/{key}/files", roles=PUBLIC, status=201, any_origin=True)
async def upload(ask: Ask) -> web.Response:
    """Keeps the body as a file, to be sent with a message; its name in `X-File-Name`, percent-encoded UTF-8."""
    site = await admitted(ask)
    visitor = visitor_of(ask, site)
    limit(ask, "file", visitor.value)
    kept = await keep_body(ask.request, files_of(ask), visitor.uploader)
    return as_json(shown(kept), status=201)


@endpoint("POST /api/threads/{id}/typing", roles=STAFF, body=TypingRequest, status=204)
async def type_to_visitor(ask: Ask) -> web.Response:
    """The agent is typing: shown for a moment on the pages of the customer's chats."""
    person = ask.caller.person()
    await chat_of(ask).agent_types(ThreadId(ask.path_id("id")), person.display_name)
    return web.Response(status=204)


ENDPOINTS: tuple[Handler, ...] = (preflight, show_site, show_messages, say, upload, type_to_visitor)
