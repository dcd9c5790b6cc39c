"""The words of waiting for a person, shared by who asks (telephony) and who answers (omnichannel)."""

from collections.abc import Sequence
from dataclasses import dataclass

from threadline.kernel.events import Json
from threadline.kernel.ids import CallId, ThreadId


@dataclass(frozen=True, slots=True)
class QueueRequest:
    """A call asks for a person. `need` as in ivr_flows.effects.Need: [{"need": {...}, "for_s": 20 | None}].

    `priority` is 1 (first) to 10; `prefer` is {"agent": "last_agent" | id, "for_s": 15}.
    """

    call: CallId
    queue: str
    thread: ThreadId
    priority: int
    need: Sequence[Json]
    prefer: Json | None
    caller: Json  # {"id", "from", "queue", "language", "path", "started_at"}: `pop.call`


@dataclass(frozen=True, slots=True)
class Place:
    """1 is next. `wait_s` is a measured range or None."""

    position: int
    wait_s: tuple[float, float] | None = None
