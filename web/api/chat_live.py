"""`WS /api/chat/{key}/live`: one open page of a visitor.

The page says first who it is ({"type": "hello", "visitor", "identity"?}), then {"type": "typing"} and what it got
and showed ({"type": "got" | "seen", "keys": [...]}). It is told {"type": "items", "items": [...]} with every line that
is new to this socket, the newest PAGE of them at the start, {"type": "typing", "agent"}, {"type": "proof", "proof"} when
a one-time code is on its way to him or no more, and after a silence {"type": "here"}, so that it can tell a quiet line from a dead one. What was said stands in the database, and a page
that comes back is told it again: it knows lines by their keys.
"""

import asyncio
import json
from typing import Final, Literal

from aiohttp import WSMsgType, web

from omnichannel.channels.chat.lobby import Page, TooManyPages
from omnichannel.channels.chat.service import Chat, proves
from omnichannel.channels.chat.token import Visitor
from omnichannel.channels.port import Endpoint as Site
from omnichannel.proofs.service import Proofs
from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json
from web.api.chat import admitted, chat_of, limit
from web.api.endpoint import Ask, Handler, endpoint
from web.auth import PUBLIC
from web.errors import TooManyAttempts
from web.live import GOING_AWAY

HEARTBEAT_S: Final = 20.0
HELLO_S: Final = 10.0
GOODBYE_S: Final = 2.0
LONGEST_MESSAGE: Final = 16_384
LOOK_EVERY_S: Final = (
    25.0  # should a word of news ever be missed; pages give up a line that is silent thrice as long
)
TYPING_EVERY_S: Final = 2.0
KEYS_MAX: Final = 100
REFUSED: Final = 4403
BUSY: Final = 4429
FLOOD: Final = 40  # messages a socket may send in a second, before it is closed


@endpoint("GET /api/chat/{key}/live", roles=PUBLIC, any_origin=True)
async def follow(ask: Ask) -> web.StreamResponse:
    """WebSocket of one visitor's page: new lines and who is typing, as they come."""
    site = await admitted(ask, required=True)
    limit(ask, "look", ask.address)
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, timeout=GOODBYE_S, max_msg_size=LONGEST_MESSAGE)
    await socket.prepare(ask.request)
    visitor = await _hello(ask, socket, site)
    if isinstance(visitor, int):
        await socket.close(code=visitor)
        return socket
    try:
        with chat_of(ask).page(site, visitor) as page:
            await _Talk(chat_of(ask), site, visitor, socket, page, ask.services.proofs).run()
    except TooManyPages:
        await socket.close(code=BUSY)
    return socket


async def _hello(ask: Ask, socket: web.WebSocketResponse, site: Site) -> Visitor | int:
    """Who is there, or the code to close with: BUSY may come back, REFUSED not as he is."""
    try:
        async with asyncio.timeout(HELLO_S):
            received = await socket.receive()
        said = json.loads(received.data) if received.type is WSMsgType.TEXT else None
        if not isinstance(said, dict) or said.get("type") != "hello":
            return REFUSED
        token = said.get("identity")
        visitor = chat_of(ask).visitor(
            site, str(said.get("visitor", "")), token if isinstance(token, str) else None
        )
        limit(ask, "look", visitor.value)
        return visitor
    except (TimeoutError, TooManyAttempts):
        return BUSY
    except (ValueError, RecursionError, Invalid):
        return REFUSED


class _Talk:
    """One socket: what it was told, and what it says."""

    def __init__(
        self,
        chat: Chat,
        site: Site,
        visitor: Visitor,
        socket: web.WebSocketResponse,
        page: Page,
        proofs: Proofs | None,
    ) -> None:
        self._chat = chat
        self._proofs = proofs if proves(site) else None
        self._proof: Json | None = None
        self._site = site
        self._visitor = visitor
        self._socket = socket
        self._page = page
        self._told: dict[str, str] = {}
        self._marked: dict[str, set[str]] = {"delivered": set(), "read": set()}
        self._ours: set[str] = set()
        self._typed_at = 0.0
        self._second = (0, 0)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(self._write(), name="chat writer")
            await self._read()
            writer.cancel()

    async def _write(self) -> None:
        try:
            await self._tell_lines()
            await self._tell_proof()
            while not self._socket.closed:
                await self._news()
                if self._page.is_closing:
                    await self._socket.close(code=GOING_AWAY)
                    return
                if self._page.typing is not None:
                    agent, self._page.typing = self._page.typing, None
                    await self._socket.send_json({"type": "typing", "agent": agent})
                await self._tell_lines()
                await self._tell_proof()
        except ConnectionError:
            return

    async def _news(self) -> None:
        """Waits until there may be something to tell, at most LOOK_EVERY_S."""
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._page.wake.wait()
        except TimeoutError:
            await self._socket.send_json({"type": "here"})
        self._page.wake.clear()

    async def _tell_proof(self) -> None:
        if self._proofs is None:
            return
        proof = await self._proofs.waiting(self._site, self._visitor.value)
        if proof != self._proof:
            self._proof = proof
            await self._socket.send_json({"type": "proof", "proof": proof})

    async def _tell_lines(self) -> None:
        lines = [item.to_json() for item in await self._chat.history(self._site, self._visitor)]
        self._ours |= {str(line["key"]) for line in lines if line["direction"] == "out"}
        marks = {str(line["key"]): f"{line['id']}{len(str(line['files']))}" for line in lines}
        new = [line for line in lines if self._told.get(str(line["key"])) != marks[str(line["key"])]]
        if new or not self._told:
            await self._socket.send_json({"type": "items", "items": new})
        self._told |= marks

    async def _read(self) -> None:
        async for received in self._socket:
            if received.type is not WSMsgType.TEXT or self._is_flood():
                await self._socket.close(code=BUSY)
                return
            try:
                said = json.loads(received.data)
            except (ValueError, RecursionError):
                continue
            if isinstance(said, dict):
                await self._obey(said)

    def _is_flood(self) -> bool:
        second = int(asyncio.get_running_loop().time())
        self._second = (second, self._second[1] + 1 if self._second[0] == second else 1)
        return self._second[1] > FLOOD

    async def _obey(self, said: dict[str, object]) -> None:
        """Carries out what a page sent; anything else is ignored, as a newer page may know more than we do."""
        kind = said.get("type")
        if kind == "typing":
            now = asyncio.get_running_loop().time()
            if now - self._typed_at >= TYPING_EVERY_S:
                self._typed_at = now
                await self._chat.types(self._site, self._visitor)
        elif kind in ("got", "seen"):
            await self._mark("delivered" if kind == "got" else "read", said.get("keys"))

    async def _mark(self, status: Literal["delivered", "read"], keys: object) -> None:
        if not isinstance(keys, list):
            return
        named = [key for key in keys[:KEYS_MAX] if isinstance(key, str)]
        fresh = [key for key in dict.fromkeys(named) if key in self._ours - self._marked[status]]
        self._marked[status] |= set(fresh)
        await self._chat.mark(self._site, self._visitor, status, fresh)


ENDPOINTS: tuple[Handler, ...] = (follow,)
