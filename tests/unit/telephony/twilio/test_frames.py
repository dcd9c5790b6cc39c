"""Media Streams messages as Twilio writes them, and as strangers might."""

import base64
import json

import pytest

from telephony.twilio.frames import (
    LONGEST,
    FrameUnreadable,
    Marked,
    Pressed,
    Sound,
    Start,
    Stop,
    clear_text,
    mark_text,
    media_text,
    read_frame,
)

pytestmark = pytest.mark.unit

START = {
    "event": "start", "sequenceNumber": "1", "streamSid": "MZ18ad3ab5a668481ce02b83e7395059f0",
    "start": {
        "accountSid": "AC1", "streamSid": "MZ18ad3ab5a668481ce02b83e7395059f0", "callSid": "CA1", "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"token": "abc"},
    },
}  # fmt: skip


def test_the_documented_messages_are_read() -> None:
    assert read_frame('{"event":"connected","protocol":"Call","version":"1.0.0"}') is None
    assert read_frame(json.dumps(START)) == Start(
        "MZ18ad3ab5a668481ce02b83e7395059f0", "CA1", "AC1", {"token": "abc"}
    )
    payload = base64.b64encode(b"\xff" * 7).decode()
    media = {"track": "inbound", "chunk": "2", "timestamp": "20", "payload": payload}
    assert read_frame(json.dumps({"event": "media", "media": media})) == Sound(b"\xff" * 7)
    digit = {"track": "inbound_track", "digit": "#"}
    assert read_frame(json.dumps({"event": "dtmf", "dtmf": digit})) == Pressed("#")
    assert read_frame(json.dumps({"event": "mark", "mark": {"name": "play 3"}})) == Marked("play 3")
    assert read_frame('{"event":"stop","stop":{"accountSid":"AC1","callSid":"CA1"}}') == Stop()


def test_what_later_times_may_add_is_passed_over() -> None:
    assert read_frame('{"event":"transcription","text":"hello"}') is None
    outbound = {"track": "outbound", "payload": "/w=="}
    assert read_frame(json.dumps({"event": "media", "media": outbound})) is None
    assert read_frame('{"event":"dtmf","dtmf":{"digit":"x"}}') is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        "[]",
        '"media"',
        '{"event":"media"}',
        '{"event":"media","media":{"payload":7}}',
        '{"event":"media","media":{"payload":"***"}}',
        '{"event":"mark","mark":{}}',
        '{"event":"start","start":{}}',
        json.dumps(START).replace("MZ18ad3ab5a668481ce02b83e7395059f0", 'MZ\\"}'),
        json.dumps(START).replace("audio/x-mulaw", "audio/opus"),
        "[" * 60_000,
        '{"event":"media","media":{"payload":"' + "A" * LONGEST + '"}}',
    ],
)
def test_what_twilio_never_sends_is_unreadable_and_nothing_worse(text: str) -> None:
    with pytest.raises(FrameUnreadable):
        read_frame(text)


def test_what_we_say_is_what_the_documents_show() -> None:
    assert json.loads(media_text("MZ1", b"\x00\xff")) == {
        "event": "media", "streamSid": "MZ1", "media": {"payload": "AP8="}
    }  # fmt: skip
    assert json.loads(mark_text("MZ1", "play 1")) == {
        "event": "mark", "streamSid": "MZ1", "mark": {"name": "play 1"}
    }  # fmt: skip
    assert json.loads(clear_text("MZ1")) == {"event": "clear", "streamSid": "MZ1"}
