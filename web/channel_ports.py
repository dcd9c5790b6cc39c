"""What the web room needs of the channels: addresses of ours, what came, what leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from omnichannel.audit.service import Actor
from omnichannel.channels.port import Channel, Delivered, Endpoint
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, ThreadId


class Endpoints(Protocol):
    """omnichannel.endpoints.service."""

    async def by_hook(self, public_id: UUID) -> Endpoint:
        """Raises NotFound, also for one that is off."""
        ...

    async def by_id(self, public_id: UUID) -> Endpoint: ...

    async def everything(self) -> list[Json]: ...

    async def shown(self, public_id: UUID) -> Json: ...

    async def add(
        self,
        kind: str,
        address: str,
        title: str,
        config: Mapping[str, str],
        secrets: Mapping[str, str],
        queue: str | None,
        region: str,
        language: str | None,
        actor: Actor,
    ) -> Endpoint:
        """Raises Refused, Invalid."""
        ...

    async def change(
        self,
        public_id: UUID,
        *,
        address: str | None,
        title: str | None,
        config: Mapping[str, str] | None,
        secrets: Mapping[str, str] | None,
        queue: str | None,
        region: str | None,
        language: str | None,
        actor: Actor,
    ) -> Endpoint: ...

    async def switch(self, public_id: UUID, state: Literal["on", "off"], actor: Actor) -> Endpoint: ...

    async def delete(self, public_id: UUID, actor: Actor) -> None: ...


class Registry(Protocol):
    """omnichannel.channels.registry."""

    @property
    def channels(self) -> Mapping[str, Channel]: ...

    def channel(self, kind: str) -> Channel:
        """Raises Invalid."""
        ...


class Inbox(Protocol):
    """omnichannel.inbound.service."""

    async def __call__(self, endpoint: Endpoint, deliveries: Sequence[Delivered]) -> None: ...

    async def parked(self, before: int | None, limit: int) -> list[Json]: ...

    async def raw(self, event: int, actor: Actor) -> bytes: ...

    async def replay(self, event: int, actor: Actor) -> None: ...


class Outbound(Protocol):
    """omnichannel.outbound.service."""

    async def reach(self, thread: ThreadId) -> list[Json]: ...

    async def send(
        self,
        *,
        thread: ThreadId,
        identity: int,
        endpoint: UUID,
        text: str,
        agent: AgentId | None = None,
        html: str | None = None,
        subject: str | None = None,
        files: Sequence[UUID] = (),
        reply_to: str | None = None,
        template: Json | None = None,
    ) -> Json:
        """Raises NotFound, Refused with a sentence for people."""
        ...

    async def retry(self, entry: str, actor: Actor) -> Json: ...

    async def cancel(self, entry: str, actor: Actor) -> Json: ...

    async def html(self, entry: str) -> str: ...


class Audit(Protocol):
    """omnichannel.audit.service."""

    async def note(self, actor: Actor, action: str, target: str, detail: Json | None = None) -> None: ...

    async def list(
        self,
        *,
        target: str | None,
        action: str | None,
        actor: str | None,
        span: tuple[datetime | None, datetime | None],
        before: int | None,
        limit: int,
    ) -> "Sequence[Json]": ...


class Connections(Protocol):
    """omnichannel.endpoints.connecting."""

    def challenge(self, endpoint: Endpoint) -> str | None: ...

    async def begin(self, public_id: UUID, callback: str) -> tuple[str, str]: ...

    async def finish(
        self, ticket: str, brought: Mapping[str, str], callback: str, actor: Actor
    ) -> Endpoint: ...


class Forgeries(Protocol):
    """Counts what was refused at the door."""

    forged: int


@dataclass(frozen=True, slots=True)
class ChannelRooms:
    """`public_url`: how providers reach us, where it is known."""

    endpoints: Endpoints
    registry: Registry
    inbox: Inbox
    outbound: Outbound
    audit: Audit
    figures: Forgeries
    public_url: str | None = None
    connections: Connections | None = None
