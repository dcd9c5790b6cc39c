"""hours: by a calendar, the way when the house is open, closed, or on holiday."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ivr_flows.nodes.base import Move, Step
from ivr_flows.shapes import Way
from ivr_flows.words import CalendarName

if TYPE_CHECKING:
    from ivr_flows.run import Run


class HoursStep(Step):
    """Chooses by the calendar's state now. `special` names single holidays; they win, open or not."""

    EXAMPLE: ClassVar[str] = "hours: {type: hours, calendar: store, open: main, closed: closed_msg}\n"

    type: Literal["hours"]
    calendar: CalendarName
    open: Way
    closed: Way
    holiday: Way | None = None
    special: dict[str, Way] = Field(default_factory=dict)

    def begin(self, run: "Run") -> Move:
        calendar = run.calendar(self.calendar)
        special = self.special.get(calendar.holiday_name(run.now) or "")
        if special is not None:
            return run.leave(special)
        status = calendar.status(run.now)
        if status == "holiday":
            return run.leave(self.holiday or self.closed)
        return run.leave(self.open if status == "open" else self.closed)
