"""All legs of one engine process: commands change them, `tick` moves every one of them by 20 ms.

The caller owns time and waiting: `handle` and `tick` never block and read no clock, sockets are non-blocking.
"""

import ipaddress
import logging
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from telephony.errors import NoPorts
from telephony.media import messages as m
from telephony.media.clips import ClipLibrary, looped
from telephony.media.g711 import FRAME
from telephony.media.leg import Leg
from telephony.media.linear import SPEAKERS_MAX
from telephony.media.mixing import Mixing
from telephony.media.native.lanes import NativeLanes
from telephony.media.ports import PortPool
from telephony.media.pulse import Pulse
from telephony.media.recorder import Recorder

log = logging.getLogger(__name__)

TICKS_A_SECOND: Final = 50
CATCH_UP_MAX: Final = 500
RELAY_ROUNDS: Final = 4  # packets of one socket between two ticks, which a flood shall not hold up
LEGS_AT_ONCE: Final = 100  # of a tick's work, before packets that are passed on have their turn again
MANY_LEGS: Final = 200  # receiving for them all at the tick would make their own packets late
PORT_MAX: Final = 65535


class Engine:
    """`emit` gets every event as it happens. `wall` is Unix time in seconds, for RTCP.

    With `native` lanes the packets that need no thought are C's; everything else is the same.
    """

    def __init__(
        self,
        ports: PortPool,
        emit: Callable[[m.Event], None],
        *,
        wall: Callable[[], float],
        now: float = 0.0,
        native: NativeLanes | None = None,
    ) -> None:
        self._ports = ports
        self._emit = emit
        self._native = native
        self._pulse = Pulse(wall, now, native)
        self._clips = ClipLibrary()
        self._mixing = Mixing(native)
        self._legs: dict[str, Leg] = {}
        self._all: list[Leg] = []
        self._lanes = array("Q")  # addresses of theirs, in the same order
        self._hearing: list[Leg] = []
        self._recorded: list[Leg] = []
        self._over: list[Leg] = []
        self._waiting: dict[str, str] = {}
        self._ticks = 0
        self._bridged = 0
        self._recordings = 0
        self._commands: dict[type, Callable[..., None]] = {
            m.Open: self._open,
            m.Aim: self._aim,
            m.Play: self._play,
            m.StopPlay: self._stop_play,
            m.Bridge: self._bridge,
            m.Unbridge: self._unbridge,
            m.Hear: self._hear,
            m.SendDigits: self._send_digits,
            m.Record: self._record,
            m.Mute: self._mute,
            m.MaskRecording: self._mask,
            m.StopRecording: self._stop_recording,
            m.Report: self._report,
            m.Close: self._close,
        }

    def handle(self, command: m.Command, now: float) -> None:
        """Do what is asked; what can't be done is answered with Refused."""
        self._pulse.now = now
        if isinstance(command, m.Open):
            self._open(command)
        elif isinstance(command, m.Bridge | m.Unbridge):
            self._commands[type(command)](command)
        else:
            leg = self._legs.get(command.leg)
            if leg is None:
                self._refuse(command.leg, command, "no such leg")
            else:
                leg.unsettle()
                self._commands[type(command)](leg, command)
                leg.unsettle()

    def tick(self, now: float, missed: int = 0) -> None:
        """Receive, take the frames that are due, send, record; `missed` ticks before this one are skipped."""
        pulse = self._pulse
        pulse.now = now
        self._ticks += 1 + missed
        pulse.clock = self._ticks * FRAME
        pulse.drain()
        for fd in pulse.take_faults():
            self._drop(next((leg for leg in self._all if leg.owns(fd)), None))
        if pulse.is_stale:
            self._regroup()
        self._move(min(missed, CATCH_UP_MAX))
        if self._over:
            self._end_recordings()
        if pulse.pressed:
            for inbound in tuple(pulse.pressed):
                inbound.expire_press()
        self._keep_house()

    def relay(self, now: float) -> None:
        """Between two ticks: receive what has come, and pass on what is for the other side of a bridge."""
        self._pulse.now = now
        self._pulse.drain(RELAY_ROUNDS)

    @property
    def is_busy(self) -> bool:
        """Whether any packet depends on its ticks."""
        return bool(self._all)

    @property
    def wants_relay(self) -> bool:
        """Whether packets should be received between ticks."""
        return self._bridged > 0 or len(self._all) > MANY_LEGS

    def _move(self, missed: int) -> None:
        """One frame of every leg. A leg that trips over a fault of ours is closed; the others go on."""
        leg = None
        try:
            if missed:
                for leg in self._all:
                    leg.catch_up(missed)
            for leg in self._unhurried(self._hearing):
                leg.heard = leg.inbound.jitter.take()
            self._mixing.mix()
            for leg in self._askers():
                over = leg.say()
                if over is not None:
                    self._emit(m.PlayDone(leg.name, over, "finished"))
            for leg in self._unhurried(self._recorded):
                if leg.record():
                    self._over.append(leg)
        except Exception:  # the supervisor of a leg's tick: it must not end the other calls
            log.exception("tick failed")
            self._drop(leg)

    def _unhurried(self, legs: Sequence[Leg]) -> Iterator[Leg]:
        """One after the other; what comes over the bridges meanwhile is passed on in between."""
        for start in range(0, len(legs), LEGS_AT_ONCE):
            if start and self._bridged:
                self._pulse.drain(1)
            yield from legs[start : start + LEGS_AT_ONCE]

    def _askers(self) -> list[Leg]:
        """The legs whose packet of this tick is up to Python; those of the others are sent."""
        if self._native is None:
            return self._all
        return [self._all[place] for place in self._native.say(self._lanes, self._pulse.clock)]

    def _keep_house(self) -> None:
        """Visit a fiftieth of the legs, so that each is visited once a second and no tick visits all."""
        for leg in self._all[self._ticks % TICKS_A_SECOND :: TICKS_A_SECOND]:
            silent_s = leg.every_second()
            if silent_s is not None:
                self._emit(m.AudioHealth(leg.name, silent_s))

    def close(self) -> None:
        """Close every leg, its recordings first."""
        for leg in list(self._all):
            self._close(leg, m.Close(leg.name))
        self._pulse.close()

    # --- commands ---

    def _open(self, command: m.Open) -> None:
        if command.leg in self._legs:
            self._refuse(command.leg, command, "already open")
            return
        try:
            port = self._ports.take(command.host, self._pulse.now)
        except NoPorts as exc:
            self._refuse(command.leg, command, str(exc))
            return
        leg = Leg(command.leg, port, self._pulse, self._on_digit)
        self._legs[command.leg] = leg
        self._all.append(leg)
        self._lanes.append(leg.lane.address)
        self._emit(m.Opened(command.leg, port.number))
        other = self._waiting.pop(command.leg, None)
        if other is not None:
            self._bridge(m.Bridge(other, command.leg))

    def _aim(self, leg: Leg, command: m.Aim) -> None:
        try:
            ipaddress.ip_address(command.host)  # a name would be looked up, and every call would wait for it
            if not 0 <= command.port <= PORT_MAX:
                raise ValueError("no such port")
            leg.aim(command)
        except (OSError, ValueError) as exc:
            self._refuse(leg.name, command, f"{command.host}:{command.port}: {exc}")
        self._mixing.laws_changed()
        if leg.inbound.is_listening or leg in self._hearing:
            self._regroup()

    def _play(self, leg: Leg, command: m.Play) -> None:
        self._part(leg)
        self._hush(leg)
        clips = []
        for path in command.files:
            try:
                clips.append(self._clips.clip(path))
            except OSError as exc:
                self._refuse(leg.name, command, f"{path}: {exc.strerror}")
        there = [clip for clip in clips if clip]
        leg.outbound.start(command.play, looped(there, command.from_s) if command.loop else iter(there))

    def _stop_play(self, leg: Leg, command: m.StopPlay) -> None:
        if leg.outbound.play == command.play:
            self._hush(leg)

    def _bridge(self, command: m.Bridge) -> None:
        a, b = self._legs.get(command.a), self._legs.get(command.b)
        if a is None or b is None or a is b:
            there, missing = (a, command.b) if b is None else (b, command.a)
            if there is None or a is b:
                self._refuse(command.a, command, "no such leg")
            else:
                self._waiting[missing] = there.name
            return
        for leg in (a, b):
            self._part(leg)
            self._hush(leg)
        a.join(b)
        b.join(a)
        self._bridged += 1
        self._regroup()

    def _unbridge(self, command: m.Unbridge) -> None:
        leg = self._legs.get(command.a) or self._legs.get(command.b)
        if leg is not None and leg.peer is not None and {leg.name, leg.peer.name} == {command.a, command.b}:
            self._part(leg)
        for missing in (command.a, command.b):
            if self._waiting.get(missing) in (command.a, command.b):
                del self._waiting[missing]

    def _hear(self, leg: Leg, command: m.Hear) -> None:
        sources = [self._legs[name] for name in command.sources if name in self._legs]
        if len(sources) < len(command.sources) or len(sources) > SPEAKERS_MAX or leg in sources:
            self._refuse(leg.name, command, "no such legs to hear")
            return
        self._part(leg)
        self._hush(leg)
        self._mixing.hear(leg, sources)
        self._regroup()

    def _send_digits(self, leg: Leg, command: m.SendDigits) -> None:
        if leg.outbound.dtmf_type is None:
            self._refuse(leg.name, command, "the peer takes no telephone-events")
        else:
            leg.outbound.keys.add(command.digits)

    def _record(self, leg: Leg, command: m.Record) -> None:
        self._recordings += 1
        try:
            recorder = Recorder(
                command.recording,
                Path(command.path),
                self._recordings,
                max_s=command.max_s,
                silence_s=command.silence_s,
                end_key=command.end_key,
            )
        except OSError as exc:
            self._refuse(leg.name, command, f"{command.path}: {exc.strerror}")
            self._emit(m.RecordingClosed(leg.name, command.recording, 0.0, 0.0, "disk"))
            return
        leg.recorders.append(recorder)
        self._regroup()

    def _mute(self, leg: Leg, command: m.Mute) -> None:
        leg.inbound.mute(command.muted)

    def _mask(self, leg: Leg, command: m.MaskRecording) -> None:
        recorder = _recorder(leg, command.recording)
        if recorder is None:
            self._refuse(leg.name, command, "no such recording")
        else:
            recorder.is_masked = command.masked

    def _stop_recording(self, leg: Leg, command: m.StopRecording) -> None:
        recorder = _recorder(leg, command.recording)
        if recorder is None:
            self._refuse(leg.name, command, "no such recording")
        else:
            self._end_recording(leg, recorder, "stopped")

    def _report(self, leg: Leg, command: m.Report) -> None:
        self._emit(m.Reported(leg.name, leg.stats()))

    def _close(self, leg: Leg, command: m.Close) -> None:
        for recorder in tuple(leg.recorders):
            self._end_recording(leg, recorder, "leg_closed")
        self._part(leg)
        self._hush(leg)
        self._mixing.lose(leg)
        del self._legs[leg.name]
        place = self._all.index(leg)
        del self._all[place], self._lanes[place]
        self._waiting = {missing: there for missing, there in self._waiting.items() if there != leg.name}
        stats = leg.close()
        self._ports.give_back(leg.port, self._pulse.now)
        if leg in self._hearing:
            self._regroup()
        self._emit(m.Closed(leg.name, stats))

    # --- within ---

    def _drop(self, leg: Leg | None) -> None:
        """Close a leg that met a fault of ours, and say so."""
        if leg is not None:
            log.error("leg dropped after a fault", extra={"leg": leg.name})
            self._emit(m.Refused(leg.name, "tick", "fault"))
            self._close(leg, m.Close(leg.name))

    def _on_digit(self, leg: Leg, digit: str) -> None:
        """A key: it ends a voicemail that waits for it, else it is told, and passed on over a bridge."""
        for recorder in tuple(leg.recorders):
            if recorder.end_key == digit:
                self._end_recording(leg, recorder, "end_key")
                return
        self._emit(m.Digit(leg.name, digit))
        peer = leg.peer
        if peer is not None and peer.outbound.dtmf_type is not None:
            peer.outbound.keys.add(digit)
            peer.unsettle()

    def _part(self, leg: Leg) -> None:
        """End the bridge the leg is in, or what it hears by an ear, if any."""
        peer = leg.peer
        if peer is not None:
            leg.part()
            peer.part()
            self._bridged -= 1
            self._regroup()
        elif self._mixing.forget(leg):
            self._regroup()

    def _hush(self, leg: Leg) -> None:
        """Stop what the leg is playing, if anything."""
        play = leg.outbound.play
        if play is not None:
            leg.outbound.stop()
            self._emit(m.PlayDone(leg.name, play, "stopped"))

    def _end_recording(self, leg: Leg, recorder: Recorder, reason: str) -> None:
        leg.recorders.remove(recorder)
        leg.unsettle()
        recorder.close()
        self._regroup()
        self._emit(
            m.RecordingClosed(
                leg.name, recorder.name, recorder.seconds, recorder.spoken_s, recorder.ended or reason
            )
        )

    def _end_recordings(self) -> None:
        while self._over:
            leg = self._over.pop()
            for recorder in tuple(leg.recorders):
                if recorder.ended is not None:
                    self._end_recording(leg, recorder, recorder.ended)

    def _regroup(self) -> None:
        """Which legs are listened to and which recorded has changed."""
        self._hearing = [leg for leg in self._all if leg.update_listening()]
        self._recorded = [leg for leg in self._all if leg.recorders]
        self._pulse.is_stale = False

    def _refuse(self, leg: str, command: m.Command, reason: str) -> None:
        self._emit(m.Refused(leg, type(command).__name__, reason))


def _recorder(leg: Leg, name: str) -> Recorder | None:
    return next((recorder for recorder in leg.recorders if recorder.name == name), None)
