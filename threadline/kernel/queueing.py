"""The words of waiting for a person, shared by who asks (telephony) and who answers (omnichannel)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, CallId, ThreadId


@dataclass(frozen=True, slots=True)
class QueueRequest:
    """A call asks for a person. `need` as in ivr_flows.effects.Need: [{"need": {...}, "for_s": 20 | None}].

    `priority` is 1 (first) to 10; `prefer` is {"agent": "last_agent" | id | [id, ...], "for_s": 15}. `hard` are levels
    that no step relaxes, `barred` agents who never get it, `max_wait_s` how long it means to wait at most.
    """

    call: CallId
    queue: str
    thread: ThreadId
    priority: int
    need: Sequence[Json]
    prefer: Json | None
    caller: Json  # {"id", "from", "queue", "language", "path", "started_at"}: `pop.call`
    max_wait_s: float | None = None
    hard: Mapping[str, int] = field(default_factory=dict)
    barred: Sequence[AgentId] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """1 is next. `wait_s` is a measured range or None."""

    position: int
    wait_s: tuple[float, float] | None = None
