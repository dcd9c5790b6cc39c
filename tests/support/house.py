"""A whole server in the test's own process and loop: every room real, on a fresh database and free ports."""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from telephony.sip.trunks import TrunkConfig
from tests.support.ports import LOOPBACK, free_port, free_range
from threadline.compose import SHIPPED_FLOWS, Server, running
from threadline.config import HostPort, PortRange, Settings
from threadline.kernel.events import Json

HOTLINE = "19001234"
ALWAYS_OPEN: Json = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def settings_for(folder: Path, dsn: str | None) -> Settings:
    """Settings on loopback; `dsn` None starts the embedded database in `folder`."""
    first = free_range(600)
    share_spoken_prompts(folder)
    return Settings(
        data_dir=folder, http=HostPort(LOOPBACK, 0), sip=HostPort(LOOPBACK, free_port()),
        rtp_ports=PortRange(first, first + 599), phone_media=HostPort(LOOPBACK, 0), database_url=dsn, drain_s=2.0,
    )  # fmt: skip


def share_spoken_prompts(folder: Path) -> None:
    """Speaks each text once for all tests: the cache's names are hashes of what is in the files."""
    shared = Path(tempfile.gettempdir()) / f"threadline-spoken-{os.geteuid()}"
    shared.mkdir(mode=0o700, exist_ok=True)
    spoken = folder / "prompts" / "spoken"
    spoken.parent.mkdir(parents=True, exist_ok=True)
    if not spoken.exists():
        spoken.symlink_to(shared)


@asynccontextmanager
async def house(
    folder: Path, dsn: str, *, tls: bool = False, record_internal: bool = False
) -> AsyncIterator[Server]:
    """A running server with nothing in it but what `furnish` puts there."""
    settings = replace(settings_for(folder, dsn), record_internal=record_internal)
    if tls:
        settings = replace(settings, sip_tls=HostPort(LOOPBACK, 0), sip_ws=HostPort(LOOPBACK, 0))
    async with running(settings) as server:
        yield server


async def furnish(server: Server, flow: str | None = None) -> None:
    """Queues, calendar, and one flow (the shipped retail_main unless given) at the hotline."""
    await server.router.define_queue("support", "Support", need={"support": 1}, ring_timeout_s=5)
    await server.router.define_queue("billing", "Billing", need={"billing": 1}, ring_timeout_s=5)
    await server.flows.set_calendar("store", "Asia/Ho_Chi_Minh", ALWAYS_OPEN, [])
    text = flow or (SHIPPED_FLOWS / "retail_main.yaml").read_text("utf-8")
    flow_id, number, _ = await server.flows.save(text, "test", "first")
    await server.flows.publish(flow_id, number)
    await server.flows.set_route(HOTLINE, "Hotline", flow_id)


async def trust_loopback(server: Server) -> None:
    """Calls from this machine come in as from a trunk; takes effect at the next start."""
    await server.accounts.save_trunk(TrunkConfig(name="loopback", addresses=(LOOPBACK,)))
