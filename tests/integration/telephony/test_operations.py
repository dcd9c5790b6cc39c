"""An operator at work on a running server: a call's messages, bans, and numbers that are not dialled."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import pytest

from telephony.dial_policy import DialRefusal
from telephony.sip.trunks import TrunkConfig
from tests.integration.telephony.stage import PATIENCE_S, Office, outcome, steps_of
from tests.support.house import HOTLINE, settings_for
from threadline.compose import running

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
PREMIUM = """\
threadline: 1
kind: flow
id: away
title: Sends callers to a number that costs
entry: out
languages: {default: en-US, supported: [en-US]}
prompts:
  sorry: {en-US: {text: "That number can not be reached."}}
steps:
  out: {type: transfer, to: "trunk:carrier/19001234", events: {failed: {next: sorry}, done: {next: end}}}
  sorry: {type: say, prompt: sorry, next: end}
  end: {type: hangup}
"""


async def command(office: Office, *words: str, token: str = "") -> tuple[int, str]:
    """(exit code, what it printed) of a `threadline` command asking this server."""
    where = ("--url", f"http://127.0.0.1:{office.server.http_port}")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "threadline", *words, *where, cwd=ROOT, env=os.environ | {"THREADLINE_TOKEN": token},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told, _ = await process.communicate()
    return process.returncode or 0, told.decode()


async def test_a_premium_number_is_not_dialled_and_the_flow_goes_on(tmp_path: Path, dsn: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as carrier:
        carrier.bind(("127.0.0.9", 0))
        carrier.setblocking(False)
        async with running(settings_for(tmp_path / "data", dsn)) as first:
            trunk = TrunkConfig("carrier", ("127.0.0.9",), host="127.0.0.9", port=carrier.getsockname()[1])
            await first.accounts.save_trunk(trunk)
        async with running(settings_for(tmp_path / "data", dsn)) as server:
            office = Office(server, tmp_path)
            await office.open(PREMIUM)
            async with office.customer() as lan:
                await lan.dial(HOTLINE)
                await lan.closed(timeout_s=PATIENCE_S)
            story = await office.story()
            assert steps_of(story) == ["out", "sorry", "end"]
            assert outcome(story)[0] == "self_served"
            policy = server.sip.watch.policy
            assert policy is not None
            assert [(one.number, one.payer, one.reason) for one in policy.recent] == [
                ("19001234", "flow away", DialRefusal.PREMIUM)
            ]
            assert policy.running() == 0
        heard: list[bytes] = []
        try:
            while True:
                heard.append(carrier.recv(65535))
        except BlockingIOError:
            pass
        assert not [data for data in heard if data.startswith(b"INVITE")]


async def test_an_admin_reads_a_calls_ladder_and_lifts_a_ban_on_the_command_line(office: Office) -> None:
    await office.open(PREMIUM)
    async with office.customer() as lan:
        await lan.dial(HOTLINE)
        await lan.closed(timeout_s=PATIENCE_S)
    call = str((await office.story())["id"])
    admin = await office.server.people.create_token("ops", "admin")
    agent = await office.server.people.create_token("clerk", "supervisor")
    code, ladder = await command(office, "trace", call, token=admin)
    assert code == 0
    for word in ("INVITE", "401", "100 Trying", "200 OK (INVITE)", "ACK", "BYE", "(left out)"):
        assert word in ladder, word
    assert "response=" not in ladder
    code, _ = await command(office, "trace", call, "--pcap", str(office.folder / "call.pcap"), token=admin)
    assert (code, (office.folder / "call.pcap").read_bytes()[:4]) == (0, b"\xd4\xc3\xb2\xa1")
    assert await command(office, "trace", call, token=agent) == (1, "threadline: You may not do this.\n")
    assert (await command(office, "trace", call))[0] == 1

    watch = office.server.sip.watch
    watch.defence.ban("198.51.100.7", "wrong_proof", asyncio.get_running_loop().time())
    code, told = await command(office, "bans", token=admin)
    assert (code, told.split()[0]) == (0, "198.51.100.7")
    assert (await command(office, "bans", "--lift", "198.51.100.7", token=admin))[0] == 0
    assert await command(office, "bans", token=admin) == (0, "nobody is banned\n")
