"""What the tests of the providers' channels share: endpoints that point at stand-ins, and waiting for news."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from omnichannel.channels.port import Endpoint
from tests.support.fake_meta import APP_SECRET, NUMBER, PAGE, TOKEN, VERIFY_TOKEN
from tests.support.fake_provider import FakeProvider
from tests.support.fake_twilio import messages as twilio
from tests.support.fake_zalo import APP_ID, OA_ID, OA_SECRET
from tests.support.fake_zalo import APP_SECRET as ZALO_SECRET
from threadline.channels import Correspondence
from threadline.kernel.events import Json, ThreadDelta
from threadline.kernel.ids import ThreadId
from threadline.secret_key import SecretKey

if TYPE_CHECKING:  # a process that only sends needs no whole server
    from threadline.compose import Server

KEY: Final = SecretKey(bytes(range(32)))
PATIENCE_S: Final = 60.0
_META: Final = {"app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN, "access_token": TOKEN}
_ENDPOINTS: Final[dict[str, tuple[str, dict[str, str], dict[str, str]]]] = {
    "messenger": (PAGE, {}, _META),
    "whatsapp": (NUMBER, {}, _META),
    "zalo": (OA_ID, {"app_id": APP_ID}, {
        "app_secret": ZALO_SECRET, "oa_secret": OA_SECRET, "access_token": "access-0", "refresh_token": "refresh-0",
    }),
    "sms": (twilio.NUMBER, {"account_sid": twilio.ACCOUNT}, {"auth_token": twilio.TOKEN}),
}  # fmt: skip


async def connect(rooms: Correspondence, kind: str, fake: FakeProvider) -> Endpoint:
    """An endpoint of `kind`, on, whose provider is `fake`."""
    address, config, secrets = _ENDPOINTS[kind]
    made = await rooms.endpoints.add(kind, address, kind, {**config, "base_url": fake.base_url}, secrets)
    return await rooms.endpoints.switch(made.id, "on")


def now_ms() -> int:
    """For a stand-in's clock, so that windows are open."""
    return int(datetime.now(UTC).timestamp() * 1000)


class Watch:
    """Waits for threads to be as expected, looking again at every news of one."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._news: asyncio.Queue[ThreadDelta] = asyncio.Queue()
        self.threads: list[ThreadId] = []
        server.bus.subscribe(ThreadDelta, self._heard)

    def _heard(self, delta: ThreadDelta) -> None:
        if delta.thread not in self.threads:
            self.threads.append(delta.thread)
        self._news.put_nowait(delta)

    async def entries(self, thread: ThreadId) -> list[Json]:
        """What was said, oldest first."""
        page: Any = await self._server.threads.timeline(thread)
        return [entry for entry in reversed(page["entries"]) if entry["kind"] == "message"]

    async def until(
        self, is_so: Callable[[list[Json]], bool], number: int = 0
    ) -> tuple[ThreadId, list[Json]]:
        """The thread that came `number`th, once its entries are so."""
        seen: list[Json] = []
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    if len(self.threads) > number:
                        seen = await self.entries(self.threads[number])
                        if is_so(seen):
                            return self.threads[number], seen
                    await self._news.get()
        except TimeoutError:
            parked = await self._server.correspondence.inbox.parked()
            raise AssertionError(f"it never came to that; the entries: {seen}; parked: {parked}") from None


def texts(entries: list[Json]) -> list[object]:
    return [entry["text"] for entry in entries]
