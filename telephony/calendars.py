"""Opening hours as admins keep them; flows, the chat and the promises to customers go by them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

from ivr_flows.public_holidays import vietnamese_holidays, with_holidays
from telephony.flow_book import FlowBook
from threadline.kernel.errors import NotFound
from threadline.kernel.events import Json
from threadline.kernel.versions import difference

ActorKind: TypeAlias = Literal["agent", "token", "system", "rule"]
Note: TypeAlias = Callable[[tuple[ActorKind, str | None], str, str, Json | None], Awaitable[None]]
CHANGED: Final = "calendar.change"


class NoSuchCalendar(NotFound):
    """There is no such calendar."""


class Calendars:
    """Every calendar of the house. `note` tells the audit log who changed which."""

    def __init__(self, flows: FlowBook, note: Note) -> None:
        self._flows = flows
        self._note = note

    def everything(self) -> list[Json]:
        """[{id, timezone, weekly, holidays}], as the table has them."""
        return [self._shown(name) for name in sorted(self._flows.calendars)]

    async def set(
        self,
        name: str,
        timezone: str,
        weekly: Mapping[str, Sequence[Sequence[str]]],
        holidays: Sequence[Json],
        actor: tuple[ActorKind, str | None],
    ) -> Json:
        """Makes or replaces one; in force for the next call. Raises CalendarInvalid."""
        before = self._flows.calendars.get(name)
        await self._flows.set_calendar(
            name,
            timezone,
            {day: [list(span) for span in spans] for day, spans in weekly.items()},
            list(holidays),
        )
        made = self._shown(name)
        facts = difference({} if before is None else before.to_json(), self._flows.calendars[name].to_json())
        await self._note(actor, CHANGED, f"calendar:{name}", facts)
        return made

    async def add_holidays(self, name: str, year: int, actor: tuple[ActorKind, str | None]) -> Json:
        """The public holidays of Vietnam, but days it has already. Raises NoSuchCalendar, YearUnknown."""
        known = self._shown(name)
        days = with_holidays(known["holidays"], vietnamese_holidays(year))
        return await self.set(name, known["timezone"], known["weekly"], days, actor)

    def _shown(self, name: str) -> dict[str, Any]:
        found = self._flows.calendars.get(name)
        if found is None:
            raise NoSuchCalendar
        return {"id": name, **found.to_json()}
