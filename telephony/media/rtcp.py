"""RTCP (RFC 3550 section 6): what we received of a peer, our reports of it, and the peer's reports of us."""

from ctypes import Structure, c_double, c_int64
from dataclasses import dataclass
from struct import Struct
from typing import Final

from telephony.media.rtp import SEQ_MASK, TS_MASK

SR: Final = 200
RR: Final = 201
SDES: Final = 202
BYE: Final = 203
_HEAD: Final = Struct("!BBHI")
_SENDER: Final = Struct("!IIIII")
_BLOCK: Final = Struct("!IIIIII")
_CNAME: Final = 1
NTP_EPOCH: Final = 2_208_988_800
INTERVAL_S: Final = 5.0
ROUND_TRIP_MAX: Final = 30 << 16  # 30 s in 1/65536 s; beyond it the peer's clock or ours was set
SETTLED: Final = 8000  # an arrival further off than this (1 s) is a new time line, not jitter


class Reception(Structure):
    """Counts one SSRC's packets. `clock` is our arrival time in timestamp units, in steps of one tick.

    Jitter is RFC 3550's estimate; arrivals are known to the tick only, so it is a little coarse. Packets
    that arrive just as expected cost one comparison: their decay is made up for at the next change.
    A structure of C, so that the compiled half of the engine counts in the same place.
    """

    _fields_ = (
        ("_base", c_int64),
        ("high", c_int64),
        ("received", c_int64),
        ("reordered", c_int64),
        ("_transit", c_int64),
        ("_changed_at", c_int64),
        ("_jitter", c_double),
        ("_reported_expected", c_int64),
        ("_reported_received", c_int64),
    )
    _base: int
    high: int
    received: int
    reordered: int
    _transit: int
    _changed_at: int
    _jitter: float
    _reported_expected: int
    _reported_received: int

    def __init__(self, seq: int) -> None:
        """`seq` is the sequence number of the first packet, which is still to be counted."""
        super().__init__()
        self.begin(seq)

    def begin(self, seq: int) -> None:
        """Forget what was counted: another stream, its first packet `seq` still to be counted."""
        self._base = seq
        self.high = seq - 1
        self.received = self.reordered = 0
        self._transit = -1
        self._changed_at = 0
        self._jitter = 0.0
        self._reported_expected = self._reported_received = 0

    def count(self, seq: int, timestamp: int, clock: int) -> None:
        self.received += 1
        high = self.high + 1
        if seq == high & SEQ_MASK:
            self.high = high
        else:
            self._out_of_line(seq)
        transit = (clock - timestamp) & TS_MASK
        if transit != self._transit:
            self._wander(transit)

    def count_untimed(self, seq: int) -> None:
        """A packet whose timestamp doesn't tell when it was sent: an event (RFC 4733 section 2.3)."""
        self.count(seq, 0, self._transit)

    @property
    def lost(self) -> int:
        """Packets that never came, as far as is known; duplicates count against it."""
        return max(0, self.high - self._base + 1 - self.received)

    @property
    def jitter(self) -> float:
        """Timestamp units."""
        return float(self._jitter * (15 / 16) ** (self.received - self._changed_at))

    def fraction_lost(self) -> int:
        """Of 256, since this was last asked."""
        expected, received = self.high - self._base + 1, self.received
        new_expected = expected - self._reported_expected
        new_received = received - self._reported_received
        self._reported_expected, self._reported_received = expected, received
        if new_expected <= 0 or new_received >= new_expected:
            return 0
        return min(255, ((new_expected - new_received) << 8) // new_expected)

    def _out_of_line(self, seq: int) -> None:
        ahead = (seq - self.high) & SEQ_MASK
        if 0 < ahead < 3000:
            self.high += ahead
        elif ahead >= SEQ_MASK + 1 - 100 or ahead == 0:
            self.reordered += ahead != 0
        else:  # the peer started its numbers anew: keep the losses so far, go on from here
            self._base += seq - 1 - self.high
            self.high = seq

    def _wander(self, transit: int) -> None:
        moved = (transit - self._transit) & TS_MASK
        distance = min(moved, TS_MASK + 1 - moved)
        jitter = self._jitter * (15 / 16) ** (self.received - 1 - self._changed_at)
        if self._transit >= 0 and distance < SETTLED:
            jitter += (distance - jitter) / 16
        self._jitter = jitter
        self._changed_at = self.received
        self._transit = transit


@dataclass(frozen=True, slots=True)
class Sent:
    """What we sent, for a sender report. `wall` is Unix time in seconds."""

    ssrc: int
    packets: int
    octets: int
    timestamp: int
    wall: float


@dataclass(frozen=True, slots=True)
class PeerReport:
    """What a peer's compound packet told. `ntp_middle` is 0 without a sender report; loss as it sees ours.

    `last_report` is the middle of our last sender report's NTP time, `delay` how long the peer had it, in
    1/65536 s; both 0 before the peer had one.
    """

    ssrc: int
    ntp_middle: int
    fraction_lost: int | None
    lost: int | None
    jitter: int | None
    last_report: int = 0
    delay: int = 0

    def round_trip_s(self, wall: float) -> float | None:
        """From our report to this one, which came at Unix time `wall`; None when that makes no sense."""
        if not self.last_report:
            return None
        high, low = _ntp(wall)
        passed = (((high & 0xFFFF) << 16 | low >> 16) - self.last_report - self.delay) & TS_MASK
        return passed / 65536 if passed < ROUND_TRIP_MAX else None


def _ntp(wall: float) -> tuple[int, int]:
    seconds = int(wall)
    return (seconds + NTP_EPOCH) & TS_MASK, int((wall - seconds) * (1 << 32)) & TS_MASK


def _block(reception: Reception, ssrc: int, last_report: tuple[int, float], now: float) -> bytes:
    middle, at = last_report
    delay = int((now - at) * 65536) & TS_MASK if middle else 0
    lost = reception.fraction_lost() << 24 | min(reception.lost, 0x7F_FFFF)
    return _BLOCK.pack(ssrc, lost, reception.high & TS_MASK, int(reception.jitter), middle, delay)


def report(
    sent: Sent,
    heard: tuple[int, Reception] | None,
    last_report: tuple[int, float],
    now: float,
    *,
    is_last: bool = False,
) -> bytes:
    """A compound packet: SR (RR when nothing was sent), SDES with our CNAME, and BYE when `is_last`.

    `heard` is the peer's SSRC and its counts; `last_report` the middle of its last SR's NTP time and when
    that came, on the clock of `now`.
    """
    block = _block(heard[1], heard[0], last_report, now) if heard else b""
    sender = b""
    if sent.packets:
        sender = _SENDER.pack(*_ntp(sent.wall), sent.timestamp, sent.packets & TS_MASK, sent.octets & TS_MASK)
    body = sender + block
    kind = SR if sent.packets else RR
    head = _HEAD.pack(0x80 | bool(block), kind, (4 + len(body)) // 4, sent.ssrc)
    name = f"{sent.ssrc:08x}".encode()
    item = bytes([_CNAME, len(name)]) + name
    item += bytes(4 - len(item) % 4)
    sdes = _HEAD.pack(0x81, SDES, (4 + len(item)) // 4, sent.ssrc) + item
    return head + body + sdes + (_HEAD.pack(0x81, BYE, 1, sent.ssrc) if is_last else b"")


def parse(data: bytes, our_ssrc: int) -> PeerReport | None:
    """The first SR or RR of a compound packet, or None when it is not well-formed to its end."""
    if len(data) < _HEAD.size or len(data) % 4 or data[1] not in (SR, RR):
        return None
    first, kind, words, ssrc = _HEAD.unpack_from(data)
    size = 4 * (words + 1)
    at = _HEAD.size + (_SENDER.size if kind == SR else 0)
    blocks = first & 0x1F
    if first & 0xC0 != 0x80 or size > len(data) or at + blocks * _BLOCK.size > size:
        return None
    middle = 0
    if kind == SR:
        high, low = _SENDER.unpack_from(data, _HEAD.size)[:2]
        middle = (high & 0xFFFF) << 16 | low >> 16
    for offset in range(at, at + blocks * _BLOCK.size, _BLOCK.size):
        about, lost, _, jitter, last_report, delay = _BLOCK.unpack_from(data, offset)
        if about == our_ssrc:
            cumulative = lost & 0xFF_FFFF
            signed = cumulative - (1 << 24) if cumulative & 0x80_0000 else cumulative
            return PeerReport(ssrc, middle, lost >> 24, signed, jitter, last_report, delay)
    return PeerReport(ssrc, middle, None, None, None)
