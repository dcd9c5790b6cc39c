"""Two contacts become one, and two again: one call each, audited, nothing lost."""

from omnichannel.audit.service import Actor
from omnichannel.contacts.desk import ContactDesk, agent_of, rule_of
from omnichannel.contacts.errors import NoSuchMerge
from omnichannel.contacts.joining import join
from threadline.kernel.events import Json, ThreadMoved
from threadline.kernel.ids import ContactId


async def merge(
    desk: ContactDesk, winner: ContactId, loser: ContactId, actor: Actor, *, anyway: bool = False
) -> Json:
    """{merge, contact, thread}: the loser's ids lead there from now on.

    Raises NoSuchContact, AlreadyOne, CustomerNumbersDiffer.
    """
    async with desk.change() as change:
        one, other = await change.person(winner), await change.person(loser)
        now = desk.clock.now()
        merge, job = await join(
            change.store, one.row, other.row, now, agent=agent_of(actor), rule=rule_of(actor), anyway=anyway
        )
        detail: Json = {"merge": str(merge), "loser": str(other.contact), "anyway": anyway}
        await change.note(actor, "contact.merge", one.contact, detail)
    desk.bus.publish(ThreadMoved(other.thread, one.thread, "merged"))
    await desk.work_off(job)
    return {"merge": str(merge), "contact": str(one.contact), "thread": str(one.thread)}


async def undo_merge(desk: ContactDesk, merge: int, actor: Actor) -> Json:
    """{merge, contact, thread, winner, state}: the loser's, who is himself again; "undoing" while entries move.

    Raises NoSuchMerge.
    """
    async with desk.change() as change:
        found = await change.store.merge(merge)
        if found is None or found["undone_at"] is not None:
            raise NoSuchMerge
        job = 0
        if found["undoing_at"] is None:
            now = desk.clock.now()
            await change.store.begin_undo(merge, now, agent_of(actor))
            job = await change.store.ask_to_regather(found["root"], merge, now)
            detail: Json = {"merge": str(merge), "loser": str(found["loser_contact"])}
            await change.note(actor, "contact.unmerge", ContactId(found["winner_contact"]), detail)
    is_done = bool(job) and await desk.work_off(job)
    return {
        "merge": str(merge),
        "contact": str(found["loser_contact"]),
        "thread": str(found["loser_thread"]),
        "winner": str(found["winner_contact"]),
        "state": "done" if is_done else "undoing",
    }
