"""The receiving half of a leg: who may send, what his packets carry, and the frames they become."""

import contextlib
from collections.abc import Callable
from typing import Final, Protocol

from telephony.media import rtp
from telephony.media.dtmf import DigitReceiver, parse_event
from telephony.media.g711 import ALAW_SILENCE, ALAW_TO_ULAW, FRAME, ULAW_SILENCE, ULAW_TO_ALAW
from telephony.media.g722 import Coded, Decoder
from telephony.media.jitter import JitterBuffer
from telephony.media.lane import NO_HEAD, NO_SSRC, Lane
from telephony.media.lock import REAIMED_RELEARN_AFTER_S, RELEARN_AFTER_S, Address, SourceLearner, Verdict
from telephony.media.messages import Aim
from telephony.media.ports import RtpPort
from telephony.media.pulse import Pulse
from telephony.media.srtp import Seal

STRANGERS_A_SECOND: Final = 256
FULL_SIZE: Final = rtp.FULL_SIZE
unpack_full: Final = rtp.FULL.unpack_from


class Relay(Protocol):
    """Who takes a leg's packets as they come: the other leg of its bridge."""

    def pass_on(self, seq: int, timestamp: int, frame: bytes) -> None:
        """20 ms in the law of the leg they are from."""

    def renumber(self) -> None:
        """No more packets of this stream come."""


class Forged(OSError):
    """An SRTP packet that fails its check: to a reader as if nothing had come."""


class Inbound:
    """Fed by the pulse; `jitter` holds the audio while `is_listening`, digits go to `on_digit` as they come.

    With a `relay` packets are passed on to it at once, as long as they are 20 ms of G.711; a stream of others
    loses it, and goes by the jitter buffer.

    `on_lock` is called with the bound `send` of the socket connected to the peer, or None when the lock is
    given up.
    """

    __slots__ = (
        "_aim", "_codec", "_coded_type", "_dtmf_type", "_expected", "_is_reaimed", "_learner",
        "_lost_before", "_newcomer", "_on_digit", "_on_lock", "_packets_before", "_port", "_pulse", "_receive",
        "_recv_into", "_reordered_before", "_seal", "_types", "alaw", "digits", "forged", "is_muted", "jitter", "lane", "locked_to",
        "malformed", "reception", "relay", "strangers",
    )  # fmt: skip

    def __init__(
        self,
        port: RtpPort,
        pulse: Pulse,
        lane: Lane,
        on_digit: Callable[[str], None],
        on_lock: Callable[[Callable[[bytearray], int] | None], None],
    ) -> None:
        self._port = port
        self._pulse = pulse
        self.lane = lane
        self._on_digit = on_digit
        self._on_lock = on_lock
        self._aim: Aim | None = None
        self._learner: SourceLearner | None = None
        self._is_reaimed = False
        self._receive = False
        self._recv_into: Callable[[bytearray], int] = port.open.recv_into
        self._seal: Seal | None = None
        self._codec = "pcmu"
        self._coded_type = -1
        self._types: dict[int, bytes | None] = {}
        self._expected: frozenset[int] = frozenset()
        self._dtmf_type: int | None = None
        self._newcomer = (NO_SSRC, -1)
        self._lost_before = self._packets_before = self._reordered_before = 0
        self.alaw = self.is_muted = False
        self.jitter = JitterBuffer()
        self.digits = DigitReceiver()
        self.reception = lane.reception
        self.relay: Relay | None = None
        self.locked_to: Address | None = None
        self.strangers = 0
        self.malformed = 0
        self.forged = 0
        lane.heard_at = pulse.now
        pulse.watch(port.open.fileno(), self.on_open)

    # --- where from ---

    def aim(self, aim: Aim, seal: Seal | None) -> None:
        """Take the peer's address, payload types and keys. Raises OSError for an address out of reach."""
        before, self._aim = self._aim, aim
        self._seal = seal
        self._hear_locked()
        self._set_codec(aim)
        if before is None:
            self.lane.heard_at = self._pulse.now
        if not is_reachable(aim):
            return
        if before is not None and self.locked_to and (before.host, before.port) == (aim.host, aim.port):
            self._is_reaimed = aim.learn
            return
        self._unlock()
        if aim.learn:
            self._learner = SourceLearner((aim.host, aim.port))
        else:
            self._lock_to((aim.host, aim.port))

    def _set_codec(self, aim: Aim) -> None:
        alaw, is_coded = aim.codec == "pcma", aim.codec == "g722"
        if aim.codec != self._codec:
            self._codec = aim.codec
            self.alaw = alaw
            self.jitter = JitterBuffer(alaw=alaw, decode=Decoder() if is_coded else None)
        self._coded_type = aim.payload_type if is_coded else -1
        own, other = (rtp.PCMA, rtp.PCMU) if alaw else (rtp.PCMU, rtp.PCMA)
        self._types = {other: ULAW_TO_ALAW if alaw else ALAW_TO_ULAW, own: None, aim.payload_type: None}
        self._dtmf_type = aim.dtmf_payload_type
        self._expected = frozenset({aim.payload_type, rtp.COMFORT_NOISE, aim.dtmf_payload_type} - {None})  # type: ignore[arg-type]  # None is taken out
        self.lane.plain_head = self._head_of(aim)
        self._receive = aim.receive

    def _head_of(self, aim: Aim) -> int:
        """How a packet begins that needs no care; none does when all have to be decoded."""
        needs_care = self._coded_type >= 0 or self.is_muted
        return NO_HEAD if needs_care else rtp.FULL_HEAD | aim.payload_type

    def mute(self, muted: bool) -> None:
        """Whether what the peer says is taken for silence; its packets count as ever."""
        self.is_muted = muted
        if self._aim is not None and not self.digits.is_pressed:
            self.lane.plain_head = self._head_of(self._aim)

    def _lock_to(self, source: Address) -> None:
        if self._learner is not None:
            self.strangers += self._learner.strangers(source)
            self._learner = None
        self._unlock()
        sock = self._port.lock(source)
        self._hear_locked()
        self.locked_to = source
        self._is_reaimed = False
        self._pulse.unwatch(self._port.open.fileno())
        self._on_lock(sock.send)

    def _hear_locked(self) -> None:
        """How packets of the locked source are read, now that it or the keys have changed."""
        locked = self._port.locked
        if locked is not None:
            is_plain = self._seal is None
            self._recv_into = locked.recv_into if is_plain else self._recv_sealed
            self._pulse.watch(locked.fileno(), self.on_media, self if is_plain else None)

    def _unlock(self) -> None:
        if self._port.locked is not None:
            self._pulse.unwatch(self._port.locked.fileno())
            self._port.unlock()
            self._pulse.watch(self._port.open.fileno(), self.on_open)
            self.locked_to = None
            self._on_lock(None)

    def every_second(self) -> None:
        """Count strangers, and let the source be learned anew when the locked one fell silent."""
        self.jitter.settle()
        locked, aim = self.locked_to, self._aim
        if locked is None or aim is None:
            return
        patience = REAIMED_RELEARN_AFTER_S if self._is_reaimed else RELEARN_AFTER_S
        open_fd = self._port.open.fileno()
        if aim.learn and self._pulse.now - self.lane.heard_at >= patience:
            if self._learner is None:
                self._count_strangers()
                only_host = None if self._is_reaimed else locked[0]
                self._learner = SourceLearner((aim.host, aim.port), only_host=only_host)
                self._pulse.watch(open_fd, self.on_open)
        elif self._learner is not None:
            self.strangers += self._learner.strangers(locked)
            self._learner = None
            self._pulse.unwatch(open_fd)
        if self._learner is None:
            self._count_strangers()

    def _count_strangers(self) -> None:
        for _ in range(STRANGERS_A_SECOND):
            try:
                self._port.open.recv_into(self._pulse.buffer)
            except BlockingIOError:
                return
            except OSError:
                continue
            self.strangers += 1

    # --- packets ---

    def on_media(self) -> None:
        """A packet from the locked source; the kernel let no other through."""
        pulse = self._pulse
        buffer = pulse.buffer
        receive = self._recv_into
        try:
            size = receive(buffer)
        except OSError:
            return
        head, seq, timestamp, ssrc, payload = unpack_full(buffer)
        lane = self.lane
        if head != lane.plain_head or ssrc != lane.ssrc_in or size != FULL_SIZE:
            self.read(size)
            return
        lane.heard_at = pulse.now
        self.reception.count(seq, timestamp, pulse.clock)
        relay = self.relay
        if relay is not None:
            relay.pass_on(seq, timestamp, payload)
        if lane.is_listening:
            self.jitter.push(seq, payload)

    def on_open(self) -> None:
        """A packet from any source, while none is locked or the locked one is silent."""
        pulse = self._pulse
        try:
            size, address = self._port.open.recvfrom_into(pulse.buffer)
            size = self._unseal(size)
        except OSError:
            return
        source: Address = address[:2]
        if self._learner is None:
            if self._aim is None:
                return
            if source == self.locked_to:  # it was in the queue when the lock was made
                self.read(size)
            else:
                self.strangers += 1
            return
        packet = rtp.parse(pulse.buffer, size)
        if packet is None:
            self.malformed += 1
            return
        is_expected = packet.payload_type in self._expected
        verdict = self._learner.packet(
            source, packet.ssrc, packet.seq, is_expected=is_expected, now=pulse.now
        )
        if verdict is Verdict.LOCK:
            with contextlib.suppress(OSError):  # no way to answer there: go on listening openly
                self._lock_to(source)
            self._accept(packet)
            self._empty_open_queue()
        elif verdict is Verdict.HEAR:
            self._accept(packet)

    def _empty_open_queue(self) -> None:
        """What came before the lock was made: the peer's packets are taken, the others counted."""
        if self.locked_to is None:
            return
        for _ in range(STRANGERS_A_SECOND):
            try:
                size, address = self._port.open.recvfrom_into(self._pulse.buffer)
                size = self._unseal(size)
            except Forged:
                continue
            except OSError:
                return
            if address[:2] == self.locked_to:
                self.read(size)
            else:
                self.strangers += 1

    def _recv_sealed(self, buffer: bytearray) -> int:
        """As the locked socket's recv_into, for SRTP."""
        assert self._port.locked is not None
        return self._unseal(self._port.locked.recv_into(buffer))

    def _unseal(self, size: int) -> int:
        """Puts the plain packet in place of the SRTP packet of `size` bytes. Raises Forged."""
        if self._seal is None:
            return size
        buffer = self._pulse.buffer
        plain = self._seal.unprotect(bytes(buffer[:size]))
        if plain is None:
            self.forged += 1
            raise Forged
        buffer[: len(plain)] = plain
        return len(plain)

    def read(self, size: int) -> None:
        """A packet from the locked source, `size` bytes in the pulse's buffer, with all the care it may need."""
        packet = rtp.parse(self._pulse.buffer, size)
        if packet is None:
            self.malformed += 1
        else:
            self._accept(packet)

    def _accept(self, packet: rtp.Packet) -> None:
        pulse = self._pulse
        if packet.payload_type == self._dtmf_type:
            self._take_event(packet)
            return
        lane = self.lane
        if packet.ssrc != lane.ssrc_in and not self._adopt(packet):
            return
        lane.heard_at = pulse.now
        self.reception.count(packet.seq, packet.timestamp, pulse.clock)
        if not lane.is_listening and self.relay is None:
            return
        audio = self._audio(packet)
        if self.relay is not None:
            self._pass_on(self.relay, packet, audio)
        if lane.is_listening:
            self.jitter.push(packet.seq, audio)

    def _audio(self, packet: rtp.Packet) -> bytes:
        """What the packet says, in the leg's law or still Coded."""
        if self.is_muted or self.digits.is_pressed or packet.payload_type not in self._types:
            return ALAW_SILENCE if self.alaw else ULAW_SILENCE
        if packet.payload_type == self._coded_type:
            return Coded(packet.payload)
        table = self._types[packet.payload_type]
        return packet.payload.translate(table) if table else packet.payload

    def _pass_on(self, relay: Relay, packet: rtp.Packet, audio: bytes) -> None:
        """Relay what can be; a stream of other packets goes by the jitter buffer from this one on."""
        if len(audio) == FRAME and not isinstance(audio, Coded):
            relay.pass_on(packet.seq, packet.timestamp, audio)
        elif audio:
            self.pass_to(None, None)
            relay.renumber()
            self.lane.is_listening = self._pulse.is_stale = True

    def pass_to(self, relay: Relay | None, lane: Lane | None) -> None:
        """Pass packets on to `relay`, whose lane this is, or to nobody."""
        self.relay = relay
        self.lane.peer = lane.address if lane is not None else None

    def _adopt(self, packet: rtp.Packet) -> bool:
        """Whether a packet of another SSRC starts a new stream: the first of all, or the second in a row."""
        lane = self.lane
        if lane.ssrc_in != NO_SSRC and (packet.ssrc, packet.seq) != self._newcomer:
            self._newcomer = (packet.ssrc, (packet.seq + 1) & rtp.SEQ_MASK)
            return False
        self._packets_before = self.packets
        self._lost_before = self.lost
        self._reordered_before = self.reordered
        lane.ssrc_in = packet.ssrc
        self.reception.begin(packet.seq)
        self.jitter.reset()
        if self.relay is not None:
            self.relay.renumber()
        return True

    def _take_event(self, packet: rtp.Packet) -> None:
        press = parse_event(packet.payload)
        if press is None:
            self.malformed += 1
            return
        pulse, lane = self._pulse, self.lane
        lane.heard_at = pulse.now
        was_pressed = self.digits.is_pressed
        told = self.digits.packet(packet.ssrc, packet.timestamp, press, pulse.now)
        if packet.ssrc == lane.ssrc_in:
            self.reception.count_untimed(packet.seq)
            if lane.is_listening:  # its number is no gap; a repeated end takes no time
                silence = ALAW_SILENCE if self.alaw else ULAW_SILENCE
                is_news = was_pressed or told or self.digits.is_pressed
                self.jitter.push(packet.seq, silence if is_news else b"")
        self._note_press()
        if told:
            self._on_digit(told)

    def expire_press(self) -> None:
        """End a press whose end never came."""
        self.digits.expire(self._pulse.now)
        self._note_press()

    def _note_press(self) -> None:
        aim = self._aim
        if self.digits.is_pressed:
            self.lane.plain_head = NO_HEAD  # audio within a press takes the careful way, which silences it
            self._pulse.pressed.add(self)
        elif aim is not None:
            self.lane.plain_head = self._head_of(aim)
            self._pulse.pressed.discard(self)

    # --- counts ---

    @property
    def heard_at(self) -> float:
        """When the peer was last heard, on the pulse's clock."""
        return self.lane.heard_at

    @property
    def ssrc(self) -> int:
        """The peer's, NO_SSRC before its first packet."""
        return self.lane.ssrc_in

    @property
    def is_listening(self) -> bool:
        return bool(self.lane.is_listening)

    def listen(self, wanted: bool) -> None:
        """Whether audio goes into the jitter buffer, which starts afresh when that begins."""
        self.lane.is_listening = wanted
        self.jitter.reset()

    @property
    def packets(self) -> int:
        return self._packets_before + self.reception.received

    @property
    def lost(self) -> int:
        return self._lost_before + (self.reception.lost if self.lane.ssrc_in != NO_SSRC else 0)

    @property
    def reordered(self) -> int:
        return self._reordered_before + self.reception.reordered

    def close(self) -> None:
        """Stop watching; the port itself is closed by its pool."""
        if self.locked_to is None and self._learner is not None:
            self.strangers += self._learner.refused
        elif self.locked_to is not None:
            self._count_strangers()
        if self._port.locked is not None:
            self._pulse.unwatch(self._port.locked.fileno())
        self._pulse.unwatch(self._port.open.fileno())
        self._pulse.pressed.discard(self)
        self._on_digit = self._on_lock = _ignore  # they hold the leg, which holds us
        self._recv_into = len
        self.pass_to(None, None)


def _ignore(_: object) -> None:
    """What a closed leg does with news."""


def is_reachable(aim: Aim) -> bool:
    """Whether the address is one to send to; SDP writes hold as 0.0.0.0 and no stream as port 0."""
    return aim.port != 0 and aim.host not in ("0.0.0.0", "::")  # noqa: S104  # compared, not bound
