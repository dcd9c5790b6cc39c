"""Logins, sessions and tokens. Secrets are random 256-bit values of which only the SHA-256 is stored."""

import hashlib
import re
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from omnichannel.errors import NoSuchAgent, PersonUnreadable
from omnichannel.people.model import LEVELS, ROLES, Agent, Principal, Signed
from omnichannel.people.passwords import Cost, Passwords
from omnichannel.people.store import PeopleStore
from threadline.db.pool import Connection, Pool
from threadline.kernel.clock import Clock
from threadline.kernel.ids import AgentId, uuid7
from threadline.kernel.scopes import Scope

SKILL_ID: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9_:-]{0,62}")
PASSWORD_MAX = 1024  # argon2 would hash a gigabyte, and anybody may ask it to
DEFAULT_WRAP_UP_S = 30
PHONES: Final = ("sip", "browser", "mobile")


class People:
    """Everyone who logs in."""

    def __init__(self, pool: Pool, clock: Clock, *, cost: Cost | None = None) -> None:
        """`cost` of a password guess; the default suits production."""
        self._pool = pool
        self._clock = clock
        self._store = PeopleStore(pool)
        self._passwords = Passwords(cost or Cost())

    async def add(
        self,
        login: str,
        password: str | None,
        *,
        role: str,
        display_name: str,
        extension: str | None = None,
        skills: Mapping[str, int] | None = None,
        locale: str = "vi-VN",
        wrap_up_s: int = DEFAULT_WRAP_UP_S,
    ) -> AgentId:
        """A new person, logged out. `password` None: cannot log in. Raises PersonUnreadable, LoginTaken."""
        skills = skills or {}
        _check(role, skills, password)
        now = self._clock.now()
        person = Agent(
            AgentId(uuid7(now)),
            _login(login),
            role,
            display_name.strip() or login,
            locale,
            extension,
            wrap_up_s,
            skills,
        )
        hashed = None if password is None else await self._passwords.hash(password)
        async with self._pool.acquire() as link, link.transaction():
            store = PeopleStore(link)
            await store.add_agent(person, hashed, now)
            await store.add_skills(person.id, skills)
        return person.id

    async def set_skills(
        self, agent: AgentId, skills: Mapping[str, int], link: Connection | None = None
    ) -> None:
        """Replaces what the agent can do; within the transaction of `link`, if there is one."""
        _check(ROLES[0], skills, None)
        if link is None:
            async with self._pool.acquire() as own, own.transaction():
                return await self.set_skills(agent, skills, own)
        store = PeopleStore(link)
        await store.drop_skills(agent)
        await store.add_skills(agent, skills)

    async def skills(self) -> frozenset[str]:
        """Every skill anybody was ever given."""
        return await self._store.all_skills()

    async def authenticate(self, login: str, password: str) -> Agent | None:
        """The person, if the password is right. Takes the same work for a login that does not exist."""
        if len(password) > PASSWORD_MAX:
            return None
        known = next(iter(await self._store.agents(login=_login(login))), None)
        stored = known.password_hash if known else None
        if not await self._passwords.fits(stored, password) or known is None or stored is None:
            return None
        if self._passwords.is_outdated(stored):
            await self._store.set_password_hash(known.agent.id, await self._passwords.hash(password))
        return known.agent

    async def set_password(self, agent: AgentId, password: str) -> None:
        """Ends every open session of the person. Raises NoSuchAgent."""
        _check(ROLES[0], {}, password)
        hashed = await self._passwords.hash(password)
        async with self._pool.acquire() as link, link.transaction():
            store = PeopleStore(link)
            if not await store.set_password_hash(agent, hashed):
                raise NoSuchAgent
            await store.close_sessions(agent)

    async def set_locale(self, agent: AgentId, locale: str) -> None:
        """The language of his pages. Raises NoSuchAgent."""
        if not await self._store.set_locale(agent, locale):
            raise NoSuchAgent

    async def agent(self, agent: AgentId) -> Agent:
        """Raises NoSuchAgent."""
        for known in await self._store.agents(agent=agent):
            return known.agent
        raise NoSuchAgent

    async def agents(self) -> list[Agent]:
        """Everyone active, by login."""
        return [known.agent for known in await self._store.agents()]

    async def by_login(self, login: str) -> Agent | None:
        return next((known.agent for known in await self._store.agents(login=_login(login))), None)

    async def by_extension(self, extension: str) -> Agent | None:
        return next((known.agent for known in await self._store.agents(extension=extension)), None)

    async def extension_of(self, agent: AgentId) -> str | None:
        """The SIP account that rings for this person; None also for nobody."""
        return next((known.agent.extension for known in await self._store.agents(agent=agent)), None)

    async def phone_of(self, agent: AgentId) -> str:
        """What rings for this person: sip, browser or mobile; sip also for nobody."""
        return await self._store.phone_of(agent) or "sip"

    async def mobile_of(self, agent: AgentId) -> str | None:
        """The number of his mobile phone in E.164, if he has told one."""
        return await self._store.mobile_of(agent)

    async def agent_at(self, extension: str) -> AgentId | None:
        """Whose extension it is."""
        person = await self.by_extension(extension)
        return None if person is None else person.id

    async def login_of(self, agent: AgentId) -> str:
        """Raises NoSuchAgent."""
        return (await self.agent(agent)).login

    async def name_of(self, agent: AgentId) -> str:
        """Raises NoSuchAgent."""
        return (await self.agent(agent)).display_name

    async def set_phone(self, agent: AgentId, phone: str) -> None:
        """`phone`: sip, browser, or mobile where a number of his is known. Raises NoSuchAgent, PersonUnreadable."""
        if phone not in PHONES or (phone == "mobile" and await self.mobile_of(agent) is None):
            raise PersonUnreadable(f"not a phone of this person: {phone}")
        if not await self._store.set_phone(agent, phone):
            raise NoSuchAgent

    async def open_session(self, agent: AgentId, ttl_s: float) -> tuple[str, str]:
        """(token for the cookie, token for the forms)."""
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        now = self._clock.now()
        await self._store.open_session(_digest(token), agent, csrf, now, now + timedelta(seconds=ttl_s))
        return token, csrf

    async def session(self, token: str) -> Signed | None:
        """Who holds this cookie; None once it expired, was closed, or the person left."""
        found = await self._store.find_session(_digest(token), self._clock.now())
        if found is None:
            return None
        agent, csrf = found
        return next((Signed(known.agent, csrf) for known in await self._store.agents(agent=agent)), None)

    async def close_session(self, token: str) -> None:
        await self._store.close_session(_digest(token))

    async def create_token(
        self,
        name: str,
        role: str,
        agent: AgentId | None = None,
        *,
        scopes: Collection[str] | None = None,
        expires_at: datetime | None = None,
    ) -> str:
        """A bearer token, shown this once. `scopes` None: all its role may. Raises PersonUnreadable."""
        _check(role, {}, None)
        if scopes is not None and (not scopes or set(scopes) - set(Scope)):
            raise PersonUnreadable(f"a token's scopes are one or more of {', '.join(Scope)}")
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        await self._store.add_token(
            uuid7(now),
            name,
            _digest(token),
            role,
            agent,
            now,
            sorted(set(scopes)) if scopes else None,
            expires_at,
        )
        return token

    async def token(self, bearer: str) -> Principal | None:
        """Whom a bearer token speaks for; None for a token of a person who left."""
        row = await self._store.find_token(_digest(bearer), self._clock.now())
        if row is None:
            return None
        if row.agent is None:
            return Principal(row.role, None, row.name, row.scopes)
        known = await self._store.agents(agent=row.agent)
        return next((Principal(row.role, one.agent, row.name, row.scopes) for one in known), None)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _login(login: str) -> str:
    return login.strip().lower()


def _check(role: str, skills: Mapping[str, int], password: str | None) -> None:
    if role not in ROLES:
        raise PersonUnreadable(f"unknown role: {role}; one of {', '.join(ROLES)}")
    if password is not None and not 0 < len(password) <= PASSWORD_MAX:
        raise PersonUnreadable(f"a password has 1 to {PASSWORD_MAX} characters")
    for skill, level in skills.items():
        if not SKILL_ID.fullmatch(skill) or level not in LEVELS:
            raise PersonUnreadable(f"not a skill with a level from 1 to 5: {skill} {level}")
