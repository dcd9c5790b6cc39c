"""Wrap-up codes: admins change them, agents say with them what became of a call."""

from typing import Annotated, Any

from aiohttp import web
from pydantic import Field, StringConstraints

from omnichannel.administration.wrap_up import CodeGiven
from threadline.kernel.ids import CallId
from web.api.administration import Name, Title, administration, seen
from web.api.calls import acting_for, served_by
from web.api.endpoint import Ask, BadField, Handler, endpoint
from web.api.endpoints import ADMINS
from web.api.models import Done, Reply, Request
from web.api.outbound import actor
from web.api.replies import as_json
from web.auth import STAFF

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


class CodeEdit(Request):
    """`titles` by language; `queues` empty: everywhere; `place`: small ones first."""

    titles: Annotated[dict[Language, Title], Field(min_length=1, max_length=10)]
    queues: Annotated[list[Name], Field(max_length=200)] = Field(default_factory=list)
    place: Annotated[int, Field(ge=0, le=10_000)] = 100
    is_active: bool = True


class NewCode(CodeEdit):
    id: Name


class CodeReply(Reply):
    id: str
    titles: dict[str, str]
    queues: list[str]
    place: int
    is_active: bool
    version: str


class CallCode(Request):
    """Null takes back what was said."""

    code: Name | None


class CodesReply(Reply):
    codes: list[CodeReply]


@endpoint("GET /api/wrap-up-codes", roles=STAFF, reply=CodesReply)
async def list_codes(ask: Ask) -> web.Response:
    """Every code in its order; one that is not active is offered no more."""
    return as_json({"codes": await administration(ask).wrap_up.everything()})


@endpoint("POST /api/wrap-up-codes", roles=ADMINS, body=NewCode, reply=CodeReply, status=201)
async def add_code(ask: Ask) -> web.Response:
    """A new code."""
    given = ask.read(NewCode)
    return as_json(await administration(ask).wrap_up.add(given.id, _given(given), actor(ask)), status=201)


@endpoint("PUT /api/wrap-up-codes/{name}", roles=ADMINS, body=CodeEdit, reply=CodeReply)
async def change_code(ask: Ask) -> web.Response:
    """Another text, order or queues; with If-Match only over what was seen."""
    name, given = ask.request.match_info["name"], _given(ask.read(CodeEdit))
    return as_json(await administration(ask).wrap_up.change(name, given, seen(ask), actor(ask)))


@endpoint("DELETE /api/wrap-up-codes/{name}", roles=ADMINS, reply=Done)
async def delete_code(ask: Ask) -> web.Response:
    """The code goes; switching it off keeps it for what was said with it."""
    await administration(ask).wrap_up.delete(ask.request.match_info["name"], actor(ask))
    return as_json({"done": True})


@endpoint("PUT /api/calls/{id}/wrap-up", roles=STAFF, body=CallCode, reply=Done)
async def wrap_up_call(ask: Ask) -> web.Response:
    """Say what became of a call that one served, also before a colleague did; supervisors and admins of anyone's."""
    code, call = ask.read(CallCode).code, CallId(ask.path_id("id"))
    known = {one["id"]: one for one in await administration(ask).wrap_up.everything() if one["is_active"]}
    if code is not None and code not in known:
        raise BadField("There is no such code.", "code")
    detail = await ask.services.calls.detail(call)
    is_his = ask.caller.agent is not None and str(ask.caller.agent.id) in served_by(detail)
    agent = ask.caller.person().id if is_his else acting_for(ask, detail.get("agent"))
    await ask.services.threads.wrap_up(call, code, {} if code is None else known[code]["titles"], agent)
    return as_json({"done": True})


def _given(edit: CodeEdit) -> CodeGiven:
    facts: dict[str, Any] = edit.model_dump(exclude={"id"})
    return CodeGiven(**facts)


ENDPOINTS: tuple[Handler, ...] = (list_codes, add_code, change_code, delete_code, wrap_up_call)
