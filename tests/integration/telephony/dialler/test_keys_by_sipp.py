"""Keys as other phones send them, read by a whole server: one digit each, whatever the packets look like."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support import scenarios
from tests.support.house import HOTLINE, furnish, house
from tests.support.rtp import Press
from tests.support.scenarios import Who
from tests.support.sipp import run_sipp
from threadline.compose import Server
from threadline.kernel.events import CallEvent, CallEventKind

pytestmark = pytest.mark.integration

WHO = Who("0901234567", challenged=True, password="secret")
FLOW = """\
threadline: 1
kind: flow
id: four_keys
title: Four keys
entry: ask
languages: {default: en-US, supported: [en-US]}
vars: {typed: {type: string}}
prompts:
  ask: {en-US: {text: "Four keys, please."}}
steps:
  ask:
    type: collect
    prompt: ask
    var: typed
    digits: {min: 4, max: 4}
    on_fail: {next: end}
    next: nothing_more
  nothing_more:                     # where a key counted twice would turn up
    type: collect
    prompt: ask
    var: typed
    digits: {min: 1, max: 4}
    on_fail: {next: end}
    next: end
  end: {type: hangup}
"""


@pytest.fixture
async def server(tmp_path: Path, dsn: str) -> AsyncIterator[Server]:
    async with house(tmp_path / "data", dsn) as made:
        await made.accounts.add_account(WHO.user, made.settings.realm, WHO.password, md5=True)
        await furnish(made, FLOW)
        yield made


async def _typed(server: Server, folder: Path, steps: list[str]) -> list[str]:
    """What the flow collected while SIPp went through the steps."""
    collected: list[str] = []

    def listen(event: CallEvent) -> None:
        if event.kind is CallEventKind.KEYS:
            collected.append(str(event.data["keys"]))

    server.bus.subscribe(CallEvent, listen)
    xml = scenarios.caller(WHO, [scenarios.pause(300), *steps, scenarios.pause(300)])
    outcome = await run_sipp(folder, xml, f"127.0.0.1:{server.sip.port}", service=HOTLINE)
    assert outcome.successful == 1, outcome.errors
    return collected


@pytest.mark.parametrize(
    "presses",
    [
        [Press("1"), Press("2"), Press("2"), Press("4")],
        [
            Press("1", 100, "missing_end"),
            Press("1", 100, "missing_end"),
            Press("2"),
            Press("3", 60, "missing_end"),
        ],
        [Press("1"), Press("5", 1500), Press("5", 40), Press("9", 1000, "missing_end")],
    ],
    ids=["three ends", "missing end", "long press"],
)
async def test_rfc_4733(server: Server, tmp_path: Path, presses: list[Press]) -> None:
    keys = "".join(press.key for press in presses)
    assert await _typed(server, tmp_path, [scenarios.keys(tmp_path, presses)]) == [keys]


async def test_info(server: Server, tmp_path: Path) -> None:
    steps = [scenarios.info(WHO, key, 10 + n) + scenarios.pause(200) for n, key in enumerate("7078")]
    assert await _typed(server, tmp_path, steps) == ["7078"]
