"""Live captions: what is heard on a call so far, and for which queues and numbers there are any."""

from typing import Any, Literal

from aiohttp import web

from recordings.captions.service import Captions
from threadline.kernel.errors import NotFound
from threadline.kernel.ids import CallId
from web.api.administration import noted
from web.api.endpoint import Ask, Handler, endpoint
from web.api.endpoints import ADMINS
from web.api.models import Done, Reply, Request, ShortText
from web.api.recordings import admit_to_call
from web.api.replies import as_json
from web.auth import STAFF


class CaptionsReply(Reply):
    """`lines` as `call.caption` of the live socket brings them, the oldest first."""

    state: Literal["off", "on", "full", "no_model", "broken", "over"]
    lines: list[dict[str, Any]]


class SwitchReply(Reply):
    kind: Literal["queue", "number"]
    name: str
    title: str
    is_on: bool | None


class SwitchesReply(Reply):
    """`at_once`: so many calls have captions at a time, `taken` of them now."""

    at_once: int
    taken: int
    switches: list[SwitchReply]


class SwitchGiven(Request):
    """`is_on` null: where a speech model is installed. What is said of a number counts before its queue's."""

    kind: Literal["queue", "number"]
    name: ShortText
    is_on: bool | None


def _captions(ask: Ask) -> Captions:
    if ask.services.captions is None:
        raise NotFound
    return ask.services.captions


@endpoint("GET /api/calls/{id}/captions", roles=STAFF, reply=CaptionsReply)
async def show_captions(ask: Ask) -> web.Response:
    """What was understood of a call so far; the rest comes by the live socket. Where there is nothing, that is no secret."""
    captions, call = _captions(ask), CallId(ask.path_id("id"))
    found = captions.of_call(call)
    if found["lines"]:
        await admit_to_call(ask, call)
    return as_json(found)


@endpoint("GET /api/captions", roles=ADMINS, reply=SwitchesReply)
async def list_switches(ask: Ask) -> web.Response:
    """Which queues and numbers are captioned."""
    return as_json(await _captions(ask).switches())


@endpoint("PUT /api/captions", roles=ADMINS, body=SwitchGiven, reply=Done)
async def set_switch(ask: Ask) -> web.Response:
    """Captions for a queue or number: always, never, or where a model is installed; from the next call on."""
    given = ask.read(SwitchGiven)
    if not await _captions(ask).set_switch(given.kind, given.name, given.is_on):
        raise NotFound("There is no such queue or number.")
    await noted(ask, "captions.set", f"{given.kind}:{given.name}", None, {"is_on": given.is_on})
    return as_json({"done": True})


ENDPOINTS: tuple[Handler, ...] = (show_captions, list_switches, set_switch)
