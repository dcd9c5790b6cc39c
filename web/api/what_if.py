"""What-if: the house's own queues, skills and agents against a real or a synthetic day.

A prediction takes up to two minutes for 20,000 contacts, in a process of its own. Its shape is that of
omnichannel.routing.simulation.what_if, whose docstring names every field.
"""

from datetime import date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import Field, StringConstraints

from ivr_flows.calendar import ZoneUnknown, zone_of
from omnichannel.routing.planning.service import Wish
from threadline.kernel.errors import NotFound, Unfit
from web.api.endpoint import Ask, endpoint
from web.api.models import Reply, Request, ShortText
from web.api.replies import as_json
from web.auth import LEADS

QueueName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]

Login = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class WhatIf(Request):
    """`day`: the arrivals of that real day, as it is in `zone`. Without it a synthetic day with `contacts` by queue."""

    day: date | None = None
    zone: ShortText = "UTC"
    contacts: Annotated[
        dict[QueueName, Annotated[float, Field(ge=0, le=200_000)]], Field(max_length=40, default_factory=dict)
    ]
    hours: Annotated[float, Field(ge=1, le=24)] = 10.0
    service_s: Annotated[float, Field(ge=5, le=7200)] | None = None
    staffing: bool = True
    agents: Annotated[list[Login], Field(max_length=5_000)] | None = Field(
        default=None, description="Logins of who is at work; every agent, and who else has a skill."
    )


class Prediction(Reply):
    """Percents and seconds with {mean, half}: half is of the 95 % interval. `all` and its peers: null of nothing."""

    basis: dict[str, Any]
    all: dict[str, Any] | None
    cross_trained: dict[str, Any] | None
    erlang_a: dict[str, Any] | None
    classes: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    staffing: list[dict[str, Any]]


@endpoint("POST /api/what-if", roles=LEADS, body=WhatIf, reply=Prediction)
async def predict(ask: Ask) -> web.Response:
    """Predict service level, abandonment and occupancy of a day; slow."""
    floor, wanted = ask.services.floor, ask.read(WhatIf)
    if floor is None or floor.planner is None:
        raise NotFound
    day = None if wanted.day is None else datetime.combine(wanted.day, time.min, _zone(wanted.zone))
    agents = None if wanted.agents is None else frozenset(wanted.agents)
    wish = Wish(day, wanted.contacts, wanted.hours, wanted.service_s, wanted.staffing, agents)
    return as_json(await floor.planner.predict(wish))


def _zone(name: str) -> ZoneInfo:
    """Raises Unfit."""
    try:
        return zone_of(name)
    except ZoneUnknown:
        raise Unfit("zone", "unknown", "There is no such time zone.") from None
