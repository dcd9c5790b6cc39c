"""Flows as admins edit them: lists, texts, revisions, checks, tests, trials, publishing and what calls did.

ThreadlineError
├── NotFound
│   └── NoSuchFlow        no flow, or no revision, of that name
└── Refused
    └── Outdated
        └── SavedMeanwhile    another text was saved since: says whose
"""

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from difflib import unified_diff
from typing import Final

from ivr_flows.coverage import coverage
from ivr_flows.findings import Finding, FlowRejected
from ivr_flows.link import linked
from ivr_flows.model import Flow
from ivr_flows.parse import flow_of, parse_flow
from ivr_flows.source import read
from ivr_flows.trace import Trace
from telephony.administration.notes import Note, Who
from telephony.flow_book import FlowBook
from telephony.flow_room.outline import UNREADABLE, outline
from telephony.flow_room.patching import Scalar, set_value
from telephony.flow_room.store import FlowRoomStore, Row, Span
from telephony.flow_room.trial import walk
from threadline.db.pool import Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import Invalid, NotFound, Outdated
from threadline.kernel.events import Json

DRAFT_NUMBERS: Final = tuple(f"*99{place:02}" for place in range(100))
"""Numbers drafts are tried at, dialled from phones of ours."""
MOST_ACTS: Final = 500


class NoSuchFlow(NotFound):
    """There is no such flow or revision."""


class SavedMeanwhile(Outdated):
    """Somebody else saved this flow since you opened it."""

    def __init__(self, newest: Row, yours: str) -> None:
        """`newest` is the revision that is there now, `yours` who wanted to save."""
        super().__init__(f"{newest['author']} saved revision {newest['n']} while {yours} was editing")
        self.newest, self.yours = newest, yours


class FlowRoom:
    """What the page of flows asks for. Every change is in the audit log."""

    def __init__(self, pool: Pool, flows: FlowBook, clock: Clock, note: Note) -> None:
        self._pool, self._flows, self._clock, self._note = pool, flows, clock, note

    # --- looking ------------------------------------------------------------------------------------

    async def everything(self) -> list[Json]:
        """[{id, title, kind, newest, published, author, message, saved_at, numbers}] by id."""
        store = FlowRoomStore(self._pool)
        numbers = await store.numbers()
        return [
            _listed(row, [one for one in numbers if one["flow_id"] == row["id"]])
            for row in await store.flows()
        ]

    async def text(self, flow: str, number: int | None = None) -> Json:
        """{id, n, author, message, saved_at, yaml, published, numbers}; the newest where `number` is None.

        Raises NoSuchFlow.
        """
        store = FlowRoomStore(self._pool)
        row = await store.revision(flow, number)
        if row is None:
            raise NoSuchFlow
        numbers = [_number(one) for one in await store.numbers() if one["flow_id"] == flow]
        return {"id": flow, **_revision(row), "yaml": row["yaml"], "published": await store.published(flow),
                "numbers": [*numbers]}  # fmt: skip

    async def revisions(self, flow: str) -> list[Json]:
        """[{n, author, message, saved_at, is_published}], newest first. Raises NoSuchFlow."""
        store = FlowRoomStore(self._pool)
        rows, published = await store.revisions(flow), await store.published(flow)
        if not rows:
            raise NoSuchFlow
        return [{**_revision(row), "is_published": row["n"] == published} for row in rows]

    async def difference(self, flow: str, old: int, new: int) -> list[str]:
        """The lines of a unified diff. Raises NoSuchFlow."""
        before, after = str((await self.text(flow, old))["yaml"]), str((await self.text(flow, new))["yaml"])
        return difference(before, after)

    # --- a text that is being written ---------------------------------------------------------------

    async def check(self, text: str) -> Json:
        """{findings, outline}: every finding of the text and its picture."""
        picture, found = await asyncio.to_thread(_looked_at, text)
        findings = await self._flows.examine(found) if isinstance(found, Flow) else found
        return {"findings": [one.to_json() for one in findings], "outline": picture}

    async def test(self, text: str) -> Json:
        """{tests: [{name, passed, failures, visited, lines}], coverage}. Raises FlowRejected."""
        flow = await asyncio.to_thread(parse_flow, text, "flow")
        traces = await self._flows.try_out(flow)
        found = coverage(flow, traces)
        return {
            "tests": [_tested(trace) for trace in traces],
            "coverage": {"percent": found.percent, "missed_steps": [*found.missed_steps],
                         "missed_ways": [[start, end] for start, end in found.missed_ways]},
        }  # fmt: skip

    async def walk(self, text: str, facts: Json, acts: Sequence[Json], at: datetime | None) -> Json:
        """As telephony.flow_room.trial.walk. Raises FlowRejected, Invalid."""
        if len(acts) > MOST_ACTS:
            raise Invalid(f"at most {MOST_ACTS} acts")
        flow = linked(await asyncio.to_thread(parse_flow, text, "flow"), self._flows.modules)
        try:
            return await asyncio.to_thread(
                walk, flow, facts, acts, self._flows.calendars, at or self._clock.now()
            )
        except (TypeError, ValueError) as exc:
            raise Invalid("a service's answers or an act can't be read") from exc

    async def patch(self, text: str, path: Sequence[str], value: Scalar) -> str:
        """The text with one value changed in place. Raises FlowRejected, Unpatchable."""
        return await asyncio.to_thread(set_value, text, path, value)

    # --- changing -----------------------------------------------------------------------------------

    async def save(self, text: str, based_on: int | None, author: str, message: str, actor: Who) -> Json:
        """Stores a text as the next revision: {id, n, findings}.

        `based_on` is the revision the author began from, None for a new flow. Raises SavedMeanwhile when another is
        the newest by now, FlowRejected with every finding.
        """
        flow = (await asyncio.to_thread(parse_flow, text, "flow")).id
        async with self._pool.acquire() as link, link.transaction():
            store = FlowRoomStore(link)
            await store.lock_editing(flow)
            newest = await store.revision(flow)
            if newest is not None and newest["n"] != based_on and newest["yaml"] != text:
                raise SavedMeanwhile(newest, author)
            name, number, findings = await self._flows.save(text, author, message)
            await self._note(
                actor, "flow.save", f"flow:{name}", {"revision": number, "message": message}, link
            )
        return {"id": name, "n": number, "findings": [one.to_json() for one in findings]}

    async def publish(self, flow: str, number: int, actor: Who) -> None:
        """Moves what is in force, forth or back; calls under way keep theirs. Raises NotFound, TestsRed."""
        before = await FlowRoomStore(self._pool).published(flow)
        await self._flows.publish(flow, number)
        action = "flow.roll_back" if before is not None and number < before else "flow.publish"
        await self._note(
            actor, action, f"flow:{flow}", {"before": {"revision": before}, "after": {"revision": number}}
        )

    async def set_canary(self, flow: str, number: str, revision: int, percent: int, actor: Who) -> None:
        """Lets a share of a number's callers hear a revision; 0 ends it. Raises NotFound, Refused, TestsRed."""
        mine = [one for one in await FlowRoomStore(self._pool).numbers() if one["number"] == number]
        if not mine or mine[0]["flow_id"] != flow:
            raise NotFound(f"this flow does not answer {number}")
        await self._flows.set_canary(number, revision, percent)
        detail: Json = {"number": number, "revision": revision, "percent": percent}
        await self._note(actor, "flow.canary", f"flow:{flow}", detail)

    async def try_at_number(self, flow: str, revision: int, region: str, actor: Who) -> str:
        """A number that answers with this very revision from now on. Raises NoSuchFlow."""
        async with self._pool.acquire() as link, link.transaction():
            store = FlowRoomStore(link)
            await store.lock_editing("")
            if await store.revision(flow, revision) is None:
                raise NoSuchFlow
            number = _free(await store.numbers(), flow)
            await store.pin_route(number, f"Trial: {flow}", flow, revision, region)
            await self._note(
                actor, "flow.try", f"flow:{flow}", {"number": number, "revision": revision}, link
            )
        await self._flows.load()
        return number

    # --- what calls did -----------------------------------------------------------------------------

    async def paths(self, flow: str, span: Span, revision: int | None) -> Json:
        """{ways: [{from, to, calls, seconds, hung_up}], keys: [{step, outcome, keys, times}]}; `to` null: it ended there."""
        store = FlowRoomStore(self._pool)
        taken = [
            {"from": row["step"], "to": row["next"], "calls": row["calls"], "seconds": round(float(row["seconds"] or 0), 1),
             "hung_up": row["hung_up"]}
            for row in await store.ways_taken(flow, span, revision)
        ]  # fmt: skip
        return {"ways": [*taken], "keys": [*await store.keys_taken(flow, span, revision)]}

    async def calls(self, flow: str, span: Span, step: str | None) -> list[Json]:
        """The latest fifty calls: [{id, from, started_at, ended_at, revision, result, reason, last_step}]."""
        rows = await FlowRoomStore(self._pool).calls_of(flow, span, step)
        return [
            {"id": str(row["id"]), "from": row["from_number"], "started_at": row["started_at"].isoformat(),
             "ended_at": None if row["ended_at"] is None else row["ended_at"].isoformat(),
             "revision": row["flow_revision"], "result": row["result"], "reason": row["reason"],
             "last_step": row["last_step"]}
            for row in rows
        ]  # fmt: skip


def _looked_at(text: str) -> tuple[Json, Flow | Sequence[Finding]]:
    """The picture of a text, and the flow or what is wrong with its form; the text is read once."""
    try:
        root = read(text)
    except FlowRejected as exc:
        return UNREADABLE, exc.findings
    picture = outline(root, text)  # before the steps get their defaults
    try:
        return picture, flow_of(root, "flow")
    except FlowRejected as exc:
        return picture, exc.findings


def difference(before: str, after: str) -> list[str]:
    """The lines of a unified diff, without the lines that name files."""
    return [
        line.rstrip("\n") for line in unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    ][2:]


def _free(numbers: Sequence[Row], flow: str) -> str:
    """The flow's own trial number, else the first that nobody has."""
    tried = {one["number"]: one["flow_id"] for one in numbers}
    mine = next((one for one in DRAFT_NUMBERS if tried.get(one) == flow), None)
    free = mine or next((one for one in DRAFT_NUMBERS if one not in tried), None)
    if free is None:
        raise Invalid("every trial number is in use")
    return free


def _listed(row: Row, numbers: Sequence[Row]) -> Json:
    return {
        "id": row["id"],
        "title": _line(row["yaml"], "title") or row["id"],
        "kind": _line(row["yaml"], "kind") or "flow",
        "newest": row["newest"],
        "published": row["published"],
        "author": row["author"],
        "message": row["message"],
        "saved_at": row["created_at"].isoformat(),
        "numbers": [_number(one) for one in numbers],
    }


def _line(text: str, key: str) -> str:
    """A short value at the top of a text, without reading all of it."""
    found = re.search(rf"^{key}:[ \t]*(.+?)[ \t]*(?: #.*)?$", text, re.MULTILINE)
    return found.group(1).strip("\"'") if found else ""


def _number(row: Row) -> Json:
    return {
        "number": row["number"],
        "title": row["title"],
        "revision": row["revision"],
        "canary": row["canary"],
        "percent": row["percent"],
        "is_trial": row["number"] in DRAFT_NUMBERS,
    }


def _revision(row: Row) -> Json:
    return {
        "n": row["n"],
        "author": row["author"],
        "message": row["message"],
        "saved_at": row["created_at"].isoformat(),
    }


def _tested(trace: Trace) -> Json:
    return {"name": trace.name, "passed": trace.passed, "failures": [*trace.failures], "visited": [*trace.visited],
            "lines": [*trace.lines]}  # fmt: skip
