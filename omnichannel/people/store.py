"""The rows of people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from omnichannel.errors import LoginTaken
from omnichannel.people.model import Agent
from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries
from threadline.kernel.ids import AgentId

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Known:
    """An agent and the hash nobody else is to see."""

    agent: Agent
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class TokenRow:
    name: str
    role: str
    agent: AgentId | None
    scopes: frozenset[str] | None


class PeopleStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def add_agent(self, agent: Agent, password_hash: str | None, at: datetime) -> None:
        """Raises LoginTaken when the login or the extension is in use."""
        try:
            await self._link.execute(
                SQL["add_agent"], agent.id, agent.login, password_hash, agent.role, agent.display_name,
                agent.locale, agent.extension, agent.wrap_up_s, at,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as exc:
            raise LoginTaken from exc

    async def drop_skills(self, agent: AgentId) -> None:
        await self._link.execute(SQL["drop_skills"], agent)

    async def add_skills(self, agent: AgentId, skills: Mapping[str, int]) -> None:
        await self._link.execute(SQL["add_skills"], agent, list(skills), list(skills.values()))

    async def all_skills(self) -> frozenset[str]:
        return frozenset(row["id"] for row in await self._link.fetch(SQL["all_skills"]))

    async def agents(
        self, *, agent: AgentId | None = None, login: str | None = None, extension: str | None = None
    ) -> list[Known]:
        """All, or those the filters leave."""
        return [_known(row) for row in await self._link.fetch(SQL["agents"], agent, login, extension)]

    async def set_password_hash(self, agent: AgentId, password_hash: str) -> bool:
        return await self._link.execute(SQL["set_password_hash"], agent, password_hash) == "UPDATE 1"

    async def set_locale(self, agent: AgentId, locale: str) -> bool:
        return await self._link.execute(SQL["set_locale"], agent, locale) == "UPDATE 1"

    async def phone_of(self, agent: AgentId) -> str | None:
        phone: str | None = await self._link.fetchval(SQL["phone_of"], agent)
        return phone

    async def mobile_of(self, agent: AgentId) -> str | None:
        number: str | None = await self._link.fetchval(SQL["mobile_of"], agent)
        return number

    async def set_phone(self, agent: AgentId, phone: str) -> bool:
        return await self._link.execute(SQL["set_phone"], agent, phone) == "UPDATE 1"

    async def open_session(
        self, digest: bytes, agent: AgentId, csrf: str, at: datetime, expires_at: datetime
    ) -> None:
        await self._link.execute(SQL["open_session"], digest, agent, csrf, at, expires_at)

    async def find_session(self, digest: bytes, now: datetime) -> tuple[AgentId, str] | None:
        row = await self._link.fetchrow(SQL["find_session"], digest, now)
        return None if row is None else (AgentId(row["agent_id"]), row["csrf"])

    async def close_session(self, digest: bytes) -> None:
        await self._link.execute(SQL["close_session"], digest)

    async def close_sessions(self, agent: AgentId) -> None:
        await self._link.execute(SQL["close_sessions"], agent)

    async def add_token(
        self,
        token: UUID,
        name: str,
        digest: bytes,
        role: str,
        agent: AgentId | None,
        at: datetime,
        scopes: Sequence[str] | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        await self._link.execute(SQL["add_token"], token, name, digest, role, agent, at, scopes, expires_at)

    async def find_token(self, digest: bytes, now: datetime) -> TokenRow | None:
        row = await self._link.fetchrow(SQL["find_token"], digest, now)
        if row is None:
            return None
        scopes = None if row["scopes"] is None else frozenset[str](row["scopes"])
        return TokenRow(row["name"], row["role"], row["agent_id"], scopes)

    async def all_tokens(self) -> "list[asyncpg.Record]":
        return list(await self._link.fetch(SQL["all_tokens"]))

    async def revoke_token(self, token: UUID, at: datetime) -> bool:
        return await self._link.execute(SQL["revoke_token"], token, at) == "UPDATE 1"


def _known(row: "asyncpg.Record") -> Known:
    agent = Agent(
        id=AgentId(row["id"]),
        login=row["login"],
        role=row["role"],
        display_name=row["display_name"],
        locale=row["locale"],
        extension=row["extension"],
        wrap_up_s=row["wrap_up_s"],
        skills=row["skills"],
    )
    return Known(agent, row["password_hash"])
