"""Provisional responses that must arrive (RFC 3262): ours where a caller requires it, and theirs."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from telephony.sip.errors import BadHeader
from telephony.sip.grammar import read_number, unfold
from telephony.sip.headers import read_tokens
from telephony.sip.message import Message, Request, Response
from telephony.sip.states import GIVE_UP_S, T1_S
from telephony.sip.timers import Timer, Timers

LIMIT: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Provisional:
    """A ringing to be said: status, whole header lines, session description or nothing."""

    status: int
    extra: str
    sdp: bytes


class ReliableRinging:
    """The callee's side: one provisional at a time, repeated at T1, 2*T1 ... until its PRACK (section 3)."""

    def __init__(
        self,
        timers: Timers,
        respond: Callable[[Provisional], bytes],
        again: Callable[[bytes], None],
        given_up: Callable[[], None],
    ) -> None:
        """`respond` sends a first time and returns the bytes, `again` repeats them."""
        self._timers = timers
        self._respond = respond
        self._again = again
        self._given_up = given_up
        self._rseq = secrets.randbelow(2**31 - 1)
        self._is_unacknowledged = False
        self._open: bytes | None = None  # what is repeated
        self._next: Provisional | None = None
        self._timer: Timer | None = None
        self._interval = T1_S
        self._waited = 0.0
        self.open_sdp = False  # the unacknowledged one carries a session description

    def say(self, provisional: Provisional) -> None:
        """Sends it, or keeps it until the one before is acknowledged; of those kept the last one wins."""
        if self._open is not None:
            self._next = provisional
            return
        self._rseq += 1
        lines = f"{provisional.extra}Require: 100rel\r\nRSeq: {self._rseq}\r\n"
        data = self._respond(Provisional(provisional.status, lines, provisional.sdp))
        self._open, self._is_unacknowledged = data, True
        self.open_sdp = bool(provisional.sdp)
        self._interval, self._waited = T1_S, 0.0
        self._timer = self._timers.start(T1_S, self._repeat)

    def acknowledge(self, prack: Request, invite_cseq: int) -> bool:
        """Does this PRACK name the provisional that waits? Then it waits no longer."""
        if not self._is_unacknowledged or read_rack(prack) != (self._rseq, invite_cseq, "INVITE"):
            return False
        self._is_unacknowledged = False
        self.stop()
        return True

    def go_on(self) -> None:
        """Says what was kept meanwhile."""
        waiting, self._next = self._next, None
        if waiting is not None:
            self.say(waiting)

    def stop(self) -> None:
        """No more repeating; a PRACK that comes late is still taken."""
        self._open = None
        self.open_sdp = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _repeat(self) -> None:
        self._waited += self._interval
        if self._open is None:
            return
        if self._waited >= GIVE_UP_S:
            self.stop()
            self._given_up()
            return
        self._again(self._open)
        self._interval = min(2 * self._interval, GIVE_UP_S - self._waited)
        self._timer = self._timers.start(self._interval, self._repeat)


def requires_reliable(request: Request) -> bool:
    return "100rel" in read_tokens(request.values("require"))


def read_rack(prack: Request) -> tuple[int, int, str] | None:
    """RAck as (RSeq, CSeq number, method); None when there is none to be read."""
    parts = unfold(prack.header("rack") or "").split()
    try:
        return (
            (read_number(parts[0], LIMIT), read_number(parts[1], LIMIT), parts[2])
            if len(parts) == 3
            else None
        )
    except BadHeader:
        return None


def read_rseq(response: Response) -> int | None:
    """The number of a provisional that wants a PRACK; None where it wants none."""
    if not 100 < response.status < 200 or "100rel" not in read_tokens(response.values("require")):
        return None
    return _number(response, "rseq")


def _number(message: Message, name: str) -> int | None:
    try:
        return read_number(message.header(name) or "", LIMIT)
    except BadHeader:
        return None
