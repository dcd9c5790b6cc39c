"""The other side of the generic webhook: signs what it delivers, and is a small provider that can be unkind."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from omnichannel.channels.port import Forged
from omnichannel.channels.webhook import signed, verify

SECRET = "a-secret-for-tests-of-32-characters-and-more"


def delivery(events: Sequence[dict[str, Any]], secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    """Body and headers of one request."""
    body = json.dumps({"events": [*events]}).encode()
    return body, {**signed(secret, body, datetime.now(UTC)), "Content-Type": "application/json"}


def said(number: int, customer: str, text: str | None = None, **more: Any) -> dict[str, Any]:
    """A message event."""
    return {
        "id": f"m-{customer}-{number}", "type": "message", "customer": {"id": customer, "name": f"Khách {customer}"},
        "at": datetime.now(UTC).isoformat(), "text": text if text is not None else f"{customer} {number}", **more,
    }  # fmt: skip


@dataclass
class Touchpoint:
    """Takes messages; `taken` holds each once, in the order they were first taken, by customer.

    `files`: what it gives to whoever asks for `/files/NAME`; `file_moods`: statuses of the next such requests, 0 for no
    answer at all. `moods`: what becomes of the next requests; then `unkindness`: shares of requests that are answered 429, 500, taken but answered 500, or taken without an answer.
    """

    unkindness: dict[str, float] = field(default_factory=dict)
    moods: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    file_moods: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    taken: dict[str, list[str]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    forged: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(4))
    url: str = ""
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> "Touchpoint":
        app = web.Application()
        app.router.add_post("/in", self._take)
        app.router.add_get("/files/{name}", self._file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/in"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        self._over.set()
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            verify(SECRET, headers, body, datetime.now(UTC))
        except Forged:
            self.forged += 1
            return web.json_response({}, status=403)
        letter = json.loads(body)
        if letter["type"] == "ping":
            return web.json_response({})
        mood = self._mood()
        self.answers[mood] += 1
        if mood == "429":
            return web.json_response({}, status=429, headers={"Retry-After": "0"})
        if mood == "500":
            return web.json_response({}, status=500)
        self._keep(letter)
        if mood == "taken_500":
            return web.json_response({}, status=500)
        if mood == "silent":
            await self._over.wait()
        return web.json_response({"id": self.keys[letter["key"]]})

    async def _file(self, request: web.Request) -> web.Response:
        self.asked.append(request.match_info["name"])
        status = self.file_moods.pop(0) if self.file_moods else 200
        if status == 0:
            await self._over.wait()
        if status != 200:
            return web.Response(status=status or 503)
        return web.Response(body=self.files[request.match_info["name"]], content_type="image/png")

    def _mood(self) -> str:
        if self.moods:
            return self.moods.pop(0)
        draw = self.chance.random()
        for mood, share in self.unkindness.items():
            draw -= share
            if draw < 0:
                return mood
        return "kind"

    def _keep(self, letter: dict[str, Any]) -> None:
        key = letter["key"]
        if key in self.keys:
            self.repeated += 1
            return
        self.keys[key] = f"p-{len(self.keys) + 1}"
        self.taken.setdefault(letter["to"]["id"], []).append(letter["text"])
