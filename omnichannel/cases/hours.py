"""Time as a promise counts it: only while the house is open. Pure.

A calendar is walked by the hours it opens; without one every second counts.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from ivr_flows.calendar import Calendar, Hours, zone_of

LONGEST_LOOK: Final = timedelta(days=400)  # a calendar that opens less than that promises nothing


def later(start: datetime, seconds: float, calendar: Calendar | None) -> datetime:
    """The moment at which `seconds` of open time have passed since `start`: aware, in the time zone of `start`.

    With a calendar that does not open within LONGEST_LOOK, the moment it would be if always open.
    """
    if calendar is None:
        return start + timedelta(seconds=seconds)
    left = seconds
    for opens, closes in _spans(start, start + LONGEST_LOOK, calendar):
        span = (closes - opens).total_seconds()
        if left <= span:
            return opens + timedelta(seconds=left)
        left -= span
    return start + timedelta(seconds=seconds)


def between(start: datetime, end: datetime, calendar: Calendar | None) -> float:
    """Seconds of open time from `start` to `end`; 0 when `end` is not after `start`."""
    if end <= start:
        return 0.0
    if calendar is None:
        return (end - start).total_seconds()
    return sum((closes - opens).total_seconds() for opens, closes in _spans(start, end, calendar))


def _spans(start: datetime, end: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """The open time between `start` and `end`, in order and without overlaps, in the zone of `start`."""
    zone = zone_of(calendar.timezone)
    day = start.astimezone(zone).date() - timedelta(days=1)  # hours of yesterday may reach into today
    last = end.astimezone(zone).date()
    until = start
    while day <= last:
        for hours in sorted(calendar.hours_of(day), key=lambda span: span.start):
            opens = datetime.combine(day, hours.start, zone).astimezone(start.tzinfo)
            closes = datetime.combine(_closing_day(day, hours), hours.end, zone).astimezone(start.tzinfo)
            opens, closes = max(opens, until), min(closes, end)
            if opens < closes:
                yield opens, closes
                until = closes
        day += timedelta(days=1)


def _closing_day(day: date, hours: Hours) -> date:
    return day + timedelta(days=1) if hours.is_overnight else day
