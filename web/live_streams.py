"""The numbered messages one caller may see, and the sockets that read them.

A stream keeps its last BUFFERED messages, so a page that was away for a moment, or reads slowly, catches up by the
number it saw last; one that lags further is told `reset`, and what it misses is held for nobody. Numbers start at the
stream's birth in Unix milliseconds: a number from before a restart is always older than what a new stream holds, and
is answered by `reset` instead of a wrong replay.
"""

import asyncio
import json
from collections import deque
from datetime import datetime
from itertools import islice
from typing import Final

from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, ThreadId

BUFFERED: Final = 512


class Listener:
    """One open socket: how far it has read its stream, which threads its page shows."""

    def __init__(self, stream: "Stream", cursor: int, session: str | None) -> None:
        self.stream = stream
        self.cursor = cursor
        self.session = session
        self.threads: set[ThreadId] = set()
        self.wake = asyncio.Event()
        self.ended: int | None = None

    def end(self, code: int) -> None:
        """The socket is to be closed with this code."""
        self.ended = code
        self.wake.set()

    def take(self) -> list[str]:
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
        self._held: deque[tuple[str, str]] = deque(maxlen=BUFFERED)

    def push(self, kind: str, data: str) -> None:
        """Appends a message; `data` is JSON already."""
        self.last += 1
        self._held.append((kind, data))
        for listener in self.listeners:
            listener.wake.set()

    def after(self, cursor: int) -> list[str]:
        missing = self.last - cursor
        if not 0 <= missing <= len(self._held):
            return [message(self.last, "reset", "{}")]
        newest = [*islice(reversed(self._held), missing)]
        return [message(self.last - back, *newest[back]) for back in range(missing - 1, -1, -1)]

    def open_threads(self) -> frozenset[ThreadId]:
        """What his pages show, or showed until a moment ago while he reconnects."""
        if not self.listeners:
            return self.left_open
        return frozenset[ThreadId]().union(*(listener.threads for listener in self.listeners))


def message(seq: int, kind: str, data: str) -> str:
    return f'{{"seq":{seq},"type":"{kind}","data":{data}}}'


def encode(data: Json) -> str:
    return json.dumps(data, default=str, ensure_ascii=False, separators=(",", ":"))
