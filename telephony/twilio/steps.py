"""What a leg by TwiML is to do, written down for Twilio's next question.

Twilio plays prompts and takes keys and messages by itself, document by document, and joins the leg in a conference with
others that are at Twilio. Only when somebody is to be talked to who is not does it get a leg in the engine: Twilio calls
our SIP port (`met`), and from then on everything is the engine's, but for a recording that Twilio began.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

from telephony.media import messages as media
from telephony.media import wav
from telephony.twilio.gathering import Gathering
from telephony.twilio.rooms import Place

BYTES_A_SECOND: Final = 8000
MOMENT: Final = b"\xff" * 320
ON_THE_WAY_S: Final = 0.3  # from our answer to the prompt in her ear
ToTape: TypeAlias = media.Record | media.MaskRecording | media.StopRecording


class Steps:
    """A member of a gathering (telephony.twilio.gathering.Member).

    `playing`, `message`, `keys` and where it belongs are what the next document says. `on_news` is called when that
    changed, `on_event` with what the engine would have told, `on_tape` with what Twilio is to do about its recording.
    """

    def __init__(self, leg: str, gathering: Gathering) -> None:
        self.playing: media.Play | None = None
        self.message: media.Record | None = None
        self.keys = ""  # to be pressed for her
        self.entered: Place | None = None  # where she is by the document Twilio has
        self.conference: tuple[str, str] | None = None  # the room she is in, and Twilio's name of it
        self.is_wanted = False
        self.is_met = False
        self.sid: Callable[[], str] = str
        self.on_news: Callable[[], None] = _nothing
        self.is_message: Callable[[], bool] = _no_message
        self.on_event: Callable[[media.PlayDone | media.RecordingClosed], None] = _unheard
        self.on_tape: Callable[[ToTape], None] = _unheard
        self.gathering = gathering
        self._leg = leg
        self._place: Place | None = None
        self._is_muted = False
        self._tape: media.Record | None = None
        self._mask: media.MaskRecording | None = None
        self._taped: str | None = None  # the recording that Twilio makes
        self._ending: asyncio.TimerHandle | None = None
        gathering.joins(leg, self)

    # --- what the call wants of it ---

    def takes(self, command: media.Command) -> bool:
        """See Member."""
        if (
            isinstance(command, media.MaskRecording | media.StopRecording)
            and command.recording == self._taped
        ):
            self.on_tape(command)
        elif self.is_met:
            return False
        elif isinstance(command, media.Record | media.MaskRecording | media.StopRecording):
            self._keep(command)
        else:
            self._note(command)
        return True

    def _keep(self, command: ToTape) -> None:
        """What is to be recorded once somebody is talked to, or a message now; else it is of what a flow listens to."""
        tape = self._tape
        match command:
            case media.Record(max_s=None):
                self._tape = command
            case media.Record() if self.is_message():
                self.message = command
                self.on_news()
            case media.MaskRecording() if tape is not None and command.recording == tape.recording:
                self._mask = command
            case media.StopRecording() if tape is not None and command.recording == tape.recording:
                self._end_tape("stopped")
            case _:
                pass

    def _note(self, command: media.Command) -> None:
        match command:
            case media.Play():
                self._stop("stopped")
                self._place, self.playing = None, command
                self.on_news()
            case media.StopPlay():
                self._stop("stopped")
                self.on_news()
            case media.Mute():
                self._is_muted = command.muted
                self._look()
            case media.SendDigits():
                self.keys += command.digits
                self.on_news()
            case _:
                pass

    @property
    def room(self) -> str | None:
        """See Member."""
        place = self._place or (None if self.playing else self.entered)
        return None if place is None else place.room

    @property
    def place(self) -> Place | None:
        """Where she belongs, and by whom she may be heard."""
        place = self._place
        return replace(place, is_muted=True) if place is not None and self._is_muted else place

    def seat(self, place: Place | None) -> None:
        """See Member."""
        self._place = place
        if place is not None:
            self._stop("stopped")
            self._look()

    def _look(self) -> None:
        if self.place is not None and self.place != self.entered:
            self.on_news()

    def want(self, *, wanted: bool) -> None:
        """See Member."""
        if wanted and not self.is_wanted:
            self._stop("stopped")
            self.on_news()
        self.is_wanted = wanted

    def message_taken(self, seconds: float, reason: str) -> None:
        """The file of the message is where it belongs."""
        message, self.message = self.message, None
        if message is not None:
            self.on_event(media.RecordingClosed(self._leg, message.recording, seconds, seconds, reason))

    # --- what Twilio does with it ---

    def enters(self) -> Place | None:
        """Where the next document leads; what is said from there on Twilio records, where it is to be recorded."""
        self.entered = self.place
        if self.entered is not None and self._tape is not None:
            self._taped = self._tape.recording
            self._hand_tape(self.on_tape)
        return self.entered

    def moved(self) -> Place | None:
        """Her new place, where that is in the conference she is in; then she need not leave it."""
        place, entered = self.place, self.entered
        known = None if self.conference is None else self.conference[0]
        if place is None or entered is None or self.keys or not place.room == entered.room == known:
            return None
        self.entered = place
        return place

    def presses(self) -> str:
        """The keys Twilio is to press now."""
        keys, self.keys = self.keys, ""
        return keys

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

    def met(self) -> None:
        """The engine has a leg for her now: what waited for it is done."""
        self.is_met, self.is_wanted = True, False
        self.gathering.met(self._leg)
        self._hand_tape(self.gathering.engine.send)
        if self._is_muted:
            self.gathering.engine.send(media.Mute(self._leg, muted=True))

    def _hand_tape(self, to: Callable[[ToTape], None]) -> None:
        """Whoever has her sound now records it."""
        tape, self._tape = self._tape, None
        if tape is not None:
            to(tape)
            if self._mask is not None:
                to(self._mask)

    def taped(self, recording: str, seconds: float) -> None:
        """What Twilio recorded is where it belongs; no seconds: it is lost."""
        self._taped = None
        reason = "stopped" if seconds else "lost"
        self.on_event(media.RecordingClosed(self._leg, recording, seconds, seconds, reason))

    def over(self) -> None:
        """The call is at its end; nothing is open afterwards."""
        self._stop("stopped")
        self._end_tape("leg_closed")
        if self._taped is not None:
            self.on_tape(media.StopRecording(self._leg, self._taped))
        self.gathering.leaves(self._leg)

    def _end_tape(self, reason: str) -> None:
        """A recording of nobody's talk, there was none while Twilio played: its file holds a moment of silence."""
        tape, self._tape = self._tape, None
        if tape is not None:
            keep_moment(Path(tape.path))
            self.on_event(media.RecordingClosed(self._leg, tape.recording, 0.0, 0.0, reason))


def keep_moment(path: Path) -> None:
    """In place of a recording that there is not."""
    path.write_bytes(wav.header(len(MOMENT)) + MOMENT)


def _seconds(file: str) -> float:
    try:
        return Path(file).stat().st_size / BYTES_A_SECOND
    except OSError:
        return 0.0


def _nothing() -> None:
    """Nobody asks yet."""


def _no_message() -> bool:
    """The flow asks for none."""
    return False


def _unheard(event: object) -> None:
    """Before there is a call."""
