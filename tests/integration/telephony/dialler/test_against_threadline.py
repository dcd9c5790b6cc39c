"""pyVoIP's caller at a whole Threadline: registration, digest, keys and sound between two SIP stacks."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from telephony.dialler import Exit, Plan, Server, carry_out
from tests.support.audio import find, loudness, mulaw_decode, read_mono
from tests.support.ports import LOOPBACK, free_port, free_range
from threadline import compose
from threadline.config import HostPort, PortRange, Settings

pytestmark = pytest.mark.integration

USER, PASSWORD, NUMBER = "0901234567", "caller-secret", "19001234"
FLOW = """\
threadline: 1
kind: flow
id: short
title: Short
entry: menu
languages: {default: en-US, supported: [en-US]}
prompts:
  ask: {en-US: {text: "Please press one for the good news."}}
  news: {en-US: {text: "The keys you pressed have arrived, thank you and goodbye."}}
steps:
  menu:
    type: menu
    prompt: ask
    choices: {"1": {next: news}}
    on_fail: {next: end}
  news: {type: say, prompt: news, next: end}
  end: {type: hangup}
"""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[compose.Server]:
    first = free_range(60)
    settings = Settings(
        data_dir=tmp_path / "data",
        http=HostPort(LOOPBACK, 0),
        sip=HostPort(LOOPBACK, free_port()),
        rtp_ports=PortRange(first, first + 59),
    )
    async with compose.running(settings) as server:
        await server.accounts.add_account(USER, settings.realm, PASSWORD, md5=True)
        flow, number, _ = await server.flows.save(FLOW, "test", "first")
        await server.flows.publish(flow, number)
        await server.flows.set_route(NUMBER, "Test", flow)
        yield server


async def test_the_menu_hears_the_key_and_the_caller_hears_the_answer(
    house: compose.Server, tmp_path: Path
) -> None:
    saved = tmp_path / "heard.wav"
    plan = Plan(
        Server(LOOPBACK, house.sip.port), USER, PASSWORD, NUMBER,
        keys="1", press_after_s=1.5, save=str(saved), stay_s=30,
    )  # fmt: skip
    code, reports = await carry_out(plan)
    assert code is Exit.ANSWERED, reports
    assert [report["by"] for report in reports if report["event"] == "ended"] == ["them"]

    prompt = await house.voice.prompt("The keys you pressed have arrived, thank you and goodbye.", "en-US")
    clip = mulaw_decode(await asyncio.to_thread(prompt.read_bytes))
    heard = read_mono(saved)
    assert loudness(heard) > 0.01
    assert find(clip, np.concatenate([heard, np.zeros(400)])).score > 0.9


async def test_an_unknown_number_and_a_wrong_password_are_told_apart(house: compose.Server) -> None:
    server = Server(LOOPBACK, house.sip.port)
    code, reports = await carry_out(Plan(server, USER, PASSWORD, "19009999"))
    assert code is Exit.NOT_ANSWERED
    assert reports[-1]["code"] == 404
    code, _ = await carry_out(Plan(server, USER, "guessed", NUMBER))
    assert code is Exit.NOT_REGISTERED
