"""Joins a mail that was stored to what it answers, in the same transaction (omnichannel.ports.Follower).

Whose thread a mail is in, its sender decides; what it refers to decides only the work item, and only where the
sender takes part in it, which is to say within his own thread. An answer to somebody else's mail stays with its
sender, and both sides are told of one another.
"""

from collections.abc import Sequence
from typing import Final

from omnichannel.channels.email.store import EmailStore, Letter, Place
from omnichannel.ports import StoredMessage
from threadline.db.pool import Connection
from threadline.kernel.events import Json

KIND: Final = "email"
ELSEWHERE: Final = "Somebody else answered a mail of this thread: the answer is in the sender's own thread."


class EmailFollower:
    """To be given to Messages and Outbound with the other followers, before those that open work items."""

    async def stored(self, link: Connection, fact: StoredMessage) -> Sequence[int]:
        """Returns the notes it added."""
        if fact.endpoint.kind != KIND or (fact.direction == "out" and not fact.is_echo):
            return []
        store = EmailStore(link)
        letter = await store.letter(fact.entry)
        if letter is None:
            return []
        if letter.key is not None:
            await store.keep_raw(fact.entry, fact.endpoint.row, letter.key)
        notes = await _join(store, fact, letter)
        own, mentioned = _texts(letter.meta, "message_id"), _texts(letter.meta, "references")
        await store.add_refs(fact.entry, own, "received")
        await store.add_refs(fact.entry, mentioned, "mentioned")
        return notes


async def _join(store: EmailStore, fact: StoredMessage, letter: Letter) -> list[int]:
    places = await _places(store, fact, letter)
    here = next((place for place in places if place.thread_row == fact.thread_row), None)
    if here is not None:
        await store.place(fact.entry, here.entry, here.work_item)
        return []
    tagged = await _tagged(store, fact, letter.meta)
    if tagged is not None:
        await store.place(fact.entry, None, tagged)
    if not places:
        return []
    await store.cross_link(fact.entry, places[0])
    link: Json = {"elsewhere": {"thread": str(fact.thread), "entry": str(fact.entry)}}
    return [await store.add_note(places[0], fact.at, ELSEWHERE, link)]


async def _places(store: EmailStore, fact: StoredMessage, letter: Letter) -> list[Place]:
    """What it answers, best first: by its token, then by its references."""
    found: list[Place] = []
    if letter.reply_to is not None:
        place = await store.entry_place(letter.reply_to)
        found += [] if place is None else [place]
    return found + await store.referred(_texts(letter.meta, "references"), fact.entry)


async def _tagged(store: EmailStore, fact: StoredMessage, meta: Json) -> int | None:
    numbers = meta.get("numbers")
    wanted = [one for one in numbers if isinstance(one, int)] if isinstance(numbers, list) else []
    return await store.work_item_of(wanted, fact.thread_row) if wanted else None


def _texts(meta: Json, name: str) -> list[str]:
    value = meta.get(name)
    return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []
