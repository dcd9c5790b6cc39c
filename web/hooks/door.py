"""POST and GET /hooks/{channel}/{id}: prove the raw bytes, keep them, answer; everything else happens later."""

import asyncio
import logging
from typing import Final

from aiohttp import web

from omnichannel.channels.port import Endpoint, Forged, HookRequest, Receipt
from threadline.kernel.errors import NotFound
from web.api.endpoint import Ask, Handler, endpoint
from web.auth import PUBLIC
from web.channel_ports import ChannelRooms
from web.errors import TooManyAttempts, WebError
from web.hooks.limits import HookLimits

log = logging.getLogger(__name__)

BODY_MAX: Final = 1024 * 1024
LIMITS: Final = web.AppKey("hook_limits", HookLimits)


class TooLarge(WebError):
    """A delivery has at most 1 MB."""

    status = 413
    code = "too_large"


class NotProven(WebError):
    """The signature is wrong."""

    status = 403
    code = "forged"


@endpoint("POST /hooks/{channel}/{id}", roles=PUBLIC, produces="text/plain", any_origin=True)
async def take_delivery(ask: Ask) -> web.Response:
    """What a provider delivers, by its own signature."""
    return await _take(ask)


@endpoint("GET /hooks/{channel}/{id}", roles=PUBLIC, produces="text/plain")
async def answer_challenge(ask: Ask) -> web.Response:
    """A provider's question whether this address is ours."""
    return await _take(ask)


async def _take(ask: Ask) -> web.Response:
    rooms = ask.services.channels
    if rooms is None:
        raise NotFound
    if not ask.request.app[LIMITS].admits(ask.address, asyncio.get_running_loop().time()):
        raise TooManyAttempts(1.0)
    kind = ask.request.match_info["channel"]
    body = await _body(ask.request)
    ours = await rooms.endpoints.by_hook(ask.path_id("id"))
    if ours.kind != kind:
        raise NotFound
    receipt = _proven(ask, rooms, ours, body)
    await rooms.inbox(ours, receipt.deliveries)
    return web.Response(status=receipt.status, body=receipt.body, content_type=receipt.content_type)


def _proven(ask: Ask, rooms: ChannelRooms, ours: Endpoint, body: bytes) -> Receipt:
    request = ask.request
    asked = HookRequest(
        method=request.method,
        url=_url(request, rooms, ours),
        query=dict(request.query),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        received_at=ask.services.clock.now(),
    )
    try:
        return rooms.registry.channel(ours.kind).receive(ours, asked)
    except Forged as exc:
        rooms.figures.forged += 1
        log.warning("forged delivery", extra={"endpoint": ours.row, "pii.address": request.remote})
        raise NotProven(str(exc)) from None


def _url(request: web.Request, rooms: ChannelRooms, ours: Endpoint) -> str:
    """As the provider wrote it: some sign it. Behind a proxy only `public_url` tells."""
    if not rooms.public_url:
        return str(request.url)
    _, question, query = request.raw_path.partition("?")
    return ours.hook_url + question + query


async def _body(request: web.Request) -> bytes:
    if (request.content_length or 0) > BODY_MAX:
        raise TooLarge
    body = await request.read()
    if len(body) > BODY_MAX:
        raise TooLarge
    return body


ENDPOINTS: tuple[Handler, ...] = (take_delivery, answer_challenge)
