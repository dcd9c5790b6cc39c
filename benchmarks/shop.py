"""The server under test: `threadline serve` as an operator starts it, with an embedded PostgreSQL of its own.

Furnished once through the server's own rooms, with customers who have a history, then started as a process on
the same folder with all settings as shipped but the ports.
"""

import contextlib
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
import numpy as np
import soundfile

from benchmarks.pop import fill
from benchmarks.processes import ServerProcesses
from telephony.sip.trunks import TrunkConfig
from tests.support.house import settings_for
from tests.support.ports import LOOPBACK
from tests.support.server import ThreadlineServer
from threadline.compose import Server, running
from threadline.db.embedded import EmbeddedPostgres
from threadline.db.pool import Pool, open_pool

MENU: Final = "19001111"
QUEUE: Final = "19002222"
BRIDGE: Final = "19003333"  # passes its callers on to `far`
TAPED: Final = "19004444"  # the same, recorded
AGENT: Final = "201"
AGENT_PASSWORD: Final = "a password of the bench"
PROMPT_S: Final = 40
CUSTOMERS: Final = 5_000
INTERACTIONS: Final = 50_000
RTP_PORTS: Final = (10000, 31999)  # below the ports the system hands out; a number rests 30 s after a call

_FLOW: Final = """
threadline: 1
kind: flow
id: {id}
title: {id}
owner: bench
entry: {entry}
languages: {{default: en-US, supported: [en-US]}}
prompts:
  menu:
    en-US: {{audio: bench.wav, text: "For orders, press 1. For support, press 2."}}
events:
  error: {{next: wait}}
steps:
  main:
    type: menu
    prompt: menu
    timeout: 5s
    tries: 9
    choices:
      "1": {{next: wait}}
    on_fail: {{next: bye}}
  wait:
    type: queue
    queue: bench
    route:
      steps:
        - {{need: {{bench: 1}}}}
    hold: {{music: moh_soft}}
    max_wait: 10m
    full: main
    no_agents: main
    timeout: main
    next: bye
  bye: {{type: hangup}}
"""
_PASSING: Final = """
threadline: 1
kind: flow
id: {id}
title: {id}
owner: bench
entry: {entry}
languages: {{default: en-US, supported: [en-US]}}
steps:
  {tape}out: {{type: transfer, to: "trunk:far/0901234567", events: {{failed: {{next: bye}}, done: {{next: bye}}}}}}
  bye: {{type: hangup}}
"""
_TAPE: Final = "tape: {type: recording, action: start, next: out}\n  "
_NO_LIMITS: Final = (
    "--dial-per-minute", "999999", "--dial-at-once", "100000", "--dial-minutes", "999999", "--dial-countries", "VN",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shop:
    """A running server. `agent` is the id of the one agent, who has no wrap-up, `agent_web` the API as he sees it."""

    server: ThreadlineServer
    processes: ServerProcesses
    pool: Pool
    agent: str
    agent_web: aiohttp.ClientSession

    @property
    def sip(self) -> tuple[str, int]:
        return LOOPBACK, self.server.sip_port

    async def calls_open(self) -> int:
        """Calls whose story is not yet complete in the database."""
        count: int = await self.pool.fetchval("select count(*) from call where closed_at is null")
        return count


def customer(n: int) -> str:
    """The number of one of the customers who are known."""
    return f"+849{1 + n % CUSTOMERS:08}"


@asynccontextmanager
async def open_shop(
    folder: Path, *, far: int | None = None, options: Sequence[str] = ()
) -> AsyncIterator[Shop]:
    """A server on `folder` with its numbers, a queue, an agent and the customers.

    `far`: the port where whoever is called answers. `options` are further words of the server's command line.
    """
    data = folder / "data"
    with contextlib.redirect_stdout(io.StringIO()):  # the administrator's password is nobody's business here
        async with running(settings_for(data, None)) as inside:
            agent, token = await _furnish(inside, data, far)
            await _fill(data)
    server = ThreadlineServer(data, options=(*_NO_LIMITS, *options))
    server.rtp_ports = RTP_PORTS
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(server)
        dsn = EmbeddedPostgres(data).dsn_of_running()
        assert dsn is not None
        pool = await open_pool(dsn, max_size=2)
        stack.push_async_callback(pool.close)
        headers = {"Authorization": f"Bearer {token}"}
        web = await stack.enter_async_context(aiohttp.ClientSession(server.http_url, headers=headers))
        yield Shop(server, ServerProcesses(server.program.pid), pool, agent, web)


async def _furnish(inside: Server, data: Path, far: int | None) -> tuple[str, str]:
    """The agent's id and a bearer token of his."""
    write_speech(data / "prompts" / "bench.wav")
    await inside.router.define_queue("bench", "Bench", need={"bench": 1}, ring_timeout_s=20)
    await inside.accounts.save_trunk(TrunkConfig(name="bench", addresses=(LOOPBACK,)))
    if far is not None:
        await inside.accounts.save_trunk(TrunkConfig(name="far", host=LOOPBACK, port=far, qualify_s=0))
    await inside.accounts.add_account(AGENT, inside.settings.realm, AGENT_PASSWORD, md5=True)
    agent = await inside.people.add(
        "bench", AGENT_PASSWORD, role="agent", display_name="Bench", extension=AGENT, skills={"bench": 5},
        wrap_up_s=0,
    )  # fmt: skip
    numbers = ((MENU, "main"), (QUEUE, "wait"), (BRIDGE, "out"), (TAPED, "tape"))
    for number, entry in numbers if far is not None else numbers[:2]:
        text = (_PASSING if number in (BRIDGE, TAPED) else _FLOW).format(
            id=f"bench_{entry}", entry=entry, tape=_TAPE if number == TAPED else ""
        )
        flow, revision, _ = await inside.flows.save(text, "bench", "bench")
        await inside.flows.publish(flow, revision)
        await inside.flows.set_route(number, f"Bench {entry}", flow, record=number == TAPED)
    return str(agent), await inside.people.create_token("bench", "agent", agent)


async def _fill(data: Path) -> None:
    dsn = EmbeddedPostgres(data).dsn_of_running()
    assert dsn is not None
    pool = await open_pool(dsn, max_size=1)
    try:
        await fill(pool, CUSTOMERS, INTERACTIONS)
        await pool.execute(
            "alter system set track_commit_timestamp = on"
        )  # for the offers; from the next start on
    finally:
        await pool.close()


def write_speech(path: Path, *, bits: int = 16) -> None:
    """PROMPT_S seconds of something like speech at 8 kHz: noise in syllables."""
    at = np.arange(PROMPT_S * 8000) / 8000
    noise = np.random.default_rng(1).standard_normal(len(at))
    sound = 0.2 * noise * np.clip(np.sin(2 * np.pi * 2 * at), 0, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, 8000, subtype="PCM_16" if bits == 16 else "PCM_U8")
