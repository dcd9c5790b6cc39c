"""The leg of a call by Twilio: webhooks say what happens, a media stream carries the sound.

The stream may break and come back; the engine's leg stays, and with it the flow's step, the place in the queue and the
recording.
"""

import asyncio
import logging
from typing import Final, Protocol

from telephony.edge.wire import LOOPBACK, Wire
from telephony.legs.base import LAST_WORDS_S, Emit, HungUp, KeyPressed, MediaEvent
from telephony.media import messages as media
from telephony.twilio.frames import Start
from telephony.twilio.gate import Gate
from telephony.twilio.stream import EVENTS, MediaStream, Socket
from threadline.kernel.ids import LegId

log = logging.getLogger(__name__)

AWAY_S: Final = 15.0  # without a stream, before the call is given up
MARK_S: Final = 5.0  # for Twilio to say that a prompt was played
PCMU: Final = 0


class Exchange(Protocol):
    """What a leg needs of the account (telephony.twilio.calls)."""

    def over(self, leg: "TwilioLeg", *, by_us: bool) -> None:
        """The leg is over; a call that we ended and that has no stream is to be ended at Twilio."""
        ...


class TwilioLeg:
    """An incoming call. Implements telephony.legs.base.Party.

    `verdict` becomes 0 when the flow answers, else the SIP status that says how it refused.
    """

    kind = "twilio"
    last_words_s = LAST_WORDS_S
    sip_call = ""

    def __init__(self, leg: LegId, sid: str, gate: Gate, exchange: Exchange) -> None:
        """`sid` is Twilio's name of the call (CallSid)."""
        self.id = leg
        self.sid = sid
        self.token: str | None = None  # with it her number may be shown where the call is sent on (CallToken)
        self.peer = ""
        self.tokens: set[str] = set()  # each good for one stream
        self.verdict: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._gate = gate
        self._exchange = exchange
        self._emit: Emit = _unheard
        self._wire: Wire | None = None
        self._stream: MediaStream | None = None
        self._heard: dict[str, tuple[media.PlayDone, asyncio.TimerHandle]] = {}
        self._patience: asyncio.TimerHandle | None = None
        self._has_media = False
        self._is_over = False
        self._near: str | None = None
        gate.on_silenced = self._silenced

    @property
    def is_over(self) -> bool:
        return self._is_over

    @property
    def has_media(self) -> bool:
        return self._has_media

    def emit_to(self, emit: Emit) -> None:
        self._emit = emit

    # --- what a call does with its leg ---

    async def prepare(self) -> None:
        """Opens the engine's leg, which talks to the stream's wire only. Raises NoPorts, EngineLost or NoEdge."""
        wire = self._wire = Wire()
        try:
            port = await self._gate.open(str(self.id), LOOPBACK, self._near)
        except BaseException:
            wire.close()
            raise
        self._has_media = True
        if self._is_over:
            self._gate.send(media.Close(str(self.id)))
            wire.close()
            return
        wire.connect(port)
        self._gate.send(
            media.Aim(str(self.id), LOOPBACK, wire.port, "pcmu", PCMU, dtmf_payload_type=EVENTS, learn=False)
        )

    def ring(self, *, early_media: bool) -> None:
        """A stream is heard by those who have answered only: what is to be heard early answers."""
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
        """Whether the call hears of this later: a prompt is over when Twilio has played it."""
        if not isinstance(event, media.PlayDone) or event.reason != "finished" or self._is_over:
            return False
        stream = self._stream
        if stream is None or not self._gate.is_open:
            return True  # nobody heard it: it is played again when she is back
        name = f"play {event.play}"
        timer = asyncio.get_running_loop().call_later(MARK_S, self.on_marked, name)
        self._heard[name] = event, timer
        stream.mark(name)
        return True

    def _decide(self, verdict: int) -> None:
        if not self.verdict.done():
            self.verdict.set_result(verdict)

    def _silenced(self) -> None:
        if self._stream is not None:
            self._stream.clear()

    # --- what Twilio tells ---

    async def carry(self, start: Start, socket: Socket) -> None:
        """This is the call's stream; returns when it is over. A former one gives way."""
        if self._is_over or self._wire is None:
            return
        if self._stream is not None:
            self._stream.close()
            self._wire.rest()
        stream = self._stream = MediaStream(start, socket, self._wire, self)
        self._forgive()
        self._gate.lift()
        self._is_heard()
        try:
            await stream.run()
        finally:
            if self._stream is stream:
                self._lost()

    def _is_heard(self) -> None:
        """Her stream is open, for the first time or again."""

    def _lost(self) -> None:
        self._stream = None
        self._gate.shut()
        for _, timer in self._heard.values():
            timer.cancel()
        self._heard.clear()  # played again: nobody can say what of it was heard
        if not self._is_over:
            self.wait(AWAY_S)

    def wait(self, seconds: float) -> None:
        """For a stream: the call is given up without one."""
        self._forgive()
        self._patience = asyncio.get_running_loop().call_later(seconds, self.gone, "stream_lost")

    def _forgive(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def on_pressed(self, digit: str) -> None:
        self._emit(KeyPressed(self.id, digit))

    def on_marked(self, name: str) -> None:
        """Played; or nothing was said of it for too long."""
        found = self._heard.pop(name, None)
        if found is not None and not self._is_over:
            event, timer = found
            timer.cancel()
            self._gate.played(event.play)
            self._emit(event)

    def gone(self, reason: str) -> None:
        """The caller is no more. Idempotent."""
        if not self._is_over:
            self._decide(480)
            self._finish(by_us=reason == "stream_lost")
            self._emit(HungUp(self.id, reason))

    def on_media_lost(self) -> None:
        if not self._is_over:
            self._finish(by_us=True)
            self._emit(HungUp(self.id, "media_engine_lost"))

    def _finish(self, *, by_us: bool) -> None:
        self._is_over = True
        self._forgive()
        for _, timer in self._heard.values():
            timer.cancel()
        self._heard.clear()
        if self._has_media:
            self._gate.send(media.Close(str(self.id)))
        if self._stream is not None:
            self._stream.close()
        if self._wire is not None:
            self._wire.close()
        self._exchange.over(self, by_us=by_us)


def _unheard(event: object) -> None:
    """Before there is a call."""
