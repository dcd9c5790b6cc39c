"""From offer to pop: how long after a customer entered the queue, and after her reservation was committed, the
agent's page has the offer with everything about her on it; and how long after an agent said that he is ready, by his
page, his phone has the INVITE of somebody who waited.

One agent answers each call; the page is a WebSocket of ours. The moment of the commit is
PostgreSQL's own (`track_commit_timestamp`), all clocks are the machine's.
"""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp

from benchmarks.ivr import listening
from benchmarks.shop import AGENT, AGENT_PASSWORD, QUEUE, Shop, customer
from benchmarks.sip import Leg, Message, Phones, open_phones
from threadline.kernel.clock import SystemClock
from threadline.kernel.events import Json

DEAF_PORT: Final = 9  # nobody listens to the sound of these calls
WAIT_S: Final = 20.0
WAITS: Final = "select exists (select from waiting where state = 'waiting')"


@dataclass(frozen=True, slots=True)
class Offers:
    """Milliseconds, one of each a call."""

    beside: int
    from_queue: list[float]
    from_commit: list[float]
    page_before_phone: list[float]
    from_ready: list[float]
    pop_bytes: int


@dataclass(frozen=True, slots=True)
class _Moments:
    call: str
    committed: datetime
    popped: datetime
    rang: datetime


async def measure(shop: Shop, offers: int, *, beside: int) -> Offers:
    """`beside`: so many other customers are in the menu meanwhile."""
    async with AsyncExitStack() as stack:
        phones = await stack.enter_async_context(open_phones())
        desk = await stack.enter_async_context(open_phones())
        await desk.register(shop.sip, AGENT, AGENT_PASSWORD)
        await stack.enter_async_context(listening(shop, phones, beside))
        page = await stack.enter_async_context(shop.agent_web.ws_connect("/api/live"))
        await _until(page, "hello")
        await _set_state(shop, "ready")
        moments, sizes = [], []
        for n in range(offers):
            moment, size = await _one(shop, phones, desk, page, customer(n * 7))
            moments.append(moment)
            sizes.append(size)
        await _set_state(shop, "away")
        from_ready = [
            await _ready_to_ring(shop, phones, desk, page, customer(n * 7 + 3)) for n in range(offers)
        ]
    queued = await _queued(shop, [one.call for one in moments])
    return Offers(
        beside,
        [_ms(one.popped - queued[one.call]) for one in moments],
        [_ms(one.popped - one.committed) for one in moments],
        [_ms(one.rang - one.popped) for one in moments],
        from_ready,
        sum(sizes) // len(sizes),
    )


async def _one(
    shop: Shop, phones: Phones, desk: Phones, page: aiohttp.ClientWebSocketResponse, number: str
) -> tuple[_Moments, int]:
    """One customer, from the queue to the end of a short conversation."""
    async with asyncio.timeout(WAIT_S):
        customer_leg = await phones.dial(shop.sip, QUEUE, number, DEAF_PORT)
        offer, size = await _until(page, "offer")
        popped = SystemClock().now()
        assert isinstance(offer["pop"], dict)
        assert offer["pop"]["contact"] is not None
        committed = await shop.pool.fetchval(
            "select pg_xact_commit_timestamp(xmin) from reservation where id = $1", offer["reservation"]
        )
        invite = await _talk(phones, desk, page, customer_leg)
    return _Moments(str(offer["call"]), committed, popped, invite.at), size


async def _ready_to_ring(
    shop: Shop, phones: Phones, desk: Phones, page: aiohttp.ClientWebSocketResponse, number: str
) -> float:
    """Milliseconds from the agent's click to his phone, for a customer who waited while he was away."""
    async with asyncio.timeout(WAIT_S):
        customer_leg = await phones.dial(shop.sip, QUEUE, number, DEAF_PORT)
        while not await shop.pool.fetchval(WAITS):  # noqa: ASYNC110 - another process puts her there
            await asyncio.sleep(0.01)
        clicked = SystemClock().now()
        await _set_state(shop, "ready")
        invite = await _talk(phones, desk, page, customer_leg)
        await _set_state(shop, "away")
    return _ms(invite.at - clicked)


async def _talk(
    phones: Phones, desk: Phones, page: aiohttp.ClientWebSocketResponse, customer_leg: Leg
) -> Message:
    """The agent's phone takes the call, and the customer soon hangs up."""
    invite = await desk.invites.get()
    desk.ring(invite)
    desk.answer(invite, DEAF_PORT)
    await _until(page, "agent.state", "talking")
    await phones.hang_up(customer_leg)
    await _until(page, "agent.state", "ready")
    return invite


async def _set_state(shop: Shop, state: str) -> None:
    async with shop.agent_web.put(f"/api/agents/{shop.agent}/state", json={"state": state}) as reply:
        reply.raise_for_status()


async def _until(
    page: aiohttp.ClientWebSocketResponse, kind: str, state: str | None = None
) -> tuple[Json, int]:
    """The data of the next message of this kind, and the length of the message."""
    while True:
        text = str(await page.receive_str())
        message: dict[str, Any] = json.loads(text)
        data = message["data"]
        if message["type"] == kind and state in (None, data.get("state")):
            return data, len(text)


async def _queued(shop: Shop, calls: list[str]) -> dict[str, datetime]:
    rows = await shop.pool.fetch(
        "select call_id, at from call_event where kind = 'call.queued' and call_id = any($1::uuid[])", calls
    )
    return {str(row["call_id"]): row["at"] for row in rows}


def _ms(span: timedelta) -> float:
    return span.total_seconds() * 1000
