"""Slots where customers wait for whoever picks them up. Pure: the book of one server."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from threadline.kernel.ids import AgentId, CallId

SLOTS: Final = range(701, 800)


@dataclass(frozen=True, slots=True)
class Parked:
    """`by`: who parked her."""

    slot: int
    call: CallId
    by: AgentId | None
    since: datetime


class ParkingLot:
    """Every parked call of the server."""

    def __init__(self) -> None:
        self._slots: dict[int, Parked] = {}

    def park(self, call: CallId, by: AgentId | None, now: datetime) -> Parked | None:
        """The lowest free slot; None: there is none."""
        free = next((slot for slot in SLOTS if slot not in self._slots), None)
        if free is None:
            return None
        self._slots[free] = Parked(free, call, by, now)
        return self._slots[free]

    def at(self, slot: int) -> Parked | None:
        return self._slots.get(slot)

    def free(self, slot: int) -> None:
        self._slots.pop(slot, None)

    @property
    def parked(self) -> list[Parked]:
        """The longest waiting first."""
        return sorted(self._slots.values(), key=lambda one: one.since)
