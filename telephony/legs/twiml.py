"""The leg of a call that works by TwiML: one question of Twilio's after the other, until a person answers.

What the flow wants next is rendered when Twilio asks; what changes while Twilio is busy with a document is pushed to it
by REST (`Exchange.push`). For a talk Twilio is told to call `meet-TOKEN` at our SIP port; that dialog then carries the
same leg.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import Final, Protocol

from telephony.errors import TelephonyError
from telephony.legs.base import Emit, HungUp, KeyPressed, LegEvent, MediaEvent
from telephony.legs.sip import MediaAddress, SipLeg
from telephony.media import messages as media
from telephony.sip.sdp import SdpRefused
from telephony.sip.server import IncomingCall
from telephony.twilio.rest import Seat
from telephony.twilio.steps import Steps, ToTape
from telephony.twilio.twiml import Asking, Scene
from threadline.kernel.ids import LegId

log = logging.getLogger(__name__)

FIRST_S: Final = 4.0  # for a flow to say its first word
AFTER_KEY_S: Final = 0.5  # for a flow to do something about a key
SETTLE_S: Final = 0.03  # what belongs together comes together
LAST_WORDS_S: Final = 40.0  # for a recording to be fetched that Twilio made
SILENT_S: Final = 120.0  # without a word of Twilio's: it asks at least so often


class Exchange(Protocol):
    """What a leg needs of the account (telephony.twilio.calls)."""

    def over(self, leg: "TwimlLeg", *, by_us: bool) -> None:
        """The leg is over; a call that we ended is to be ended at Twilio."""
        ...

    def push(self, leg: "TwimlLeg") -> None:
        """The document Twilio has is out of date."""
        ...

    def look(self, leg: "TwimlLeg") -> None:
        """It is `gone` if Twilio, which has long said nothing, says that it is."""
        ...

    def tape(self, leg: "TwimlLeg", command: ToTape) -> None:
        """About the recording that Twilio makes of it; `taped` follows."""
        ...


class TwimlLeg:
    """An incoming call. Implements telephony.legs.base.Party."""

    kind = "twilio"
    last_words_s = LAST_WORDS_S
    sip_call = ""

    def __init__(
        self, leg: LegId, sid: str, steps: Steps, exchange: Exchange, address: MediaAddress,
        asking: Callable[[], Asking],
    ) -> None:  # fmt: skip
        """`asking` says what the flow's present step waits for."""
        self.id = leg
        self.sid = sid
        self.token: str | None = None  # with it her number may be shown where the call is sent on (CallToken)
        self.peer = ""
        self.meeting = secrets.token_urlsafe(18)
        self.document = "0"  # the name of the one Twilio has
        self.verdict: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._steps = steps
        self._exchange = exchange
        self._address = address
        self._asking = asking
        self._emit: Emit = _unheard
        self._sip: SipLeg | None = None
        self._news = asyncio.Event()
        self._questions = 0
        self._consumed: set[str] = set()
        self._silence: asyncio.TimerHandle | None = None
        self._is_over = False
        steps.on_news = self._changed
        steps.sid = lambda: self.sid
        steps.on_event = self._from_steps
        steps.on_tape = lambda command: exchange.tape(self, command)
        steps.is_message = lambda: asking().is_message

    @property
    def is_over(self) -> bool:
        return self._is_over

    @property
    def has_media(self) -> bool:
        return self._sip is not None and self._sip.has_media

    def emit_to(self, emit: Emit) -> None:
        self._emit = emit

    # --- what a call does with its leg ---

    async def prepare(self) -> None:
        """Nothing: Twilio has the sound until there is somebody to talk to."""

    def ring(self, *, early_media: bool) -> None:
        if early_media:
            self._decide(0)

    def answer(self) -> None:
        self._decide(0)

    def reject(self, code: int, reason: str) -> None:
        if not self._is_over:
            self._decide(code)
            self._finish(by_us=True)

    def hang_up(self, reason: str) -> None:
        if not self._is_over:
            self._decide(480)
            self._finish(by_us=True)

    def holds_back(self, event: MediaEvent) -> bool:
        return False

    def _decide(self, verdict: int) -> None:
        if not self.verdict.done():
            self.verdict.set_result(verdict)

    # --- Twilio's questions ---

    async def next_scene(self, patience_s: float) -> Scene:
        """What Twilio is to do now. Waits a little for what the flow is about to say."""
        self._questions += 1
        try:
            async with asyncio.timeout(patience_s):
                await self._news.wait()
        except TimeoutError:
            pass
        finally:
            self._questions -= 1
        while self._news.is_set():
            self._news.clear()
            await asyncio.sleep(SETTLE_S)
        return self.scene()

    async def asked(self) -> Scene:
        """Twilio is through with a document."""
        return self.scene()

    def scene(self) -> Scene:
        """What Twilio is to do, as things are. It is taken as begun."""
        self._news.clear()
        self._listen()
        self.document = str(int(self.document) + 1)
        steps = self._steps
        if self._is_over:
            return Scene(is_over=True)
        keys, place = steps.presses(), steps.enters()
        if place is not None:
            coached = None if place.coaches is None else steps.gathering.sid(place.coaches)
            return Scene(room=place.room, muted=place.is_muted, coaches=coached, keys=keys)
        if steps.is_wanted:
            return Scene(meeting=self.meeting, keys=keys)
        plays = steps.playing.files if steps.playing is not None else ()
        loop = steps.playing is not None and steps.playing.loop
        steps.begun()
        return Scene(plays=plays, loop=loop, message=steps.message, asking=self._asking(), keys=keys)

    def moves(self) -> Seat | None:
        """Who hears her has changed in the conference she is in; None: she needs another document. Taken as done."""
        place = self._steps.moved()
        if place is None or self._steps.conference is None:
            return None
        self._news.clear()
        coached = None if place.coaches is None else self._steps.gathering.sid(place.coaches)
        return Seat(self._steps.conference[1], self.sid, place.is_muted, coached)

    def is_in(self, room: str, conference: str) -> None:
        """She has come into that room, Twilio's name of which is `conference`."""
        self._steps.conference = room, conference

    def not_reached(self) -> None:
        """Twilio could not call our SIP port for her: she talks on with those who are at Twilio, if there are any."""
        if self._steps.is_met or (self._steps.is_wanted and not self._steps.gathering.bar()):
            self.gone("no_media")

    def taped(self, recording: str, seconds: float) -> None:
        """See Steps."""
        self._steps.taped(recording, seconds)

    @property
    def has_news(self) -> bool:
        """Something changed since the last scene."""
        return self._news.is_set()

    def consumes(self, document: str) -> bool:
        """Whether keys pressed on this document are new; once only."""
        if document in self._consumed:
            return False
        self._consumed.add(document)
        return True

    def _listen(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
        if not self._is_over:
            self._silence = asyncio.get_running_loop().call_later(SILENT_S, self._went_silent)

    def _went_silent(self) -> None:
        if self._steps.entered is not None:
            self._exchange.look(self)
            self._listen()
        elif self._sip is None and self._steps.playing is None:
            self.gone("timeout")

    def _changed(self) -> None:
        self._news.set()
        if self._questions == 0 and self.verdict.done() and self._sip is None and not self._is_over:
            self._exchange.push(self)

    def _from_steps(self, event: media.PlayDone | media.RecordingClosed) -> None:
        self._emit(event)

    def pressed(self, keys: str) -> None:
        """What a Gather took, its end key among it."""
        for key in keys:
            self._emit(KeyPressed(self.id, key))

    def message_taken(self, seconds: float, reason: str) -> None:
        """The voicemail's file has been fetched."""
        self._steps.message_taken(seconds, reason)

    @property
    def message(self) -> media.Record | None:
        """The voicemail that is being taken."""
        return self._steps.message

    # --- meeting at our SIP port ---

    def meets(self, call: IncomingCall) -> "SipLeg | None":
        """Twilio calls for this leg: the dialog is its own from now on. None: nobody is to be met."""
        gathering = self._steps.gathering
        if self._is_over or not self._steps.is_wanted or self._sip is not None:
            return None
        near = gathering.near()
        self._sip = SipLeg(self.id, self.peer, gathering.engine, self._address, self._from_sip, near)
        self._sip.take(call)
        return self._sip

    async def join(self, sip: SipLeg) -> None:
        """Answers, and does what waited for the engine's leg."""
        try:
            await sip.prepare()
        except (SdpRefused, TelephonyError, OSError):
            sip.reject(488, "Not Acceptable Here")
            self.gone("no_media")
            return
        if not sip.is_over:
            sip.answer()
            self._steps.met()

    def _from_sip(self, event: LegEvent | MediaEvent) -> None:
        if isinstance(event, HungUp):
            self.gone(event.reason)
        else:
            self._emit(event)

    # --- the end ---

    def gone(self, reason: str) -> None:
        """The caller is no more. Idempotent."""
        if not self._is_over:
            self._decide(480)
            self._finish(by_us=False)
            self._emit(HungUp(self.id, reason))

    def on_media_lost(self) -> None:
        if not self._is_over:
            self._finish(by_us=True)
            self._emit(HungUp(self.id, "media_engine_lost"))

    def _finish(self, *, by_us: bool) -> None:
        self._steps.over()
        self._is_over = True
        self._news.set()
        if self._silence is not None:
            self._silence.cancel()
        if self._sip is not None:
            self._sip.hang_up("over")
        self._exchange.over(self, by_us=by_us)


def _unheard(event: object) -> None:
    """Before there is a call."""
