"""The one search box: customers by name, number or address, cases by number, and every word written or spoken."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from omnichannel.card import WORK_ITEM_STATUS
from omnichannel.search import words
from omnichannel.search.snippets import snippet
from omnichannel.search.store import SearchStore
from omnichannel.timeline import iso
from threadline.db.pool import Pool
from threadline.kernel.events import Json

MOST: Final = 50


class Search:
    """Reads only."""

    def __init__(self, pool: Pool) -> None:
        self._store = SearchStore(pool)

    async def find(self, text: str, limit: int = 20) -> Json:
        """{"contacts": [{contact, thread, name, customer_no, matched}], "cases": [{number, subject, status, thread,
        contact}], "entries": [{id, kind, channel, at, thread, contact, snippet}], "spoken": [{recording, call, at,
        t0, speaker, thread, contact, snippet}]}, each the newest first; `contact` of the last three is {id, name}.

        A snippet is [[text, is_match], …].
        """
        question, most = words.asked(text), max(1, min(limit, MOST))
        async with asyncio.TaskGroup() as looks:
            people = looks.create_task(self._contacts(question, most), name="search contacts")
            cases = looks.create_task(self._cases(question), name="search cases")
            entries = looks.create_task(self._entries(question, most), name="search entries")
            spoken = looks.create_task(self._spoken(question, most), name="search speech")
        return {
            "contacts": list(people.result()),
            "cases": list(cases.result()),
            "entries": [_entry(row, question) for row in entries.result()],
            "spoken": [_spoken(row, question) for row in spoken.result()],
        }

    async def _contacts(self, question: words.Asked, most: int) -> list[Json]:
        rows: list[Mapping[str, Any]] = []
        if question.begins is not None:
            begins = question.begins if question.digits is None else f"+{question.digits}"
            ends = None if question.digits is None else question.digits.lstrip("0")[::-1]
            rows += await self._store.contacts_known(begins, ends, most)
        rows += await self._named(question, most)
        found = {str(row["contact"]): _contact(row) for row in rows}
        return list(found.values())[:most]

    async def _cases(self, question: words.Asked) -> list[Json]:
        row = None if question.case is None else await self._store.case_numbered(question.case)
        return [] if row is None else [_case(row)]

    async def _entries(self, question: words.Asked, most: int) -> Sequence[Mapping[str, Any]]:
        if question.whole is None or question.begun is None:
            return []
        looks = words.stretches(await self._store.newest_entry())
        if found := await self._newest(question.whole, looks, most):
            return found
        if found := await self._store.entries_lately(question.begun, most):
            return found
        if question.before is None:
            return await self._store.entries_begun(question.begun, most)
        lately = words.within(question.before, range(looks[min(1, len(looks) - 1)].start, looks[0].stop))
        return await self._store.entries_completed(lately, question.begun, most)

    async def _newest(self, query: str, looks: Sequence[range], most: int) -> list[Mapping[str, Any]]:
        """The newest stretches first: what everybody writes is found there. What these have little of is few overall,
        and asked for at once."""
        found = list[Mapping[str, Any]]()
        for look in looks:
            found += await self._store.entries_within(words.within(query, look), most - len(found))
            if len(found) >= most or look.start == 0:
                return found
            if words.is_rare(len(found), looks[0].stop - look.start, most):
                break
        return await self._store.entries_anywhere(query, most)

    async def _spoken(self, question: words.Asked, most: int) -> Sequence[Mapping[str, Any]]:
        if question.whole is None or question.begun is None:
            return []
        found = await self._store.spoken(question.whole, most)
        return found or await self._store.spoken_begun(question.begun, most)

    async def _named(self, question: words.Asked, most: int) -> list[Mapping[str, Any]]:
        """By the words as they stand; else by what begins so."""
        if question.whole is None or question.begun is None:
            return []
        found = await self._store.contacts_named(question.whole, most)
        return found or await self._store.contacts_named(question.begun, most)


def _contact(row: Mapping[str, Any]) -> Json:
    return {
        "contact": str(row["contact"]),
        "thread": str(row["thread"]),
        "name": row["name"],
        "customer_no": row["customer_no"],
        "matched": row.get("matched"),
    }


def _case(row: Mapping[str, Any]) -> Json:
    status = WORK_ITEM_STATUS[row["status"]]
    return {"number": row["number"], "subject": row["subject"], "status": status, **_whose(row)}


def _entry(row: Mapping[str, Any], question: words.Asked) -> Json:
    return {
        "id": str(row["id"]),
        "kind": row["kind"],
        "channel": row["channel"],
        "direction": row["direction"],
        "at": iso(row["occurred_at"]),
        "snippet": list(snippet(row["text"], question.words)),
        **_whose(row),
    }


def _spoken(row: Mapping[str, Any], question: words.Asked) -> Json:
    return {
        "recording": str(row["recording_id"]),
        "call": str(row["call"]),
        "speaker": row["speaker"],
        "t0": row["t0"],
        "at": iso(row["occurred_at"]),
        "snippet": list(snippet(row["text"], question.words)),
        **_whose(row),
    }


def _whose(row: Mapping[str, Any]) -> Json:
    return {"thread": str(row["thread"]), "contact": {"id": str(row["contact"]), "name": row["contact_name"]}}
