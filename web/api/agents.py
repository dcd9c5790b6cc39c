"""Agents, their states, and the queues."""

from aiohttp import web

from threadline.kernel.errors import NotFound
from threadline.kernel.events import AgentState, Json
from threadline.kernel.ids import AgentId
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import AgentRow, AgentsReply, QueuesReply, StateChange
from web.api.outbound import actor
from web.api.replies import as_json
from web.auth import STAFF
from web.errors import NotYours


@endpoint("GET /api/agents", roles=STAFF, reply=AgentsReply)
async def list_agents(ask: Ask) -> web.Response:
    """Everyone with the state they are in."""
    return as_json({"agents": await ask.services.router.states()})


@endpoint("PUT /api/agents/{id}/state", roles=STAFF, body=StateChange, reply=AgentRow)
async def set_state(ask: Ask) -> web.Response:
    """Become ready, away or logged out. Agents set their own; supervisors and admins anyone's, which is by force."""
    wanted = ask.read(StateChange)
    agent, state = AgentId(ask.path_id("id")), AgentState(wanted.state)
    is_own = ask.caller.agent is not None and ask.caller.agent.id == agent
    if not is_own and not ask.caller.leads:
        raise NotYours("You can only change your own state.")
    await _row(ask, agent)
    if is_own or ask.services.floor is None:
        await ask.services.router.set_state(agent, state, wanted.reason)
    else:
        await ask.services.floor.supervision.force_state(agent, state, wanted.reason, actor(ask))
    return as_json(await _row(ask, agent))


async def _row(ask: Ask, agent: AgentId) -> Json:
    for row in await ask.services.router.states():
        if str(row["agent"]) == str(agent):
            return row
    raise NotFound("No such agent.")


@endpoint("GET /api/queues", roles=STAFF, reply=QueuesReply)
async def list_queues(ask: Ask) -> web.Response:
    """The queues with who is waiting now."""
    return as_json({"queues": await ask.services.router.queues()})


ENDPOINTS: tuple[Handler, ...] = (list_agents, set_state, list_queues)
