"""Bearer tokens of programs, as admins make, look over and revoke them. Only digests are kept."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from omnichannel.audit.service import Actor, Audit
from omnichannel.errors import PersonUnreadable
from omnichannel.people.service import People
from omnichannel.people.store import PeopleStore
from threadline.db.pool import Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import NotFound
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId

NAME_MAX: Final = 100


class NoSuchToken(NotFound):
    """No such token, or it is revoked already."""


class Tokens:
    """Every change is audited."""

    def __init__(self, pool: Pool, clock: Clock, people: People, audit: Audit) -> None:
        self._store = PeopleStore(pool)
        self._clock = clock
        self._people = people
        self._audit = audit

    async def make(
        self,
        name: str,
        role: str,
        actor: Actor,
        *,
        agent: AgentId | None = None,
        scopes: Collection[str] | None = None,
        expires_at: datetime | None = None,
    ) -> Json:
        """As `all`, and `token`: shown this once. `scopes` None: all its role may. Raises PersonUnreadable."""
        if not 0 < len(name) <= NAME_MAX:
            raise PersonUnreadable(f"a token has a name of 1 to {NAME_MAX} characters")
        if expires_at is not None and expires_at <= self._clock.now():
            raise PersonUnreadable("a token expires in the future")
        bearer = await self._people.create_token(name, role, agent, scopes=scopes, expires_at=expires_at)
        made = next(one for one in await self.all() if one["name"] == name)
        detail: Json = {"name": name, "role": role, "scopes": made["scopes"]}
        await self._audit.note(actor, "token.create", f"token:{made['id']}", detail)
        return {**made, "token": bearer}

    async def all(self) -> Sequence[Json]:
        """[{id, name, role, scopes, agent, created_at, expires_at, last_used_at, revoked_at}], the newest first."""
        return [
            {
                "id": str(row["id"]),
                "name": row["name"],
                "role": row["role"],
                "scopes": None if row["scopes"] is None else sorted(row["scopes"]),
                "agent": None if row["agent_id"] is None else {"id": str(row["agent_id"]), "name": row["agent"]},
                **{name: _moment(row[name]) for name in ("created_at", "expires_at", "last_used_at", "revoked_at")},
            }
            for row in await self._store.all_tokens()
        ]  # fmt: skip

    async def revoke(self, token: UUID, actor: Actor) -> None:
        """It speaks for nobody from now on. Raises NoSuchToken."""
        if not await self._store.revoke_token(token, self._clock.now()):
            raise NoSuchToken
        await self._audit.note(actor, "token.revoke", f"token:{token}")


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
