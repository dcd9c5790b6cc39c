"""What a page shows beside a contact: who else it may be, what is said of it, what was made one with it."""

from collections.abc import Mapping
from typing import Any

from omnichannel.contacts.store import ContactStore
from omnichannel.identity.decision import WORDS, Reason
from omnichannel.identity.kinds import Trust
from threadline.db.pool import Connection, Pool
from threadline.kernel.events import Json, JsonValue


async def kin(link: "Connection | Pool", contact_row: int) -> Json:
    """{candidates, suggestions, merges} of a contact that is merged into no other."""
    store = ContactStore(link)
    return {
        "candidates": await candidates(store, contact_row),
        "suggestions": await suggestions(store, contact_row),
        "merges": await merges(store, contact_row),
    }


async def candidates(store: ContactStore, contact_row: int) -> list[JsonValue]:
    """[{contact, name, last_seen, kind, value}]: everybody with this contact's shared identities, himself too."""
    found: dict[tuple[str, str, str], JsonValue] = {}
    for row in await store.candidates(contact_row):
        found.setdefault(
            (str(row["contact"]), row["kind"], row["value"]),
            {
                "contact": str(row["contact"]),
                "name": row["name"],
                "last_seen": row["last_seen"].isoformat(),
                "kind": row["kind"],
                "value": row["value"],
            },
        )
    several = {key[1:] for key in found if sum(other[1:] == key[1:] for other in found) > 1}
    return [one for key, one in found.items() if key[1:] in several]


async def suggestions(store: ContactStore, contact_row: int) -> list[JsonValue]:
    """[{id, contact, name, reason, code, kind, value, trust, own, at}], the newest first.

    `contact`: who has the identity, or (`own` false) who claims one of this contact's; None: nobody has it yet.
    """
    return [_suggestion(row) for row in await store.suggestions(contact_row)]


def _suggestion(row: Mapping[str, Any]) -> Json:
    code = Reason(row["reason"])
    return {
        "id": str(row["id"]),
        "contact": None if row["contact"] is None else str(row["contact"]),
        "name": row["name"],
        "reason": WORDS[code],
        "code": code.value,
        "kind": row["kind"],
        "value": row["value"],
        "trust": Trust(row["trust"]).name.lower(),
        "own": row["is_own"],
        "at": row["at"].isoformat(),
    }


async def merges(store: ContactStore, contact_row: int) -> list[JsonValue]:
    """[{id, at, by: {id, name}|None, rule, loser: {contact, name}, winner, state: done|undoing}], newest first."""
    return [_merge(row) for row in await store.merges(contact_row)]


def _merge(row: Mapping[str, Any]) -> Json:
    by: Json | None = None
    if row["by_agent"] is not None:
        by = {"id": str(row["by_agent"]), "name": row["by_name"]}
    return {
        "id": str(row["id"]),
        "at": row["at"].isoformat(),
        "by": by,
        "rule": row["rule"],
        "loser": {"contact": str(row["loser"]), "name": row["loser_name"]},
        "winner": str(row["winner"]),
        "state": "done" if row["undoing_at"] is None else "undoing",
    }
