"""What is only said of a contact waits for an agent's word."""

from omnichannel.audit.service import Actor
from omnichannel.contacts.desk import ContactDesk, agent_of, rule_of
from omnichannel.contacts.errors import NoSuchSuggestion
from omnichannel.contacts.joining import join
from omnichannel.identity import Identity, Trust
from threadline.kernel.events import Json, ThreadMoved
from threadline.kernel.ids import ContactId, ThreadId


async def confirm(desk: ContactDesk, suggestion: int, actor: Actor, *, anyway: bool = False) -> Json:
    """{contact, thread, merge|None}: the identity is his, on an agent's word; who had it becomes one with him.

    Raises NoSuchSuggestion, CustomerNumbersDiffer.
    """
    async with desk.change() as change:
        store, now = change.store, desk.clock.now()
        said = await store.suggestion(suggestion)
        if said is None:
            raise NoSuchSuggestion
        identity = Identity(said["kind"], said["scope"], said["value"], said["raw"] or said["value"])
        await store.lock_identities([identity])
        held = [one for one in await store.holders([identity]) if one.who.contact != said["contact_row"]]
        row, merge, job = said["contact_row"], None, None
        if held and not held[0].is_shared:
            row = held[0].who.contact
            merge, job = await join(
                store,
                row,
                said["contact_row"],
                now,
                agent=agent_of(actor),
                rule=rule_of(actor),
                anyway=anyway,
            )
            await store.trust_identity(held[0].row, Trust.AGENT)
        elif await store.identity_of_contact(row, identity) is None:
            await store.add_identity(row, identity, Trust.AGENT, now, is_shared=bool(held))
        await store.decide_suggestion(suggestion, "confirmed", agent_of(actor), now)
        names = await store.names_of(row)
        detail: Json = {"kind": identity.kind, "merge": None if merge is None else str(merge)}
        await change.note(actor, "contact.confirm", ContactId(names["contact"]), detail)
    if job is not None:
        desk.bus.publish(ThreadMoved(ThreadId(said["thread"]), ThreadId(names["thread"]), "merged"))
        await desk.work_off(job)
    return {
        "contact": str(names["contact"]),
        "thread": str(names["thread"]),
        "merge": None if merge is None else str(merge),
    }


async def dismiss(desk: ContactDesk, suggestion: int, actor: Actor) -> None:
    """It is not so. Raises NoSuchSuggestion."""
    async with desk.change() as change:
        said = await change.store.suggestion(suggestion)
        if said is None:
            raise NoSuchSuggestion
        now = desk.clock.now()
        await change.store.decide_suggestion(suggestion, "dismissed", agent_of(actor), now)
        await change.note(actor, "contact.dismiss", ContactId(said["contact"]), {"kind": said["kind"]})
