"""Messages to customers: by which ways, what is sent, again or not at all, and the HTML of what was received."""

from typing import Annotated, Any, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field, StringConstraints

from omnichannel.audit.service import Actor
from threadline.kernel.errors import NotFound
from threadline.kernel.ids import ThreadId
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Entry, Html, Reply, Request, ShortText, SubjectText
from web.api.replies import as_json
from web.auth import STAFF
from web.channel_ports import ChannelRooms

SANDBOXED: Final = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src 'self' data:{origin}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
FrameText = Annotated[str, StringConstraints(max_length=100_000, pattern=r"^[^\x00]*$")]


class WindowFacts(Reply):
    opening: str
    until: str | None


class LimitFacts(Reply):
    text_max: int
    file_bytes: int
    file_types: list[str]
    has_html: bool
    has_subject: bool


class Way(Reply):
    """One identity of the customer by one address of ours. `window`: how far it is open, and until when."""

    identity: int
    kind: str
    value: str
    trust: str
    endpoint: UUID
    channel: str
    title: str
    window: WindowFacts
    limits: LimitFacts
    do_not_contact: bool
    last_inbound: str | None


class ReachReply(Reply):
    ways: list[Way]


class NewOutgoing(Request):
    """`identity` and `endpoint` as `reach` gives them; `reply_to` the id of an entry; `template` {name, language, values}."""

    identity: int = Field(ge=1, le=2**63 - 1)
    endpoint: UUID
    text: FrameText = ""
    html: Html | None = None
    subject: SubjectText | None = None
    files: list[UUID] = Field(default_factory=list, max_length=20)
    reply_to: ShortText | None = None
    template: dict[str, Any] | None = None


@endpoint("GET /api/threads/{id}/reach", roles=STAFF, reply=ReachReply)
async def show_reach(ask: Ask) -> web.Response:
    """By which ways this customer can be written to, the one he used last first."""
    return as_json({"ways": await rooms(ask).outbound.reach(ThreadId(ask.path_id("id")))})


@endpoint("POST /api/threads/{id}/messages", roles=STAFF, body=NewOutgoing, reply=Entry, status=201)
async def send_message(ask: Ask) -> web.Response:
    """Send a message to the customer; the entry is queued, and thread deltas say what becomes of it."""
    given = ask.read(NewOutgoing)
    agent = ask.caller.agent
    entry = await rooms(ask).outbound.send(
        thread=ThreadId(ask.path_id("id")),
        identity=given.identity,
        endpoint=given.endpoint,
        text=given.text,
        agent=None if agent is None else agent.id,
        html=given.html,
        subject=given.subject,
        files=given.files,
        reply_to=given.reply_to,
        template=given.template,
    )
    return as_json(entry, status=201)


@endpoint("POST /api/entries/{entry}/retry", roles=STAFF, reply=Entry)
async def retry_message(ask: Ask) -> web.Response:
    """Send a message that failed or was cancelled once more."""
    return as_json(await rooms(ask).outbound.retry(ask.request.match_info["entry"], actor(ask)))


@endpoint("POST /api/entries/{entry}/cancel", roles=STAFF, reply=Entry)
async def cancel_message(ask: Ask) -> web.Response:
    """Hold a queued message back."""
    return as_json(await rooms(ask).outbound.cancel(ask.request.match_info["entry"], actor(ask)))


class HtmlQuery(Request):
    """`pictures`: with those that lie elsewhere, fetched by this server."""

    pictures: bool = False


@endpoint("GET /api/entries/{entry}/html", roles=STAFF, query=HtmlQuery, produces="text/html")
async def show_html(ask: Ask) -> web.Response:
    """The cleaned HTML of a message, for a sandboxed frame: nothing in it runs and nothing loads from elsewhere."""
    entry, automation = ask.request.match_info["entry"], ask.services.automation
    html = await rooms(ask).outbound.html(entry)
    if ask.asked(HtmlQuery).pictures and automation is not None and automation.pictures is not None:
        html = await automation.pictures.shown(entry, html, actor(ask))
    url = rooms(ask).public_url
    policy = SANDBOXED.format(origin=f" {url}" if url else "")
    page = f'<!doctype html><meta charset="utf-8"><base target="_blank">{html}'
    return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": policy})


def rooms(ask: Ask) -> ChannelRooms:
    """The channels' rooms. Raises NotFound where a server has none."""
    if ask.services.channels is None:
        raise NotFound("This server has no channels.")
    return ask.services.channels


def actor(ask: Ask) -> Actor:
    """Who acts, for the audit log."""
    agent = ask.caller.agent
    return Actor("token", ask.caller.name) if agent is None else Actor("agent", str(agent.id))


ENDPOINTS: tuple[Handler, ...] = (show_reach, send_message, retry_message, cancel_message, show_html)
