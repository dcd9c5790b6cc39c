"""Letting a call into a queue: its hours, its cap, who could serve it, and the place it had a short while ago."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from omnichannel.errors import NoSuchQueue
from omnichannel.routing import matcher
from omnichannel.routing.change import Change
from omnichannel.routing.model import NeedStep, Prefer, read_steps
from omnichannel.routing.needs import asked_elsewhere
from omnichannel.routing.rules import OVERFLOW_HOPS, REDIAL_S, QueueRules
from omnichannel.routing.store import Asked, Entry, RoutingStore
from omnichannel.routing.waits import at_work
from threadline.kernel.ids import CallId
from threadline.kernel.queueing import Place, QueueRequest


@dataclass(frozen=True, slots=True)
class Admitted:
    """The queue a call is let into, what it asks for there, how many serve such, or why it is let into none."""

    rules: QueueRules
    steps: tuple[NeedStep, ...]
    agents: int
    refusal: str | None = None


async def held_place(change: Change, request: QueueRequest) -> Place | None:
    """The place a call has already; a place in another queue is given up.

    One that overflowed elsewhere meanwhile is still the place it asked for.
    """
    store = change.store
    await change.lock([request.call])
    now = await store.waiting_state(request.call)
    if now is None:
        return None
    if now.kind == "callback":
        return await _place(store, request.call)
    if now.state in ("waiting", "offered") and now.queue != request.queue:
        await change.leave(request.call, "moved")
        return None
    if now.state == "connected" and await store.open_reservations(request.call):
        return Place(1)
    return await _place(store, request.call)


async def _place(store: RoutingStore, call: CallId) -> Place | None:
    position = await store.position(call)
    return None if position is None else Place(position)


async def admit(change: Change, request: QueueRequest, prefer: Prefer | None, node: str) -> Place | str:
    """A place, as of its first entry where the caller comes back within REDIAL_S; or closed, full, no_agents."""
    store, now = change.store, change.now
    since = await _former_place(store, request, now)
    found = await _open_queue(store, request, now, returns=since is not None)
    if found.refusal is not None:
        await store.note_refused(now, request.queue, request.call, found.refusal)
        return found.refusal
    why = "redial" if since is not None else None if found.rules.id == request.queue else "overflow"
    await store.enter_queue(
        Entry(
            request.call, found.rules.id, request.thread, request.caller, found.steps, bool(request.need),
            request.priority, prefer, since or now, node, why=why, max_wait_s=request.max_wait_s, hard=request.hard,
            barred=request.barred,
        ),
        now,
    )  # fmt: skip
    change.wakes = True
    position = await store.position(request.call) or 1
    is_new = since is None and found.agents > 0
    await store.note_share(request.call, position / found.agents if is_new else None)
    return Place(position)


async def _former_place(store: RoutingStore, request: QueueRequest, now: datetime) -> datetime | None:
    return await store.take_up_place(
        request.thread, request.queue, now - timedelta(seconds=REDIAL_S), request.call
    )


async def _open_queue(
    store: RoutingStore, request: QueueRequest, now: datetime, *, returns: bool
) -> Admitted:
    """The queue asked for, or the first it overflows to that has room. Whoever returns is not shut out by the cap."""
    seen: set[str] = set()
    name: str | None = request.queue
    first: Admitted | None = None
    agents = await store.agents_now()
    while name is not None and name not in seen and len(seen) < OVERFLOW_HOPS:
        seen.add(name)
        rules = await store.queue_rules(name)
        if rules is None:
            raise NoSuchQueue
        steps = read_steps(request.need, rules.need)
        if first is not None and request.need:
            steps = asked_elsewhere(steps, first.rules.need, rules.need)
        refusal = await _refusal(store, rules, now, is_full_open=returns)
        if refusal is None and not matcher.anybody_could(steps, agents, request.hard):
            refusal = "no_agents"
        here = Admitted(rules, steps, at_work(agents, steps[-1].need), refusal)
        if refusal is None:
            return here
        first = first or here
        goes_on = refusal == "full" and rules.overflow_when_full
        name = rules.overflow_queue if goes_on else None
    assert first is not None
    return first


async def _refusal(
    store: RoutingStore, rules: QueueRules, now: datetime, *, is_full_open: bool
) -> str | None:
    if not rules.is_open(now):
        return "closed"
    if rules.max_waiting is not None and not is_full_open:
        await store.lock_queue(rules.id)
        if await store.count_waiting(rules.id) >= rules.max_waiting:
            return "full"
    return None


async def overflow(change: Change, call: CallId, queue: str) -> bool:
    """Moves a call that waited long enough, if the other queue is open and somebody there could serve it."""
    store = change.store
    await change.lock([call])
    asked, rules = await store.asked_of(call), await store.queue_rules(queue)
    if asked is not None and rules is not None and rules.is_open(change.now):
        steps = await steps_in(store, asked, rules)
        serves = matcher.anybody_could(steps, await store.agents_now(), asked.hard)
        if serves and await store.move_place(call, queue, steps, change.now, "overflow"):
            change.wakes = True
            return True
    await store.mark_overflowed(call, change.now)
    return False


async def steps_in(store: RoutingStore, asked: Asked, rules: QueueRules) -> tuple[NeedStep, ...]:
    """What a call that waits elsewhere asks for in the queue of `rules`."""
    former = await store.queue_rules(asked.queue)
    if not asked.own_need or former is None:
        return read_steps([], rules.need)
    return asked_elsewhere(asked.steps, former.need, rules.need)
