"""Two contacts become one, within the caller's transaction. Nothing is moved that can't be moved back."""

from datetime import datetime

from omnichannel.contacts.errors import AlreadyOne, CustomerNumbersDiffer
from omnichannel.contacts.fields import joined
from omnichannel.contacts.store import ContactStore
from omnichannel.identity.decision import Reason, conflict
from threadline.kernel.ids import AgentId


async def join(
    store: ContactStore,
    winner: int,
    loser: int,
    at: datetime,
    *,
    agent: AgentId | None = None,
    rule: str | None = None,
    anyway: bool = False,
) -> tuple[int, int]:
    """The ids of the merge and of the job that moves its entries. They follow in batches; until then the winner's
    thread is read with the loser's.

    Raises AlreadyOne where either was merged meanwhile, CustomerNumbersDiffer unless `anyway`.
    """
    locked = await store.lock_people((winner, loser))
    if winner == loser or not all(each.is_root for each in locked.values()):
        raise AlreadyOne
    one = await store.candidate(winner, locked[winner].fields)
    other = await store.candidate(loser, locked[loser].fields)
    doubt = conflict(one, other)
    if doubt is not None and not anyway:
        raise CustomerNumbersDiffer(
            None if doubt is Reason.CUSTOMER_NO else "The two have different ids in one outside system."
        )
    fields, taken = joined(locked[winner].fields, locked[loser].fields)
    await store.keep_fields(winner, fields)
    await store.join_contacts(winner, loser)
    identities = await store.move_identities(winner, loser)
    merge = await store.note_merge(
        winner, loser, agent, rule, at, {"taken": taken, "identities": [*identities]}
    )
    return merge, await store.ask_to_regather(winner, None, at)
