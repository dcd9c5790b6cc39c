"""Why each candidate does not get a contact. Pure; worked out only when somebody reads it.

Explaining 500 decisions takes longer than making them, and most are never looked at.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple, overload

from omnichannel.routing.capacity import has_room
from omnichannel.routing.floor import Floor
from omnichannel.routing.lineup import lesser
from omnichannel.routing.model import AgentNow, Lost, WaitingCall
from omnichannel.routing.needs import Kind
from omnichannel.routing.picking import is_excluded
from threadline.kernel.events import AgentState
from threadline.kernel.ids import AgentId

AT_THE_END: Final = 1 << 62  # no decision of a pass comes after


class Case(NamedTuple):
    """What was decided, and what it was decided upon. `number`: how many decisions of the pass came before.

    `kept`: the skills whose idle holders were kept back from it. `holds`: it waits for a preferred agent.
    """

    call: WaitingCall
    kind: Kind
    step: int
    number: int
    chosen: AgentNow | None
    also: Sequence[AgentId]
    kept: frozenset[str]
    is_preferred: bool
    holds: bool
    is_late: bool


class Late(Sequence[Lost]):
    """A sequence that is worked out when it is first looked at."""

    __slots__ = ("_case", "_found", "_tell")

    def __init__(self, tell: Callable[[Case], Iterable[Lost]], case: Case) -> None:
        self._tell = tell
        self._case = case
        self._found: list[Lost] | None = None

    def _read(self) -> list[Lost]:
        if self._found is None:
            self._found = list(self._tell(self._case))
        return self._found

    @overload
    def __getitem__(self, index: int) -> Lost: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Lost]: ...
    def __getitem__(self, index: int | slice) -> Lost | Sequence[Lost]:
        return self._read()[index]

    def __len__(self) -> int:
        return len(self._read())

    def __iter__(self) -> Iterator[Lost]:
        return iter(self._read())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # compared by what is in it


class Reasons:
    """One line per candidate but those who have it. What the floor gave away later counts as free."""

    def __init__(self, case: Case, candidates: Sequence[AgentNow], floor: Floor, now: datetime) -> None:
        self._case = case
        self._candidates = candidates
        self._floor = floor
        self._now = now

    def __iter__(self) -> Iterator[Lost]:
        case = self._case
        has_it = {*case.also, *([] if case.chosen is None else [case.chosen.agent])}
        return (Lost(one.agent, self._why(one)) for one in self._candidates if one.agent not in has_it)

    def _why(self, one: AgentNow) -> str:
        return self._unable(one) or self._unwanted(one)

    def _unable(self, one: AgentNow) -> str | None:
        case = self._case
        if one.state is not AgentState.READY:
            return one.state.value
        if missing := case.kind.missing(case.step, one.skills):
            return missing
        if is_excluded(case.call, one.agent, self._now):
            return "barred" if one.agent in case.call.barred else "excluded"
        if not has_room(one, case.kind.medium, self._floor.policy):
            return f"capacity:{case.kind.medium.value}"
        return "taken" if self._floor.taken.get(id(one), case.number) < case.number else None

    def _unwanted(self, one: AgentNow) -> str:
        case = self._case
        if case.holds:
            return "held_for_preferred"
        if case.is_preferred:
            return "not_preferred"
        mine = self._floor.profile_of(one)
        if kept := mine.holds & case.kept:
            return f"reserved:{min(kept)}"
        if not case.is_late and self._floor.is_better_elsewhere(mine, case.kind):
            return "busy_hour"
        if case.chosen is None:
            return "free"
        his = self._floor.profile_of(case.chosen)
        if self._floor.price_of(mine.holds, case.kind) > self._floor.price_of(his.holds, case.kind):
            return "scarcer"
        if case.kind.level_band(mine.skills) > case.kind.level_band(his.skills):
            return "lower_level"
        return lesser(one, case.chosen, case.kind, self._floor.policy)
