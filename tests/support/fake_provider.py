"""What the fake providers share: a real HTTP server on loopback, faults on request, webhooks held until delivered.

Tests deliver what is pending themselves (`deliver`), in any order and number; run alone (`main`) it goes out at
once, and `/_fake/...` takes orders: POST say {"from", "text"}, POST fault {"faults": []}, GET sent.
"""

import argparse
import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
from aiohttp import web

from tests.support.ports import LOOPBACK

FAULTS: Final = (
    "429",
    "500",
    "timeout",
    "timeout_lost",
    "dropped",
    "token_expired",
    "window",
    "blocked",
    "bad",
)


@dataclass(frozen=True)
class Post:
    """One webhook call, signed."""

    body: bytes
    headers: Mapping[str, str]


class FakeProvider:
    """`async with FakeX(...) as fake:`; `sent` is what it took, `pending` what it will tell its webhook."""

    hook_url = ""
    has_echoes = False

    def __init__(self, port: int = 0) -> None:
        self.sent: list[dict[str, Any]] = []
        self.pending: list[Post] = []
        self.answers: list[int] = []
        self.calls: list[str] = []
        self._faults: deque[str] = deque()
        self._port = port
        self._closing = asyncio.Event()
        self._numbers = 0
        self.app = web.Application(middlewares=[self._noted])
        self.app.router.add_post("/_fake/say", self._say)
        self.app.router.add_post("/_fake/fault", self._fault)
        self.app.router.add_get("/_fake/sent", self._sent)

    # --- life ------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self._client = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        await self._client.close()
        await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    # --- faults ----------------------------------------------------------------------------------------

    def fail_next(self, *faults: str) -> None:
        """The next calls that send fail so: "timeout" after taking the message, "timeout_lost" before it,
        "dropped" takes it and closes the connection."""
        assert set(faults) <= set(FAULTS), faults
        self._faults.extend(faults)

    async def sending(self, request: web.Request, take: Callable[[], web.Response]) -> web.Response:
        """`take` unless a fault is due."""
        fault = self._faults.popleft() if self._faults else ""
        if not fault:
            return take()
        if fault in ("timeout", "dropped"):
            take()
        if fault == "dropped" and request.transport is not None:
            request.transport.abort()
        if fault in ("timeout", "timeout_lost", "dropped"):
            await self._closing.wait()
            return web.Response(status=503)
        return self.refusal(fault)

    def refusal(self, fault: str) -> web.Response:
        """The documented answer for `fault`."""
        raise NotImplementedError

    # --- webhooks --------------------------------------------------------------------------------------

    async def deliver(
        self, *, is_reversed: bool = False, times: int = 1, lose: Sequence[int] = ()
    ) -> list[int]:
        """Posts what is pending to `hook_url`; `lose` names places that never arrive. The HTTP statuses."""
        posts, self.pending = [post for n, post in enumerate(self.pending) if n not in lose], []
        if is_reversed:
            posts.reverse()
        return [await self._post(post, n) for post in posts for n in range(times)]

    async def _post(self, post: Post, attempt: int) -> int:
        headers = {**post.headers, **self.retry_headers(attempt)}
        async with self._client.post(self.hook_url, data=post.body, headers=headers) as answer:
            await answer.read()
            self.answers.append(answer.status)
            return answer.status

    def retry_headers(self, attempt: int) -> dict[str, str]:
        """What the provider adds when it tries again."""
        return {}

    def number(self, prefix: str) -> str:
        """The next id."""
        self._numbers += 1
        return f"{prefix}{self._numbers}"

    def customer_says(self, customer: str, text: str) -> str:
        """Puts a message of a customer's into `pending`; its id."""
        raise NotImplementedError

    # --- alone -----------------------------------------------------------------------------------------

    @web.middleware
    async def _noted(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.calls.append(f"{request.method} {request.path}")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _say(self, request: web.Request) -> web.Response:
        told = await request.json()
        return web.json_response({"id": self.customer_says(told["from"], told["text"])})

    async def _fault(self, request: web.Request) -> web.Response:
        self.fail_next(*(await request.json())["faults"])
        return web.json_response({})

    async def _sent(self, request: web.Request) -> web.Response:
        return web.json_response(self.sent)

    async def pump(self) -> None:
        """Delivers what is pending until cancelled."""
        while True:
            if self.pending and self.hook_url:
                await self.deliver()
            await asyncio.sleep(0.05)


def compact(value: object) -> bytes:
    """JSON without blanks, ASCII, as Meta and Zalo write it."""
    return json.dumps(value, separators=(",", ":")).encode()


def run(make: Callable[[int], FakeProvider]) -> None:
    """`python -m tests.support.fake_x --port N --hook URL`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--hook", default="", help="the webhook URL of the endpoint")
    options = parser.parse_args()

    async def main() -> None:
        async with make(options.port) as fake:
            fake.hook_url, fake.has_echoes = options.hook, True
            print(f"listening on {fake.base_url}", flush=True)  # noqa: T201
            await fake.pump()

    asyncio.run(main())
