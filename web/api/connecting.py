"""For admins: signing in with a provider, instead of copying tokens from its console."""

from typing import Final

from aiohttp import web
from yarl import URL

from omnichannel.errors import CannotConnect
from threadline.kernel.errors import NotFound
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Reply
from web.api.outbound import actor, rooms
from web.api.replies import as_json
from web.auth import Role, is_https
from web.channel_ports import Connections

ADMINS: Final = frozenset({Role.ADMIN})
PATH: Final = "/connect"
TICKET: Final = "threadline_connect"
TICKET_S: Final = 600
PAGE: Final = "/admin"
PART: Final = "channels"


class ConnectReply(Reply):
    """`url`: the provider's page, to be opened in this window."""

    url: str


class ConnectFacts(Reply):
    """What a provider's console wants to know of us. `challenge`: for PKCE (S256), where it is entered beforehand."""

    callback: str
    challenge: str | None


@endpoint("GET /api/endpoints/{id}/connect", roles=ADMINS, reply=ConnectFacts)
async def show_connecting(ask: Ask) -> web.Response:
    """What to enter in the provider's console before signing in there."""
    ours = await rooms(ask).endpoints.by_id(ask.path_id("id"))
    return as_json({"callback": _callback(ask), "challenge": _connections(ask).challenge(ours)})


@endpoint("POST /api/endpoints/{id}/connect", roles=ADMINS, reply=ConnectReply)
async def begin_connecting(ask: Ask) -> web.Response:
    """Begin to sign in with the provider of an address: where to go, and a cookie for coming back."""
    url, ticket = await _connections(ask).begin(ask.path_id("id"), _callback(ask))
    response = as_json({"url": url})
    response.set_cookie(
        TICKET, ticket, max_age=TICKET_S, path=PATH, httponly=True, samesite="Lax",
        secure=is_https(ask.request, ask.services),
    )  # fmt: skip
    return response


@endpoint("GET /connect", roles=ADMINS, produces="text/plain")
async def come_back(ask: Ask) -> web.Response:
    """Where a provider sends the admin back to; on to the channels' page, which says what came of it."""
    try:
        done = await _connections(ask).finish(
            ask.request.cookies.get(TICKET, ""), dict(ask.request.query), _callback(ask), actor(ask)
        )
        there = f"{PAGE}?connected={done.id}#{PART}"
    except CannotConnect as refused:
        there = str(URL(PAGE).with_query(refused=str(refused)).with_fragment(PART))
    response = web.Response(status=303, headers={"Location": there})
    response.del_cookie(TICKET, path=PATH)
    return response


def _connections(ask: Ask) -> Connections:
    found = rooms(ask).connections
    if found is None:
        raise NotFound
    return found


def _callback(ask: Ask) -> str:
    return (rooms(ask).public_url or str(ask.request.url.origin())).rstrip("/") + PATH


ENDPOINTS: tuple[Handler, ...] = (show_connecting, begin_connecting, come_back)
