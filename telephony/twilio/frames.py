"""What goes over a Media Streams WebSocket: JSON texts, mu-law at 8 kHz in base64. Pure.

Source: Twilio's "Media Streams - WebSocket messages". Numbers come as strings; a frame of sound may have any length.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

LONGEST: Final = 64 * 1024  # characters of a message: four seconds of sound
DIGITS: Final = frozenset("0123456789*#ABCD")


class FrameUnreadable(ValueError):
    """A message on the stream is none of those Twilio sends."""


@dataclass(frozen=True, slots=True)
class Start:
    """The stream belongs to this call. `parameters`: what our TwiML gave it."""

    stream: str
    call: str
    account: str
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Sound:
    """Mu-law of any length, from the caller."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Pressed:
    digit: str


@dataclass(frozen=True, slots=True)
class Marked:
    """Everything sent before the mark has been played, or was cleared."""

    name: str


@dataclass(frozen=True, slots=True)
class Stop:
    """No more will come."""


Frame: TypeAlias = Start | Sound | Pressed | Marked | Stop


def read_frame(text: str) -> Frame | None:
    """None: something that needs no answer, such as `connected` or an event of later times.

    Raises FrameUnreadable.
    """
    if len(text) > LONGEST:
        raise FrameUnreadable("a message is too long")
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise FrameUnreadable("a message is no JSON") from exc
    if not isinstance(raw, dict):
        raise FrameUnreadable("a message is no object")
    match raw.get("event"):
        case "media":
            return _sound(_part(raw, "media"))
        case "dtmf":
            digit = _text(_part(raw, "dtmf"), "digit").upper()
            return Pressed(digit) if digit in DIGITS else None
        case "mark":
            return Marked(_text(_part(raw, "mark"), "name"))
        case "start":
            return _start(_part(raw, "start"))
        case "stop":
            return Stop()
        case _:
            return None


def _start(start: Mapping[str, Any]) -> Start:
    layout = start.get("mediaFormat")
    if layout is not None and (
        not isinstance(layout, dict)
        or layout.get("encoding") != "audio/x-mulaw"
        or str(layout.get("sampleRate")) != "8000"
    ):
        raise FrameUnreadable("the stream's sound is not mu-law at 8 kHz")
    given = start.get("customParameters")
    parameters = {str(name): str(value) for name, value in given.items()} if isinstance(given, dict) else {}
    stream = _text(start, "streamSid")
    if not stream.isalnum():
        raise FrameUnreadable("a stream has no proper name")
    return Start(stream, _text(start, "callSid"), _text(start, "accountSid"), parameters)


def _sound(part: Mapping[str, Any]) -> Sound | None:
    if part.get("track", "inbound") != "inbound":
        return None
    try:
        return Sound(base64.b64decode(_text(part, "payload"), validate=True))
    except binascii.Error as exc:
        raise FrameUnreadable("a frame of sound is no base64") from exc


def _part(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = raw.get(name)
    if not isinstance(part, dict):
        raise FrameUnreadable(f"a message has no {name}")
    return part


def _text(part: Mapping[str, Any], name: str) -> str:
    value = part.get(name)
    if not isinstance(value, str) or not value or len(value) > LONGEST:
        raise FrameUnreadable(f"a message has no {name}")
    return value


def media_text(stream: str, payload: bytes) -> str:
    """Sound for the caller, played in the order it is sent. `stream` is as Twilio gave it."""
    sound = base64.b64encode(payload).decode()
    return f'{{"event":"media","streamSid":"{stream}","media":{{"payload":"{sound}"}}}}'


def mark_text(stream: str, name: str) -> str:
    return json.dumps({"event": "mark", "streamSid": stream, "mark": {"name": name}})


def clear_text(stream: str) -> str:
    """What has not been played yet is dropped."""
    return json.dumps({"event": "clear", "streamSid": stream})
