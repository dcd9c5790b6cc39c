"""A leg's RTCP: our report about every five seconds, the peer's reports noted."""

import random
import socket
from typing import Final

from telephony.media import rtcp
from telephony.media.lock import Address
from telephony.media.pulse import Pulse
from telephony.media.srtp import Seal

PACKET_MAX: Final = 1500


class ControlLink:
    """Owns nothing: the socket belongs to the leg's port, the counts to its two halves."""

    __slots__ = (
        "_due_at", "_last_report", "_pulse", "_sock", "_ssrc", "forged", "peer", "remote", "round_trip_s",
        "seal", "strangers",
    )  # fmt: skip

    def __init__(self, sock: socket.socket, pulse: Pulse, ssrc: int) -> None:
        self._sock = sock
        self._pulse = pulse
        self._ssrc = ssrc
        self._due_at = pulse.now + rtcp.INTERVAL_S / 2
        self._last_report = (0, 0.0)
        self.peer: Address | None = None  # where the peer's RTP comes from or is expected
        self.remote: rtcp.PeerReport | None = None  # the last report that told how it hears us
        self.round_trip_s: float | None = None
        self.seal: Seal | None = None  # set: all reports are SRTCP
        self.strangers = 0
        self.forged = 0
        pulse.watch(sock.fileno(), self.on_report)

    def on_report(self) -> None:
        try:
            data, source = self._sock.recvfrom(PACKET_MAX)
        except OSError:
            return
        if self.peer is None or source[0] != self.peer[0]:
            self.strangers += 1
            return
        plain = data if self.seal is None else self.seal.unprotect_rtcp(data)
        if plain is None:
            self.forged += 1
            return
        told = rtcp.parse(plain, self._ssrc)
        if told is None:
            return
        if told.ntp_middle:
            self._last_report = (told.ntp_middle, self._pulse.now)
        if told.lost is not None:
            self.remote = told
            self.round_trip_s = told.round_trip_s(self._pulse.wall())

    @property
    def is_due(self) -> bool:
        return self.peer is not None and self._pulse.now >= self._due_at

    def send(
        self, sent: rtcp.Sent, heard: tuple[int, rtcp.Reception] | None, *, is_last: bool = False
    ) -> None:
        """Report to the port above the peer's; a peer without RTCP is no error."""
        self._due_at = self._pulse.now + rtcp.INTERVAL_S * (0.5 + random.random())  # noqa: S311  # spreads load only
        if self.peer is None:
            return
        packet = rtcp.report(sent, heard, self._last_report, self._pulse.now, is_last=is_last)
        try:
            if self.seal is not None:
                packet = self.seal.protect_rtcp(packet)
            self._sock.sendto(packet, (self.peer[0], self.peer[1] + 1))
        except (OSError, OverflowError):
            return

    def close(self) -> None:
        self._pulse.unwatch(self._sock.fileno())
