"""The demo on a running server: seeded, announced, and alive until left."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telephony.dialler import Server as SipAddress
from threadline.demo.banner import banner
from threadline.demo.cast import HABITS
from threadline.demo.customers import Colleague, Customers
from threadline.demo.seed import open_lines, seed
from threadline.demo.services import answering
from threadline.demo.shop import name_results, open_chat

if TYPE_CHECKING:
    from threadline.compose import Server

ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  # compared, not bound


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """`customers`: how many different people call by themselves; none of them when quiet."""

    quiet_customers: bool = False
    customers: int = len(HABITS)


@asynccontextmanager
async def play(server: "Server", options: DemoOptions) -> AsyncIterator[None]:
    """Seeds the server, prints the banner, and lets the customers call until the block is left."""
    settings = server.settings
    _show("\n  Setting up the shop; the first time its prompts are spoken, which may take a minute.\n")
    passwords = await seed(server, settings.data_dir, settings.realm)
    server.shop = str(await open_chat(server.correspondence, "support"))
    await name_results(server.administration.wrap_up)
    sip = SipAddress(_reachable(settings.sip.host), server.sip.port)
    web = f"http://{_reachable(settings.http.host)}:{server.http_port}/"
    habits = () if options.quiet_customers else HABITS[: options.customers]
    _show(banner(web=web, sip=f"{sip.host}:{sip.port}", passwords=passwords, quiet=not habits))
    async with answering(settings.data_dir, server.clock) as services, asyncio.TaskGroup() as tasks:
        alive = [tasks.create_task(open_lines(server, services), name="demo lines")]
        if habits:
            customers = Customers(sip, passwords, server.voice, server.threads)
            colleague = Colleague(sip, passwords, server.voice, server.people, server.router)
            alive.append(tasks.create_task(customers.run(habits), name="demo customers"))
            alive.append(tasks.create_task(colleague.run(), name="demo colleague"))
        try:
            yield
        finally:
            for task in alive:
                task.cancel()


def _show(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _reachable(host: str) -> str:
    """An address on this machine for a server that listens everywhere."""
    return "127.0.0.1" if host in ANYWHERE else host
