"""One worker of the media engine as the control process sees it: started, spoken with, replaced when it dies."""

import asyncio
import contextlib
import logging
import os
import socket
import sys
from asyncio.subprocess import Process
from collections import deque
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from telephony.errors import EngineLost, NoPorts
from telephony.media import messages, wire
from telephony.media.pace import PaceBook

log = logging.getLogger(__name__)

OPEN_TIMEOUT_S: Final = 5.0
STOP_TIMEOUT_S: Final = 5.0
RESTART_AFTER_S: Final = 0.5
SHORT_LIFE_S: Final = 2.0  # a worker that died younger is not replaced at once
SOCKET_BUFFER: Final = 1 << 20
ROOT: Final = str(Path(__file__).parents[2])


class WorkerProcess:
    """Runs one engine process and keeps it running.

    `ports` is the inclusive range of RTP ports. `on_event` is called in the loop for every event but the
    answers to `open` and `report` and what it tells of its pace. `on_lost` gets the legs that ended with a crashed process; none of them exists in the
    new one, which takes calls within a second.
    """

    def __init__(
        self,
        *,
        ports: tuple[int, int],
        on_event: Callable[[messages.Event], None],
        on_lost: Callable[[frozenset[str]], None],
    ) -> None:
        self._ports = ports
        self._on_event = on_event
        self._on_lost = on_lost
        self.pace = PaceBook()
        self._legs: set[str] = set()
        self._opening: dict[str, asyncio.Future[int]] = {}
        self._asking: dict[str, list[asyncio.Future[messages.Stats]]] = {}
        self._backlog: deque[bytes] = deque()
        self._is_flushing = False
        self._sock: socket.socket | None = None
        self._process: Process | None = None
        self._started_at = 0.0
        self._is_gone = asyncio.Event()
        self._is_stopping = False
        self._tasks = asyncio.TaskGroup()

    @property
    def pid(self) -> int | None:
        """Process id of the running worker."""
        return self._process.pid if self._process else None

    @property
    def is_up(self) -> bool:
        """Whether it takes commands now."""
        return self._sock is not None

    @property
    def load(self) -> int:
        """Legs in it, those being opened included."""
        return len(self._legs)

    async def __aenter__(self) -> Self:
        await self._spawn()
        await self._tasks.__aenter__()
        self._tasks.create_task(self._supervise(), name="media-engine-supervisor")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the socket, on which the worker closes its legs and recordings and ends."""
        self._flush()
        self._is_stopping = True
        self._is_gone.set()
        await self._tasks.__aexit__(None, None, None)

    def send(self, command: messages.Command) -> None:
        """Hand a command to the worker; in the moments without one it is dropped with the legs it was for."""
        if self._sock is None:
            return
        if isinstance(command, messages.Open):
            self._legs.add(command.leg)
        self._backlog.append(wire.encode(command))
        if not self._is_flushing:  # what else is said in this turn of the loop goes with it
            self._is_flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    async def open(self, leg: str, host: str) -> int:
        """A new leg's RTP port on `host`. Raises NoPorts, EngineLost."""
        if self._sock is None:
            raise EngineLost
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._opening[leg] = answer
        try:
            self.send(messages.Open(leg, host))
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                return await answer
        except TimeoutError as exc:
            raise EngineLost from exc
        finally:
            self._opening.pop(leg, None)

    async def report(self, leg: str) -> messages.Stats:
        """How the leg's media fares. Raises EngineLost when the worker or the leg is gone."""
        if self._sock is None:
            raise EngineLost
        answer: asyncio.Future[messages.Stats] = asyncio.get_running_loop().create_future()
        self._asking.setdefault(leg, []).append(answer)
        try:
            self.send(messages.Report(leg))
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                return await answer
        except TimeoutError as exc:
            raise EngineLost from exc

    # --- the process ---

    async def _spawn(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            ours.setblocking(False)
            for sock in (ours, theirs):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER)
            first, last = self._ports
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *(
                    "-m",
                    "telephony.media.worker",
                    "--control-fd",
                    str(theirs.fileno()),
                    "--ports",
                    f"{first}-{last}",
                    "--log-level",
                    logging.getLevelName(log.getEffectiveLevel()),
                ),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # a signal to the terminal's whole group is ours to act on
                env=os.environ
                | {"PYTHONPATH": os.pathsep.join(filter(None, (ROOT, os.environ.get("PYTHONPATH"))))},
            )
        self._sock = ours
        self._started_at = asyncio.get_running_loop().time()
        asyncio.get_running_loop().add_reader(ours.fileno(), self._receive)
        log.info("media engine started", extra={"pid": self._process.pid})

    async def _supervise(self) -> None:
        while True:
            await self._is_gone.wait()
            self._is_gone.clear()
            self._hang_up()
            await self._bury()
            if self._is_stopping:
                return
            self._report_lost()
            await self._respawn()

    async def _respawn(self) -> None:
        if asyncio.get_running_loop().time() - self._started_at < SHORT_LIFE_S:
            await asyncio.sleep(RESTART_AFTER_S)
        while not self._is_stopping:
            try:
                await self._spawn()
            except OSError as exc:
                log.error("media engine can't be started", extra={"error": exc.strerror})
                await asyncio.sleep(RESTART_AFTER_S)
            else:
                return

    def _hang_up(self) -> None:
        sock, self._sock = self._sock, None
        if sock is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(sock.fileno())
            loop.remove_writer(sock.fileno())
            sock.close()
        self._backlog.clear()
        self._is_flushing = False

    async def _bury(self) -> None:
        """Wait for the process to end; one that hangs is killed."""
        process = self._process
        if process is None:
            return
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                code = await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            code = await process.wait()
        if not self._is_stopping:
            log.error(
                "media engine died", extra={"pid": process.pid, "exit_code": code, "legs": len(self._legs)}
            )
        self._process = None

    def _report_lost(self) -> None:
        lost, self._legs = frozenset(self._legs), set()
        for answer in self._opening.values():
            if not answer.done():
                answer.set_exception(EngineLost())
        for leg in tuple(self._asking):
            self._tell(leg, None)
        self._on_lost(lost)

    # --- the socket ---

    def _flush(self) -> None:
        sock = self._sock
        if sock is None:
            return
        backlog, loop = self._backlog, asyncio.get_running_loop()
        try:
            while backlog:
                first = tuple(islice(backlog, wire.TOGETHER))
                sock.send(wire.join(first))
                for _ in first:
                    backlog.popleft()
        except BlockingIOError:
            self._is_flushing = True
            loop.add_writer(sock.fileno(), self._flush)
            return
        except OSError:
            self._is_gone.set()
        self._is_flushing = False
        loop.remove_writer(sock.fileno())

    def _receive(self) -> None:
        sock = self._sock
        while sock is not None and sock is self._sock:
            try:
                datagram = sock.recv(wire.DATAGRAM_MAX)
            except BlockingIOError:
                return
            except OSError:
                datagram = b""
            if not datagram:
                asyncio.get_running_loop().remove_reader(sock.fileno())
                self._is_gone.set()
                return
            self._take(wire.decode_event(datagram))

    def _take(self, event: messages.FromWorker) -> None:
        if isinstance(event, messages.Paced):
            self.pace.add(event.counts, event.sum_s, event.worst_s, event.skipped)
            return
        answer = self._opening.get(event.leg)
        if answer is not None and not answer.done():
            if isinstance(event, messages.Opened):
                answer.set_result(event.port)
                return
            if isinstance(event, messages.Refused) and event.command == "Open":
                self._legs.discard(event.leg)
                answer.set_exception(NoPorts(event.reason))
                return
        if isinstance(event, messages.Reported):
            self._tell(event.leg, event.stats)
            return
        if isinstance(event, messages.Refused) and event.command == "Report":
            self._tell(event.leg, None)
            return
        if isinstance(event, messages.Closed):
            self._legs.discard(event.leg)
        self._on_event(event)

    def _tell(self, leg: str, stats: messages.Stats | None) -> None:
        """Answer whoever asked how the leg fares; None when it is gone."""
        for answer in self._asking.pop(leg, ()):
            if not answer.done():
                answer.set_result(stats) if stats is not None else answer.set_exception(EngineLost())
