"""What is known of a person who logs in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from threadline.kernel.ids import AgentId

ROLES: Final = ("agent", "supervisor", "admin")  # each may do what the one before it may
LEVELS: Final = range(1, 6)


@dataclass(frozen=True, slots=True)
class Agent:
    """`skills` maps a skill to its level, 1 to 5; `extension` is the SIP account that rings."""

    id: AgentId
    login: str
    role: str
    display_name: str
    locale: str
    extension: str | None
    wrap_up_s: int
    skills: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Signed:
    """A web session: who, and the token his forms must carry."""

    agent: Agent
    csrf: str


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a bearer token speaks for. `agent` is None for a machine; `scopes` None: all the role may."""

    role: str
    agent: Agent | None
    name: str
    scopes: frozenset[str] | None = None
