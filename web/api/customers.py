"""What other systems know of a customer: the panel, where it asks, orders, and what led to them."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from omnichannel import identity as identities
from omnichannel.customers.shape import Order
from omnichannel.identity import Identity
from threadline.kernel.errors import NotFound
from threadline.kernel.ids import ContactId
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Done, Reply, Request, ShortText
from web.api.outbound import actor
from web.api.replies import as_json
from web.api.rules import ADMINS, automation
from web.auth import LEADS, STAFF

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Url = Annotated[str, Field(min_length=8, max_length=2000)]


class WhoOrdered(Request):
    """By id, or by what he is known under."""

    contact: UUID | None = None
    kind: ShortText | None = None
    value: ShortText | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "WhoOrdered":
        if (self.contact is None) == (self.kind is None or self.value is None):
            raise ValueError("either contact, or kind and value")
        return self


class OrderGiven(Request):
    """`number` is unique within `source`: the same again replaces it."""

    customer: WhoOrdered
    source: Annotated[str, StringConstraints(max_length=64)] = ""
    number: ShortText
    placed_at: AwareDatetime
    value: Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2)]
    currency: Currency
    status: Annotated[str, StringConstraints(max_length=64)] = ""
    title: Annotated[str, StringConstraints(max_length=200)] = ""


class OrdersGiven(Request):
    orders: Annotated[list[OrderGiven], Field(min_length=1, max_length=500)]


class SourceGiven(Request):
    """Answers of `url` are kept for `ttl_s`; without `secret` one is made, or stays."""

    title: ShortText
    url: Url
    ttl_s: Annotated[int, Field(ge=0, le=86_400)] = 60
    on: bool = True
    secret: Annotated[str, Field(min_length=32, max_length=200)] | None = None


class OrdersReply(Reply):
    stored: int
    changed: int


class PanelReply(Reply):
    panels: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    worth: list[dict[str, Any]]


class SourceReply(Reply):
    id: UUID
    title: str
    url: str
    ttl_s: int
    on: bool


class SourcesReply(Reply):
    sources: list[SourceReply]


@endpoint("GET /api/contacts/{id}/panel", roles=STAFF, reply=PanelReply)
async def show_panel(ask: Ask) -> web.Response:
    """What other systems know of a customer, within two seconds, and what he ordered."""
    return as_json(await automation(ask).customers.panel(ContactId(ask.path_id("id"))))


@endpoint("POST /api/orders", roles=LEADS, body=OrdersGiven, reply=OrdersReply, status=201)
async def add_orders(ask: Ask) -> web.Response:
    """Store orders: all of them, or none."""
    orders = [(_order(one), _who(ask, one.customer)) for one in ask.read(OrdersGiven).orders]
    return as_json(await automation(ask).customers.add_orders(orders, actor(ask)), status=201)


class ConversionsQuery(Request):
    """Touches from `since` to before `until`, at most 92 days; orders within `within_days` of the last of them."""

    since: AwareDatetime
    until: AwareDatetime
    within_days: Annotated[int, Field(ge=1, le=90)] = 7


class WorthFacts(Reply):
    currency: str
    orders: int
    value: str


class Conversion(Reply):
    """`touch`: who spoke, customer, agent or automatic. `rate` is `converted` contacts of those `reached`."""

    channel: str
    endpoint: UUID | None
    title: str | None
    touch: str
    reached: int
    converted: int
    rate: float
    orders: int
    worth: list[WorthFacts]


class ConversionsReply(Reply):
    conversions: list[Conversion]


@endpoint("GET /api/conversions", roles=LEADS, query=ConversionsQuery, reply=ConversionsReply)
async def count_conversions(ask: Ask) -> web.Response:
    """How many contacts ordered, by what came last before each order."""
    wanted, rooms = ask.asked(ConversionsQuery), automation(ask)
    if rooms.conversions is None:
        raise NotFound
    within = timedelta(days=wanted.within_days)
    return as_json({"conversions": await rooms.conversions.count(wanted.since, wanted.until, within)})


@endpoint("GET /api/customer-sources", roles=ADMINS, reply=SourcesReply)
async def list_sources(ask: Ask) -> web.Response:
    """Where the panel asks."""
    return as_json({"sources": [*await automation(ask).customers.sources()]})


@endpoint("POST /api/customer-sources", roles=ADMINS, body=SourceGiven, reply=SourceReply, status=201)
async def add_source(ask: Ask) -> web.Response:
    """A new source; the answer holds its secret, this once."""
    return as_json(await _save(ask, None), status=201)


@endpoint("PUT /api/customer-sources/{id}", roles=ADMINS, body=SourceGiven, reply=SourceReply)
async def change_source(ask: Ask) -> web.Response:
    """Another source in its place."""
    return as_json(await _save(ask, ask.path_id("id")))


@endpoint("DELETE /api/customer-sources/{id}", roles=ADMINS, reply=Done)
async def delete_source(ask: Ask) -> web.Response:
    """The source goes."""
    await automation(ask).customers.delete_source(ask.path_id("id"), actor(ask))
    return as_json({"done": True})


async def _save(ask: Ask, source: UUID | None) -> dict[str, Any]:
    given = ask.read(SourceGiven)
    return await automation(ask).customers.save_source(
        given.title, given.url, given.ttl_s, actor(ask), on=given.on, secret=given.secret, source=source
    )


def _order(one: OrderGiven) -> Order:
    return Order(one.source, one.number, one.placed_at, one.value, one.currency, one.status, one.title)


def _who(ask: Ask, who: WhoOrdered) -> ContactId | Identity:
    if who.contact is not None:
        return ContactId(who.contact)
    return identities.read(str(who.kind), str(who.value), scope="", region=ask.services.region)


ENDPOINTS: tuple[Handler, ...] = (
    show_panel,
    add_orders,
    count_conversions,
    list_sources,
    add_source,
    change_source,
    delete_source,
)
