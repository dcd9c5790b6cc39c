"""Who signs in, in memory: the people of web_standins."""

from dataclasses import dataclass, field, replace
from uuid import uuid4

from threadline.kernel.ids import AgentId


@dataclass(frozen=True, slots=True)
class Person:
    id: AgentId
    login: str
    role: str
    display_name: str
    locale: str = "en-US"
    extension: str | None = None
    wrap_up_s: int = 30


@dataclass(frozen=True, slots=True)
class SignedIn:
    agent: Person
    csrf: str


@dataclass(frozen=True, slots=True)
class Bearer:
    name: str
    role: str
    agent: Person | None
    scopes: frozenset[str] | None = None


@dataclass
class PeopleInMemory:
    """Passwords are the logins, tokens are `token-<login>`; `token-machine-<role>` stands for nobody."""

    everyone: dict[AgentId, Person] = field(default_factory=dict)
    sessions: dict[str, AgentId] = field(default_factory=dict)

    def add(self, login: str, role: str, name: str, extension: str | None = None) -> AgentId:
        agent = AgentId(uuid4())
        self.everyone[agent] = Person(agent, login, role, name, extension=extension)
        return agent

    async def authenticate(self, login: str, password: str) -> Person | None:
        found = next((one for one in self.everyone.values() if one.login == login), None)
        return found if password == login else None

    async def open_session(self, agent: AgentId, ttl_s: float) -> tuple[str, str]:
        token = uuid4().hex
        self.sessions[token] = agent
        return token, _csrf(token)

    async def session(self, token: str) -> SignedIn | None:
        agent = self.sessions.get(token)
        return SignedIn(self.everyone[agent], _csrf(token)) if agent else None

    async def close_session(self, token: str) -> None:
        self.sessions.pop(token, None)

    async def token(self, bearer: str) -> Bearer | None:
        kind, _, rest = bearer.partition("-")
        if kind != "token":
            return None
        if rest.startswith("machine-"):
            return Bearer(rest, rest.removeprefix("machine-"), None)
        found = next((one for one in self.everyone.values() if one.login == rest), None)
        return Bearer(found.login, found.role, found) if found else None

    async def set_locale(self, agent: AgentId, locale: str) -> None:
        self.everyone[agent] = replace(self.everyone[agent], locale=locale)


def _csrf(token: str) -> str:
    return f"csrf-{token[::-1]}"
