"""Notes every new message for rules and webhooks, in its own transaction (omnichannel.ports.Follower).

What happens to cases, calls, receipts and contacts the database notes by itself (the function `happened`).
"""

from collections.abc import Sequence

from omnichannel.ports import StoredMessage
from omnichannel.rules.store import RuleStore
from threadline.db.pool import Connection


class Happenings:
    """To be given to Messages and Outbound after those that open cases."""

    async def stored(self, link: Connection, fact: StoredMessage) -> Sequence[int]:
        """Adds no entry. What a rule says starts no rule."""
        kind = "message_in" if fact.direction == "in" else "message_out"
        facts = {"is_automatic": fact.is_automatic, "is_echo": fact.is_echo, "by": fact.by}
        await RuleStore(link).happened(kind, fact.thread_row, fact.entry, fact.at, dict(facts))
        return []
