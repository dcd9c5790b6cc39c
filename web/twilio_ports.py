"""What the web room needs of calls by Twilio."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from telephony.twilio.account import TwilioAccount
from telephony.twilio.stream import Socket


class Figures(Protocol):
    forged: int


class Sounds(Protocol):
    def sound(self, name: str) -> Path:
        """Raises NotFound."""
        ...


class Twilio(Protocol):
    """telephony.twilio.calls. Forms are those of Twilio's requests, their signatures checked; answers are TwiML."""

    public_url: str
    account: TwilioAccount

    @property
    def figures(self) -> Figures: ...

    async def arrives(self, form: Mapping[str, str]) -> str:
        """Raises Replayed."""
        ...

    async def again(self, form: Mapping[str, str], placed: str = "") -> str: ...

    async def status(self, form: Mapping[str, str], placed: str = "") -> str: ...

    async def keys(self, form: Mapping[str, str], document: str) -> str: ...

    async def recorded(self, form: Mapping[str, str]) -> str: ...

    @property
    def steps(self) -> Sounds: ...

    async def carry(self, socket: Socket) -> None:
        """Returns when the stream is over."""
        ...
