"""When the past happened, counted from today. Pure."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from threadline.demo.cast import TIMEZONE, Said

ANCHOR: Final = 1  # Tuesday: the last one before today, and the Monday before that


def moment_of(said: Said, now: datetime) -> datetime:
    """When this was said: its local time on its day, always before `now` (aware)."""
    here = now.astimezone(ZoneInfo(TIMEZONE))
    hour, minute = (int(part) for part in said.clock.split(":"))
    if said.weekday is not None:
        since_anchor = (here.weekday() - ANCHOR - 1) % 7 + 1
        day = here - timedelta(days=since_anchor + ANCHOR - said.weekday)
    else:
        day = here - timedelta(days=said.days_ago)
    at = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return min(at, here - timedelta(minutes=1))
