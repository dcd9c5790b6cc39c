"""What a running flow remembers between two events. Plain data: to_json and from_json lose nothing."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, cast

from threadline.kernel.events import Json, JsonValue


@dataclass(slots=True)
class Session:
    """`local` belongs to the step that runs, `timers` are deadlines by name, `facts` the context at start.

    `facts`: {"call", "contact", "thread", "calendars"}; `queue` is what the hold expressions see. Within a
    module (`module` names it) `frames` hold what waits for its return, the innermost last. `counters` are
    the loops' own, `asked` is the request whose answer is awaited, `tail` the last keys for key events.
    """

    flow: str
    language: str
    facts: Json
    vars: Json = field(default_factory=dict)
    queue: Json = field(default_factory=dict)
    step: str = ""
    mode: Literal["flow", "talking", "over"] = "flow"
    steps: int = 0
    visits: dict[str, int] = field(default_factory=dict)
    plays: int = 0
    playing: int | None = None
    is_answered: bool = False
    in_queue: bool = False
    is_masked: bool = False
    typed: str = ""
    had_limit: bool = False
    is_written: bool = False
    module: str = ""
    frames: list[Json] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    asked: int = 0
    listening: int = 0
    listened: int = 0
    tail: str = ""
    local: Json = field(default_factory=dict)
    timers: dict[str, datetime] = field(default_factory=dict)

    @property
    def wake_at(self) -> datetime | None:
        return min(self.timers.values(), default=None)

    def copy(self) -> "Session":
        """A session whose changes leave this one alone; nested values are replaced, never changed in place."""
        made = Session(**{each.name: getattr(self, each.name) for each in fields(self)})
        made.facts, made.vars, made.queue = {**self.facts}, {**self.vars}, {**self.queue}
        made.visits, made.local, made.timers = {**self.visits}, {**self.local}, {**self.timers}
        made.frames, made.counters = [*self.frames], {**self.counters}
        return made

    def to_json(self) -> Json:
        made: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        made["timers"] = {name: at.isoformat() for name, at in self.timers.items()}
        return cast(Json, made)

    @classmethod
    def from_json(cls, data: Json) -> "Session":
        """Raises TypeError or ValueError when `data` is no session of this version."""
        made: dict[str, Any] = dict(data)
        timers = cast(dict[str, str], made["timers"])
        made["timers"] = {name: datetime.fromisoformat(at) for name, at in timers.items()}
        return cls(**made)


def number(local: Json, name: str) -> int:
    """A count kept in `local`, 0 at first."""
    value: JsonValue = local.get(name, 0)
    return value if isinstance(value, int) else 0


def text(local: Json, name: str) -> str:
    """A text kept in `local`, empty at first."""
    value: JsonValue = local.get(name, "")
    return value if isinstance(value, str) else ""
