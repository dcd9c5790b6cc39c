"""The jitter buffer: packets in by sequence number, one 20 ms frame out a tick.

Play starts once PREFILL samples are held (40 ms; one packet and 20 ms when the peer's packets are longer).
A packet that comes late makes the delay grow by the frames that were filled in for it; `settle`, called
once a second, takes the delay back when more was held than needed for the whole of that second: in a
quiet moment where one comes within PATIENCE seconds, so that no syllable is cut.
A missing frame is the last one repeated and faded, then silence. Works on G.711 of either law; payloads of
another codec wait as `Coded` and are decoded, in order, when they are due.
"""

from collections.abc import Callable
from typing import Final

from telephony.media.g711 import (
    ALAW_FADES,
    ALAW_QUIET,
    ALAW_SILENCE,
    FRAME,
    ULAW_FADES,
    ULAW_QUIET,
    ULAW_SILENCE,
)
from telephony.media.g722 import Coded
from telephony.media.rtp import SEQ_MASK

SLOTS: Final = 64
SLOT_MASK: Final = SLOTS - 1
PREFILL: Final = 2 * FRAME
STARVED_MAX: Final = 5  # frames filled in before the stream counts as paused and is prefilled again
LATE_MAX: Final = 100  # RFC 3550 appendix A.1: MAX_MISORDER
AHEAD_MAX: Final = 3000  # MAX_DROPOUT
EARLIER_MAX: Final = 8  # how far before the first packet one may still arrive while the buffer fills
ABRUPT: Final = 5  # surplus packets from which the delay is cut at once rather than packet by packet
PATIENCE: Final = 5  # seconds that a packet too many waits for silence before it is dropped all the same


class JitterBuffer:
    """One stream's packets, from arrival to play-out."""

    __slots__ = (
        "_decode",
        "_depth",
        "_fades",
        "_fading",
        "_fast",
        "_flowing",
        "_fresh",
        "_gap",
        "_last",
        "_low",
        "_next",
        "_prefill",
        "_quiet",
        "_rest",
        "_ring",
        "_rogue",
        "_silence",
        "_span",
        "_started",
        "_starved",
        "_surplus",
        "_waited",
        "duplicates",
        "late",
    )  # fmt: skip

    def __init__(self, *, alaw: bool = False, decode: Callable[[bytes], bytes] | None = None) -> None:
        """`decode` turns what is Coded into as many samples of the law as it has bytes."""
        self._decode = decode
        self._silence = ALAW_SILENCE if alaw else ULAW_SILENCE
        self._fades = ALAW_FADES if alaw else ULAW_FADES
        self._quiet = ALAW_QUIET if alaw else ULAW_QUIET
        self.duplicates = 0
        self.late = 0
        self.reset()

    def reset(self) -> None:
        """Forget the stream: another source, another law, or nobody listened for a while."""
        self._ring: list[bytes | None] = [None] * SLOTS
        self._next = 0
        self._depth = 0
        self._low = 0
        self._span = FRAME
        self._prefill = PREFILL // FRAME
        self._rest = b""
        self._last = self._silence
        self._fading = b""
        self._gap = 0
        self._starved = 0
        self._surplus = 0
        self._waited = 0
        self._rogue = -1
        self._started = False
        self._flowing = False
        self._fresh = True
        self._fast = False

    @property
    def depth(self) -> int:
        """Packets held."""
        return self._depth

    def push(self, seq: int, payload: bytes) -> None:
        """A packet arrived; duplicates and those too late are counted and dropped."""
        if not self._started:
            self._started = True
            self._next = seq
        if (seq - self._next) & SEQ_MASK >= SLOTS and not self._reaches(seq):
            return
        slot = seq & SLOT_MASK
        if self._ring[slot] is not None:
            self.duplicates += 1
            return
        self._ring[slot] = payload
        self._depth += 1
        if len(payload) != self._span:
            self._measure(len(payload))

    def take(self) -> bytes:
        """The frame that is due now, always FRAME bytes."""
        slot = self._next & SLOT_MASK
        frame = self._ring[slot]
        if frame is None or not self._fast or len(frame) != FRAME:
            return self._take_with_care()
        self._ring[slot] = None
        self._next = (self._next + 1) & SEQ_MASK
        depth = self._depth = self._depth - 1
        if depth < self._low:
            self._low = depth
        self._last = frame
        return frame

    def settle(self) -> None:
        """Once a second: give back delay that was not needed in the last one."""
        if self._flowing:
            self._surplus = max(0, self._low - self._prefill + 1)
            self._waited = self._waited + 1 if self._surplus else 0
            if self._surplus >= ABRUPT or self._waited > PATIENCE:
                for _ in range(self._surplus if self._surplus >= ABRUPT else 1):
                    self._pop()
                self._surplus = self._waited = 0
            self._fast = self._fast and not self._surplus
        self._low = self._depth

    def _measure(self, span: int) -> None:
        """The peer changed its packet length."""
        if span:
            self._span = span
            self._prefill = -(-max(PREFILL, span + FRAME) // span)

    def _reaches(self, seq: int) -> bool:
        """Whether a packet outside the ring's window may enter, after moving the window to it."""
        behind = (self._next - seq) & SEQ_MASK
        if self._fresh and behind <= EARLIER_MAX:
            self._next = seq
            return True
        if behind <= LATE_MAX:
            self.late += 1
            return False
        ahead = (seq - self._next) & SEQ_MASK
        if ahead > AHEAD_MAX and seq != self._rogue:
            self._rogue = (seq + 1) & SEQ_MASK  # one stray packet is no restart; the next in line is
            return False
        self._restart(seq)
        return True

    def _restart(self, seq: int) -> None:
        last = self._last
        self.reset()
        self._last = last
        self._started = True
        self._next = seq

    def _take_with_care(self) -> bytes:
        if not self._flowing:
            if not self._started or self._depth < self._prefill:
                return self._fill_in()
            self._flowing = True
            self._fresh = False
            self._low = self._depth
        if self._surplus:
            self._shed()
        rest = self._rest
        while len(rest) < FRAME:
            payload = self._pop()
            if payload is None:
                self._rest = rest
                return self._starve()
            rest += payload
        frame, self._rest = rest[:FRAME], rest[FRAME:]
        self._fast = not self._rest and not self._surplus and self._decode is None
        self._low = min(self._low, self._depth)
        return frame

    def _shed(self) -> None:
        """Drops the packet that is due when it is one too many and nobody would miss it."""
        payload = self._ring[self._next & SLOT_MASK]
        if self._decode is None and payload is not None and not payload.translate(None, self._quiet):
            self._pop()
            self._surplus -= 1
            self._waited = 0

    def _pop(self) -> bytes | None:
        """The next packet's samples, filled in when it is lost; None when nothing is held."""
        while self._depth:
            slot = self._next & SLOT_MASK
            payload = self._ring[slot]
            self._next = (self._next + 1) & SEQ_MASK
            if payload is not None:
                self._ring[slot] = None
                self._depth -= 1
                self._starved = 0
                if self._decode is not None and isinstance(payload, Coded):
                    payload = self._decode(payload)
                if len(payload) >= FRAME:
                    self._last = payload[-FRAME:]
                return payload
            if self._starved:
                self._starved -= 1  # its time was filled in already while nothing was here
                continue
            return (self._fill_in() * (-(-self._span // FRAME)))[: self._span]
        return None

    def _starve(self) -> bytes:
        self._fast = False
        self._starved += 1
        if self._starved >= STARVED_MAX:
            self._flowing = False
            self._starved = 0
        return self._fill_in()

    def _fill_in(self) -> bytes:
        if self._last is not self._fading:
            self._fading = self._last
            self._gap = 0
        gap = self._gap
        self._gap = gap + 1
        if gap < len(self._fades):
            return self._last.translate(self._fades[gap])
        self._last = self._silence
        return self._silence
