"""The sending half of a leg: every tick a packet of its own, or in a bridge the peer's packets as they come.

Either way the leg's phone gets one stream: numbers without a hole of our making, timestamps that only grow.
"""

import os
from collections.abc import Callable, Iterator
from struct import Struct
from typing import Final, Protocol

from telephony.media import lane as lanes
from telephony.media import rtp
from telephony.media.clips import Clip
from telephony.media.dtmf import DigitSender
from telephony.media.g711 import ALAW_SILENCE, ALAW_TO_ULAW, FRAME, ULAW_SILENCE, ULAW_TO_ALAW
from telephony.media.g722 import Encoder
from telephony.media.inbound import Relay, is_reachable
from telephony.media.messages import Aim
from telephony.media.ports import RtpPort
from telephony.media.pulse import Pulse
from telephony.media.rtcp import Sent
from telephony.media.srtp import FIRST_SEQ_MASK, Seal

patch: Final = Struct("!HI4s160s").pack_into
PATCH_AT: Final = 2
LATER: Final = 1 << 31  # of the timestamps: what lies less than this ahead is newer


class Source(Protocol):
    """Whom a leg hears: the other leg of its bridge, or the sum of several (telephony.media.mixing).

    `heard` is this tick's frame in the law that `alaw` tells; `relay` takes its packets as they come, if any does.
    """

    @property
    def heard(self) -> bytes: ...
    @property
    def alaw(self) -> bool: ...
    @property
    def is_receiving(self) -> bool: ...
    @property
    def relay(self) -> Relay | None: ...


class Outbound:
    """`said` is this tick's frame in the leg's own law, unless the peer's packets are passed on (`is_passing`)."""

    __slots__ = (
        "_clip", "_clips", "_encode", "_from_other", "_lane", "_packet", "_port", "_pulse", "_seal",
        "_send", "_silence", "_source", "_ssrc", "alaw", "dtmf_type", "is_aimed", "is_sending", "is_taped", "keys",
        "play", "said", "signalled",
    )  # fmt: skip

    def __init__(self, port: RtpPort, pulse: Pulse, lane: lanes.Lane) -> None:
        self._port = port
        self._pulse = pulse
        self._lane = lane
        self._source: Source | None = None
        self._clips: Iterator[Clip] | None = None
        self._clip: Clip = b""
        self._silence = ULAW_SILENCE
        self._from_other = ALAW_TO_ULAW
        self._encode: Encoder | None = None
        self._seal: Seal | None = None
        self._send: Callable[[bytearray], int] = self._send_openly
        self._ssrc = os.urandom(4)
        self._packet = bytearray(rtp.FULL_SIZE)
        self._packet[0] = rtp.VERSION_2
        self.alaw = False
        self.dtmf_type: int | None = None
        self.is_aimed = self.is_sending = self.is_taped = False
        self.keys = DigitSender()
        self.play: int | None = None
        self.said = ULAW_SILENCE
        self.signalled = ("", 0)
        lane.ssrc = int.from_bytes(self._ssrc, "big")
        lane.seq = pulse.number
        lane.ts_base = pulse.origin
        lane.last_timestamp = lane.ts_base + pulse.clock
        lane.mark = rtp.MARKER

    # --- set by commands ---

    def aim(self, aim: Aim, seal: Seal | None) -> None:
        """What the peer wants to get, and where."""
        if (aim.codec == "g722") is not (self._encode is not None):
            self._encode = Encoder() if aim.codec == "g722" else None
        lane = self._lane
        self.alaw = aim.codec == "pcma"
        self._silence = ALAW_SILENCE if self.alaw else ULAW_SILENCE
        self._from_other = ULAW_TO_ALAW if self.alaw else ALAW_TO_ULAW
        self.said = self._silence
        self.dtmf_type = aim.dtmf_payload_type
        if is_reachable(aim):
            self.signalled = (aim.host, aim.port)
        if seal is not self._seal:
            self._set_seal(seal)
        lane.alaw, lane.payload_type = self.alaw, aim.payload_type
        if not self.is_sending:
            lane.mark = rtp.MARKER
        self.is_sending = aim.send and is_reachable(aim)
        self.is_aimed = True
        self.renumber()

    def lock(self, send: Callable[[bytearray], int] | None) -> None:
        """Send by this, the socket connected to the peer; None: openly, to where the signalling said."""
        raw, seal = send or self._send_openly, self._seal
        self._send = raw if seal is None else lambda packet: raw(bytearray(seal.protect(bytes(packet))))
        locked = self._port.locked
        is_plain = send is not None and seal is None and locked is not None
        self._lane.out_fd = locked.fileno() if is_plain and locked is not None else lanes.NO_SOCKET
        self._lane.mode = lanes.ASK

    def start(self, play: int, clips: Iterator[Clip]) -> None:
        """Mu-law to say from the next tick on; no clip is empty."""
        self.stop()
        self.play = play
        self._clips = clips

    def stop(self) -> None:
        self.play = self._clips = None
        self._load(b"")

    def hear(self, source: Source | None) -> None:
        """Whom the leg hears from now on, None for nobody."""
        self._source = source
        self.renumber()

    # --- every tick, and in a bridge every packet ---

    def say(self) -> int | None:
        """Send this tick's packet. Returns the number of a play that just ran out."""
        if self._is_passed_on():
            return None
        over = None
        source = self._source
        if source is not None:
            frame = self._silence if source.relay is not None else self.other_side()
        elif self._clips is not None and self.is_aimed:
            mulaw = self._next_frame()
            if mulaw is None:
                over, frame = self.play, self._silence
                self.stop()
            else:
                frame = mulaw.translate(ULAW_TO_ALAW) if self.alaw else mulaw
        else:
            frame = self._silence
        self.said = frame if self.is_sending else self._silence
        if self.is_sending:
            self._send_tick(frame)
        self._settle()
        return over

    def pass_on(self, seq: int, timestamp: int, frame: bytes) -> None:
        """Send a packet of the peer's on at once, under our own numbers; `frame` is in the peer's law."""
        source, lane = self._source, self._lane
        if source is None or not (self.is_sending and source.is_receiving) or self.keys.is_busy:
            return
        if not self._is_in_line(seq, timestamp):
            self._begin_passing(seq, timestamp)
        lane.idle_ticks = 0
        number = (seq + lane.seq_shift) & rtp.SEQ_MASK
        stamp = (timestamp + lane.ts_shift) & rtp.TS_MASK
        if (number - lane.seq) & rtp.SEQ_MASK <= lanes.AHEAD_MAX:
            if number == lane.seq:
                return  # it came twice
            lane.seq, lane.last_timestamp = number, stamp
        if source.alaw is not self.alaw:
            frame = frame.translate(self._from_other)
        self._put(number, stamp, frame)

    def renumber(self) -> None:
        """From now on a packet a tick is ours again, later than all that was passed on."""
        lane = self._lane
        lane.mode = lanes.ASK
        if lane.idle_ticks < lanes.RELAY_ENDS:
            lane.idle_ticks = lanes.RELAY_ENDS
            lane.ts_base += self._next_stamp() - self._here()

    @property
    def is_passing(self) -> bool:
        """Whether the peer's packets flow by themselves."""
        return self._lane.idle_ticks < lanes.RELAY_ENDS

    def other_side(self) -> bytes:
        """What the peer says in this tick, in our law."""
        source = self._source
        if source is None or not self.is_sending:
            return self._silence
        return source.heard if source.alaw is self.alaw else source.heard.translate(self._from_other)

    def sent(self) -> Sent:
        """For RTCP."""
        lane, count = self._lane, self._lane.packets_out
        return Sent(lane.ssrc, count, count * FRAME, self._here(), self._pulse.wall())

    def close(self) -> None:
        self._send = len  # no reference to ourselves remains, so that a closed leg is freed at once
        self._source = None
        self.stop()

    # --- within ---

    def _here(self) -> int:
        """The timestamp of this tick."""
        return (self._lane.ts_base + self._pulse.clock) & rtp.TS_MASK

    def _next_stamp(self) -> int:
        """This tick's timestamp, or the next after the last one sent if that is later."""
        here, last = self._here(), self._lane.last_timestamp
        return here if 0 < (here - last) & rtp.TS_MASK < LATER else (last + FRAME) & rtp.TS_MASK

    def _is_in_line(self, seq: int, timestamp: int) -> bool:
        """Whether a packet of the peer's follows on what was passed on, or is late within it."""
        lane = self._lane
        if lane.idle_ticks >= lanes.RELAY_ENDS:
            return False
        ahead = (seq + lane.seq_shift - lane.seq) & rtp.SEQ_MASK
        if ahead == 0 or ahead > rtp.SEQ_MASK - lanes.LATE_MAX:
            return True
        later = (timestamp + lane.ts_shift - lane.last_timestamp) & rtp.TS_MASK
        return ahead <= lanes.AHEAD_MAX and 0 < later <= lanes.JUMP_MAX

    def _begin_passing(self, seq: int, timestamp: int) -> None:
        """The peer's numbers go on where ours are."""
        lane = self._lane
        lane.seq_shift = lane.seq + 1 - seq
        lane.ts_shift = self._next_stamp() - timestamp
        lane.mark = rtp.MARKER

    def _is_passed_on(self) -> bool:
        """Whether this tick has no packet of ours because the peer's flow; counts the ticks without one."""
        lane = self._lane
        if lane.idle_ticks >= lanes.RELAY_ENDS:
            return False
        if lane.idle_ticks + 1 < lanes.RELAY_ENDS and not self.keys.is_busy and self.is_sending:
            lane.idle_ticks += 1
            self._settle()
            return True
        self.renumber()
        return False

    def _next_frame(self) -> bytes | None:
        lane = self._lane
        at = lane.clip_at
        if at >= lane.clip_size:
            clip = next(self._clips, None) if self._clips is not None else None
            if clip is None:
                return None
            self._load(clip)
            at = 0
        lane.clip_at = at + FRAME
        return self._clip[at : at + FRAME]

    def _load(self, clip: Clip) -> None:
        """The structure holds a pointer into the clip, which lives as long as it stands there."""
        lane = self._lane
        lane.mode = lanes.ASK
        lane.clip_at = lane.clip_size = 0
        lane.clip = self._clip = clip
        lane.clip_size = len(clip)

    def _send_tick(self, frame: bytes) -> None:
        lane, timestamp = self._lane, self._here()
        lane.last_timestamp = timestamp
        if self.keys.is_busy and self._send_event(timestamp):
            return
        seq = lane.seq = (lane.seq + 1) & rtp.SEQ_MASK
        self._put(seq, timestamp, frame)

    def _put(self, seq: int, timestamp: int, frame: bytes) -> None:
        lane = self._lane
        if self._encode is not None:
            frame = self._encode(frame)
        packet = self._packet
        patch(packet, PATCH_AT, seq, timestamp, self._ssrc, frame)
        packet[1] = lane.payload_type | lane.mark
        try:
            self._send(packet)
        except OSError:  # the peer is not there yet, or no more: its silence will tell
            return
        lane.packets_out += 1
        lane.mark = 0

    def _send_event(self, timestamp: int) -> bool:
        """Send this tick's event packet in place of audio; False in a pause between presses."""
        event = self.keys.next_packet(timestamp)
        if event is None or self.dtmf_type is None:
            return False
        lane = self._lane
        self.said = self._silence
        seq = lane.seq = (lane.seq + 1) & rtp.SEQ_MASK
        packet = rtp.build(
            self.dtmf_type, seq, event.timestamp, lane.ssrc, event.payload, marker=event.marker
        )
        try:
            self._send(bytearray(packet))
        except OSError:
            return True
        lane.packets_out += 1
        return True

    def _settle(self) -> None:
        """Whether the next ticks need us, or go on like this by themselves until a command comes."""
        lane, source = self._lane, self._source
        lane.mode = lanes.ASK
        if lane.out_fd < 0 or self._encode is not None or self.keys.is_busy or not self.is_sending:
            return
        if source is not None:
            if self.is_passing and source.is_receiving and source.relay is self:
                lane.translate = self._translation(source)
                lane.mode = lanes.RELAY
        elif not self.is_taped:
            lane.mode = lanes.SILENCE if self._clips is None else lanes.CLIP

    def _translation(self, source: Source) -> int:
        if source.alaw is self.alaw:
            return lanes.AS_IS
        return lanes.TO_ALAW if self.alaw else lanes.TO_ULAW

    def _set_seal(self, seal: Seal | None) -> None:
        if seal is not None and not self._lane.packets_out:
            self._lane.seq &= FIRST_SEQ_MASK
        self._seal = seal
        locked = self._port.locked
        self.lock(None if locked is None else locked.send)

    def _send_openly(self, packet: bytearray) -> int:
        return self._port.open.sendto(packet, self.signalled)
