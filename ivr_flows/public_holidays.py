"""Public holidays of Vietnam, by name in Vietnamese. Lunar days and days given in lieu come from `holidays`."""

from collections.abc import Sequence
from typing import Any, Final

from holidays import country_holidays

from threadline.kernel.errors import Invalid

FIRST_YEAR: Final = 1995
LAST_YEAR: Final = 2099


class YearUnknown(Invalid):
    """Holidays are known from 1995 to 2099."""


def vietnamese_holidays(year: int) -> list[dict[str, Any]]:
    """Holidays of a year as a calendar stores them, in order: [{"date": "2026-02-17", "name": "Tết Nguyên Đán"}].

    Raises YearUnknown.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise YearUnknown
    found = country_holidays("VN", years=year, language="vi")
    return [{"date": day.isoformat(), "name": name} for day, name in sorted(found.items())]


def with_holidays(known: Sequence[dict[str, Any]], more: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """`known` and the days of `more` it lacks, in order; a day somebody entered stays as it is."""
    have = {one["date"] for one in known}
    return sorted([*known, *(one for one in more if one["date"] not in have)], key=lambda one: one["date"])
