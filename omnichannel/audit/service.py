"""Who read and changed what. Notes are only ever added; what they tell of a person is names of things, not values."""

from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias

from omnichannel.audit.store import AuditStore
from threadline.db.pool import Connection, Pool
from threadline.kernel.clock import Clock
from threadline.kernel.events import Json

NEWEST: Final = 2**63 - 1
PAGE_MAX: Final = 200
ActorKind: TypeAlias = Literal["agent", "token", "system", "rule"]


class Actor(NamedTuple):
    """Who acts: an agent by id, a token or a rule by name, or the server itself."""

    kind: ActorKind
    id: str | None = None


SYSTEM: Final = Actor("system")


class Audit:
    """The audit log."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def note(
        self,
        actor: tuple[ActorKind, str | None],
        action: str,
        target: str,
        detail: Json | None = None,
        link: "Connection | None" = None,
    ) -> None:
        """Notes `action` ("endpoint.change") on `target` ("endpoint:UUID"); within `link`'s transaction if given."""
        store = AuditStore(self._pool if link is None else link)
        await store.add_note(self._clock.now(), actor[0], actor[1], action, target, detail or {})

    async def list(
        self,
        *,
        target: str | None = None,
        action: str | None = None,
        actor: str | None = None,
        span: tuple[datetime | None, datetime | None] = (None, None),
        before: int | None = None,
        limit: int = 50,
    ) -> list[Json]:
        """[{id, at, actor: {kind, id, name}, action, target, detail}], newest first; `before` an id of a page before.

        `action` "contact" is all of "contact.…"; `span` is from when until before when.
        """
        store = AuditStore(self._pool)
        newest = NEWEST if before is None else before
        rows = await store.notes(target, action, newest, max(1, min(limit, PAGE_MAX)), actor, span)
        return [
            {
                "id": str(row["id"]),
                "at": row["at"].isoformat(),
                "actor": {"kind": row["actor_kind"], "id": row["actor"], "name": row["actor_name"]},
                "action": row["action"],
                "target": row["target"],
                "detail": row["detail"],
            }
            for row in rows
        ]
