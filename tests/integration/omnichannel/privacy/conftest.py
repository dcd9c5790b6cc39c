"""Privacy over real threads, files and recordings; its jobs are done when a test says so."""

from pathlib import Path

import pytest

from omnichannel.attachments.service import Attachments
from omnichannel.audit.service import Audit
from omnichannel.contacts.service import Contacts
from omnichannel.privacy.service import Privacy
from omnichannel.routing.service import Router
from omnichannel.threads import Threads
from recordings.forgetting import Forgetting
from tests.integration.omnichannel.privacy.support import Customer, Desk, leave_traces
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.events import Bus


@pytest.fixture
def files(pool: Pool, clock: VirtualClock, tmp_path: Path) -> Attachments:
    return Attachments(pool, clock, tmp_path / "files", b"k" * 32, None)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def privacy(pool: Pool, clock: VirtualClock, desk: Desk, files: Attachments, tmp_path: Path) -> Privacy:
    made = Privacy(
        pool, clock, Audit(pool, clock), desk, Forgetting(pool, tmp_path / "tapes"), files,
        folder=tmp_path / "archives", key=b"k" * 32,
    )  # fmt: skip
    made.register()
    return made


@pytest.fixture
def contacts(pool: Pool, clock: VirtualClock, bus: Bus) -> Contacts:
    return Contacts(pool, clock, bus, Audit(pool, clock))


@pytest.fixture
async def lan(
    pool: Pool, threads: Threads, files: Attachments, router: Router, tmp_path: Path, clock: VirtualClock
) -> Customer:
    await router.define_queue("support", "Support", need={"support": 1}, ring_timeout_s=5)
    made = await leave_traces(pool, threads, files, tmp_path / "tapes")
    clock.advance(1)
    return made
