"""One leg: what it hears goes to its peer and its recordings, and every tick one packet goes out to it."""

import os
from collections.abc import Callable, Iterator
from struct import Struct
from typing import Final

from telephony.media import rtp
from telephony.media.control_link import ControlLink
from telephony.media.dtmf import DigitSender
from telephony.media.g711 import ALAW_SILENCE, ALAW_TO_ULAW, FRAME, ULAW_SILENCE, ULAW_TO_ALAW
from telephony.media.g722 import Encoder
from telephony.media.inbound import NO_SSRC, Inbound, is_reachable
from telephony.media.messages import Aim, Stats
from telephony.media.ports import RtpPort
from telephony.media.pulse import Pulse
from telephony.media.recorder import Recorder
from telephony.media.rtcp import Reception, Sent
from telephony.media.srtp import FIRST_SEQ_MASK, Seal, agreed

patch: Final = Struct("!HI4s160s").pack_into
PATCH_AT: Final = 2
HEALTH_AFTER_S: Final = 3.0


class Leg:
    """`heard` and `said` are this tick's frames in the leg's own law. 20 ms packets whatever `ptime_ms` says."""

    __slots__ = (
        "_encode", "_frames", "_from_other", "_mark", "_packet", "_pulse", "_seal", "_send", "_seq", "_silence",
        "_ssrc",
        "_ssrc_bytes", "_ts_base", "_type", "alaw", "dtmf_type", "heard", "inbound", "is_aimed", "is_quiet",
        "is_receiving", "is_sending", "keys", "link", "name", "packets_out", "peer", "play", "port", "recorders",
        "said", "signalled", "silences",
    )  # fmt: skip

    def __init__(
        self, name: str, port: RtpPort, pulse: Pulse, on_digit: Callable[["Leg", str], None]
    ) -> None:
        self.name = name
        self.port = port
        self.peer: Leg | None = None
        self.play: int | None = None
        self.recorders: list[Recorder] = []
        self.keys = DigitSender()
        self.alaw = False
        self.dtmf_type: int | None = None
        self.is_aimed = self.is_sending = self.is_receiving = self.is_quiet = False
        self.heard = self.said = ULAW_SILENCE
        self.signalled = ("", 0)
        self.packets_out = self.silences = 0
        self._pulse = pulse
        self._frames: Iterator[bytes] | None = None
        self._silence = ULAW_SILENCE
        self._from_other = ALAW_TO_ULAW
        self._ssrc_bytes = os.urandom(4)
        self._ssrc = int.from_bytes(self._ssrc_bytes, "big")
        self._seq = int.from_bytes(os.urandom(2), "big")
        self._ts_base = int.from_bytes(os.urandom(4), "big") - pulse.clock
        self._type = 0
        self._mark = rtp.MARKER
        self._packet = bytearray(rtp.FULL_SIZE)
        self._packet[0] = rtp.VERSION_2
        self._encode: Encoder | None = None
        self._seal: Seal | None = None
        self._send: Callable[[bytearray], int] = self._send_openly
        self.inbound = Inbound(port, pulse, lambda digit: on_digit(self, digit), self._on_lock)
        self.link = ControlLink(port.rtcp, pulse, self._ssrc)

    # --- set by commands ---

    def aim(self, aim: Aim) -> None:
        """Raises OSError when the address can't be reached, ValueError when the keys are of no use."""
        self._set_seal(agreed(aim, self._seal))
        if (aim.codec == "g722") is not (self._encode is not None):
            self._encode = Encoder() if aim.codec == "g722" else None
        self.alaw = aim.codec == "pcma"
        self._silence = ALAW_SILENCE if self.alaw else ULAW_SILENCE
        self._from_other = ULAW_TO_ALAW if self.alaw else ALAW_TO_ULAW
        self.heard = self.said = self._silence
        self._type = aim.payload_type
        self.dtmf_type = aim.dtmf_payload_type
        if is_reachable(aim):
            self.signalled = (aim.host, aim.port)
        self.inbound.aim(aim, self._seal)
        self.link.peer = self.inbound.locked_to or self.signalled
        self.is_receiving = aim.receive
        if not self.is_sending:
            self._mark = rtp.MARKER
        self.is_sending = aim.send and is_reachable(aim)
        self.is_aimed = True
        self.update_listening()

    def start(self, play: int, frames: Iterator[bytes]) -> None:
        """Mu-law frames to say from the next tick on."""
        self.play = play
        self._frames = frames

    def stop(self) -> None:
        self.play = self._frames = None

    def update_listening(self) -> bool:
        """Whether anybody wants this leg's audio; the jitter buffer starts afresh when that begins."""
        wanted = self.is_receiving and (self.peer is not None or bool(self.recorders))
        if wanted is not self.inbound.is_listening:
            self.inbound.is_listening = wanted
            self.inbound.jitter.reset()
            self.heard = self._silence
        return wanted

    # --- every tick ---

    def say(self) -> int | None:
        """Send this tick's packet. Returns the number of a play that just ran out."""
        over = None
        peer = self.peer
        if peer is not None:
            frame = peer.heard
            if peer.alaw is not self.alaw:
                frame = frame.translate(self._from_other)
        elif self._frames is not None and self.is_aimed:
            mulaw = next(self._frames, None)
            if mulaw is None:
                over, frame = self.play, self._silence
                self.stop()
            else:
                frame = mulaw.translate(ULAW_TO_ALAW) if self.alaw else mulaw
        else:
            frame = self._silence
        if not self.is_sending:
            self.said = self._silence
            return over
        self.said = frame
        timestamp = (self._ts_base + self._pulse.clock) & rtp.TS_MASK
        if self.keys.is_busy and self._say_event(timestamp):
            return over
        if self._encode is not None:
            frame = self._encode(frame)
        packet = self._packet
        seq = self._seq = (self._seq + 1) & rtp.SEQ_MASK
        patch(packet, PATCH_AT, seq, timestamp, self._ssrc_bytes, frame)
        packet[1] = self._type | self._mark
        send = self._send
        try:
            send(packet)
            self.packets_out += 1
        except OSError:  # the peer is not there yet, or no more: its silence will tell
            return over
        self._mark = 0
        return over

    def record(self) -> bool:
        """Give this tick's frames to the recordings. True when one of them came to its end."""
        heard, said = self.heard, self.said
        if self.alaw:
            heard, said = heard.translate(ALAW_TO_ULAW), said.translate(ALAW_TO_ULAW)
        is_over = False
        for recorder in self.recorders:
            recorder.add(heard, said)
            is_over = is_over or recorder.ended is not None
        return is_over

    def catch_up(self, missed: int) -> None:
        """`missed` ticks were skipped: what was due in them is recorded, and the peer told of the jump."""
        self._mark = rtp.MARKER
        if not self.inbound.is_listening:
            return
        for _ in range(missed):
            self.heard, self.said = self.inbound.jitter.take(), self._silence
            self.record()

    # --- now and then ---

    def every_second(self) -> float | None:
        """Housekeeping. Returns seconds of silence when it just became news, 0 when audio is back."""
        self.inbound.every_second()
        self.link.peer = self.inbound.locked_to or (self.signalled if self.is_aimed else None)
        if self.link.is_due:
            self.link.send(self._sent(), self._heard_of())
        if not self.is_receiving:
            return None
        silent_s = self._pulse.now - self.inbound.heard_at
        is_quiet = silent_s >= HEALTH_AFTER_S
        if is_quiet is self.is_quiet:
            return None
        self.is_quiet = is_quiet
        self.silences += is_quiet
        return round(silent_s, 1) if is_quiet else 0.0

    def close(self) -> Stats:
        """Say goodbye, stop watching the sockets; the counts of its life."""
        if self.is_aimed:
            self.link.send(self._sent(), self._heard_of(), is_last=True)
        self.inbound.close()
        self.link.close()
        self._send = len  # no reference to ourselves remains, so that a closed leg is freed at once
        return self.stats()

    def stats(self) -> Stats:
        """The counts of its life so far, as messages.Closed lists them."""
        inbound, link, remote = self.inbound, self.link, self.link.remote
        locked = inbound.locked_to
        return {
            "packets_in": inbound.packets,
            "packets_out": self.packets_out,
            "lost": inbound.lost,
            "reordered": inbound.reordered,
            "strangers": inbound.strangers + link.strangers,
            "jitter_ms": round(inbound.reception.jitter / 8, 2),
            "locked_to": f"{locked[0]}:{locked[1]}" if locked else None,
            "malformed": inbound.malformed,
            "forged": inbound.forged + link.forged,
            "silent_s": round(self._pulse.now - inbound.heard_at, 1) if self.is_receiving else 0.0,
            "silences": self.silences,
            "remote_lost": remote.lost if remote else None,
            "remote_loss": round((remote.fraction_lost or 0) / 256, 3) if remote else None,
            "remote_jitter_ms": round((remote.jitter or 0) / 8, 2) if remote else None,
            "round_trip_ms": None if link.round_trip_s is None else round(link.round_trip_s * 1000, 1),
        }

    def owns(self, fd: int) -> bool:
        """Whether one of the leg's sockets has this number."""
        port = self.port
        return fd in (port.open.fileno(), port.rtcp.fileno(), port.locked.fileno() if port.locked else -1)

    # --- within ---

    def _say_event(self, timestamp: int) -> bool:
        """Send this tick's event packet in place of audio; False in a pause between presses."""
        event = self.keys.next_packet(timestamp)
        if event is None or self.dtmf_type is None:
            return False
        self.said = self._silence
        self._seq = (self._seq + 1) & rtp.SEQ_MASK
        packet = rtp.build(
            self.dtmf_type, self._seq, event.timestamp, self._ssrc, event.payload, marker=event.marker
        )
        try:
            self._send(bytearray(packet))
            self.packets_out += 1
        except OSError:
            return True
        return True

    def _set_seal(self, seal: Seal | None) -> None:
        if seal is self._seal:
            return
        if seal is not None and not self.packets_out:
            self._seq &= FIRST_SEQ_MASK
        self._seal = self.link.seal = seal
        locked = self.port.locked
        self._on_lock(None if locked is None else locked.send)

    def _on_lock(self, send: Callable[[bytearray], int] | None) -> None:
        raw, seal = send or self._send_openly, self._seal
        self._send = raw if seal is None else lambda packet: raw(bytearray(seal.protect(bytes(packet))))

    def _send_openly(self, packet: bytearray) -> int:
        return self.port.open.sendto(packet, self.signalled)

    def _sent(self) -> Sent:
        timestamp = (self._ts_base + self._pulse.clock) & rtp.TS_MASK
        return Sent(self._ssrc, self.packets_out, self.packets_out * FRAME, timestamp, self._pulse.wall())

    def _heard_of(self) -> tuple[int, Reception] | None:
        return None if self.inbound.ssrc == NO_SSRC else (self.inbound.ssrc, self.inbound.reception)
