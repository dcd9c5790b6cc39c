"""For supervisors: the wallboard, who waits and why, states, skills, moves and callbacks. Each act is audited.

The live socket tells supervisors `wallboard` whenever the board changes, in the shape of `GET /api/wallboard`.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import AwareDatetime, Field, StringConstraints

from threadline.kernel.errors import NotFound
from threadline.kernel.events import AgentState
from threadline.kernel.ids import AgentId, CallId
from web.api.cases import case_number
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Done, Reply, Request
from web.api.outbound import actor
from web.api.replies import as_json
from web.api.what_if import predict
from web.auth import LEADS
from web.supervision_ports import FloorRooms

SkillName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z][a-zA-Z0-9_:-]{0,62}$")]
Level = Annotated[int, Field(ge=1, le=5)]
QueueName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class WallboardQuery(Request):
    since: AwareDatetime | None = Field(default=None, description="From when figures count; 24 hours ago.")


class WallboardReply(Reply):
    """Shares are 0 to 1, None of nothing; `formulas` says in words what each figure is."""

    at: datetime
    since: datetime
    formulas: dict[str, str]
    queues: list[dict[str, Any]]
    agents: list[dict[str, Any]]
    totals: dict[str, Any]
    callbacks: int


class WaitingReply(Reply):
    waiting: list[dict[str, Any]]


class WhyReply(Reply):
    """`lost[].reason` are the words of docs/routing.md."""

    decisions: list[dict[str, Any]]
    way: list[dict[str, Any]]


class CallbacksReply(Reply):
    callbacks: list[dict[str, Any]]


class ForcedState(Request):
    state: Literal["ready", "away", "logged_out"]
    reason: Annotated[str, StringConstraints(max_length=200)] | None = None


class SkillsChange(Request):
    """Replaces what the agent can do."""

    skills: Annotated[dict[SkillName, Level], Field(max_length=100)]


class Move(Request):
    queue: QueueName


@endpoint("GET /api/wallboard", roles=LEADS, query=WallboardQuery, reply=WallboardReply)
async def show_wallboard(ask: Ask) -> web.Response:
    """Queues, agents and figures of now."""
    return as_json(await _floor(ask).board.wallboard(ask.asked(WallboardQuery).since))


@endpoint("GET /api/waiting", roles=LEADS, reply=WaitingReply)
async def list_waiting(ask: Ask) -> web.Response:
    """Everybody who waits, by queue and place."""
    return as_json({"waiting": await _floor(ask).board.waiting()})


@endpoint("GET /api/waiting/{id}/why", roles=LEADS, reply=WhyReply)
async def show_why(ask: Ask) -> web.Response:
    """Who got this contact and why nobody else, also of one that waits no longer."""
    return as_json(await _floor(ask).board.why(CallId(ask.path_id("id"))))


@endpoint("GET /api/cases/{number}/why", roles=LEADS, reply=WhyReply)
async def show_why_of_case(ask: Ask) -> web.Response:
    """To whom a case was given and why to nobody else; empty where routing never decided about it."""
    return as_json(await _floor(ask).board.why_case(case_number(ask)))


@endpoint("POST /api/waiting/{id}/move", roles=LEADS, body=Move, reply=Done)
async def move_waiting(ask: Ask) -> web.Response:
    """Put a waiting contact into another queue, at the place it has."""
    supervision = _floor(ask).supervision
    await supervision.move(CallId(ask.path_id("id")), ask.read(Move).queue, actor(ask))
    return as_json({"done": True})


@endpoint("PUT /api/agents/{id}/forced-state", roles=LEADS, body=ForcedState, reply=Done)
async def force_state(ask: Ask) -> web.Response:
    """Set an agent ready, away or logged out; a call that rings for him keeps its place."""
    wanted = ask.read(ForcedState)
    supervision = _floor(ask).supervision
    agent = AgentId(ask.path_id("id"))
    await supervision.force_state(agent, AgentState(wanted.state), wanted.reason, actor(ask))
    return as_json({"done": True})


@endpoint("PUT /api/agents/{id}/skills", roles=LEADS, body=SkillsChange, reply=Done)
async def change_skills(ask: Ask) -> web.Response:
    """Change what an agent can do; in force for those who wait already."""
    given = ask.read(SkillsChange)
    await _floor(ask).supervision.set_skills(AgentId(ask.path_id("id")), given.skills, actor(ask))
    return as_json({"done": True})


@endpoint("GET /api/callbacks", roles=LEADS, reply=CallbacksReply)
async def list_callbacks(ask: Ask) -> web.Response:
    """Customers who are to be called back, by place."""
    return as_json({"callbacks": await _floor(ask).callbacks.open_tickets()})


@endpoint("DELETE /api/callbacks/{id}", roles=LEADS, reply=Done)
async def cancel_callback(ask: Ask) -> web.Response:
    """Call this customer back no more."""
    await _floor(ask).supervision.cancel_callback(ask.path_id("id"), actor(ask))
    return as_json({"done": True})


def _floor(ask: Ask) -> FloorRooms:
    if ask.services.floor is None:
        raise NotFound
    return ask.services.floor


ENDPOINTS: tuple[Handler, ...] = (
    show_wallboard,
    list_waiting,
    show_why,
    show_why_of_case,
    move_waiting,
    force_state,
    change_skills,
    list_callbacks,
    cancel_callback,
    predict,
)
