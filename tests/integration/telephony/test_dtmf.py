"""Key presses as phones send them, seen in the ledger of a whole server: always one digit each.

What a phone leaves out, sends three times, holds for long or tells by two ways at once must neither lose
a digit nor double one: `1#` collected as `11#` is somebody else's order.
"""

import struct
from pathlib import Path

import pytest

from tests.integration.telephony.stage import Office, of_kind, outcome
from tests.support import scenarios
from tests.support.audio import silence
from tests.support.house import HOTLINE
from tests.support.rtp import EVENT, FRAME, KEYS, Packet, Press, Timed, speech, typing, write_pcap
from tests.support.scenarios import Who
from tests.support.sipp import run_sipp
from threadline.kernel.events import CallEventKind as Kind

pytestmark = pytest.mark.integration

WHO = Who("0901234567", challenged=True, password="secret")
SEGMENT = 0xFFFF  # the longest duration an event packet can tell, RFC 4733 section 2.5.1.3
LONG_S = 9  # of a press: SEGMENT samples are 8.2 s
COLLECT = """\
threadline: 1
kind: flow
id: collects
title: Collects keys
entry: ask
languages: {default: en-US, supported: [en-US]}
vars: {typed: {type: string}}
prompts:
  ask: {en-US: {text: "Your number, please."}}
steps:
  ask:
    type: collect
    prompt: ask
    var: typed
    digits: {min: 1, max: 20, allow: "0-9"}
    first_digit_timeout: 30s
    inter_digit_timeout: 30s
    on_fail: {next: end}
    next: no_more
  no_more:                                # where a digit told twice would show
    type: collect
    prompt: ask
    var: typed
    digits: {min: 1, max: 1}
    first_digit_timeout: 60s
    on_fail: {next: end}
    next: no_more
  end: {type: hangup}
"""


async def collected(office: Office, *steps: str) -> list[object]:
    """What the flow collected from a call that goes through these SIPp steps: up to `#`, and each key after."""
    await office.server.accounts.add_account(WHO.user, office.server.settings.realm, WHO.password, md5=True)
    await office.open(COLLECT)
    xml = scenarios.caller(WHO, [scenarios.pause(300), *steps, scenarios.pause(300)])
    target = f"127.0.0.1:{office.server.sip.port}"
    done = await run_sipp(office.folder, xml, target, service=HOTLINE)
    assert done.successful == 1, done.errors
    story = await office.story()
    assert outcome(story) == ("left_in_menu", "customer_hung_up")
    return [line["keys"] for line in of_kind(story, Kind.KEYS)]


def capture(folder: Path, name: str, packets: list[Timed]) -> str:
    """SIPp's command that plays the packets; it goes on while they are sent."""
    path = write_pcap(folder / f"{name}.pcap", packets)
    return f'<nop><action><exec play_pcap_audio="{path}"/></action></nop>'


def lasting(packets: list[Timed]) -> str:
    return scenarios.pause(round(packets[-1].at_s * 1000) + 200)


async def test_three_end_packets_are_one_digit(office: Office, tmp_path: Path) -> None:
    presses = [Press(key) for key in "122#"]
    assert await collected(office, scenarios.keys(tmp_path, presses)) == ["122"]


async def test_a_missing_end_loses_and_doubles_nothing(office: Office, tmp_path: Path) -> None:
    presses = [
        Press("1", 100, "missing_end"),
        Press("1", 60, "missing_end"),
        Press("5"),
        Press("5"),
        Press("#"),
    ]
    assert await collected(office, scenarios.keys(tmp_path, presses)) == ["1155"]


async def test_a_press_longer_than_its_duration_field_is_one_digit(office: Office, tmp_path: Path) -> None:
    before = speech(silence(0.4))
    held = long_press("7", before[-1], seconds=LONG_S)
    after = typing([Press("8"), Press("#")], lead_s=0.3)
    shift = (
        held[-1].at_s + 0.02,
        held[-1].packet.sequence + 1,
        held[0].packet.timestamp + LONG_S * 8000 + FRAME,
    )
    packets = [*before, *held, *(moved(one, after[0], *shift) for one in after)]
    timestamps = {one.packet.timestamp for one in held}
    assert len(timestamps) == 2, "the press goes on under a second timestamp"
    assert await collected(office, capture(tmp_path, "long", packets), lasting(packets)) == ["78"]


def long_press(key: str, before: Timed, *, seconds: int) -> list[Timed]:
    """An event that outgrows the duration field: it goes on SEGMENT later, without a marker."""
    made: list[Timed] = []
    start, steps = before.packet.timestamp + FRAME, seconds * 50
    for step in range(1, steps + 3):  # the last three packets are the end
        length = min(step, steps) * FRAME
        segment, duration = divmod(length, SEGMENT)
        body = struct.pack(">BBH", KEYS.index(key), 10 | (0x80 if step >= steps else 0), duration)
        packet = Packet(
            EVENT, step == 1, before.packet.sequence + step & 0xFFFF, start + segment * SEGMENT,
            before.packet.ssrc, body,
        )  # fmt: skip
        made.append(Timed(before.at_s + 0.02 * min(step, steps) + 0.001 * max(0, step - steps), packet))
    return made


def moved(one: Timed, first: Timed, at_s: float, sequence: int, timestamp: int) -> Timed:
    """The same packet, as part of a stream that began before it."""
    packet = one.packet
    return Timed(
        at_s + one.at_s,
        Packet(
            packet.payload_type, packet.marker, packet.sequence - first.packet.sequence + sequence & 0xFFFF,
            packet.timestamp - first.packet.timestamp + timestamp, packet.ssrc, packet.payload,
        ),
    )  # fmt: skip


@pytest.mark.parametrize("content", ["application/dtmf-relay", "application/dtmf"])
async def test_info_is_one_digit(office: Office, content: str) -> None:
    steps = [info(key, 10 + n, content) + scenarios.pause(100) for n, key in enumerate("7078#")]
    assert await collected(office, *steps) == ["7078"]


async def test_a_press_told_by_both_ways_is_one_digit(office: Office, tmp_path: Path) -> None:
    packets = typing([Press("3", 400), Press("3", 400), Press("9", 400), Press("#", 400)], gap_s=0.6)
    steps = [capture(tmp_path, "both", packets), scenarios.pause(600)]
    for n, key in enumerate("339#"):  # each within the press it tells of
        steps += [info(key, 10 + n, "application/dtmf-relay"), scenarios.pause(1000)]
    assert await collected(office, *steps) == ["339"]


def info(key: str, cseq: int, content: str) -> str:
    body = f"Signal={key}\nDuration=160\n" if content.endswith("relay") else key
    head = f"Content-Type: {content}\nContent-Length: [len]\n\n"
    return scenarios.request(WHO, "INFO", cseq, head + body) + '<recv response="200"/>'
