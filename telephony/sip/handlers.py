"""What a call tells its handler, and the handler's words for it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from telephony.sip.errors import ReferRefused, SdpRefused

if TYPE_CHECKING:
    from telephony.sip.calls import SipCall
    from telephony.sip.referrals import Referral


@dataclass(frozen=True, slots=True)
class CallerId:
    """`number` is as it came (raw); `withheld`: the caller asked not to be shown."""

    number: str
    display: str | None = None
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Who brought the call: a trunk or an authenticated account, by name."""

    kind: str  # trunk, account
    name: str


class CallHandler(Protocol):
    """Who attends to a call. Every method is called in the loop and must not wait."""

    def on_ringing(self, sdp: bytes | None) -> None: ...

    def on_answered(self, sdp: bytes | None) -> None: ...

    def on_failed(self, code: int, reason: str) -> None: ...

    def on_cancelled(self) -> None: ...

    def on_acked(self, sdp: bytes | None) -> None: ...

    def on_offer(self, sdp: bytes | None) -> bytes:
        """The peer's new offer: returns our answer. None in: returns our offer. Raises SdpRefused (488)."""
        ...

    def on_reanswered(self, sdp: bytes) -> None: ...

    def on_digit(self, digit: str) -> None: ...

    def on_ended(self, reason: str) -> None:
        """Once for every call that was answered, whoever ended it."""
        ...


@runtime_checkable
class TransferHandler(Protocol):
    """A handler that can also send its call elsewhere. One that is none refuses every REFER (603)."""

    def on_refer(self, referral: "Referral") -> None:
        """The phone of an account sends the call to `referral.target`. Raises ReferRefused (603).

        The phone is told how it went by `referral.progress`, to which a final code belongs.
        """
        ...


@runtime_checkable
class ReplaceableHandler(CallHandler, Protocol):
    """A handler whose call may be taken over by another dialog of the same account (RFC 3891)."""

    def on_replaced(self, call: "SipCall") -> None:
        """`call` stands in for the one before from now on; the old one ends without a further word."""
        ...


class Unattended:
    """Stands in until somebody takes the call."""

    def on_ringing(self, sdp: bytes | None) -> None: ...

    def on_answered(self, sdp: bytes | None) -> None: ...

    def on_failed(self, code: int, reason: str) -> None: ...

    def on_cancelled(self) -> None: ...

    def on_acked(self, sdp: bytes | None) -> None: ...

    def on_offer(self, sdp: bytes | None) -> bytes:
        raise SdpRefused("nobody attends to this call")

    def on_reanswered(self, sdp: bytes) -> None: ...

    def on_digit(self, digit: str) -> None: ...

    def on_ended(self, reason: str) -> None: ...

    def on_refer(self, referral: "Referral") -> None:
        raise ReferRefused("nobody attends to this call")


class _Dismissed(Unattended):
    """Stands where the handler of an ended call stood, which somebody did take."""


DISMISSED: Final[CallHandler] = _Dismissed()
