"""The last SIP messages of each call, kept in memory for whoever has to find a fault. Pure; bounded in bytes.

What authenticates or decrypts never comes out: the values of Authorization headers and SDP `crypto` and `ice-pwd`
lines are cut out before a message is kept, and once more, odd spellings included, before it is shown. Calls nobody took (a stranger's INVITE) live in a small ring of their
own, so that a flood cannot wash the real ones out.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from telephony.sip.wire import Flow

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_PASSING: Final = 500  # Call-IDs nobody took
MAX_MESSAGES: Final = 80  # of one Call-ID; the beginning and the end are kept
MAX_CALL_ID: Final = 256
OVERHEAD: Final = 300  # bytes a kept message costs beside its text
UNTRACED: Final = (b"REGIS", b"OPTIO")

_CALL_ID = re.compile(rb"\r\n(?:call-id|i)[ \t]*:[ \t]*([^\r\n]+)", re.IGNORECASE)
_SECRET = re.compile(
    rb"(\r\n(?:proxy-)?authorization[ \t]*:[ \t]*)[^\r\n]*(?:\r\n[ \t][^\r\n]*)*", re.IGNORECASE
)
_KEY_WORDS = (b"a=crypto", b"a=ice-pwd", b"a=key-mgmt")
_KEYS = re.compile(rb"(?m)^a=(crypto|ice-pwd|key-mgmt):[^\r\n]*\r?\n?", re.IGNORECASE)


class Traced(NamedTuple):
    """One message. `at`: seconds of the loop's clock; `is_ours`: we sent it."""

    at: float
    is_ours: bool
    flow: Flow
    data: bytes


@dataclass(slots=True)
class _Story:
    messages: list[Traced] = field(default_factory=list)
    size: int = 0
    left_out: int = 0


class MessageRing:
    """Told of every message; asked for those of one call."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._size = 0
        self._passing: OrderedDict[bytes, _Story] = OrderedDict()
        self._kept: OrderedDict[bytes, _Story] = OrderedDict()
        self._calls: dict[str, list[bytes]] = {}
        self._call_of: dict[bytes, str] = {}

    def add(self, data: bytes, flow: Flow, is_ours: bool, at: float) -> None:
        """Keeps a message of a call; others (REGISTER, OPTIONS) are not the story of any."""
        if data[:5] in UNTRACED:
            return
        name = call_id_of(data)
        if name is None:
            return
        story = self._kept.get(name)
        if story is None:
            story = self._passing.get(name)
            if story is None:
                if len(self._passing) >= MAX_PASSING:
                    self._size -= self._passing.popitem(last=False)[1].size
                story = self._passing[name] = _Story()
        if b"uthorization" in data or b"a=crypto" in data:
            data = without_secrets(data)
        self._append(story, Traced(at, is_ours, flow, data))
        if self._size > self._max_bytes:
            self._shrink()

    def belongs(self, sip_call: str, call: str) -> None:
        """The SIP Call-ID is part of that call of ours, and worth keeping."""
        name = sip_call.encode("utf-8", "surrogateescape")[:MAX_CALL_ID]
        if not name or name in self._call_of:
            return
        self._kept[name] = self._passing.pop(name, _Story())
        self._call_of[name] = call
        self._calls.setdefault(call, []).append(name)

    def of(self, call: str) -> dict[str, list[Traced]]:
        """The messages of a call by SIP Call-ID; empty when none are left."""
        return {
            name.decode("utf-8", "replace"): [
                one._replace(data=without_secrets(one.data)) for one in self._kept[name].messages
            ]
            for name in self._calls.get(call, ())
            if name in self._kept
        }

    @property
    def size(self) -> int:
        """Bytes in use, roughly."""
        return self._size

    def _append(self, story: _Story, message: Traced) -> None:
        if len(story.messages) >= MAX_MESSAGES:
            gone = story.messages.pop(MAX_MESSAGES // 2)
            self._grow(story, -len(gone.data) - OVERHEAD)
            story.left_out += 1
        story.messages.append(message)
        self._grow(story, len(message.data) + OVERHEAD)

    def _grow(self, story: _Story, by: int) -> None:
        story.size += by
        self._size += by

    def _shrink(self) -> None:
        """Strangers' go first, then the oldest calls."""
        while self._size > self._max_bytes and (self._passing or self._kept):
            if self._passing:
                self._size -= self._passing.popitem(last=False)[1].size
                continue
            name, story = self._kept.popitem(last=False)
            self._size -= story.size
            call = self._call_of.pop(name)
            rest = [one for one in self._calls.get(call, ()) if one != name]
            if rest:
                self._calls[call] = rest
            else:
                self._calls.pop(call, None)


def call_id_of(data: bytes) -> bytes | None:
    """The Call-ID in a raw message, its first bytes where it is very long."""
    begin = data.find(b"\r\nCall-ID: ")
    if begin >= 0:
        end = data.find(b"\r\n", begin + 11)
        return data[begin + 11 : end].strip()[:MAX_CALL_ID] or None if end > 0 else None
    found = _CALL_ID.search(data[:4096])
    return found[1].strip()[:MAX_CALL_ID] if found else None


def without_secrets(data: bytes) -> bytes:
    """The message without credentials and media keys; its length may differ from Content-Length."""
    folded = data.lower()
    if b"authorization" in folded:
        data = _SECRET.sub(rb"\1(left out)", data)
    if any(word in folded for word in _KEY_WORDS):
        head, blank, body = data.partition(b"\r\n\r\n")
        return head + blank + _KEYS.sub(b"", body)
    return data
