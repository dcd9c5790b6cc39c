"""The engine process: `python -m telephony.media.worker --control-fd N --ports A-B`.

One loop, no event loop: between ticks it waits on the control socket only, so commands are done at once;
at each tick it moves all legs. It ends when the control process closes its end of the socket or dies.
"""

import argparse
import contextlib
import ctypes
import gc
import json
import logging
import os
import resource
import select
import signal
import socket
import time
from collections import deque
from datetime import UTC, datetime
from typing import Final

from telephony.media import wire
from telephony.media.engine import Engine
from telephony.media.messages import FromWorker, Paced
from telephony.media.native.lanes import load
from telephony.media.pace import Pace
from telephony.media.pacer import Pacer
from telephony.media.ports import PortPool

EXTRAS: Final = frozenset({"command", "error", "fd", "leg"})
COMMANDS_AT_ONCE: Final = 64
RELAY_EVERY_S: Final = 0.003  # what a bridge adds at most; half of it on average
PURE: Final = "THREADLINE_MEDIA_PURE"  # in the environment: no compiled half, for comparison
TELL_EVERY_S: Final = 1.0
COLLECT_EVERY_S: Final = 30.0
COLLECT_SPARE_S: Final = 0.012
PR_SET_TIMERSLACK: Final = 29
TIMER_SLACK_NS: Final = 1000
REALTIME_PRIORITY: Final = 1  # the lowest: before all ordinary work, behind every other real-time task
NICENESS: Final = -10


log = logging.getLogger(__name__)


class Control:
    """Our end of the socket pair. Never blocks: events that don't fit wait here."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._backlog: deque[bytes] = deque()

    def fileno(self) -> int:
        return self._sock.fileno()

    def emit(self, event: FromWorker) -> None:
        self._backlog.append(wire.encode(event))
        self.flush()

    def flush(self) -> None:
        """Send what waits. A closed far end shows on the next `receive`."""
        with contextlib.suppress(OSError):
            while self._backlog:
                self._sock.send(self._backlog[0])
                self._backlog.popleft()

    def receive(self) -> bytes | None:
        """One datagram; None when there is none now, b"" when the control process is gone."""
        try:
            return self._sock.recv(wire.DATAGRAM_MAX)
        except BlockingIOError:
            return None
        except OSError:
            return b""


class Worker:
    """Commands between ticks, ticks on time."""

    def __init__(self, control: Control, ports: PortPool) -> None:
        self._control = control
        now = time.monotonic()
        native = None if os.environ.get(PURE) else load()
        self._engine = Engine(
            ports, control.emit, wall=lambda: datetime.now(UTC).timestamp(), now=now, native=native
        )
        self._pacer = Pacer(now)
        self._pace = Pace()
        self._tell_at = now + TELL_EVERY_S
        self._collect_at = now + COLLECT_EVERY_S

    def run(self) -> None:
        """Until the control process is gone."""
        control, pacer, engine, monotonic = self._control, self._pacer, self._engine, time.monotonic
        watched = [control.fileno()]
        while True:
            spare = pacer.deadline - monotonic()
            if engine.wants_relay and spare > RELAY_EVERY_S:
                spare = spare % RELAY_EVERY_S or RELAY_EVERY_S
            readable, _, _ = select.select(watched, (), (), max(0.0, spare))
            if readable and not self._obey():
                engine.close()
                return
            now = monotonic()
            if now >= pacer.deadline:
                late_s = now - pacer.deadline
                missed = pacer.begin_tick(now)
                engine.tick(now, missed)
                if engine.is_busy:
                    self._pace.tick(late_s, missed)
                control.flush()
                if now >= self._tell_at:
                    self._tell_pace(now)
                if now >= self._collect_at:
                    self._collect()
            elif engine.wants_relay:
                engine.relay(now)

    def _tell_pace(self, now: float) -> None:
        self._tell_at = now + TELL_EVERY_S
        pace = self._pace
        if any(pace.counts):
            self._control.emit(Paced("", pace.counts, pace.sum_s, pace.worst_s, pace.skipped))
            pace.reset()

    def _obey(self) -> bool:
        """Do the commands that wait, some at a time so that a flood of them can't hold up a tick."""
        for _ in range(COMMANDS_AT_ONCE // wire.TOGETHER):
            datagram = self._control.receive()
            if datagram is None:
                return True
            if not datagram:
                return False
            for command in wire.split(datagram):
                self._do(command)
        return True

    def _do(self, line: bytes) -> None:
        try:
            command = wire.decode_command(line)
        except (ValueError, KeyError, TypeError) as exc:
            log.warning("command not understood", extra={"error": type(exc).__name__})
            return
        try:
            self._engine.handle(command, time.monotonic())
        except Exception:  # the supervisor of commands: one that trips over a fault must not end all calls
            log.exception("command failed", extra={"command": type(command).__name__})

    def _collect(self) -> None:
        """Free what exceptions left in cycles, in the idle part of a tick; automatic collection is off."""
        now = time.monotonic()
        if self._pacer.deadline - now > COLLECT_SPARE_S or now > self._collect_at + COLLECT_EVERY_S:
            gc.collect()
            self._collect_at = now + COLLECT_EVERY_S


class JsonLines(logging.Formatter):
    """One JSON object a line on standard error, which is the control process's own."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        line |= {name: str(value) for name, value in vars(record).items() if name in EXTRAS}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _claim_priority() -> None:
    """More files, finer timers, a better place in the scheduler: each where allowed, none needed."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0)
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(REALTIME_PRIORITY))
    except OSError:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, NICENESS)


def main() -> None:
    parser = argparse.ArgumentParser(prog="telephony.media.worker")
    parser.add_argument("--control-fd", type=int, required=True)
    parser.add_argument("--ports", required=True, help="first-last, inclusive")
    parser.add_argument("--log-level", default="INFO", help="that of the control process")
    options = parser.parse_args()
    first, last = (int(part) for part in options.ports.split("-"))
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=options.log_level)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the control process's; it ends us by closing
    _claim_priority()
    sock = socket.socket(
        fileno=os.dup(options.control_fd)
    )  # the lowest free number: select takes no high ones
    os.close(options.control_fd)
    worker = Worker(Control(sock), PortPool(first, last))
    gc.collect()
    gc.freeze()
    gc.disable()
    worker.run()


if __name__ == "__main__":
    main()
