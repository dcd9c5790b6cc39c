"""What the web room needs to supervise. `threadline.compose` passes the implementations in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from omnichannel.audit.service import Actor
from omnichannel.routing.planning.service import Wish
from threadline.kernel.events import AgentState, Json
from threadline.kernel.ids import AgentId, CallId


class Board(Protocol):
    """omnichannel.routing.board.service: the shapes stand there."""

    async def wallboard(self, since: datetime | None = None) -> Json: ...

    async def waiting(self) -> list[Json]: ...

    async def why(self, contact: CallId) -> Json: ...

    async def why_case(self, number: int) -> Json: ...


class Supervision(Protocol):
    """omnichannel.routing.supervision: every act is audited."""

    async def force_state(self, agent: AgentId, state: AgentState, reason: str | None, actor: Actor) -> None:
        """Raises NotFound, Refused while he talks."""
        ...

    async def set_skills(self, agent: AgentId, skills: Mapping[str, int], actor: Actor) -> None:
        """Raises NotFound, Invalid."""
        ...

    async def move(self, contact: CallId, queue: str, actor: Actor) -> None:
        """Raises NotFound."""
        ...

    async def cancel_callback(self, ticket: UUID, actor: Actor) -> None:
        """Raises NotFound."""
        ...


class Callbacks(Protocol):
    """omnichannel.routing.callbacks.service."""

    async def open_tickets(self) -> list[Json]: ...


class Planner(Protocol):
    """omnichannel.routing.planning.service; the shape is that of omnichannel.routing.simulation.what_if."""

    async def predict(self, wish: Wish) -> Json:
        """Raises NoSuchQueue. Takes up to a minute; one at a time."""
        ...


@dataclass(frozen=True, slots=True)
class FloorRooms:
    board: Board
    supervision: Supervision
    callbacks: Callbacks
    planner: Planner | None = None
