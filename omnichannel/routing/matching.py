"""One matching pass over the database: the plan is the matcher's, the reservations are one statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from omnichannel.routing import matcher
from omnichannel.routing.change import Change
from omnichannel.routing.digital.service import NOTHING, Digital
from omnichannel.routing.model import Decision, Lost, Plan, Unmatched, WaitingCall
from omnichannel.routing.outlook import Outlook
from omnichannel.routing.store import MadeOffer, NewOffer, RoutingStore
from threadline.kernel.events import AgentState, AgentStateChanged, Json
from threadline.kernel.ids import AgentId, CallId, ReservationId, uuid7

LEASE_MARGIN_S: Final = 5.0  # the telephony side says `missed` first; this is for when it can't


@dataclass(slots=True)
class Explained:
    """Which waiting calls had their "nobody, because" written, and for which relaxation step."""

    steps: dict[CallId, int] = field(default_factory=dict)

    def news(self, unmatched: Sequence[Unmatched]) -> list[Unmatched]:
        fresh = [one for one in unmatched if self.steps.get(one.call.call) != one.step]
        self.steps = {one.call.call: one.step for one in unmatched}
        return fresh


@dataclass(frozen=True, slots=True)
class Round:
    """What a pass did. `stale`: a call or agent had changed under the plan, so another pass is due."""

    made: Sequence[MadeOffer]
    ring_timeout_s: dict[ReservationId, float]
    wake_at: datetime | None
    stale: bool
    cases: Sequence[tuple[int, Decision]] = ()  # to be given, by number


async def run_pass(
    change: Change,
    explained: Explained,
    tell: set[ReservationId],
    outlook: Outlook,
    digital: Digital | None = None,
) -> Round:
    """Makes every offer that can be made now. Their ids are in `tell` before anyone else can know them."""
    store = change.store
    await store.lock_matcher()
    now = change.clock.now()
    line = NOTHING if digital is None else await digital.line(change.link)
    waiting = [*await store.waiting_calls(), *line.waiting]
    if not waiting:
        explained.steps.clear()
        return Round((), {}, None, stale=False)
    await outlook.refresh(store, now)
    agents = outlook.with_days(line.loaded(await store.agents_now()))
    plan = matcher.match(waiting, agents, now, outlook.policy, outlook.traffic)
    calls = [one for one in plan.matched if one.call.call not in line.numbers]
    cases = [(line.numbers[one.call.call], one) for one in plan.matched if one.call.call in line.numbers]
    rung = [(one, agent) for one in calls for agent in _agents(one)]
    offers = [_offer(decision, agent, now) for decision, agent in rung]
    tell.update(offer.id for offer in offers)
    made = await _reserve(change, offers) if offers else []
    told = {one.call for one in made} | {one.call.call for _, one in cases}
    await _write(store, plan, told, explained.news(plan.unmatched), now)
    rings = {offer.id: one.call.ring_timeout_s for offer, (one, _) in zip(offers, rung, strict=True)}
    return Round(made, rings, plan.wake_at, stale=len(made) < len(offers), cases=cases)


def _agents(decision: Decision) -> Sequence[AgentId]:
    """Everybody whose phone is to ring."""
    assert decision.agent is not None
    return (decision.agent, *decision.also)


def _offer(decision: Decision, agent: AgentId, now: datetime) -> NewOffer:
    lease_until = now + timedelta(seconds=decision.call.ring_timeout_s + LEASE_MARGIN_S)
    return NewOffer(ReservationId(uuid7(now)), decision.call.call, agent, lease_until)


async def _reserve(change: Change, offers: Sequence[NewOffer]) -> list[MadeOffer]:
    await change.lock([offer.call for offer in offers], [offer.agent for offer in offers])
    made = await change.store.reserve(offers, change.now)
    change.offered += [one.id for one in made]
    change.events += [
        AgentStateChanged(one.agent, AgentState.OFFERED, None, change.now, one.lease_until) for one in made
    ]
    return made


async def _write(
    store: RoutingStore, plan: Plan, done: set[CallId], fresh: Sequence[Unmatched], now: datetime
) -> None:
    for decision in plan.matched:
        if decision.call.call in done:
            detail = _detail(decision.call, decision.step, decision.lost, now)
            detail["also"] = [str(agent) for agent in decision.also]
            await store.write_decision(now, decision.call.call, decision.agent, detail)
    for left in fresh:
        await store.write_decision(now, left.call.call, None, _detail(left.call, left.step, left.lost, now))


def _detail(call: WaitingCall, step: int, lost: Iterable[Lost], now: datetime) -> Json:
    """{queue, priority, waited_s, step, need, lost: [{agent, reason}]}: the answer to "why this agent?".

    Of a decision also `also`: whose phones ring beside the agent's.
    """
    return {
        "queue": call.queue,
        "priority": call.priority,
        "waited_s": (now - call.entered_at).total_seconds(),
        "step": step,
        "need": dict(call.steps[step].need),
        "lost": [{"agent": str(one.agent), "reason": one.reason} for one in lost],
    }
