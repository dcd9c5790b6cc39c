"""Opening hours: weekly hours, holidays and one-off days, in the calendar's own time zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Status = Literal["open", "closed", "holiday"]


class CalendarInvalid(Invalid):
    """The calendar can't be read."""


class ZoneUnknown(CalendarInvalid):
    """There is no such time zone."""

    field = "timezone"
    reason = "unknown_zone"


@dataclass(frozen=True, slots=True)
class Hours:
    """From `start` to just before `end`; an end at or before the start is on the next day."""

    start: time
    end: time

    @property
    def is_overnight(self) -> bool:
        return self.end <= self.start


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day unlike the week: closed when `hours` is empty."""

    name: str
    hours: tuple[Hours, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """`weekly` has one entry a day, Monday first."""

    timezone: str
    weekly: tuple[tuple[Hours, ...], ...]
    holidays: Mapping[date, Holiday]

    @classmethod
    def of(cls, timezone: str, weekly: Mapping[str, Any], holidays: Sequence[Any] = ()) -> "Calendar":
        """From the stored form: {"mon": [["08:00", "21:00"]]}, [{"date", "name", "hours"?}].

        Raises CalendarInvalid.
        """
        zone_of(timezone)
        if unknown := set(weekly) - set(DAYS):
            raise CalendarInvalid(f"unknown day {min(unknown)}; days are {', '.join(DAYS)}")
        days = tuple(_hours(weekly.get(day, ())) for day in DAYS)
        return cls(timezone, days, dict(_holiday(entry) for entry in holidays))

    def to_json(self) -> Json:
        """The stored form; `Calendar.of(**calendar.to_json())` gives the same calendar."""
        return {
            "timezone": self.timezone,
            "weekly": {day: _written(hours) for day, hours in zip(DAYS, self.weekly, strict=True)},
            "holidays": [
                {"date": day.isoformat(), "name": holiday.name, "hours": _written(holiday.hours)}
                for day, holiday in self.holidays.items()
            ],
        }

    def status(self, now: datetime) -> Status:
        """Whether the house is open at `now` (aware). A holiday without hours is `holiday` all day."""
        local = now.astimezone(zone_of(self.timezone))
        if self._covers(local):
            return "open"
        return "holiday" if local.date() in self.holidays else "closed"

    def holiday_name(self, now: datetime) -> str | None:
        """The name of the holiday or one-off day that `now` falls on."""
        found = self.holidays.get(now.astimezone(zone_of(self.timezone)).date())
        return found.name if found else None

    def _covers(self, local: datetime) -> bool:
        moment = local.time()
        for hours in self.hours_of(local.date()):
            if hours.start <= moment and (hours.is_overnight or moment < hours.end):
                return True
        yesterday = self.hours_of(local.date() - timedelta(days=1))
        return any(hours.is_overnight and moment < hours.end for hours in yesterday)

    def hours_of(self, day: date) -> tuple[Hours, ...]:
        """The hours that begin on `day`, in the calendar's own time zone."""
        found = self.holidays.get(day)
        return self.weekly[day.weekday()] if found is None else found.hours


def zone_of(name: str) -> ZoneInfo:
    """Raises ZoneUnknown."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ZoneUnknown(f"unknown time zone {name}") from exc


def _hours(pairs: Sequence[Sequence[str]]) -> tuple[Hours, ...]:
    try:
        return tuple(Hours(_clock(start), _clock(end)) for start, end in pairs)
    except (ValueError, TypeError, AttributeError) as exc:
        raise CalendarInvalid(f'hours are pairs such as ["08:00", "21:00"], not {pairs!r}') from exc


def _clock(text: str) -> time:
    return time(0) if text == "24:00" else time.fromisoformat(text)


def _holiday(entry: Any) -> tuple[date, Holiday]:
    try:
        day = date.fromisoformat(entry["date"])
        return day, Holiday(str(entry.get("name", "")), _hours(entry.get("hours", ())))
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise CalendarInvalid(f'a holiday is {{"date": "2026-02-17", "name": …}}, not {entry!r}') from exc


def _written(hours: Sequence[Hours]) -> list[Any]:
    """Midnight at the end is 24:00: 00:00-00:00 reads as if nobody were there."""
    return [
        [f"{span.start:%H:%M}", f"{span.end:%H:%M}" if span.end != time(0) else "24:00"] for span in hours
    ]


SEEK_DAYS: Final = 60


def next_opening(calendar: Calendar, now: datetime) -> tuple[datetime, datetime] | None:
    """(from, to) of the hours that run at `now`, or of the next ones; None when it never opens again soon.

    In the calendar's own zone. From is `now` while it is open.
    """
    zone = zone_of(calendar.timezone)
    local = now.astimezone(zone)
    for offset in range(-1, SEEK_DAYS):
        day = local.date() + timedelta(days=offset)
        for hours in sorted(calendar.hours_of(day), key=lambda each: each.start):
            start = datetime.combine(day, hours.start, zone)
            end = datetime.combine(day + timedelta(days=hours.is_overnight), hours.end, zone)
            if end > local:
                return max(start, local), end
    return None
