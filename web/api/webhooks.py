"""Webhooks, for admins: who is told what, and the log of it."""

from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import Field

from threadline.kernel.errors import NotFound
from web.api.administration import marked, unchanged
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Done, Reply, Request, ShortText
from web.api.outbound import actor
from web.api.replies import as_json
from web.api.rules import ADMINS, automation

Url = Annotated[str, Field(min_length=8, max_length=2000)]
Events = Annotated[list[ShortText], Field(min_length=1, max_length=20)]
Secret = Annotated[str, Field(min_length=32, max_length=200)]


class NewWebhook(Request):
    """`events` such as message.created, case.* or *; without `secret` one is made and told once."""

    title: ShortText
    url: Url
    events: Events
    secret: Secret | None = None


class WebhookEdit(Request):
    """What is not given stays; `on` true also takes back that it was switched off by itself."""

    title: ShortText | None = None
    url: Url | None = None
    events: Events | None = None
    on: bool | None = None
    secret: Secret | None = None


class WebhookReply(Reply):
    id: UUID
    title: str
    url: str
    events: list[str]
    state: str
    waiting: int


class WebhooksReply(Reply):
    webhooks: list[WebhookReply]


class DeliveryQuery(Request):
    before: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class DeliveriesReply(Reply):
    deliveries: list[dict[str, Any]]


@endpoint("GET /api/webhooks", roles=ADMINS, reply=WebhooksReply)
async def list_webhooks(ask: Ask) -> web.Response:
    """Every webhook."""
    return as_json({"webhooks": [marked(one) for one in await automation(ask).webhooks.everything()]})


@endpoint("POST /api/webhooks", roles=ADMINS, body=NewWebhook, reply=WebhookReply, status=201)
async def add_webhook(ask: Ask) -> web.Response:
    """A new webhook, on; the answer holds its secret, this once."""
    given = ask.read(NewWebhook)
    made = await automation(ask).webhooks.add(given.title, given.url, given.events, actor(ask), given.secret)
    return as_json(made, status=201)


@endpoint("PATCH /api/webhooks/{id}", roles=ADMINS, body=WebhookEdit, reply=WebhookReply)
async def change_webhook(ask: Ask) -> web.Response:
    """Change it, or switch it; with If-Match only over what was seen."""
    given = ask.read(WebhookEdit)
    unchanged(ask, await automation(ask).webhooks.everything(), "id", str(ask.path_id("id")))
    made = await automation(ask).webhooks.change(
        ask.path_id("id"), actor(ask), title=given.title, url=given.url, events=given.events, on=given.on, secret=given.secret
    )  # fmt: skip
    return as_json(made)


@endpoint("DELETE /api/webhooks/{id}", roles=ADMINS, reply=Done)
async def delete_webhook(ask: Ask) -> web.Response:
    """The webhook goes, and its log."""
    await automation(ask).webhooks.delete(ask.path_id("id"), actor(ask))
    return as_json({"done": True})


@endpoint("GET /api/webhooks/{id}/deliveries", roles=ADMINS, query=DeliveryQuery, reply=DeliveriesReply)
async def list_deliveries(ask: Ask) -> web.Response:
    """What it was told, the newest first."""
    asked = ask.asked(DeliveryQuery)
    found = await automation(ask).webhooks.deliveries(ask.path_id("id"), asked.before, asked.limit)
    return as_json({"deliveries": [*found]})


@endpoint("GET /api/webhooks/{id}/deliveries/{delivery}", roles=ADMINS)
async def show_delivery(ask: Ask) -> web.Response:
    """The body of one delivery, as it was signed."""
    text = await automation(ask).webhooks.body(ask.path_id("id"), _number(ask))
    return web.Response(text=text, content_type="application/json")


@endpoint("POST /api/webhooks/{id}/deliveries/{delivery}/replay", roles=ADMINS, reply=Done)
async def replay_delivery(ask: Ask) -> web.Response:
    """Send it once more, under the same id."""
    await automation(ask).webhooks.replay(ask.path_id("id"), _number(ask), actor(ask))
    return as_json({"done": True})


def _number(ask: Ask) -> int:
    text = ask.request.match_info["delivery"]
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise NotFound("No such delivery.")
    return int(text)


ENDPOINTS: tuple[Handler, ...] = (
    list_webhooks,
    add_webhook,
    change_webhook,
    delete_webhook,
    list_deliveries,
    show_delivery,
    replay_delivery,
)
