"""`kill -9` of the whole server at random moments under load: every queue is what it was, and nobody is lost.

Customers arrive, give up, redial, are offered and talk while the process dies; then it starts again, everybody who was
in line redials in whatever order, and the line has to be the same. KILLS says how often, KILLS_SEED by which
dice (what begins with THREADLINE_ is a setting of the server's).
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from benchmarks.sip import CallFailed, Leg, Phones, open_phones
from telephony.sip.trunks import TrunkConfig
from tests.integration.omnichannel.routing.chaos import WRONG
from tests.integration.telephony.stage import FRONT_DESK, PASSWORD, PATIENCE_S, Office, until
from tests.support.house import HOTLINE, settings_for
from tests.support.ports import LOOPBACK
from tests.support.server import ThreadlineServer
from threadline.compose import running
from threadline.db.pool import Pool

pytestmark = pytest.mark.integration

KILLS = int(os.environ.get("KILLS", "2"))
SEED = int(os.environ.get("KILLS_SEED", "7"))
HANGS_AFTER_S = 240.0 + 60.0 * KILLS
CALLERS = 10
DEAF_PORT = 9  # nobody listens to the sound of these calls
SOON_S = (0.3, 3.0)

LINE = """
    select w.caller ->> 'from' from waiting w where w.state in ('waiting', 'offered')
    order by turn(w.entered_at, w.priority), w.call_id"""
SETTLED = """
    select (select count(*) from waiting where state in ('waiting', 'offered'))
         + (select count(*) from reservation where state in ('offered', 'connected'))"""


class Killed(Exception):
    """The server died, as it should."""


@dataclass
class Street:
    """Customers with a number each behind a trunk, An at her phone, and the server they all talk to."""

    server: ThreadlineServer
    pool: Pool
    web: aiohttp.ClientSession
    an: str
    phones: Phones
    desk: Phones
    dice: random.Random = field(default_factory=lambda: random.Random(SEED))
    legs: dict[str, Leg] = field(default_factory=dict)

    @property
    def sip(self) -> tuple[str, int]:
        return LOOPBACK, self.server.sip_port

    async def line(self) -> list[str]:
        """The numbers of everybody in the queue, the next first, whether the server lives or not."""
        return [str(row[0]) for row in await self.pool.fetch(LINE)]

    async def dial(self, number: str) -> None:
        self.legs[number] = await self.phones.dial(self.sip, HOTLINE, number, DEAF_PORT)

    async def come_and_go(self, number: str) -> None:
        """One customer, for ever: waits a while, hangs up now and then, calls again."""
        while True:
            await asyncio.sleep(self.dice.uniform(0.05, 1.0))
            leg = self.legs.get(number)
            try:
                if leg is None:
                    await self.dial(number)
                elif self.dice.random() < 0.3:
                    del self.legs[number]
                    await self.phones.hang_up(leg)
            except CallFailed:
                self.legs.pop(number, None)

    async def take_calls(self) -> None:
        """An takes what rings, and says that she is ready after each call she missed or had."""
        while True:
            try:
                async with asyncio.timeout(0.3):
                    invite = await self.desk.invites.get()
            except TimeoutError:
                await self.say_ready()
                continue
            self.desk.ring(invite)
            await asyncio.sleep(self.dice.uniform(0.0, 0.3))
            self.desk.answer(invite, DEAF_PORT)

    async def say_ready(self) -> None:
        try:
            async with self.web.put(f"/api/agents/{self.an}/state", json={"state": "ready"}):
                pass  # refused while she talks
        except aiohttp.ClientError:
            pass  # the server is gone

    async def die_under_load(self) -> list[str]:
        """The line as the dead server left it."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for n in range(CALLERS):
                    number = f"+849012300{n:02}"
                    tasks.create_task(self.come_and_go(number), name=f"customer {number}")
                tasks.create_task(self.take_calls(), name="An")
                await asyncio.sleep(self.dice.uniform(*SOON_S))
                await self.server.kill9()
                raise Killed
        except* Killed:
            self.legs.clear()
        return await self.line()


@pytest.fixture
async def street(tmp_path: Path, dsn: str, pool: Pool) -> AsyncIterator[Street]:
    """The database is nobody's child: it goes on when the server dies."""
    data = tmp_path / "data"
    async with running(settings_for(data, dsn)) as before:
        office = Office(before, tmp_path)
        an = await office.hire("an", "101", wrap_up_s=0)
        await office.open(FRONT_DESK)
        await before.accounts.save_trunk(TrunkConfig(name="street", addresses=(LOOPBACK,)))
        token = await before.people.create_token("test", "admin")
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(
            ThreadlineServer(
                data,
                environment={"THREADLINE_DATABASE_URL": dsn},
                rtp_port_count=1200,
                start_timeout_s=PATIENCE_S * 3,
            )
        )
        headers = {"Authorization": f"Bearer {token}"}
        web = await stack.enter_async_context(aiohttp.ClientSession(server.http_url, headers=headers))
        phones = await stack.enter_async_context(open_phones())
        desk = await stack.enter_async_context(open_phones())
        made = Street(server, pool, web, str(an), phones, desk)
        await desk.register(made.sip, "101", PASSWORD)
        yield made
        await server.kill9()  # told to end, it would wait for the calls that nobody ends any more


async def test_whenever_the_server_is_killed_the_line_is_the_same_afterwards_and_nobody_is_lost(
    street: Street,
) -> None:
    for number_of_kill in range(KILLS):
        was = await street.die_under_load()
        await street.server.start()
        assert await street.pool.fetchval(SETTLED) == 0, "nobody is on a line of a dead server"
        for what, count in WRONG.items():
            assert await street.pool.fetchval(count) == 0, f"kill {number_of_kill}: {what}"
        back = list(was)
        street.dice.shuffle(back)
        for customer in back:
            await street.dial(customer)

        async def all_are_there(count: int = len(was)) -> bool:
            return len(await street.line()) == count

        await until(all_are_there, f"{len(was)} customers are back in line")
        assert await street.line() == was, f"kill {number_of_kill}"
