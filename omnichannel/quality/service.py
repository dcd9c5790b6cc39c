"""Scorecards: what supervisors listen for, what they gave whom for which call, and the calls there are to hear.

An evaluation keeps the card as it was when it was given: a criterion that is worded anew changes nobody's past.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from omnichannel.audit.service import Actor, Audit
from omnichannel.quality.store import QualityStore, Row
from omnichannel.search import words
from threadline.db.pool import Connection, Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import Invalid, NotFound, Refused, Unfit
from threadline.kernel.ids import AgentId, CallId
from threadline.kernel.versions import check_version, difference, versioned

PAGE: Final = 50
EVALUATED: Final[dict[str, bool | None]] = {"all": None, "open": False, "done": True}


class NoSuchScorecard(NotFound):
    """No such card."""


class NoSuchEvaluation(NotFound):
    """No such evaluation."""


class NotHisToTake(Refused):
    """Somebody else gave it: only he, or an admin, takes it back."""

    reason = "not_yours"


@dataclass(frozen=True, slots=True)
class CardGiven:
    """`titles` and each of `criteria` by language; a criterion gets 0 to `most` points; no `queues`: every one."""

    titles: Mapping[str, str]
    most: int
    criteria: Sequence[Mapping[str, str]]
    queues: Sequence[str] = ()
    place: int = 100
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls: of the last `days`, of one agent or queue, not evaluated ("open") or evaluated ("done"), in which
    `words` were said, from before the call `before` names (the `next` of a page)."""

    days: int = 30
    agent: AgentId | None = None
    queue: str | None = None
    state: Literal["all", "open", "done"] = "all"
    words: str = ""
    before: str | None = None


class Quality:
    """Every change is audited with what was before."""

    def __init__(self, pool: Pool, clock: Clock, audit: Audit) -> None:
        self._pool = pool
        self._clock = clock
        self._audit = audit

    # --- cards -------------------------------------------------------------------------------------

    async def cards(self) -> list[Row]:
        """[{id, titles, most, criteria, queues, place, is_active, version}] in their order."""
        return [versioned(row) for row in await QualityStore(self._pool).scorecards()]

    async def add_card(self, card: str, given: CardGiven, actor: Actor) -> Row:
        """Raises Unfit for one that is there."""
        async with self._pool.acquire() as link, link.transaction():
            store = QualityStore(link)
            await store.lock_scorecards()
            if await store.scorecards(card):
                raise Unfit("id", "taken", "There is a card of that name.")
            row = {"id": card, **asdict(given)}
            await store.save_scorecard(row)
            await self._audit.note(actor, "scorecard.add", f"scorecard:{card}", {"after": row}, link)
        return versioned(row)

    async def change_card(self, card: str, given: CardGiven, seen: str | None, actor: Actor) -> Row:
        """Raises NoSuchScorecard, Outdated."""
        async with self._pool.acquire() as link, link.transaction():
            store = QualityStore(link)
            await store.lock_scorecards()
            before = await _card(store, card)
            check_version(before, seen)
            row = {"id": card, **asdict(given)}
            await store.save_scorecard(row)
            await self._audit.note(
                actor, "scorecard.change", f"scorecard:{card}", difference(before, row), link
            )
        return versioned(row)

    async def delete_card(self, card: str, actor: Actor) -> None:
        """What was given by it stays. Raises NoSuchScorecard."""
        async with self._pool.acquire() as link, link.transaction():
            store = QualityStore(link)
            before = await _card(store, card)
            await store.drop_scorecard(card)
            await self._audit.note(actor, "scorecard.delete", f"scorecard:{card}", {"before": before}, link)

    # --- evaluations -------------------------------------------------------------------------------

    async def of_call(self, call: CallId, only: AgentId | None = None) -> dict[str, Any]:
        """{agents, scorecards, evaluations}: who may be evaluated, by which cards, and what was given.

        `only`: the agent who asks sees what he was given, and nothing to give. Raises NotFound.
        """
        store = QualityStore(self._pool)
        found = await store.call(call)
        if found is None:
            raise NotFound
        given = [_shown(row) for row in await store.evaluations(call=call, agent=only)]
        if only is not None:
            return {"agents": [], "scorecards": [], "evaluations": given}
        agents = [{**row, "id": str(row["id"])} for row in await store.served_by(call)]
        cards = [row for row in await store.scorecards() if _fits(row, found["queue"])]
        return {"agents": agents, "scorecards": cards, "evaluations": given}

    async def give(
        self, call: CallId, agent: AgentId, card: str, points: Sequence[int | None], comment: str, by: AgentId
    ) -> Row:
        """What `by` thinks of the agent in this call, in the place of what he gave before by this card.

        Raises NotFound, NoSuchScorecard, Unfit.
        """
        async with self._pool.acquire() as link, link.transaction():
            store = QualityStore(link)
            found = await store.call(call)
            if found is None:
                raise NotFound
            chosen = await _card(store, card)
            if not _fits(chosen, found["queue"]):
                raise Unfit("scorecard", "not_here", "This card is not for calls of this queue.")
            if agent not in [row["id"] for row in await store.served_by(call)]:
                raise Unfit("agent", "not_there", "This agent did not serve this call.")
            percent = percent_of(points, len(chosen["criteria"]), chosen["most"])
            mine = [
                row for row in await store.evaluations(call=call, agent=agent) if row["by_agent_id"] == by
            ]
            before = next((_facts(row) for row in mine if row["scorecard"] == card), {})
            row = await store.save_evaluation(
                call, agent, chosen, points, percent, comment, by, self._clock.now()
            )
            shown = (await store.evaluations(evaluation=row))[0]
            await self._note(by, "evaluation.give", shown, difference(before, _facts(shown)), link)
        return _shown(shown)

    async def take_back(self, evaluation: int, by: AgentId, *, is_admin: bool) -> None:
        """Raises NoSuchEvaluation, NotHisToTake."""
        async with self._pool.acquire() as link, link.transaction():
            store = QualityStore(link)
            rows = await store.evaluations(evaluation=evaluation)
            if not rows:
                raise NoSuchEvaluation
            if rows[0]["by_agent_id"] != by and not is_admin:
                raise NotHisToTake
            await store.drop_evaluation(evaluation)
            await self._note(by, "evaluation.delete", rows[0], {"before": _facts(rows[0])}, link)

    async def _note(
        self, by: AgentId, act: str, row: Row, facts: Mapping[str, Any], link: Connection
    ) -> None:
        target = f"call:{row['call_id']}"
        await self._audit.note(
            Actor("agent", str(by)), act, target, {"agent": str(row["agent_id"]), **facts}, link
        )

    # --- calls to hear -----------------------------------------------------------------------------

    async def calls(self, wanted: Wanted) -> dict[str, Any]:
        """{calls: [{call, at, thread, customer, queue, agent, agent_name, talk_s, recordings, percent}], next, agents: [{id,
        name, calls, evaluated, percent}]}: calls the newest first, PAGE at once; the averages are of all of `days`.

        Raises Invalid for a `before` that is none.
        """
        since = self._clock.now() - timedelta(days=wanted.days)
        store, said = QualityStore(self._pool), words.asked(wanted.words).whole
        rows = await store.calls(
            since, _place(wanted.before), wanted.agent, wanted.queue, EVALUATED[wanted.state], said, PAGE + 1
        )
        more = rows[PAGE - 1] if len(rows) > PAGE else None
        return {
            "calls": [_call(row) for row in rows[:PAGE]],
            "next": None if more is None else f"{more['at'].isoformat()} {more['call']}",
            "agents": [{**row, "id": str(row["id"])} for row in await store.averages(since)],
        }


def percent_of(points: Sequence[int | None], criteria: int, most: int) -> int:
    """Of what could be had, without what does not apply (None). Raises Unfit."""
    if len(points) != criteria:
        raise Unfit("points", "changed", "The card was changed meanwhile: it has other criteria.")
    given = [one for one in points if one is not None]
    if not given:
        raise Unfit("points", "missing", "At least one criterion needs points.")
    if not all(0 <= one <= most for one in given):
        raise Unfit("points", "range", f"A criterion gets 0 to {most} points.")
    return round(100 * sum(given) / (most * len(given)))


async def _card(store: QualityStore, card: str) -> Row:
    for row in await store.scorecards(card):
        return row
    raise NoSuchScorecard


def _fits(card: Row, queue: str | None) -> bool:
    return bool(card["is_active"]) and (not card["queues"] or queue in card["queues"])


def _place(before: str | None) -> tuple[datetime, UUID] | None:
    if before is None:
        return None
    at, _, call = before.partition(" ")
    try:
        return datetime.fromisoformat(at), UUID(call)
    except ValueError:
        raise Invalid("`before` is the `next` of a page.") from None


def _facts(row: Row) -> dict[str, Any]:
    """For the audit log, which keeps no words about a customer."""
    return {name: row[name] for name in ("scorecard", "points", "percent")}


def _shown(row: Row) -> dict[str, Any]:
    names = (
        "agent_name", "scorecard", "titles", "most", "criteria", "points", "percent", "comment", "by_name"
    )  # fmt: skip
    return {
        "id": row["id"],
        "agent": str(row["agent_id"]),
        "by": str(row["by_agent_id"]),
        "at": row["at"].isoformat(),
        **{name: row[name] for name in names},
    }


def _call(row: Row) -> dict[str, Any]:
    return {
        **row,
        "call": str(row["call"]),
        "at": row["at"].isoformat(),
        "thread": None if row["thread"] is None else str(row["thread"]),
        "agent": str(row["agent"]),
        "recordings": [str(one) for one in row["recordings"]],
    }
