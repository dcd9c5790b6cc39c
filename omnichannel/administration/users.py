"""Who may sign in, and as what."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Final
from uuid import UUID

from omnichannel.administration.store import AdministrationStore, Row
from omnichannel.audit.service import Actor, Audit
from omnichannel.errors import NoSuchAgent
from omnichannel.people import People
from threadline.db.pool import Connection, Pool
from threadline.kernel.errors import Refused, Unfit
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId
from threadline.kernel.versions import check_version, difference, versioned

ADMIN: Final = "admin"
PASSWORD_BYTES: Final = 12


class LastAdmin(Refused):
    """Somebody has to administer: this is the last administrator."""


class Yourself(Refused):
    """Ask another administrator to take your own rights away."""


@dataclass(frozen=True, slots=True)
class UserGiven:
    """What an admin says of somebody. `extension` is the SIP account that rings for this person; `device`: sip, browser,
    or mobile, which needs `mobile`, in E.164.

    `chats_at_once`, `mails_at_once`: how many he works on at a time; None: as everybody.
    """

    login: str
    name: str
    role: str
    locale: str
    extension: str | None
    wrap_up_s: int
    device: str = "sip"
    chats_at_once: int | None = None
    mails_at_once: int | None = None
    mobile: str | None = None


class Users:
    """Every change is audited with what it was and what it is."""

    def __init__(self, pool: Pool, people: People, audit: Audit) -> None:
        self._pool = pool
        self._people = people
        self._audit = audit

    async def everybody(self) -> list[Row]:
        """[{id, login, name, role, locale, extension, wrap_up_s, active, has_password, version}], also the disabled."""
        return [versioned(row) for row in await AdministrationStore(self._pool).users()]

    async def user(self, user: UUID) -> Row:
        """Raises NoSuchAgent."""
        return versioned(await _there(AdministrationStore(self._pool), user))

    async def add(self, given: UserGiven, actor: Actor) -> tuple[Row, str]:
        """The person and a password, told this once. Raises Unfit."""
        await _check(AdministrationStore(self._pool), given, None)
        password = new_password()
        made = await self._people.add(
            given.login, password, role=given.role, display_name=given.name, extension=given.extension,
            locale=given.locale, wrap_up_s=given.wrap_up_s,
        )  # fmt: skip
        await AdministrationStore(self._pool).change_user(
            made, {**asdict(given), "login": given.login.strip().lower()}
        )
        row = await self.user(made)
        await self._audit.note(actor, "user.add", f"user:{made}", {"after": asdict(given)})
        return row, password

    async def change(self, user: UUID, given: UserGiven, seen: str | None, actor: Actor) -> Row:
        """Raises NoSuchAgent, Outdated, Unfit, LastAdmin, Yourself."""
        async with self._changing(user, seen) as (link, store, before):
            after = {**before, **asdict(given), "login": given.login.strip().lower()}
            if before["role"] == ADMIN and given.role != ADMIN:
                await _another_admin(store, before, actor)
            await _check(store, given, user)
            await store.change_user(user, after)
            await self._audit.note(actor, "user.change", f"user:{user}", difference(before, after), link)
        return await self.user(user)

    async def switch(self, user: UUID, is_active: bool, seen: str | None, actor: Actor) -> Row:
        """Disabled, a person is signed out everywhere at once. Raises NoSuchAgent, Outdated, LastAdmin, Yourself."""
        async with self._changing(user, seen) as (link, store, before):
            if not is_active:
                await _another_admin(store, before, actor)
                await store.end_sessions(user)
            await store.set_active(user, is_active)
            facts = difference(before, {**before, "active": is_active})
            await self._audit.note(actor, "user.switch", f"user:{user}", facts, link)
        return await self.user(user)

    async def reset_password(self, user: UUID, actor: Actor) -> str:
        """A new password, told this once; every session of the person ends. Raises NoSuchAgent."""
        password = new_password()
        await self._people.set_password(AgentId(user), password)
        await self._audit.note(actor, "user.reset_password", f"user:{user}")
        return password

    @asynccontextmanager
    async def _changing(
        self, user: UUID, seen: str | None
    ) -> AsyncIterator[tuple[Connection, AdministrationStore, Row]]:
        """One change at a time, of what the admin saw. Raises NoSuchAgent, Outdated."""
        async with self._pool.acquire() as link, link.transaction():
            store = AdministrationStore(link)
            await store.lock_users()
            before = await _there(store, user)
            check_version(before, seen)
            yield link, store, before


def new_password() -> str:
    return secrets.token_urlsafe(PASSWORD_BYTES)


async def _there(store: AdministrationStore, user: UUID) -> Row:
    for row in await store.users(user):
        return row
    raise NoSuchAgent


async def _check(store: AdministrationStore, given: UserGiven, user: UUID | None) -> None:
    """Raises Unfit for a login or an extension somebody else has, and a mobile phone without a number."""
    if given.device == "mobile" and given.mobile is None:
        raise Unfit("mobile", "needed", "The mobile phone needs a number.")
    others = [row for row in await store.users() if row["id"] != str(user)]
    if any(row["login"] == given.login.strip().lower() for row in others):
        raise Unfit("login", "taken", "Somebody has this login.")
    if given.extension is not None and any(row["extension"] == given.extension for row in others):
        raise Unfit("extension", "taken", "Somebody has this extension.")


async def _another_admin(store: AdministrationStore, user: Json, actor: Actor) -> None:
    """Raises LastAdmin, Yourself."""
    if user["active"] and user["role"] == ADMIN and await store.admins() < 2:
        raise LastAdmin
    if actor == Actor("agent", str(user["id"])):
        raise Yourself
