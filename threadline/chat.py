"""Puts the chat together: its channel, its visitors' service, and who is there to answer."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from ivr_flows.calendar import Calendar
from omnichannel.channels.chat.channel import ChatChannel
from omnichannel.channels.chat.files import ChatFiles
from omnichannel.channels.chat.lobby import Lobby
from omnichannel.channels.chat.service import Chat
from omnichannel.channels.port import Channel, Endpoint
from omnichannel.contacts.meeting import meet
from omnichannel.flows.store import WrittenStore
from omnichannel.proofs.service import ProofRooms, Proofs
from omnichannel.routing.service import Router
from telephony.flow_book import FlowBook
from threadline.channels import Correspondence, Parts
from threadline.db.pool import Pool
from threadline.kernel.clock import Clock
from threadline.kernel.events import AgentState, Bus
from threadline.secret_key import SecretKey

PROOF_KEY: Final = "one-time codes"
AWAY: Final = frozenset({AgentState.LOGGED_OUT.value, AgentState.AWAY.value})


class ChatParts:
    """`channels` goes into `open_correspondence` before the rest can be made by `open`."""

    def __init__(self) -> None:
        self.lobby = Lobby()

    def channels(self, _: Parts) -> Sequence[Channel]:
        return [ChatChannel(self.lobby)]

    def proofs(
        self, pool: Pool, clock: Clock, bus: Bus, rooms: Correspondence, key: SecretKey, language: str
    ) -> Proofs:
        """Codes by which visitors prove a phone or an e-mail."""
        return Proofs(
            ProofRooms(
                pool,
                clock,
                bus,
                rooms.audit,
                rooms.endpoints,
                rooms.outbound,
                meet,
                key,
                key.derived(PROOF_KEY),
                self.lobby.wake,
                language,
            )
        )

    def open(
        self, pool: Pool, clock: Clock, bus: Bus, rooms: Correspondence, staffed: Callable[[Endpoint], Awaitable[bool]]
    ) -> Chat:  # fmt: skip
        """Where a flow answers, somebody is always there."""

        async def is_answered(site: Endpoint) -> bool:
            return await WrittenStore(pool).entry_flow(site.row) is not None or await staffed(site)

        rooms.followers.append(ChatFiles(rooms.files))
        return Chat(pool, clock, bus, self.lobby, rooms.endpoints, rooms.inbox, rooms.files, is_answered)


def staffed_by(router: Router, flows: FlowBook, clock: Clock) -> Callable[[Endpoint], Awaitable[bool]]:
    """Somebody is there when the endpoint's hours (`calendar`, always without one) run and an agent is at work."""

    async def is_staffed(endpoint: Endpoint) -> bool:
        calendar: Calendar | None = flows.calendars.get(endpoint.config.get("calendar", ""))
        if calendar is not None and calendar.status(clock.now()) != "open":
            return False
        return any(str(one["state"]) not in AWAY for one in await router.states())

    return is_staffed
