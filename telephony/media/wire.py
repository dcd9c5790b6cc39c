"""Messages as they cross the local socket: JSON objects, an event a datagram, commands one or more to a line each."""

import dataclasses
import json
from collections.abc import Sequence
from typing import Final, cast

from telephony.media import messages
from telephony.media.messages import Command, FromWorker

DATAGRAM_MAX: Final = 65536
TOGETHER: Final = 16  # commands in a datagram; each is far below a sixteenth of the largest
_LISTS: Final = {"files", "sources"}
_TYPES: Final = {
    kind.__name__: kind
    for kind in vars(messages).values()
    if isinstance(kind, type) and dataclasses.is_dataclass(kind)
}
_FIELDS: Final = {kind: tuple(field.name for field in dataclasses.fields(kind)) for kind in _TYPES.values()}


def encode(message: Command | FromWorker) -> bytes:
    """The datagram of a message."""
    kind = type(message)
    fields = {name: getattr(message, name) for name in _FIELDS[kind]}  # all flat, so nothing has to be copied
    return json.dumps({"type": kind.__name__, **fields}).encode()


def join(commands: Sequence[bytes]) -> bytes:
    """One datagram of some commands; waking the engine costs more than most of them."""
    return b"\n".join(commands)


def split(datagram: bytes) -> list[bytes]:
    """What `join` made one. JSON has no line feeds of its own."""
    return datagram.split(b"\n")


def _decode(datagram: bytes) -> object:
    fields = json.loads(datagram)
    kind = _TYPES[fields.pop("type")]
    for name in _LISTS & fields.keys():
        fields[name] = tuple(fields[name])
    return kind(**fields)


def decode_command(datagram: bytes) -> Command:
    """Raises ValueError, KeyError or TypeError on what is no command."""
    return cast(Command, _decode(datagram))


def decode_event(datagram: bytes) -> FromWorker:
    """Raises ValueError, KeyError or TypeError on what is no event."""
    return cast(FromWorker, _decode(datagram))
