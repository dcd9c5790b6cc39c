"""A rule on what was: which of the latest messages or calls it would apply to. Nothing is done."""

from typing import Any, Final

from omnichannel.administration.store import AdministrationStore, Row
from omnichannel.rules.service import Rules
from threadline.db.pool import Pool
from threadline.kernel.events import Json

KINDS: Final[dict[str, tuple[tuple[str, ...], str | None]]] = {
    "message_in": (("message", "email"), "in"),
    "message_out": (("message", "email"), "out"),
    "call_ended": (("call",), None),
}
"""What a trigger looks at; changes of cases are no entries and can't be tried."""


class Rehearsal:
    """Rules tried on the latest entries of their kind."""

    def __init__(self, pool: Pool, rules: Rules) -> None:
        self._pool = pool
        self._rules = rules

    async def of(self, draft: Json, limit: int) -> list[Row]:
        """[{id, at, channel, direction, contact, words, applies, why}], the newest first. Raises ActionUnreadable."""
        kinds, direction = KINDS.get(str(draft["when"]), ((), None))
        found: list[Row] = []
        for sample in await AdministrationStore(self._pool).samples(kinds, direction, limit):
            answers: list[Any] = await self._rules.tried(str(sample["id"]), draft)
            verdict = answers[-1] if answers else {"applies": False, "why": None}
            found.append(
                {**sample, "id": str(sample["id"]), "applies": verdict["applies"], "why": verdict["why"]}
            )
        return found
