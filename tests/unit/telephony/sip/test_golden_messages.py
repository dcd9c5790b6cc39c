"""Messages as they are understood and said again, side by side on disk.

Each `NAME.in` is a message off the wire; `NAME.out` shows what was read of it and our answer to it. After a
wanted change: THREADLINE_UPDATE_GOLDEN=1 pytest FILE, then review the diff.
"""

import os
from pathlib import Path

import pytest

from telephony.sip.build import echo_of, render_response
from telephony.sip.message import Request, parse_message
from telephony.sip.wire import Flow

pytestmark = pytest.mark.unit

FOLDER = Path(__file__).parents[3] / "golden" / "sip" / "messages"
SOURCE = Flow("udp", "203.0.113.7", 61000)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.in")), ids=lambda path: path.stem)
def test_a_message_is_read_and_said_again_as_recorded(path: Path) -> None:
    shown = show(path.read_bytes())
    golden = path.with_suffix(".out")
    if os.environ.get("THREADLINE_UPDATE_GOLDEN"):
        golden.write_bytes(shown)
    assert shown == golden.read_bytes()


def test_there_are_recorded_messages() -> None:
    assert len(list(FOLDER.glob("*.in"))) >= 6


def show(data: bytes) -> bytes:
    message = parse_message(data)
    lines = [
        f"method {message.method}, number {message.cseq}, call {message.call_id}",
        f"from {message.from_.display!r} {message.from_.uri} tag {message.from_.tag!r}",
        f"to {message.to.display!r} {message.to.uri} tag {message.to.tag!r}",
        f"via {message.via.transport} {message.via.host}:{message.via.port} branch {message.via.branch!r}",
        f"body {len(message.body)} bytes {message.content_type}",
    ]
    if not isinstance(message, Request):
        return ("\n".join([*lines, f"status {message.status} {message.reason}"]) + "\n").encode(
            "utf-8", "surrogateescape"
        )
    answer = render_response(200, "", echo_of(message, SOURCE), "ours")
    return ("\n".join([*lines, "--- answer", ""])).encode("utf-8", "surrogateescape") + answer
