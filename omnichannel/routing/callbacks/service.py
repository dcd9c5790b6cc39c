"""Callbacks that keep their place: a ticket waits in the caller's stead and is dialled when an agent is reserved.

A ticket waits by a row of `waiting` of its own, so the matcher treats it as the call it stands for. Each attempt has a
new row: what happened in one is a call of its own afterwards.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from omnichannel.errors import NoSuchQueue, NoSuchTicket, TooManyCallbacks
from omnichannel.routing.admission import steps_in
from omnichannel.routing.callbacks.store import AskedIn, CallbackStore, Ticket
from omnichannel.routing.change import Change
from omnichannel.routing.model import DEFAULT_PRIORITY, NeedStep, read_steps, write_steps
from omnichannel.routing.rules import QueueRules
from omnichannel.routing.store import Entry, read_prefer
from omnichannel.timeline import iso
from threadline.db.pool import Connection, Pool
from threadline.kernel.clock import Clock
from threadline.kernel.events import Json
from threadline.kernel.ids import CallId, uuid7

log = logging.getLogger(__name__)

JUST_LEFT: Final = timedelta(minutes=10)  # a flow may talk for a while between the queue and the callback
MOST_OPEN: Final = 500  # of one queue
TRIED, NOT_TRIED = 1, 0

Transaction = Callable[[], "AbstractAsyncContextManager[Change]"]
Note = Callable[[Connection, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Wish:
    """Who asks to be called back, and how. Times aware; `window` None: as soon as an agent is free."""

    call: CallId
    queue: str | None
    number: str
    trunk: str | None
    shown: str
    keep_place: bool
    window: tuple[datetime, datetime] | None
    attempts: int
    retry_after_s: float
    expires_s: float


class Tickets:
    """`change` gives a transaction of the router's, whose news are told after it."""

    def __init__(self, pool: Pool, clock: Clock, change: Transaction) -> None:
        self._store = CallbackStore(pool)
        self._clock = clock
        self._change = change

    async def add(self, wish: Wish) -> str:
        """The ticket's id; a number that waits in that queue already keeps the one it has.

        Raises NoSuchQueue, and TooManyCallbacks where the queue owes MOST_OPEN.
        """
        async with self._change() as change:
            tickets = CallbackStore(change.link)
            await tickets.lock_number(wish.number)
            await change.lock([wish.call])
            ticket = await self._written(change, tickets, wish)
            await self._wait(change, tickets, ticket)
        log.info("callback asked for", extra={"ticket": str(ticket), "call": str(wish.call)})
        return str(ticket)

    async def _written(self, change: Change, tickets: CallbackStore, wish: Wish) -> UUID:
        stood = await tickets.asked_in(wish.call, change.now - JUST_LEFT)
        queue = wish.queue or (stood.queue if stood is not None else None)
        rules = None if queue is None else await change.store.queue_rules(queue)
        if rules is None or queue is None:
            raise NoSuchQueue
        known = await tickets.open_ticket(wish.number, queue)
        if known is not None:
            await change.leave(wish.call, "callback")
            return known
        if await tickets.count_open(queue) >= MOST_OPEN:
            raise TooManyCallbacks
        begins = change.now if wish.window is None else max(change.now, wish.window[0])
        ticket = Ticket(
            uuid7(change.now), wish.call, queue, None, wish.number, {}, write_steps(read_steps([], rules.need)),
            own_need=False, priority=DEFAULT_PRIORITY, prefer=None, trunk=wish.trunk, shown=wish.shown,
            entered_at=change.now, not_before=begins, not_after=None if wish.window is None else wish.window[1],
            expires_at=begins + timedelta(seconds=wish.expires_s), retry_after_s=wish.retry_after_s,
            attempts_left=max(1, wish.attempts),
        )  # fmt: skip
        if stood is not None:
            ticket = await _in_its_stead(change, ticket, stood, rules, keeps_place=wish.keep_place)
        await tickets.add_ticket(ticket, change.now)
        await change.leave(wish.call, "callback")
        await tickets.take_over_place(wish.call, ticket.id)
        return ticket.id

    async def _wait(self, change: Change, tickets: CallbackStore, ticket: UUID) -> None:
        """Into its queue, at the place it keeps, if its time has come."""
        one = await tickets.lock_ticket(ticket)
        if one is None or not one.may_wait(change.now):
            return
        place = CallId(uuid7(change.now))
        caller: Json = {**one.caller, "id": str(place), "callback": str(one.id)}
        prefer = None if one.prefer is None else read_prefer(one.prefer)
        await change.store.enter_queue(
            Entry(
                place, one.queue, one.thread, caller, read_steps(one.need, {}), one.own_need, one.priority,
                prefer, one.entered_at, None, "callback", one.id, "callback", hard=one.hard, barred=one.barred,
            ),
            change.now,
        )  # fmt: skip
        await tickets.begin_place(one.id, place)
        change.wakes = True

    # --- what telephony tells ---------------------------------------------------------------------------

    async def of_place(self, place: CallId) -> Ticket | None:
        """Whom to dial for an offer of this place; None: it is no callback's."""
        ticket = await self._store.ticket_of_place(place)
        return None if ticket is None else await self._store.lock_ticket(ticket)

    async def reached(self, place: CallId) -> None:
        """The customer picked up: her place is a call's from now on. Idempotent."""
        async with self._change() as change:
            tickets, one = await self._locked(change, place)
            if one is not None and one.state == "waiting":
                await tickets.close_ticket(one.id, "connected", TRIED, change.now, "answered")

    async def not_reached(self, place: CallId, why: str, *, tried: bool = True) -> None:
        """Nobody picked up: the agent is ready again, the ticket tries later or is done with. Idempotent."""
        async with self._change() as change:
            await change.leave(place, why)
            tickets, one = await self._locked(change, place)
            if one is None or one.state != "waiting":
                return
            again = change.now + timedelta(seconds=one.retry_after_s)
            ends = one.expires_at if one.not_after is None else min(one.expires_at, one.not_after)
            if one.attempts_left <= tried or again >= ends:
                await tickets.close_ticket(one.id, "failed", int(tried), change.now, why)
            else:
                await tickets.schedule_again(one.id, again, int(tried), why)
            change.wakes = True

    async def _locked(self, change: Change, place: CallId) -> tuple[CallbackStore, Ticket | None]:
        tickets = CallbackStore(change.link)
        ticket = await tickets.ticket_of_place(place)
        return tickets, None if ticket is None else await tickets.lock_ticket(ticket)

    # --- time -------------------------------------------------------------------------------------------

    async def sweep(self, now: datetime) -> None:
        """Tickets whose time has come enter their queues; those whose time is over leave."""
        for ticket in await self._store.over_tickets(now):
            await self._close(ticket, "expired", "expired")
        for ticket in await self._store.due_tickets(now):
            async with self._change() as change:
                await self._wait(change, CallbackStore(change.link), ticket)

    async def next_moment(self) -> datetime | None:
        return await self._store.next_moment()

    async def put_back(self, link: Connection, ticket: UUID, now: datetime) -> None:
        """The server that dialled is gone: the ticket waits again, as if it had not been dialled."""
        await CallbackStore(link).schedule_again(ticket, now, NOT_TRIED, "server_restarted")

    async def moved(self, link: Connection, place: CallId, queue: str, steps: Sequence[NeedStep]) -> None:
        """The ticket that waits by this place, if it is one's, is of another queue from now on."""
        await CallbackStore(link).move_ticket(place, queue, write_steps(steps))

    async def cancel(self, ticket: UUID, note: Note | None = None) -> None:
        """Nobody is to be called back any more; `note` is told what the ticket was before. Raises NoSuchTicket."""
        if not await self._close(ticket, "cancelled", "cancelled", note):
            raise NoSuchTicket

    async def _close(self, ticket: UUID, state: str, why: str, note: Note | None = None) -> bool:
        """Call before ticket, as everywhere: what it waits by is locked first, then read again."""
        seen = await self._store.lock_ticket(ticket)
        if seen is None:
            return False
        async with self._change() as change:
            if seen.place is not None:
                await change.leave(seen.place, why)
            tickets = CallbackStore(change.link)
            one = await tickets.lock_ticket(ticket)
            if one is None or one.state not in ("scheduled", "waiting") or one.place != seen.place:
                return False
            await tickets.close_ticket(ticket, state, NOT_TRIED, change.now, why)
            if note is not None:
                await note(change.link, one.state)
            return True

    async def open_tickets(self) -> list[Json]:
        """[{id, queue, thread, number, entered_at, not_before, not_after, expires_at, attempts, attempts_left, state, reason,
        place}] of everybody who is to be called back, by place; `place` is waiting, offered or None."""
        return [
            {
                "id": str(row["id"]), "queue": row["queue"], "number": row["number"],
                "thread": None if row["thread_id"] is None else str(row["thread_id"]),
                "entered_at": iso(row["entered_at"]), "not_before": iso(row["not_before"]),
                "not_after": None if row["not_after"] is None else iso(row["not_after"]),
                "expires_at": iso(row["expires_at"]), "attempts": row["attempts"], "attempts_left": row["attempts_left"],
                "state": row["state"], "reason": row["reason"], "place": row["place_state"],
            }
            for row in await self._store.open_tickets()
        ]  # fmt: skip


async def _in_its_stead(
    change: Change, ticket: Ticket, stood: AskedIn, rules: QueueRules, *, keeps_place: bool
) -> Ticket:
    """The ticket asks for whom the call asked for; it stands where the call stood, if that is to be kept.

    A call that overflowed stood in the queue it had asked for, too.
    """
    is_same = stood.queue == rules.id
    steps = stood.asked.steps if is_same else await steps_in(change.store, stood.asked, rules)
    keeps = keeps_place and (is_same or stood.overflowed)
    return replace(
        ticket, thread=stood.thread, caller=stood.caller, need=write_steps(steps), own_need=stood.own_need,
        priority=stood.priority, prefer=stood.prefer, hard=stood.hard, barred=stood.barred,
        entered_at=stood.entered_at if keeps else ticket.entered_at,
    )  # fmt: skip
