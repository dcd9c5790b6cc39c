"""Applies rules to what happened: each rule once to each happening, in order per thread.

A happening, what rules do about it and the note that they did are one transaction that holds the happening's row: a
worker that dies leaves it as it was. A rule that fails is undone alone and noted as failed.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from ivr_flows.expressions import ExpressionFailed, ExpressionInvalid
from omnichannel.cases.store import CaseStore
from omnichannel.correspondence.store import MessageStore
from omnichannel.messages import deltas
from omnichannel.rules.acting import Acts, Addresses, Doer, Place, Sends
from omnichannel.rules.facts import Facts, facts_of
from omnichannel.rules.model import Rule
from omnichannel.rules.store import Happening, RuleStore
from threadline.db.bell import Bell
from threadline.db.pool import Connection, Pool
from threadline.ending import heed
from threadline.kernel.clock import Clock
from threadline.kernel.errors import ThreadlineError
from threadline.kernel.events import Bus, Json, ThreadDelta
from threadline.kernel.ids import ThreadId

log = logging.getLogger(__name__)

IDLE_S: Final = 30.0
TROUBLE_S: Final = 1.0
ATTEMPTS: Final = 6
ERROR_CHARS: Final = 300
KEPT: Final = timedelta(days=30)
PRUNED_AT_ONCE: Final = 1000
PRUNE_EVERY_S: Final = 3600.0


class RuleWorker:
    """`run` until cancelled. `bell` rings when something happened."""

    def __init__(
        self, pool: Pool, clock: Clock, bus: Bus, sends: Sends, addresses: Addresses, default_language: str
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._bus = bus
        self._sends = sends
        self._addresses = addresses
        self._language = default_language
        self.bell = Bell("threadline_rules")

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._work(), name="rules")
            tasks.create_task(self._prune(), name="rules-prune")

    async def take_next(self) -> bool:
        """Applies the rules to one happening. False: there is none now. Raises what a database can."""
        happening: Happening | None = None
        news: list[ThreadDelta] = []
        try:
            async with self._pool.acquire() as link, link.transaction():
                happening = await RuleStore(link).claim_happening(self._clock.now())
                if happening is None:
                    return False
                told = await self._apply(link, happening)
                await RuleStore(link).done_happening(happening.id)
                news = await deltas(MessageStore(link), told)
        except Exception as exc:  # the supervisor of a happening: whatever it is, it is the happening's
            if happening is None:
                raise
            await self._failed(happening, exc)
            return True
        for delta in news:
            self._bus.publish(delta)
        return True

    async def prune(self) -> None:
        """Forgets what everybody is through with."""
        before, gone = self._clock.now() - KEPT, PRUNED_AT_ONCE
        while gone == PRUNED_AT_ONCE:
            gone = await RuleStore(self._pool).prune_happenings(before, PRUNED_AT_ONCE)
        await RuleStore(self._pool).prune_auto_replies(self._clock.now() - timedelta(days=370))

    # --- parts --------------------------------------------------------------------------------------------

    async def _apply(self, link: Connection, happening: Happening) -> list[int]:
        store, told = RuleStore(link), list[int]()
        rules = await store.rules_for(happening.kind)
        if not rules:
            return told
        calendars = await store.calendars()
        for rule in rules:
            row = await store.facts(happening.entry, happening.item, happening.thread_row)
            if row is None:
                return told
            facts = facts_of(row, happening.data, calendars, self._clock.now(), self._language)
            if not holds(rule, facts)[0]:
                continue
            await CaseStore(link).lock_thread(row["thread_row"])
            told += await self._once(link, rule, happening, _place(row, happening), facts)
            if rule.is_last:
                break
        return told

    async def _once(
        self, link: Connection, rule: Rule, happening: Happening, place: Place, facts: Facts
    ) -> Sequence[int]:
        store, now = RuleStore(link), self._clock.now()
        acts = Acts(link, Doer(rule.title, rule.id), place, facts, now, self._sends, self._addresses)
        told, outcome, done = list[int](), "applied", list[Json]()
        try:
            async with link.transaction():
                await store.by_rule(rule.title)
                await acts.all(rule)
                told, done = acts.told, acts.done
        except ThreadlineError as exc:
            outcome, done = "failed", [{"error": str(exc)[:ERROR_CHARS]}]
            log.info("rule failed", extra={"rule": str(rule.id), "error": type(exc).__name__})
        await store.by_rule("")
        await store.add_run(rule.id, happening.id, now, outcome, done)
        return told

    async def _failed(self, happening: Happening, exc: Exception) -> None:
        error, store = f"{type(exc).__name__}"[:ERROR_CHARS], RuleStore(self._pool)
        facts = {"happening": happening.id, "error": error}
        if happening.attempts + 1 >= ATTEMPTS:
            await store.park_happening(happening.id, error)
            log.error("rules gave up", extra={**facts, "pii.error": str(exc)})
            return
        pause = timedelta(seconds=2.0**happening.attempts)
        await store.put_off_happening(happening.id, self._clock.now() + pause, error)
        log.info("rules try again", extra={**facts, "pii.error": str(exc)})

    async def _work(self) -> None:
        while True:
            try:
                if not await self.take_next():
                    await self.bell.wait(await self._idle_s())
            except Exception as exc:  # noqa: BLE001  # the database is away: nothing of it was lost
                heed()
                log.warning("rules wait for the database", extra={"error": type(exc).__name__})
                await asyncio.sleep(TROUBLE_S)

    async def _idle_s(self) -> float:
        due = await RuleStore(self._pool).next_happening()
        return IDLE_S if due is None else min(IDLE_S, max(0.1, (due - self._clock.now()).total_seconds()))

    async def _prune(self) -> None:
        while True:
            try:
                await self.prune()
            except Exception as exc:  # noqa: BLE001  # an hour later will do
                heed()
                log.warning("happenings could not be pruned", extra={"error": type(exc).__name__})
            await asyncio.sleep(PRUNE_EVERY_S)


def holds(rule: Rule, facts: Facts) -> tuple[bool, str | None]:
    """Whether its condition holds, and why it has no value where it has none, which counts as no."""
    try:
        return facts.holds(rule.condition), None
    except (ExpressionFailed, ExpressionInvalid) as exc:
        return False, str(exc)


def _place(row: "dict[str, Any] | Any", happening: Happening) -> Place:
    is_message = row["kind"] in ("message", "email")
    return Place(
        thread=ThreadId(row["thread"]),
        thread_row=row["thread_row"],
        entry=row["entry"],
        case=row["number"],
        identity=row["identity_id"] if is_message else None,
        endpoint=row["endpoint_id"] if is_message else None,
        is_automatic=bool(happening.data.get("is_automatic")),
        happening=happening.id,
    )
