"""DTMF as RFC 4733 telephone-events: exactly one digit a press in, well-formed events out."""

from collections import deque
from struct import Struct
from typing import Final, NamedTuple

from telephony.media.g711 import FRAME
from telephony.media.rtp import TS_MASK

EVENT: Final = Struct("!BBH")
DIGITS: Final = "0123456789*#ABCD"
END: Final = 0x80
VOLUME: Final = 10  # -10 dBm0
SEGMENT: Final = 0xFFFF
NO_END_TIMEOUT_S: Final = 0.25
END_GROWTH: Final = 3 * FRAME  # how far the duration may still grow over repeated end packets
END_REPEAT_S: Final = 0.06  # repeated ends follow one another closer than any two presses do
STALE: Final = 2 * 8000  # timestamp units: an unknown event this little older is a straggler

PRESS_TICKS: Final = 5
END_PACKETS: Final = 3
PAUSE_TICKS: Final = 4


class Press(NamedTuple):
    """A parsed event payload. `duration` in timestamp units."""

    code: int
    is_end: bool
    duration: int


def parse_event(payload: bytes) -> Press | None:
    """The event, or None when the payload is too short."""
    if len(payload) < EVENT.size:
        return None
    code, flags, duration = EVENT.unpack_from(payload)
    return Press(code, bool(flags & END), duration)


class DigitReceiver:
    """Turns event packets into presses.

    A press is known by SSRC and timestamp and told at the first packet that arrives of it, whichever that is:
    how long the key is held tells nothing that a flow waits for. What follows only keeps `is_pressed` up, to
    the first end packet, the next press, or NO_END_TIMEOUT_S without any. A press longer than SEGMENT goes on
    under a new timestamp. Senders that let the timestamp run on within a press are known by its still lying
    within the press's duration.
    """

    __slots__ = ("_code", "_duration", "_recent", "_seen_at", "_ssrc", "_timestamp", "is_pressed")

    def __init__(self) -> None:
        self.is_pressed = False
        self._ssrc = -1
        self._timestamp = 0
        self._code = -1
        self._duration = 0
        self._seen_at = 0.0
        self._recent: deque[tuple[int, int]] = deque(maxlen=8)

    def packet(self, ssrc: int, timestamp: int, press: Press, now: float) -> str:
        """The digit when this packet is the first of a press, else nothing."""
        if press.code >= len(DIGITS):
            return ""
        told = ""
        if self._belongs(ssrc, timestamp, press) or self._is_drifting_end(ssrc, press, now):
            self._timestamp = self._follow(timestamp)
            self._duration = press.duration
        elif self._is_straggler(ssrc, timestamp):
            return ""
        else:
            self._begin(ssrc, timestamp, press)
            told = DIGITS[press.code]
        self._seen_at = now
        self.is_pressed = self.is_pressed and not press.is_end
        return told

    def expire(self, now: float) -> None:
        """A press whose end never came is over once nothing was heard of it for long enough."""
        if now - self._seen_at >= NO_END_TIMEOUT_S:
            self.is_pressed = False

    def _begin(self, ssrc: int, timestamp: int, press: Press) -> None:
        self._recent.append((self._ssrc, self._timestamp))
        self._ssrc = ssrc
        self._timestamp = timestamp
        self._code = press.code
        self._duration = press.duration
        self.is_pressed = True

    def _belongs(self, ssrc: int, timestamp: int, press: Press) -> bool:
        """Whether the packet tells of the current (or just finished) press."""
        if ssrc != self._ssrc:
            return False
        moved = (timestamp - self._timestamp) & TS_MASK
        if moved == 0:
            return True
        if press.code != self._code:
            return False
        if moved == SEGMENT or (moved < SEGMENT and moved == self._duration and moved >= SEGMENT - FRAME * 3):
            return True
        if moved > press.duration:
            return False
        grown = press.duration - self._duration
        return grown >= 0 if self.is_pressed else 0 <= grown <= END_GROWTH

    def _is_drifting_end(self, ssrc: int, press: Press, now: float) -> bool:
        """Whether this is the end just told, repeated by a sender whose timestamp runs on."""
        is_same = (ssrc, press.code, press.duration) == (self._ssrc, self._code, self._duration)
        return is_same and press.is_end and not self.is_pressed and now - self._seen_at <= END_REPEAT_S

    def _follow(self, timestamp: int) -> int:
        """Keep the press's first timestamp, but move to the new one of a following segment."""
        moved = (timestamp - self._timestamp) & TS_MASK
        return timestamp if moved >= SEGMENT - FRAME * 3 else self._timestamp

    def _is_straggler(self, ssrc: int, timestamp: int) -> bool:
        if (ssrc, timestamp) in self._recent:
            return True
        age = (self._timestamp - timestamp) & TS_MASK
        return ssrc == self._ssrc and 0 < age < STALE


class EventPacket(NamedTuple):
    """What takes the place of the audio packet in this tick."""

    payload: bytes
    timestamp: int
    marker: bool


class DigitSender:
    """Digits to be sent, one event packet a tick: PRESS_TICKS growing, END_PACKETS ends, then PAUSE_TICKS of audio."""

    __slots__ = ("_queue", "_started", "_step", "is_busy")

    def __init__(self) -> None:
        self.is_busy = False
        self._queue: deque[int] = deque()
        self._step = 0
        self._started = 0

    def add(self, digits: str) -> None:
        """Queue digits; what is no DTMF digit is skipped."""
        self._queue.extend(DIGITS.index(digit) for digit in digits.upper() if digit in DIGITS)
        self.is_busy = bool(self._queue)

    def next_packet(self, timestamp: int) -> EventPacket | None:
        """This tick's event packet, or None in the pause between two presses."""
        if not self._queue:
            self.is_busy = False
            return None
        step = self._step
        self._step = step + 1
        if step == 0:
            self._started = timestamp
        if step < PRESS_TICKS + END_PACKETS - 1:
            is_end = step >= PRESS_TICKS - 1
            duration = FRAME * min(step + 1, PRESS_TICKS)
            payload = EVENT.pack(self._queue[0], VOLUME | END if is_end else VOLUME, duration)
            return EventPacket(payload, self._started, step == 0)
        if step >= PRESS_TICKS + END_PACKETS - 1 + PAUSE_TICKS:
            self._queue.popleft()
            self._step = 0
        return None
