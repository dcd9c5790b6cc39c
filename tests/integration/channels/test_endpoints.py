"""Endpoints: secrets with one holder at a time, and fetchers that follow the switch without a restart."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from omnichannel.channels.port import Delivered, Endpoint, Inlet, Remedy, SendFailed
from omnichannel.channels.registry import Registry
from omnichannel.endpoints.fetchers import Fetchers
from threadline.channels import Correspondence

pytestmark = pytest.mark.integration


class Well:
    """A channel that fetches; `log` says what was begun and ended, on which address."""

    kind = "well"

    def __init__(self) -> None:
        self.log: asyncio.Queue[str] = asyncio.Queue()
        self.is_dry = False

    async def fetch(self, endpoint: Endpoint, inlet: Inlet) -> None:
        await self.log.put(f"began {endpoint.title}")
        if self.is_dry:
            raise SendFailed(Remedy.RECONNECT, "The password is wrong.")
        try:
            await asyncio.Event().wait()
        finally:
            self.log.put_nowait(f"ended {endpoint.title}")


async def nowhere(endpoint: Endpoint, deliveries: Sequence[Delivered]) -> None:
    raise AssertionError("nothing is delivered here")


@asynccontextmanager
async def fetching(rooms: Correspondence, well: Well) -> AsyncIterator[None]:
    channels: Any = [well]
    fetchers = Fetchers(rooms.endpoints, Registry(channels), nowhere, round_s=5)
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(fetchers.run(), name="fetchers")
        yield
        running.cancel()


async def test_a_fetcher_begins_and_ends_with_the_switch_and_anew_with_a_change(
    rooms: Correspondence,
) -> None:
    well = Well()
    made = await rooms.endpoints.add("well", "one", "One", {}, {})
    async with fetching(rooms, well):
        await rooms.endpoints.switch(made.id, "on")
        assert await well.log.get() == "began One"
        await rooms.endpoints.change(made.id, title="Two")
        assert [await well.log.get(), await well.log.get()] == ["ended One", "began Two"]
        await rooms.endpoints.switch(made.id, "off")
        assert await well.log.get() == "ended Two"


async def test_a_fetcher_whose_credentials_fail_waits_for_people(rooms: Correspondence) -> None:
    well = Well()
    well.is_dry = True
    made = await rooms.endpoints.add("well", "one", "One", {}, {})
    await rooms.endpoints.switch(made.id, "on")
    async with fetching(rooms, well):
        assert await well.log.get() == "began One"
        while (shown := await rooms.endpoints.shown(made.id))["state"] == "on":
            await rooms.endpoints.switched.wait(0.1)
        assert (shown["state"], shown["problem"]) == ("reconnect", "The password is wrong.")
        well.is_dry = False
        await rooms.endpoints.switch(made.id, "on")
        assert await well.log.get() == "began One"


async def test_only_one_process_fetches_and_the_other_takes_over_when_it_ends(rooms: Correspondence) -> None:
    first, second = Well(), Well()
    made = await rooms.endpoints.add("well", "one", "One", {}, {})
    await rooms.endpoints.switch(made.id, "on")
    assert await rooms.endpoints.claim_fetching(made.row, "first", 60)
    assert not await rooms.endpoints.claim_fetching(made.row, "second", 60)
    assert await rooms.endpoints.claim_fetching(made.row, "first", 60)
    await rooms.endpoints.leave_fetching(made.row, "first")
    async with fetching(rooms, second):
        assert await second.log.get() == "began One"
    assert first.log.empty()


async def test_rotating_secrets_have_one_holder_at_a_time_and_are_committed_before_use(
    rooms: Correspondence,
) -> None:
    made = await rooms.endpoints.add("well", "one", "One", {}, {"token": "0", "app": "x"})
    store = rooms.endpoints.secret_store

    async def rotate() -> None:
        async with store.exclusive(made) as held:
            known = int(held.values["token"])
            await held.keep({"token": str(known + 1)})
            assert (await rooms.endpoints.by_row(made.row)).secrets["token"] == str(known + 1)

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        for number in range(4):
            tasks.create_task(rotate(), name=f"rotate-{number}")
    assert (await rooms.endpoints.by_row(made.row)).secrets == {"token": "4", "app": "x"}
