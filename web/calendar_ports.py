"""What the web room needs of opening hours."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from omnichannel.audit.service import Actor
from threadline.kernel.events import Json


class Calendars(Protocol):
    """telephony.calendars."""

    def everything(self) -> list[Json]: ...

    async def set(
        self,
        name: str,
        timezone: str,
        weekly: Mapping[str, Sequence[Sequence[str]]],
        holidays: Sequence[Json],
        actor: Actor,
    ) -> Json:
        """Raises Invalid."""
        ...

    async def add_holidays(self, name: str, year: int, actor: Actor) -> Json:
        """Raises NotFound, Invalid."""
        ...
