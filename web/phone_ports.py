"""What the web room needs for agents' phones. `threadline.compose` passes the implementations in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from threadline.kernel.events import Json, JsonValue
from threadline.kernel.ids import AgentId, CallId


class Pages(Protocol):
    """The server's end of browser phones (telephony.phones). What it says comes as PhoneSignal news."""

    async def here(self, agent: AgentId, page: str) -> None:
        """The page's socket is open and it could be the agent's phone."""
        ...

    def take(self, agent: AgentId, page: str) -> None:
        """The agent wants this page for his phone."""
        ...

    def left(self, agent: AgentId, page: str) -> None:
        """Its socket is closed."""
        ...

    def gone(self, agent: AgentId, page: str) -> None:
        """The page itself is being closed or loaded anew, or is no phone any more."""
        ...

    async def offer(self, agent: AgentId, page: str, leg: str, text: str) -> None:
        """It takes the call of that leg, or comes back into it, with this SDP offer."""
        ...


class Choice(Protocol):
    """Which phone rings for whom (omnichannel.people)."""

    async def phone_of(self, agent: AgentId) -> str: ...

    async def mobile_of(self, agent: AgentId) -> str | None: ...

    async def set_phone(self, agent: AgentId, phone: str) -> None:
        """Raises NoSuchAgent, PersonUnreadable for a mobile phone nobody knows."""
        ...


class Dialling(Protocol):
    """Calls to customers (threadline.dialling)."""

    async def dial(self, agent: AgentId, number: str, queue: str | None) -> CallId:
        """Rings the agent's phone, then the number. Raises an Invalid with a `reason`."""
        ...

    async def show_as(self, queue: str, number: str | None) -> None:
        """What customers of a queue see. Raises NotFound."""
        ...


class CallControls(Protocol):
    """Calls under way (telephony.call_desk). Raises NotFound when one is over, a Refused with a `reason`."""

    async def control(self, call: CallId, verb: str, agent: AgentId | None, **facts: JsonValue) -> Json:
        """Carries out what the owner of the call, or whoever acts for him, asks."""
        ...

    async def monitor(self, call: CallId, supervisor: AgentId, mode: str) -> None: ...

    async def pick_up(self, slot: int, agent: AgentId) -> CallId: ...

    def parked(self) -> list[Json]: ...

    def parties(self, call: CallId) -> Json: ...

    def call_of(self, agent: AgentId) -> CallId | None: ...


@dataclass(frozen=True, slots=True)
class PhoneRooms:
    """`ice_servers` are those of an agent's RTCPeerConnection."""

    pages: Pages
    choice: Choice
    ice_servers: Callable[[AgentId], list[JsonValue]]
    dialling: Dialling | None = None
    controls: CallControls | None = None
