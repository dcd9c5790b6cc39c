"""The pacer, the clip library, the wire and the port pool."""

import contextlib
import os
import socket
from pathlib import Path
from types import UnionType
from typing import get_args

import pytest

from telephony.errors import NoPorts
from telephony.media import messages, wire
from telephony.media.client import shares
from telephony.media.clips import ClipLibrary, pad
from telephony.media.g711 import FRAME
from telephony.media.pacer import TICK_S, Pacer
from telephony.media.ports import QUARANTINE_S, PortPool

pytestmark = pytest.mark.unit


def test_deadlines_stay_on_the_grid_however_late_each_tick_is() -> None:
    pacer = Pacer(100.0)
    for number in range(1, 1001):
        assert pacer.deadline == pytest.approx(100.0 + number * TICK_S)
        assert pacer.begin_tick(pacer.deadline + 0.019 * (number % 2)) == 0


def test_a_stall_skips_ticks_instead_of_running_them_in_a_burst() -> None:
    pacer = Pacer(0.0)
    assert pacer.begin_tick(0.02 + 0.1 + 0.005) == 5
    assert pacer.deadline == pytest.approx(0.14)


def test_a_file_becomes_whole_frames_the_last_filled_up() -> None:
    assert pad(b"\x01" * (FRAME + 3)) == b"\x01" * (FRAME + 3) + b"\xff" * (FRAME - 3)
    assert pad(b"\x01" * FRAME) == b"\x01" * FRAME
    assert pad(b"") == b""


def test_a_clip_is_shared_until_its_file_changes(tmp_path: Path) -> None:
    library, file = ClipLibrary(), tmp_path / "hello.ul"
    file.write_bytes(b"\x01" * FRAME)
    first = library.clip(str(file))
    assert library.clip(str(file)) is first
    file.write_bytes(b"\x02" * FRAME)
    os.utime(file, ns=(1, 1))
    assert library.clip(str(file)) == b"\x02" * FRAME


MESSAGES: list[messages.Command | messages.Event] = [
    messages.Open("l", "127.0.0.1"),
    messages.Aim("l", "127.0.0.1", 4000, "pcma", 8, None, learn=False),
    messages.Play("l", 3, ("/a", "/b"), loop=True, from_s=1.5),
    messages.StopPlay("l", 3),
    messages.Bridge("l", "k"),
    messages.Unbridge("l", "k"),
    messages.SendDigits("l", "12#"),
    messages.Record("l", "r", "/x.wav", max_s=1.5, end_key="#"),
    messages.MaskRecording("l", "r", True),
    messages.Mute("l", True),
    messages.Hear("l", ("m", "n")),
    messages.StopRecording("l", "r"),
    messages.Report("l"),
    messages.Close("l"),
    messages.Opened("l", 4000),
    messages.Refused("l", "Play", "no such leg"),
    messages.PlayDone("l", 3, "finished"),
    messages.Digit("l", "*"),
    messages.AudioHealth("l", 3.5),
    messages.RecordingClosed("l", "r", 1.5, 1.0, "max"),
    messages.Reported("l", {"packets_in": 1, "round_trip_ms": 20.5}),
    messages.Closed("l", {"packets_in": 1, "locked_to": None}),
]


def test_every_message_crosses_the_wire_unchanged() -> None:
    for message in MESSAGES:
        decode = wire.decode_command if type(message) in get_args(messages.Command) else wire.decode_event
        assert decode(wire.encode(message)) == message


@pytest.mark.parametrize("union", [messages.Command, messages.Event])
def test_no_message_was_forgotten_here(union: UnionType) -> None:
    assert set(get_args(union)) <= {type(message) for message in MESSAGES}


@pytest.mark.parametrize(
    "datagram", [b"", b"{}", b'{"type": "Nonsense"}', b'{"type": "Open", "leg": "x"}', b"\xff"]
)
def test_what_is_no_message_is_refused(datagram: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        wire.decode_command(datagram)


def six_free_ports() -> int:
    """An even port that was free a moment ago, with the five above it."""
    while True:
        with contextlib.ExitStack() as held, contextlib.suppress(OSError, OverflowError):
            probe = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            probe.bind(("127.0.0.1", 0))
            first: int = probe.getsockname()[1] + 1
            if first % 2:
                continue
            for port in range(first, first + 6):
                held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind(("127.0.0.1", port))
            return first


def test_ports_are_even_distinct_and_rest_after_use() -> None:
    first = six_free_ports()
    pool = PortPool(first - 1, first + 5)
    taken = [pool.take("127.0.0.1", 0.0) for _ in range(3)]
    numbers = {port.number for port in taken}
    assert numbers == {first, first + 2, first + 4}
    with pytest.raises(NoPorts):
        pool.take("127.0.0.1", 0.0)
    for port in taken:
        pool.give_back(port, 10.0)
    with pytest.raises(NoPorts):
        pool.take("127.0.0.1", 10.0 + QUARANTINE_S - 1)
    again = pool.take("127.0.0.1", 10.0 + QUARANTINE_S)
    assert again.number in numbers
    again.close()


def test_a_host_that_is_not_ours_gives_no_ports() -> None:
    with pytest.raises(NoPorts):
        PortPool(20000, 29999).take("192.0.2.1", 0.0)


@pytest.mark.parametrize(
    ("ports", "workers", "expected"),
    [
        ((10000, 19999), 1, [(10000, 19999)]),
        ((10000, 19999), 2, [(10000, 14999), (15000, 19999)]),
        ((10001, 10006), 2, [(10002, 10003), (10004, 10005)]),
        ((10000, 10005), 4, [(10000, 10001), (10002, 10003), (10004, 10005)]),
        ((20001, 20002), 2, [(20002, 20001)]),
    ],
)
def test_ports_are_shared_out_in_whole_pairs(
    ports: tuple[int, int], workers: int, expected: list[tuple[int, int]]
) -> None:
    assert shares(ports, workers) == expected
