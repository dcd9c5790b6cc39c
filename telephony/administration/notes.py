"""How this room tells the audit log who changed what, without knowing it."""

from typing import Literal, Protocol, TypeAlias

from threadline.db.pool import Connection
from threadline.kernel.events import Json

Who: TypeAlias = tuple[Literal["agent", "token", "system", "rule"], str | None]


class Note(Protocol):
    """omnichannel.audit: `action` on `target`, with what it was and what it is, within `link`'s transaction."""

    async def __call__(
        self,
        actor: Who,
        action: str,
        target: str,
        detail: Json | None = None,
        link: "Connection | None" = None,
    ) -> None: ...
