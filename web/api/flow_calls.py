"""A draft that calls its author: his phone rings, and the page of flows has keys and an end for the call."""

from uuid import UUID

from aiohttp import web

from threadline.kernel.ids import CallId
from web.api.endpoint import Ask, Handler, endpoint
from web.api.endpoints import ADMINS
from web.api.flows import RevisionChoice, flow_of, rooms
from web.api.models import Done, Reply
from web.api.outbound import actor
from web.api.phone import PressedKeys
from web.api.replies import as_json


class DraftCallReply(Reply):
    call: UUID


@endpoint(
    "POST /api/flows/{name}/draft-calls", roles=ADMINS, body=RevisionChoice, reply=DraftCallReply, status=201
)
async def call_me(ask: Ask) -> web.Response:
    """Ring my own phone; answers when I have answered it, and this very revision has begun. 422 says why it was not."""
    revision = ask.read(RevisionChoice).revision
    call = await rooms(ask).drafts.call(ask.caller.person().id, flow_of(ask), revision, actor(ask))
    return as_json({"call": call}, status=201)


@endpoint("POST /api/flows/-/draft-calls/{id}/keys", roles=ADMINS, body=PressedKeys, reply=Done)
async def press_keys(ask: Ask) -> web.Response:
    """Press telephone keys in my call of a draft."""
    keys = ask.read(PressedKeys).keys
    rooms(ask).drafts.press(ask.caller.person().id, CallId(ask.path_id("id")), keys)
    return as_json({"done": True})


@endpoint("POST /api/flows/-/draft-calls/{id}/hangup", roles=ADMINS, reply=Done)
async def hang_up(ask: Ask) -> web.Response:
    """End my call of a draft."""
    rooms(ask).drafts.hang_up(ask.caller.person().id, CallId(ask.path_id("id")))
    return as_json({"done": True})


ENDPOINTS: tuple[Handler, ...] = (call_me, press_keys, hang_up)
