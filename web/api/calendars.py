"""Opening hours and holidays. Everybody sees them; admins change them."""

from datetime import date
from typing import Annotated, Final, Literal

from aiohttp import web
from pydantic import Field, StringConstraints

from threadline.kernel.errors import NotFound
from threadline.kernel.events import Json
from web.api.administration import marked, unchanged
from web.api.endpoint import Ask, BadField, Handler, endpoint
from web.api.models import Reply, Request, ShortText
from web.api.outbound import actor
from web.api.replies import as_json
from web.auth import STAFF, Role
from web.calendar_ports import Calendars

ADMINS: Final = frozenset({Role.ADMIN})
NAME_CHARS: Final = 64
ClockTime = Annotated[str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Spans = Annotated[list[tuple[ClockTime, ClockTime]], Field(max_length=10)]


class HolidayEdit(Request):
    """A day unlike the week: closed, or open in `hours`."""

    date: date
    name: Annotated[str, StringConstraints(max_length=200)] = ""
    hours: Spans = Field(default_factory=list)


class CalendarEdit(Request):
    """Replaces the calendar. A day of `weekly` that is left out is closed."""

    timezone: ShortText
    weekly: dict[Day, Spans]
    holidays: Annotated[list[HolidayEdit], Field(max_length=2_000)] = Field(default_factory=list)


class HolidayYear(Request):
    year: int


class HolidayReply(Reply):
    date: str
    name: str
    hours: list[list[str]]


class CalendarReply(Reply):
    id: str
    timezone: str
    weekly: dict[str, list[list[str]]]
    holidays: list[HolidayReply]


class CalendarsReply(Reply):
    calendars: list[CalendarReply]


@endpoint("GET /api/calendars", roles=STAFF, reply=CalendarsReply)
async def list_calendars(ask: Ask) -> web.Response:
    """Every calendar with its hours and holidays."""
    return as_json({"calendars": [marked(one) for one in _calendars(ask).everything()]})


@endpoint("PUT /api/calendars/{name}", roles=ADMINS, body=CalendarEdit, reply=CalendarReply)
async def set_calendar(ask: Ask) -> web.Response:
    """Make or replace a calendar; in force for the next call."""
    calendars, name, given = _calendars(ask), ask.request.match_info["name"], ask.read(CalendarEdit)
    if len(name) > NAME_CHARS:
        raise BadField(f"at most {NAME_CHARS} characters", "name")
    unchanged(ask, calendars.everything(), "id", name)
    holidays: list[Json] = [one.model_dump(mode="json") for one in given.holidays]
    weekly = {str(day): spans for day, spans in given.weekly.items()}
    return as_json(await calendars.set(name, given.timezone, weekly, holidays, actor(ask)))


@endpoint("POST /api/calendars/{name}/holidays", roles=ADMINS, body=HolidayYear, reply=CalendarReply)
async def add_holidays(ask: Ask) -> web.Response:
    """Add Vietnam's public holidays of a year; days the calendar has stay as they are."""
    name, year = ask.request.match_info["name"], ask.read(HolidayYear).year
    return as_json(await _calendars(ask).add_holidays(name, year, actor(ask)))


def _calendars(ask: Ask) -> Calendars:
    if ask.services.calendars is None:
        raise NotFound
    return ask.services.calendars


ENDPOINTS: tuple[Handler, ...] = (list_calendars, set_calendar, add_holidays)
