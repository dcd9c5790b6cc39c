"""The media engine as a Twilio call uses it: nothing is played before the caller can hear it.

A stream takes a moment to open, and may break in the middle of a prompt. What is to be played then waits, and is played
from its beginning when the caller is there (again).
"""

from telephony.legs.base import Media
from telephony.media import messages as media


class Gate:
    """Implements telephony.legs.base.Media for the call of one leg; the other legs' commands pass."""

    def __init__(self, engine: Media, leg: str) -> None:
        self._engine = engine
        self._leg = leg
        self._is_open = False
        self._playing: media.Play | None = None
        self.on_silenced = _nothing

    def send(self, command: media.Command) -> None:
        match command:
            case media.Play() if command.leg == self._leg:
                self._playing = command
                if not self._is_open:
                    return
            case media.StopPlay() if command.leg == self._leg:
                self._quiet()
            case media.Bridge() if self._leg in (command.a, command.b):
                self._quiet()
            case media.Hear() if command.leg == self._leg:
                self._quiet()
        self._engine.send(command)

    def _quiet(self) -> None:
        if self._playing is not None:
            self._playing = None
            self.on_silenced()

    async def open(self, leg: str, host: str, near: str | None = None) -> int:
        return await self._engine.open(leg, host, near)

    async def report(self, leg: str) -> media.Stats:
        return await self._engine.report(leg)

    @property
    def is_open(self) -> bool:
        """The caller hears."""
        return self._is_open

    def lift(self) -> None:
        """She hears from now on: what waits is played."""
        self._is_open = True
        if self._playing is not None:
            self._engine.send(self._playing)

    def shut(self) -> None:
        """She does not hear for the time being."""
        self._is_open = False

    def played(self, play: int) -> None:
        """She heard it to its end."""
        if self._playing is not None and self._playing.play == play:
            self._playing = None


def _nothing() -> None:
    """Nobody minds."""
