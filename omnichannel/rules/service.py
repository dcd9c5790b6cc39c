"""Rules as admins keep them: checked before they are switched on, tried on what was."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from omnichannel import timeline
from omnichannel.audit.service import Actor, Audit
from omnichannel.errors import NoSuchEntry
from omnichannel.rules.check import Finding, check_rule
from omnichannel.rules.facts import facts_of
from omnichannel.rules.model import TRIGGERS, ActionUnreadable, Rule, Trigger, read_actions
from omnichannel.rules.store import RuleStore
from omnichannel.rules.worker import holds
from threadline.db.pool import Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import NotFound, Refused
from threadline.kernel.events import Json, JsonValue
from threadline.kernel.ids import uuid7
from threadline.kernel.versions import difference

RUNS_MAX = 200


class NoSuchRule(NotFound):
    """No such rule."""


class RuleUnfit(Refused):
    """The rule can't be switched on like that: what is found first."""

    def __init__(self, found: Finding) -> None:
        super().__init__(f"{found.what} {found.mend}")
        self.field = found.where


class Rules:
    """Every change is audited and in force for what happens next."""

    def __init__(self, pool: Pool, clock: Clock, audit: Audit, default_language: str) -> None:
        self._pool = pool
        self._clock = clock
        self._audit = audit
        self._language = default_language
        self._store = RuleStore(pool)

    async def everything(self) -> list[Json]:
        """[{id, title, when, if, then, on, place, last, applied: times within a day, findings}], in their order."""
        there = await self._store.catalogue()
        found = await self._store.rules(self._clock.now() - timedelta(days=1))
        return [
            {**rule.to_json(), "applied": applied, "findings": _shown(check_rule(rule, there))}
            for rule, applied in found
        ]

    async def check(self, given: Json) -> list[Json]:
        """What is wrong with a draft: [{where, what, mend}]. Raises ActionUnreadable."""
        return [one.to_json() for one in check_rule(self._read(given), await self._store.catalogue())]

    async def save(self, given: Json, actor: Actor, rule: UUID | None = None) -> Json:
        """A new rule, or another in the place of `rule`. Raises NoSuchRule, ActionUnreadable, and RuleUnfit for one
        that is to be on and can't be."""
        before = None if rule is None else await self._store.rule(rule)
        if rule is not None and before is None:
            raise NoSuchRule
        made = self._read(given, rule)
        findings = check_rule(made, await self._store.catalogue())
        if made.is_on and findings:
            raise RuleUnfit(findings[0])
        await self._store.save_rule(made, self._clock.now())
        facts = difference({} if before is None else before.to_json(), made.to_json())
        await self._audit.note(actor, "rule.save", f"rule:{made.id}", {"on": made.is_on, **facts})
        return {**made.to_json(), "applied": 0, "findings": _shown(findings)}

    async def switch(self, rule: UUID, actor: Actor, *, on: bool) -> Json:
        """Raises NoSuchRule, RuleUnfit."""
        found = await self._store.rule(rule)
        if found is None:
            raise NoSuchRule
        return await self.save(replace(found, is_on=on).to_json(), actor, rule)

    async def delete(self, rule: UUID, actor: Actor) -> None:
        """Raises NoSuchRule."""
        if not await self._store.drop_rule(rule):
            raise NoSuchRule
        await self._audit.note(actor, "rule.delete", f"rule:{rule}")

    async def runs(self, rule: UUID, limit: int = 50) -> list[Json]:
        """What it did last: [{at, outcome, done, trigger, entry, thread}]."""
        rows = await self._store.runs(rule, max(1, min(limit, RUNS_MAX)))
        return [
            {
                "at": timeline.iso(row["at"]),
                "outcome": row["outcome"],
                "done": row["done"],
                "when": row["kind"],
                "entry": None if row["entry"] is None else str(row["entry"]),
                "thread": None if row["thread"] is None else str(row["thread"]),
            }
            for row in rows
        ]

    async def tried(self, entry: str, draft: Json | None = None) -> list[Json]:
        """Which rules (and the draft) would apply to this entry, did it come now: [{id, title, applies, why}].

        `why`: the reason its condition has no value. Nothing is done. Raises NoSuchEntry.
        """
        number = int(entry) if entry.isascii() and entry.isdecimal() and len(entry) < 19 else 0
        found = await self._store.entry_row(number)
        row = None if found is None else await self._store.facts(number, None, None)
        if found is None or row is None:
            raise NoSuchEntry
        trigger = _trigger(found)
        facts = facts_of(row, {}, await self._store.calendars(), self._clock.now(), self._language)
        rules = [
            rule
            for rule, _ in await self._store.rules(self._clock.now())
            if rule.trigger == trigger and rule.is_on
        ]
        if draft is not None and (made := self._read(draft)).trigger == trigger:
            rules.append(made)
        answers: list[Json] = []
        is_over = False
        for rule in rules:
            applies, why = (False, "a rule before is the last") if is_over else holds(rule, facts)
            is_over = is_over or (applies and rule.is_last)
            answers.append({"id": str(rule.id), "title": rule.title, "applies": applies, "why": why})
        return answers

    def _read(self, given: Json, rule: UUID | None = None) -> Rule:
        raw: Any = given
        if raw["when"] not in TRIGGERS:
            raise ActionUnreadable(f"when: one of {', '.join(TRIGGERS)}")
        return Rule(
            rule or uuid7(self._clock.now()),
            str(raw["title"]),
            raw["when"],
            str(raw.get("if") or "true"),
            read_actions(raw["then"]),
            bool(raw.get("on", False)),
            int(raw.get("place", 100)),
            bool(raw.get("last", False)),
        )


def _trigger(entry: Any) -> Trigger | None:
    if entry["kind"] == "call":
        return "call_ended"
    if entry["kind"] not in ("message", "email"):
        return None
    return "message_in" if entry["direction"] == "in" else "message_out"


def _shown(findings: Sequence[Finding]) -> list[JsonValue]:
    return [one.to_json() for one in findings]
