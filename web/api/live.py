"""`WS /api/live`: the socket of one page. What it may see is decided in `web.live`."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias
from uuid import UUID

from aiohttp import WSMsgType, web
from pydantic import Field

from threadline.kernel.ids import ThreadId
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Request
from web.api.phone import PREFIX, PhoneDoor
from web.auth import STAFF, check_origin, identify
from web.live import SIGNED_OUT, LiveHub
from web.live_streams import Listener, arrays, encode, message

HEARTBEAT_S: Final = 20.0
GOODBYE_S: Final = 2.0
SESSION_CHECK_S: Final = 60.0
LONGEST_MESSAGE: Final = 32_768  # a page's SDP offer

Send: TypeAlias = Callable[[web.WebSocketResponse, Sequence[bytes]], Awaitable[None]]


class LiveQuery(Request):
    since: int | None = Field(
        default=None, ge=0, description="The last `seq` seen; what came after it is replayed."
    )
    arrays: bool = Field(
        default=False, description="Messages come as JSON arrays, those of a busy moment in one frame."
    )


@endpoint("GET /api/live", roles=STAFF, query=LiveQuery)
async def follow(ask: Ask) -> web.StreamResponse:
    """WebSocket of {seq, type, data}: offer.*, call.*, phone.*, thread.*, recording, agent.state, hello, reset.

    The client sends {"type": "watch" | "unwatch" | "writing", "thread": id} for the threads its page shows; who else
    shows one is told `thread.readers` {thread, agents} and, while somebody types, `thread.writing` {thread, agent}.
    """
    check_origin(ask.request, required=ask.caller.session is not None)
    socket = web.WebSocketResponse(
        heartbeat=HEARTBEAT_S,
        timeout=GOODBYE_S,
        max_msg_size=LONGEST_MESSAGE,
        compress=False,  # a deflate window for each page takes more memory than the socket, and most messages are short
    )
    await socket.prepare(ask.request)
    wish = ask.asked(LiveQuery)
    listener = ask.hub.attach(ask.caller, wish.since)
    send = _send_arrays if wish.arrays else _send_each
    try:
        async with asyncio.TaskGroup() as tasks:
            beside = [
                tasks.create_task(_write(socket, ask, listener, send), name="live writer"),
                tasks.create_task(_watch_session(ask, listener), name="live session"),
            ]
            await _read(socket, ask, listener)
            for one in beside:
                one.cancel()
    finally:
        ask.hub.detach(listener)
    return socket


async def _read(socket: web.WebSocketResponse, ask: Ask, listener: Listener) -> None:
    phone = PhoneDoor(ask)
    try:
        async for received in socket:
            if received.type is WSMsgType.TEXT:
                await _take(str(received.data), ask, listener, phone)
    finally:
        phone.close()


async def _take(text: str, ask: Ask, listener: Listener, phone: PhoneDoor) -> None:
    try:
        sent = json.loads(text)
    except ValueError:
        return
    if isinstance(sent, dict) and str(sent.get("type")).startswith(PREFIX):
        await phone.obey(sent)
        return
    thread = _obey(sent, ask.hub, listener)
    if thread is not None and ask.services.contacts is not None:
        leads_to = await ask.services.contacts.thread_of(thread)
        if leads_to is not None and leads_to != thread:
            ask.hub.watch(listener, leads_to)


def _obey(sent: Any, hub: LiveHub, listener: Listener) -> ThreadId | None:
    """Carries out what a page sent; anything else is ignored, as a newer page may know more than we do.

    Returns the thread it watches from now on, if that was it.
    """
    try:
        thread = ThreadId(UUID(sent["thread"]))
        wish = sent["type"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if wish == "watch":
        hub.watch(listener, thread)
        return thread
    if wish == "unwatch":
        hub.unwatch(listener, thread)
    elif wish == "writing":
        hub.writes(listener, thread)
    return None


async def _write(socket: web.WebSocketResponse, ask: Ask, listener: Listener, send: Send) -> None:
    """Replay, hello, then everything as it comes. Ends when the socket does."""
    try:
        await send(socket, listener.take())
        await send(socket, [message(listener.cursor, "hello", await _hello(ask))])
        while listener.ended is None and not socket.closed:
            await listener.wake.wait()
            await send(socket, listener.take())
            if send is _send_arrays:
                listener.rest()
    except ConnectionError:
        return
    if listener.ended is not None:
        await socket.close(code=listener.ended)


async def _watch_session(ask: Ask, listener: Listener) -> None:
    """Ends the socket of a session that is over, however busy it is."""
    while listener.ended is None:
        await asyncio.sleep(SESSION_CHECK_S)
        if await identify(ask.request, ask.services) is None:
            listener.end(SIGNED_OUT)


async def _send_each(socket: web.WebSocketResponse, messages: Sequence[bytes]) -> None:
    for one in messages:
        await socket.send_frame(one, WSMsgType.TEXT)


async def _send_arrays(socket: web.WebSocketResponse, messages: Sequence[bytes]) -> None:
    await _send_each(socket, [*arrays(messages)])


async def _hello(ask: Ask) -> bytes:
    """The present: the server's clock, the caller's own row of `GET /api/agents`, his open offers."""
    agent = ask.caller.agent
    rows = await ask.services.router.states() if agent else []
    own = next((row for row in rows if agent and str(row["agent"]) == str(agent.id)), None)
    offers = ask.hub.offers_of(agent.id) if agent else []
    now = ask.services.clock.now().isoformat()
    return encode({"now": now, "state": own, "offers": [*offers]})


ENDPOINTS: tuple[Handler, ...] = (follow,)
