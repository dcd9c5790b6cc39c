"""Two phones, each behind a line that loses every tenth packet, doubles some and swaps others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.integration.telephony.stage import (
    FRONT_DESK,
    LAN,
    PASSWORD,
    PATIENCE_S,
    Office,
    legs_of,
    of_kind,
    outcome,
    until,
)
from tests.integration.telephony.test_calls import connect
from tests.integration.telephony.test_dtmf import COLLECT
from tests.support.audio import RATE, Sound, english, find, loudness
from tests.support.baresip import Account, Baresip
from tests.support.lossy import LossyLine, Way, lost_as_reported
from threadline.kernel.events import CallEventKind as Kind

pytestmark = pytest.mark.integration

PIECE = RATE // 5
PIECES_HEARD = (
    0.5  # a piece of ten packets meets a loss more often than not; what is concealed is still alike
)


@asynccontextmanager
async def behind(
    office: Office, user: str, seed: int, **options: Any
) -> AsyncIterator[tuple[Baresip, LossyLine]]:
    """A registered phone at the far end of a bad line."""
    async with LossyLine(office.server.sip.port, seed) as line:
        account = Account(user, PASSWORD, line.address, codecs="pcmu")
        async with Baresip(office.folder, account, **options) as phone:
            await phone.registered(timeout_s=PATIENCE_S)
            yield phone, line


async def caller(office: Office, user: str = "lan") -> None:
    await office.server.accounts.add_account(
        user, office.server.settings.realm, PASSWORD, md5=True, number=LAN
    )


def pieces_in(clip: Sound, recording: Sound) -> float:
    """The share of the clip's pieces, a fifth of a second each, that are in the recording."""
    pieces = [clip[at : at + PIECE] for at in range(0, len(clip) - PIECE + 1, PIECE)]
    loud = [piece for piece in pieces if loudness(piece) > 0.3 * loudness(clip)]
    return sum(find(piece, recording).score > 0.7 for piece in loud) / len(loud)


async def understands(phone: Baresip, clip: Sound) -> None:
    best = 0.0

    async def is_understood() -> bool:
        nonlocal best
        best = await asyncio.to_thread(pieces_in, clip, phone.heard())
        return best >= PIECES_HEARD

    try:
        await until(is_understood, f"{phone.account.user} understands")
    except AssertionError as exc:
        raise AssertionError(f"{exc}; at best {best:.2f} of it") from None


async def test_two_phones_on_bad_lines_understand_each_other_and_the_losses_are_counted_truly(
    office: Office,
) -> None:
    an = await office.hire("an", "101")
    await office.open(FRONT_DESK)
    await caller(office)
    hello, answer = english("vm-intro"), english("tt-monkeysintro")
    async with (
        behind(office, "101", 1, auto_answer=False, says=hello) as (desk, agents_line),
        behind(office, "lan", 2) as (lan, customers_line),
    ):
        await connect(office, an, desk, lan)
        await lan.speak(answer)
        await understands(lan, hello)
        await understands(desk, answer)
        lines = (customers_line.stream, agents_line.stream)
        for stream in lines:  # each side says at least once what it missed
            await until(lambda stream=stream: reported(stream.reports["down"]), "we report losses")  # type: ignore[misc]
            await until(lambda stream=stream: reported(stream.reports["up"]), "the phone reports losses")  # type: ignore[misc]
        await lan.hang_up()
        await desk.closed(timeout_s=PATIENCE_S)
        story = await office.story()
    assert outcome(story) == ("served", "customer_hung_up")
    for stream, leg in zip(lines, legs_of(story), strict=True):
        check_losses(stream.up, leg["stats"])
        assert abs(max(lost_as_reported(stream.reports["down"])) - known_losses(stream.up)) <= SLACK
        assert leg["stats"]["remote_lost"] > 0
        assert stream.down.lost > 0


SLACK = 8  # the stream's first packets, and what is under way when a report or the end comes


def known_losses(way: Way) -> int:
    """A packet that comes twice makes up for one that never came (RFC 3550 section 6.4.1)."""
    return way.lost - way.doubled


def check_losses(way: Way, stats: dict[str, Any]) -> None:
    assert way.lost > 20, "the line was bad"
    assert abs(stats["lost"] - known_losses(way)) <= SLACK, (stats, way)
    assert stats["reordered"] > 0
    assert stats["packets_in"] >= way.passed


async def reported(reports: list[bytes]) -> bool:
    return max(lost_as_reported(reports), default=0) > 10


@pytest.mark.parametrize("seed", [3, 4])
async def test_keys_on_a_bad_line_arrive_once_each(office: Office, seed: int) -> None:
    """An event is told in many packets, its end in three: a tenth lost, some doubled, some swapped change no digit."""
    await office.open(COLLECT)
    await caller(office)
    async with behind(office, "lan", seed) as (lan, _):
        await office.call(lan)
        await office.event(Kind.STEP, step="ask")
        await lan.press("1223334444#")
        await office.event(Kind.KEYS, keys="1223334444")
        await lan.hang_up()
        story = await office.story()
    assert [line["keys"] for line in of_kind(story, Kind.KEYS)] == ["1223334444"]
