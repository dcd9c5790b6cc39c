"""Another system's HTTP server: takes webhooks and answers look-ups as a test says."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Receiver:
    """`statuses`: what the next requests are answered with, then 200. `heard`: (headers, body) of each."""

    statuses: list[int] = field(default_factory=list)
    heard: list[tuple[dict[str, str], str]] = field(default_factory=list)
    answer: Any = field(default_factory=dict)
    is_silent: bool = False
    url: str = ""
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> "Receiver":
        app = web.Application()
        app.router.add_route("*", "/hook", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        self._over.set()
        await self._runner.cleanup()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]

    async def _take(self, request: web.Request) -> web.Response:
        self.heard.append((dict(request.headers), await request.text()))
        if self.is_silent:
            await self._over.wait()
        return web.json_response(self.answer, status=self.statuses.pop(0) if self.statuses else 200)
