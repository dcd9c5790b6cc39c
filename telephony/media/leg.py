"""One leg: its receiving and its sending half, its reports, and what its recordings get of both."""

from collections.abc import Callable
from typing import Final

from telephony.media import lane as lanes
from telephony.media import rtp
from telephony.media.control_link import ControlLink
from telephony.media.g711 import ALAW_SILENCE, ALAW_TO_ULAW, ULAW_SILENCE
from telephony.media.inbound import Inbound, Relay
from telephony.media.messages import Aim, Stats
from telephony.media.outbound import Outbound
from telephony.media.ports import RtpPort
from telephony.media.pulse import Pulse
from telephony.media.recorder import Recorder
from telephony.media.rtcp import Reception
from telephony.media.srtp import Seal, agreed

HEALTH_AFTER_S: Final = 3.0


class Leg:
    """`heard` is this tick's frame in the leg's own law; `is_overheard` says that an ear wants it (media.mixing).

    20 ms packets whatever `ptime_ms` says.
    """

    __slots__ = (
        "_pulse", "_seal", "_silence", "alaw", "heard", "inbound", "is_overheard", "is_quiet", "is_receiving", "lane",
        "link", "name", "outbound", "peer", "port", "recorders", "silences",
    )  # fmt: skip

    def __init__(
        self, name: str, port: RtpPort, pulse: Pulse, on_digit: Callable[["Leg", str], None]
    ) -> None:
        self.name = name
        self.port = port
        self.peer: Leg | None = None
        self.recorders: list[Recorder] = []
        self.alaw = self.is_receiving = self.is_quiet = self.is_overheard = False
        self.heard = self._silence = ULAW_SILENCE
        self.silences = 0
        self._pulse = pulse
        self._seal: Seal | None = None
        self.lane = lanes.Lane()
        self.outbound = Outbound(port, pulse, self.lane)
        self.inbound = Inbound(
            port, pulse, self.lane, lambda digit: on_digit(self, digit), self.outbound.lock
        )
        self.link = ControlLink(port.rtcp, pulse, self.lane.ssrc)

    # --- set by commands ---

    def aim(self, aim: Aim) -> None:
        """Raises OSError when the address can't be reached, ValueError when the keys are of no use."""
        self._seal = self.link.seal = agreed(aim, self._seal)
        self.alaw = aim.codec == "pcma"
        self.heard = self._silence = ALAW_SILENCE if self.alaw else ULAW_SILENCE
        self.outbound.aim(aim, self._seal)
        self.inbound.aim(aim, self._seal)
        self.link.peer = self.inbound.locked_to or self.outbound.signalled
        self.is_receiving = aim.receive
        if self.peer is not None:  # another codec than before may be one to pass on
            self.inbound.pass_to(self.peer.outbound, self.peer.lane)
            self.peer.outbound.renumber()
        self.update_listening()

    def join(self, peer: "Leg") -> None:
        """Hear `peer` from now on: its packets as they come, or once a tick if they can't be passed on."""
        self.peer = peer
        self.outbound.hear(peer)
        peer.inbound.pass_to(self.outbound, self.lane)

    def part(self) -> None:
        """Hear nobody."""
        if self.peer is not None:
            self.peer.inbound.pass_to(None, None)
            self.peer = None
            self.outbound.hear(None)

    def unsettle(self) -> None:
        """Something has changed: both directions are thought over at the next tick."""
        self.outbound.is_taped = bool(self.recorders)
        self.lane.mode = lanes.ASK
        if self.peer is not None:
            self.peer.lane.mode = lanes.ASK

    @property
    def relay(self) -> Relay | None:
        """Who gets its packets as they come."""
        return self.inbound.relay

    def update_listening(self) -> bool:
        """Whether anybody wants this leg's audio frame by frame: a recording, an ear, or a peer it is not passed on to."""
        peer = self.peer
        wanted = self.is_receiving and (
            bool(self.recorders)
            or self.is_overheard
            or (peer is not None and (self.inbound.relay is None or bool(peer.recorders)))
        )
        if wanted is not self.inbound.is_listening:
            self.inbound.listen(wanted)
            self.heard = self._silence
        return wanted

    # --- every tick ---

    def say(self) -> int | None:
        """Send this tick's packet. Returns the number of a play that just ran out."""
        return self.outbound.say()

    def record(self) -> bool:
        """Give this tick's frames to the recordings. True when one of them came to its end."""
        outbound = self.outbound
        heard, said = self.heard, outbound.other_side() if outbound.is_passing else outbound.said
        if self.alaw:
            heard, said = heard.translate(ALAW_TO_ULAW), said.translate(ALAW_TO_ULAW)
        is_over = False
        for recorder in self.recorders:
            recorder.add(heard, said)
            is_over = is_over or recorder.ended is not None
        return is_over

    def catch_up(self, missed: int) -> None:
        """`missed` ticks were skipped: what was due in them is recorded, and the peer told of the jump."""
        if not self.outbound.is_passing:
            self.lane.mark = rtp.MARKER
        if not self.inbound.is_listening:
            return
        self.outbound.said = self._silence
        for _ in range(missed):
            self.heard = self.inbound.jitter.take()
            self.record()

    # --- now and then ---

    def every_second(self) -> float | None:
        """Housekeeping. Returns seconds of silence when it just became news, 0 when audio is back."""
        self.inbound.every_second()
        outbound = self.outbound
        self.link.peer = self.inbound.locked_to or (outbound.signalled if outbound.is_aimed else None)
        if self.link.is_due:
            self.link.send(outbound.sent(), self._heard_of())
        if not self.is_receiving:
            return None
        silent_s = self._pulse.now - self.lane.heard_at
        is_quiet = silent_s >= HEALTH_AFTER_S
        if is_quiet is self.is_quiet:
            return None
        self.is_quiet = is_quiet
        self.silences += is_quiet
        return round(silent_s, 1) if is_quiet else 0.0

    def close(self) -> Stats:
        """Say goodbye, stop watching the sockets; the counts of its life."""
        if self.outbound.is_aimed:
            self.link.send(self.outbound.sent(), self._heard_of(), is_last=True)
        self.inbound.close()
        self.outbound.close()
        self.link.close()
        return self.stats()

    def stats(self) -> Stats:
        """The counts of its life so far, as messages.Closed lists them."""
        inbound, link, remote = self.inbound, self.link, self.link.remote
        locked = inbound.locked_to
        return {
            "packets_in": inbound.packets,
            "packets_out": self.lane.packets_out,
            "lost": inbound.lost,
            "reordered": inbound.reordered,
            "strangers": inbound.strangers + link.strangers,
            "jitter_ms": round(inbound.reception.jitter / 8, 2),
            "locked_to": f"{locked[0]}:{locked[1]}" if locked else None,
            "malformed": inbound.malformed,
            "forged": inbound.forged + link.forged,
            "silent_s": round(self._pulse.now - self.lane.heard_at, 1) if self.is_receiving else 0.0,
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

    def _heard_of(self) -> tuple[int, Reception] | None:
        return None if self.inbound.ssrc == lanes.NO_SSRC else (self.inbound.ssrc, self.inbound.reception)
