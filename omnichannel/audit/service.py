"""Who read and changed what. Notes are only ever added; what they tell of a person is names of things, not values."""

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
        before: int | None = None,
        limit: int = 50,
    ) -> list[Json]:
        """[{id, at, actor: {kind, id}, action, target, detail}], newest first; `before` an id of a page before."""
        store = AuditStore(self._pool)
        rows = await store.notes(
            target, action, NEWEST if before is None else before, max(1, min(limit, PAGE_MAX))
        )
        return [
            {
                "id": str(row["id"]),
                "at": row["at"].isoformat(),
                "actor": {"kind": row["actor_kind"], "id": row["actor"]},
                "action": row["action"],
                "target": row["target"],
                "detail": row["detail"],
            }
            for row in rows
        ]
