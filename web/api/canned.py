"""Ready texts behind a slash, and macros."""

from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import Field, StringConstraints

from omnichannel.canned.service import Way
from threadline.kernel.ids import ThreadId
from web.api.administration import marked, unchanged
from web.api.case_models import QueueName
from web.api.endpoint import Ask, BadField, Handler, endpoint
from web.api.models import Done, LongText, Reply, Request, ShortText
from web.api.outbound import actor
from web.api.replies import as_json
from web.api.rules import automation
from web.auth import LEADS, STAFF

Language = Annotated[str, StringConstraints(pattern=r"^([a-z]{2,3}(-[A-Z]{2})?)?$")]
Texts = Annotated[dict[Language, LongText], Field(max_length=20)]
Shortcut = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class TextGiven(Request):
    """`texts`: by language, with ${contact.name}, ${agent.name}, ${case.number} …"""

    shortcut: Shortcut
    title: ShortText
    texts: Texts
    queue: QueueName | None = None


class MacroGiven(Request):
    """`actions` as those of rules, less reply and webhook; assign knows "me"."""

    title: ShortText
    actions: Annotated[list[dict[str, Any]], Field(max_length=20)] = Field(default_factory=list)
    texts: Texts = Field(default_factory=dict)
    queue: QueueName | None = None


class Completing(Request):
    """`q`: what was typed after the slash; with `thread` the texts are filled in."""

    q: Annotated[str, StringConstraints(max_length=64)] = ""
    thread: UUID | None = None
    queue: QueueName | None = None


class MacroQuery(Request):
    queue: QueueName | None = None


class Applying(Request):
    """With `identity` and `endpoint` (of `reach`) the macro's text is sent; without, the answer holds it."""

    case: Annotated[int, Field(ge=1, le=2**53)] | None = None
    identity: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    endpoint: UUID | None = None


class TextReply(Reply):
    id: UUID
    shortcut: str
    title: str


class TextsReply(Reply):
    texts: list[TextReply]


class MacroReply(Reply):
    id: UUID
    title: str
    actions: list[dict[str, Any]]
    texts: dict[str, str]


class MacrosReply(Reply):
    macros: list[MacroReply]


class AppliedReply(Reply):
    done: list[dict[str, Any]]
    text: str
    entry: str | None


@endpoint("GET /api/canned", roles=STAFF, reply=TextsReply)
async def list_texts(ask: Ask) -> web.Response:
    """Every ready text as it is written."""
    return as_json({"texts": [marked(one) for one in await automation(ask).canned.texts()]})


@endpoint("GET /api/canned/complete", roles=STAFF, query=Completing, reply=TextsReply)
async def complete(ask: Ask) -> web.Response:
    """What a slash offers, filled in for the customer."""
    asked = ask.asked(Completing)
    thread = None if asked.thread is None else ThreadId(asked.thread)
    me = None if ask.caller.agent is None else ask.caller.agent.id
    return as_json({"texts": [*await automation(ask).canned.complete(asked.q, thread, me, asked.queue)]})


@endpoint("POST /api/canned", roles=LEADS, body=TextGiven, reply=TextReply, status=201)
async def add_text(ask: Ask) -> web.Response:
    """A new ready text."""
    given = ask.read(TextGiven)
    made = await automation(ask).canned.save_text(
        given.shortcut, given.title, given.texts, given.queue, actor(ask)
    )
    return as_json(made, status=201)


@endpoint("PUT /api/canned/{id}", roles=LEADS, body=TextGiven, reply=TextReply)
async def change_text(ask: Ask) -> web.Response:
    """Another text in its place; with If-Match only over what was seen."""
    given = ask.read(TextGiven)
    unchanged(ask, await automation(ask).canned.texts(), "id", str(ask.path_id("id")))
    made = await automation(ask).canned.save_text(
        given.shortcut, given.title, given.texts, given.queue, actor(ask), ask.path_id("id")
    )
    return as_json(made)


@endpoint("DELETE /api/canned/{id}", roles=LEADS, reply=Done)
async def delete_text(ask: Ask) -> web.Response:
    """The text goes."""
    await automation(ask).canned.delete_text(ask.path_id("id"), actor(ask))
    return as_json({"done": True})


@endpoint("GET /api/macros", roles=STAFF, query=MacroQuery, reply=MacrosReply)
async def list_macros(ask: Ask) -> web.Response:
    """Macros, of a queue or all."""
    found = await automation(ask).canned.macros(ask.asked(MacroQuery).queue)
    return as_json({"macros": [marked(one) for one in found]})


@endpoint("POST /api/macros", roles=LEADS, body=MacroGiven, reply=MacroReply, status=201)
async def add_macro(ask: Ask) -> web.Response:
    """A new macro."""
    given = ask.read(MacroGiven)
    made = await automation(ask).canned.save_macro(
        given.title, given.actions, given.texts, given.queue, actor(ask)
    )
    return as_json(made, status=201)


@endpoint("PUT /api/macros/{id}", roles=LEADS, body=MacroGiven, reply=MacroReply)
async def change_macro(ask: Ask) -> web.Response:
    """Another macro in its place; with If-Match only over what was seen."""
    given = ask.read(MacroGiven)
    unchanged(ask, await automation(ask).canned.macros(None), "id", str(ask.path_id("id")))
    made = await automation(ask).canned.save_macro(
        given.title, given.actions, given.texts, given.queue, actor(ask), ask.path_id("id")
    )
    return as_json(made)


@endpoint("DELETE /api/macros/{id}", roles=LEADS, reply=Done)
async def delete_macro(ask: Ask) -> web.Response:
    """The macro goes."""
    await automation(ask).canned.delete_macro(ask.path_id("id"), actor(ask))
    return as_json({"done": True})


@endpoint("POST /api/threads/{id}/macros/{macro}", roles=STAFF, body=Applying, reply=AppliedReply)
async def apply_macro(ask: Ask) -> web.Response:
    """Do all the macro says, as the caller, or nothing of it."""
    given = ask.read(Applying)
    if (given.identity is None) != (given.endpoint is None):
        raise BadField("identity and endpoint go together", "endpoint")
    way = None
    if given.identity is not None and given.endpoint is not None:
        way = Way(given.identity, given.endpoint)
    done = await automation(ask).canned.apply(
        ask.path_id("macro"), ThreadId(ask.path_id("id")), ask.caller.person().id, case=given.case, way=way
    )
    return as_json(done)


ENDPOINTS: tuple[Handler, ...] = (
    list_texts,
    complete,
    add_text,
    change_text,
    delete_text,
    list_macros,
    add_macro,
    change_macro,
    delete_macro,
    apply_macro,
)
