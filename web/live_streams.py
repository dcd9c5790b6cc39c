"""The numbered messages one caller may see, and the sockets that read them.

A stream keeps its last BUFFERED messages, so a page that was away for a moment, or reads slowly, catches up by the
number it saw last; one that lags further is told `reset`, and what it misses is held for nobody. Numbers start at the
stream's birth in Unix milliseconds: a number from before a restart is always older than what a new stream holds, and
is answered by `reset` instead of a wrong replay.

A page that takes arrays is told at once what comes after a silence, and of PATIENT news what came within GATHER_S of the
last frame together: a busy thread costs it and us a frame for many messages. Nothing else waits.
"""

import asyncio
import json
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, ThreadId

BUFFERED: Final = 512
GATHER_S: Final = 0.05
PATIENT: Final = frozenset(
    {"thread.delta", "thread.typing", "thread.readers", "thread.writing", "call.caption", "wallboard"}
)
FRAME_BYTES: Final = 65_536

_TO_JSON: Final = json.JSONEncoder(default=str, ensure_ascii=False, separators=(",", ":"))


class Listener:
    """One open socket: how far it has read its stream, which threads its page shows."""

    def __init__(self, stream: "Stream", cursor: int, session: str | None) -> None:
        self.stream = stream
        self.cursor = cursor
        self.session = session
        self.threads: set[ThreadId] = set()
        self.wake = asyncio.Event()
        self.ended: int | None = None
        self._rests = False

    def end(self, code: int) -> None:
        """The socket is to be closed with this code."""
        self.ended = code
        self.wake.set()

    def nudge(self, kind: str) -> None:
        """There is a message of this kind."""
        if not self._rests or kind not in PATIENT:
            self.wake.set()

    def rest(self) -> None:
        """A frame was sent: patient news of the next GATHER_S go together."""
        if not self._rests:
            self._rests = True
            asyncio.get_running_loop().call_later(GATHER_S, self._rested)

    def _rested(self) -> None:
        self._rests = False
        if self.cursor != self.stream.last:
            self.wake.set()

    def take(self) -> list[bytes]:
        """The messages not sent yet; a single `reset` when some of them are no longer held."""
        self.wake.clear()
        messages, self.cursor = self.stream.after(self.cursor), self.stream.last
        return messages


class Stream:
    """The numbered messages one caller may see, shared by all his sockets."""

    def __init__(self, key: str, agent: AgentId | None, leads: bool, now: datetime) -> None:
        self.key = key
        self.agent = agent
        self.leads = leads
        self.last = int(now.timestamp() * 1000)
        self.listeners: set[Listener] = set()
        self.left_at = now
        self.left_open: frozenset[ThreadId] = frozenset()
        self._held: deque[tuple[str, bytes]] = deque(maxlen=BUFFERED)

    def push(self, kind: str, data: bytes) -> None:
        """Appends a message; `data` is JSON already, the same object in every stream that gets it."""
        self.last += 1
        self._held.append((kind, data))
        for listener in self.listeners:
            listener.nudge(kind)

    def after(self, cursor: int) -> list[bytes]:
        missing = self.last - cursor
        if not 0 <= missing <= len(self._held):
            return [message(self.last, "reset", b"{}")]
        newest = [*islice(reversed(self._held), missing)]
        return [message(self.last - back, *newest[back]) for back in range(missing - 1, -1, -1)]

    def reads(self, thread: ThreadId) -> bool:
        """Whether a page of his shows it at this moment."""
        return any(thread in listener.threads for listener in self.listeners)

    def open_threads(self) -> frozenset[ThreadId]:
        """What his pages show, or showed until a moment ago while he reconnects."""
        if not self.listeners:
            return self.left_open
        return frozenset[ThreadId]().union(*(listener.threads for listener in self.listeners))


def message(seq: int, kind: str, data: bytes) -> bytes:
    return b'{"seq":%d,"type":"%b","data":%b}' % (seq, kind.encode(), data)


def arrays(messages: Iterable[bytes]) -> Iterator[bytes]:
    """The messages as JSON arrays of about FRAME_BYTES at most, none of them empty."""
    together: list[bytes] = []
    size = 0
    for one in messages:
        if together and size + len(one) > FRAME_BYTES:
            yield b"[%b]" % b",".join(together)
            together, size = [], 0
        together.append(one)
        size += len(one)
    if together:
        yield b"[%b]" % b",".join(together)


def encode(data: Json) -> bytes:
    return _TO_JSON.encode(data).encode()
