"""What the demo needs of a server (threadline.compose.Server fits)."""

from pathlib import Path
from typing import Protocol

from omnichannel.knowledge.service import Knowledge
from omnichannel.people import People
from omnichannel.routing.service import Router
from omnichannel.threads import Threads
from telephony.flow_book import FlowBook
from telephony.sip.store import SipStore
from threadline.kernel.clock import Clock


class Stage(Protocol):
    """The services that hold what is seeded."""

    @property
    def clock(self) -> Clock: ...
    @property
    def people(self) -> People: ...
    @property
    def threads(self) -> Threads: ...
    @property
    def router(self) -> Router: ...
    @property
    def flows(self) -> FlowBook: ...
    @property
    def accounts(self) -> SipStore: ...
    @property
    def knowledge(self) -> Knowledge | None: ...


class Speaker(Protocol):
    """Who gives the customers their voices."""

    async def prompt(self, text: str, language: str) -> Path:
        """A sound file of these words. Raises VoiceUnavailable."""
        ...
