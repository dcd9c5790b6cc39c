"""A leg: one party of a call, whatever carries it. Each kind of leg has a file of its own here.

A leg turns its signalling into the events below and hands them to `emit`, in order; it never decides
anything about the call. Its sound lives in the media engine under the same id.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from telephony.media import messages as media
from telephony.sip.referrals import Referral
from threadline.kernel.ids import CallId, LegId

if TYPE_CHECKING:
    from telephony.line import Yielded


@dataclass(frozen=True, slots=True)
class Ringing:
    """`early_media`: the other side is heard already, its media is aimed."""

    leg: LegId
    early_media: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """The other side took an outgoing leg and its media is aimed."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class Refused:
    """An outgoing leg came to nothing. `code` is the SIP status, 408 for silence."""

    leg: LegId
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class HungUp:
    """The other side is gone; sent once. `reason`: bye, cancelled, timeout, media_engine_lost."""

    leg: LegId
    reason: str


@dataclass(frozen=True, slots=True)
class KeyPressed:
    leg: LegId
    digit: str


@dataclass(frozen=True, slots=True)
class HeldByPeer:
    """The phone itself put us on hold (True) or took us back."""

    leg: LegId
    held: bool


@dataclass(frozen=True, slots=True)
class SentOn:
    """The phone sends whoever it talks with to `target`, and waits to hear how that goes."""

    leg: LegId
    target: str
    referral: Referral


@dataclass(frozen=True, slots=True)
class AskedToYield:
    """This leg's phone wants whoever the call connects it with joined to its other one, `to`; `reply` gets them."""

    leg: LegId
    to: CallId
    reply: "Callable[[Yielded], None]"


@dataclass(frozen=True, slots=True)
class WentAway:
    """A browser's sound stopped; the leg waits a while for its page to come back."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class CameBack:
    """It is heard again, by the same page or another."""

    leg: LegId


LegEvent: TypeAlias = (
    Ringing
    | Answered
    | Refused
    | HungUp
    | KeyPressed
    | HeldByPeer
    | SentOn
    | AskedToYield
    | WentAway
    | CameBack
)
MediaEvent: TypeAlias = (
    media.PlayDone
    | media.Digit
    | media.AudioHealth
    | media.RecordingClosed
    | media.Reported
    | media.Closed
    | media.Refused
)


LAST_WORDS_S: Final = 3.0  # what the engine may take to finish files and to tell its figures


class Leg(Protocol):
    """What a call does with any of its parties."""

    @property
    def id(self) -> LegId: ...

    @property
    def kind(self) -> str:
        """sip, twilio, browser."""
        ...

    @property
    def peer(self) -> str:
        """For people: the number or account at the other end."""
        ...

    def ring(self, *, early_media: bool) -> None:
        """Incoming only: tell the caller it rings; with `early_media` she hears what is played."""
        ...

    def answer(self) -> None:
        """Incoming only: take the call. Idempotent."""
        ...

    def reject(self, code: int, reason: str) -> None:
        """Incoming only, before answer."""
        ...

    def hang_up(self, reason: str) -> None:
        """End this leg in whatever state it is, and free its media. Idempotent; emits nothing."""
        ...


class Party(Leg, Protocol):
    """A leg whose sound the engine carries: what a call does with its customer."""

    peer: str

    @property
    def is_over(self) -> bool:
        """Nothing more comes of this leg, whoever ended it."""
        ...

    @property
    def has_media(self) -> bool:
        """The engine carries it, and has a last word to say when it is closed."""
        ...

    @property
    def last_words_s(self) -> float:
        """How long its recording may take to be finished."""
        ...

    async def prepare(self) -> None:
        """Opens the sound of an incoming leg. Raises SdpRefused, NoPorts or EngineLost."""
        ...

    def on_media_lost(self) -> None:
        """The engine that carried this leg died: the call can't go on."""
        ...


class Media(Protocol):
    """The media engine as legs and calls use it (telephony.media.client.MediaEngine)."""

    def send(self, command: media.Command) -> None: ...

    async def open(self, leg: str, host: str, near: str | None = None) -> int:
        """The RTP port of a fresh leg, to be bridged with the leg `near`. Raises NoPorts or EngineLost."""
        ...

    async def report(self, leg: str) -> media.Stats:
        """How a leg's media fares now, as media.Closed lists it. Raises EngineLost when it is gone."""
        ...


Emit: TypeAlias = Callable[[LegEvent | MediaEvent], None]
