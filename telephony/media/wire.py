"""Messages as they cross the local socket: one JSON object a datagram."""

import dataclasses
import json
from typing import Final, cast

from telephony.media import messages
from telephony.media.messages import Command, Event

DATAGRAM_MAX: Final = 65536
_TYPES: Final = {
    kind.__name__: kind
    for kind in vars(messages).values()
    if isinstance(kind, type) and dataclasses.is_dataclass(kind)
}
_FIELDS: Final = {kind: tuple(field.name for field in dataclasses.fields(kind)) for kind in _TYPES.values()}


def encode(message: Command | Event) -> bytes:
    """The datagram of a message."""
    kind = type(message)
    fields = {name: getattr(message, name) for name in _FIELDS[kind]}  # all flat, so nothing has to be copied
    return json.dumps({"type": kind.__name__, **fields}).encode()


def _decode(datagram: bytes) -> object:
    fields = json.loads(datagram)
    kind = _TYPES[fields.pop("type")]
    if "files" in fields:
        fields["files"] = tuple(fields["files"])
    return kind(**fields)


def decode_command(datagram: bytes) -> Command:
    """Raises ValueError, KeyError or TypeError on what is no command."""
    return cast(Command, _decode(datagram))


def decode_event(datagram: bytes) -> Event:
    """Raises ValueError, KeyError or TypeError on what is no event."""
    return cast(Event, _decode(datagram))
