"""What flows in writing need of others. `threadline.flowing` passes the implementations in."""

from collections.abc import Mapping
from typing import Protocol

from ivr_flows import effects as fx
from ivr_flows import inputs as ev
from ivr_flows.calendar import Calendar
from ivr_flows.model import Flow
from omnichannel.channels.port import Endpoint
from omnichannel.outbound.rules import Draft
from threadline.db.bell import Bell
from threadline.db.pool import Connection
from threadline.kernel.ids import AgentId, ThreadId


class Sends(Protocol):
    """omnichannel.outbound.service."""

    bell: Bell

    async def queue_within(
        self,
        link: Connection,
        thread: ThreadId,
        identity: int,
        ours: Endpoint,
        draft: Draft,
        *,
        agent: AgentId | None = None,
        rule: str | None = None,
        reply_to: str | None = None,
    ) -> list[int]: ...


class Addresses(Protocol):
    """omnichannel.endpoints.service."""

    async def by_row(self, row: int) -> Endpoint: ...


class Shelf(Protocol):
    """Flows in force (telephony.flow_book)."""

    calendars: Mapping[str, Calendar]

    def published(self, flow_id: str) -> tuple[int, Flow] | None: ...

    async def pin(self, flow_id: str, number: int) -> Flow | None: ...


class World(Protocol):
    """What a flow asks beyond the conversation; every answer comes, whatever it is."""

    async def answer(self, asked: fx.Fetch | fx.AskQueue | fx.RequestCallback) -> ev.Input: ...

    async def write(self, thread: ThreadId, message: fx.SendMessage) -> bool: ...
