"""A call's facts and the agent's hand on it."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import web

from threadline.kernel.errors import Refused
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, CallId
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import CallReply, Done
from web.api.replies import as_json
from web.auth import STAFF
from web.errors import NotYours


@endpoint("GET /api/calls/{id}", roles=STAFF, reply=CallReply)
async def show_call(ask: Ask) -> web.Response:
    """A call: path through the flow, queue wait, legs, agent, recordings, outcome {result, reason}."""
    return as_json(await ask.services.calls.detail(CallId(ask.path_id("id"))))


@endpoint("POST /api/calls/{id}/hold", roles=STAFF, reply=Done)
async def hold(ask: Ask) -> web.Response:
    """Put the customer on hold, with music."""
    return await command(ask, ask.services.calls.hold)


@endpoint("POST /api/calls/{id}/resume", roles=STAFF, reply=Done)
async def resume(ask: Ask) -> web.Response:
    """Take the customer back from hold."""
    return await command(ask, ask.services.calls.resume)


@endpoint("POST /api/calls/{id}/hangup", roles=STAFF, reply=Done)
async def hang_up(ask: Ask) -> web.Response:
    """End the call."""
    return await command(ask, ask.services.calls.hang_up)


async def command(ask: Ask, carry_out: Callable[[CallId, AgentId], Awaitable[None]]) -> web.Response:
    """Carries out what an agent may do with his own call, and a supervisor with anyone's. Raises NotYours, Refused."""
    call = CallId(ask.path_id("id"))
    detail = await ask.services.calls.detail(call)
    await carry_out(call, acting_for(ask, detail.get("agent")))
    return as_json({"done": True})


def acting_for(ask: Ask, on_call: object) -> AgentId:
    """Whose call it is. An agent acts on his own only; supervisors and admins on anyone's.

    Raises NotYours, Refused where nobody is on the call.
    """
    if on_call is None:
        if ask.caller.leads:
            raise Refused("Nobody has taken this call.")
        raise NotYours("This is not your call.")
    owner = AgentId(UUID(str(on_call)))
    if not ask.caller.leads and ask.caller.person().id != owner:
        raise NotYours("This is not your call.")
    return owner


def served_by(detail: Json) -> set[str]:
    """The agents who talked on a call, whoever has it now."""
    legs = detail.get("legs")
    there = [leg for leg in legs if isinstance(leg, dict)] if isinstance(legs, list) else []
    found = {detail.get("agent"), *(leg.get("agent") for leg in there if leg.get("answered_at"))}
    return {str(agent) for agent in found if agent is not None}


ENDPOINTS: tuple[Handler, ...] = (show_call, hold, resume, hang_up)
