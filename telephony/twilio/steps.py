"""The media engine as a leg by TwiML uses it: nothing is played here, it is written down for Twilio's next question.

Twilio plays prompts and takes keys and messages by itself, document by document. Only when a person is to be talked to
does the call get a leg in the engine: Twilio calls our SIP port (`met`), and from then on everything is the engine's.
Where that person is at Twilio as well (`host`), the two of them meet there, in a conference, and no sound comes to us.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from telephony.legs.base import Media
from telephony.media import messages as media
from telephony.media import wav

BYTES_A_SECOND: Final = 8000
MOMENT: Final = b"\xff" * 320
ON_THE_WAY_S: Final = 0.3  # from our answer to the prompt in her ear


class Steps:
    """Implements telephony.legs.base.Media for the call of one leg; the other legs' commands pass.

    `playing`, `message`, `bridge` and `room` are what the next document says. `on_news` is called when it changed,
    `on_event` with what the engine would have told.
    """

    def __init__(self, engine: Media, leg: str) -> None:
        self.playing: media.Play | None = None
        self.message: media.Record | None = None
        self.bridge: media.Bridge | None = None
        self.room: str | None = None
        self.entered: str | None = None  # the room of the document Twilio has
        self.is_muted = False
        self.is_met = False
        self.on_news: Callable[[], None] = _nothing
        self.on_event: Callable[[media.PlayDone | media.RecordingClosed], None] = _unheard
        self.engine = engine
        self._leg = leg
        self._tape: media.Record | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._guests: dict[str, Steps] = {}

    @property
    def may_host(self) -> bool:
        """A talk that is recorded has to come to us, and so has all that follows it."""
        return self._tape is None and not self.is_met

    def host(self, leg: str) -> "Steps":
        """For a leg that goes by TwiML too, in the same call: what the call sends to it passes here."""
        guest = self._guests[leg] = Steps(self.engine, leg)
        return guest

    def send(self, command: media.Command) -> None:
        if isinstance(command, media.Bridge | media.Unbridge):
            a, b = self._at_twilio(command.a), self._at_twilio(command.b)
            if a is not None and b is not None:
                _seat(a, b, together=isinstance(command, media.Bridge))
                return
        elif (guest := self._guests.get(command.leg)) is not None:
            guest.send(command)
            return
        if self.is_met or not self._is_mine(command):
            self.engine.send(command)
        else:
            self._note(command)

    def _at_twilio(self, leg: str) -> "Steps | None":
        return self if leg == self._leg and not self.is_met else self._guests.get(leg)

    def _note(self, command: media.Command) -> None:
        match command:
            case media.Play():
                self._stop("stopped")
                self.playing = command
                self.on_news()
            case media.StopPlay():
                self._stop("stopped")
                self.on_news()
            case media.Record() if command.max_s is not None:
                self.message = command
                self.on_news()
            case media.Record():
                self._tape = command
            case media.StopRecording():
                self._end_tape("stopped")
            case media.Bridge():
                self._stop("stopped")
                self.bridge = command
                self.on_news()
            case media.Unbridge():
                self.bridge = None
            case media.Mute() if command.muted != self.is_muted:
                self.is_muted, self.entered = command.muted, None
                self.on_news()
            case _:
                return

    def seat(self, room: str | None) -> None:
        """In this room from now on. None: in no other, where she is alone until there is news for her."""
        self.room = room
        if room is not None:
            self._stop("stopped")
            if room != self.entered:
                self.on_news()

    def enters(self) -> bool:
        """Whether the next document leads into a room."""
        self.entered = self.room
        return self.entered is not None

    @property
    def leg(self) -> str:
        return self._leg

    def _is_mine(self, command: media.Command) -> bool:
        if isinstance(command, media.Bridge | media.Unbridge):
            return self._leg in (command.a, command.b)
        return command.leg == self._leg

    async def open(self, leg: str, host: str, near: str | None = None) -> int:
        return await self.engine.open(leg, host, None if near == self._leg and not self.is_met else near)

    async def report(self, leg: str) -> media.Stats:
        return await self.engine.report(leg)

    # --- what Twilio does with it ---

    def begun(self) -> None:
        """Twilio has the document and plays: how long that takes is known."""
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        playing = self.playing
        if playing is not None and not playing.loop:
            long_s = ON_THE_WAY_S + sum(_seconds(file) for file in playing.files)
            self._ending = asyncio.get_running_loop().call_later(long_s, self._stop, "finished")

    def _stop(self, reason: str) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        playing, self.playing = self.playing, None
        if playing is not None:
            self.on_event(
                media.PlayDone(self._leg, playing.play, "finished" if reason == "finished" else "stopped")
            )

    def message_taken(self, seconds: float, reason: str) -> None:
        """The file of the message is where it belongs."""
        message, self.message = self.message, None
        if message is not None:
            self.on_event(media.RecordingClosed(self._leg, message.recording, seconds, seconds, reason))

    def met(self) -> None:
        """The engine has a leg for the caller now: what waited for it is done."""
        self.is_met = True
        for command in (self._tape, self.bridge):
            if command is not None:
                self.engine.send(command)
        self._tape = self.bridge = None

    def over(self) -> None:
        """The call is at its end; nothing is open afterwards."""
        self._stop("stopped")
        self._end_tape("leg_closed")

    def _end_tape(self, reason: str) -> None:
        """A recording of nobody's talk, there was none while Twilio played: its file holds a moment of silence."""
        tape, self._tape = self._tape, None
        if tape is not None:
            Path(tape.path).write_bytes(wav.header(len(MOMENT)) + MOMENT)
            self.on_event(media.RecordingClosed(self._leg, tape.recording, 0.0, 0.0, reason))


def _seat(a: Steps, b: Steps, *, together: bool) -> None:
    """These two meet, or are taken apart."""
    room = f"room-{min(a.leg, b.leg)}-{max(a.leg, b.leg)}" if together else None
    a.seat(room)
    b.seat(room)


def _seconds(file: str) -> float:
    try:
        return Path(file).stat().st_size / BYTES_A_SECOND
    except OSError:
        return 0.0


def _nothing() -> None:
    """Nobody asks yet."""


def _unheard(event: object) -> None:
    """Before there is a call."""
