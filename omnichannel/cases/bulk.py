"""The same change to many cases, each in a transaction of its own: one that can't be changed spoils no other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from omnichannel.cases.life import ClosedForGood, NotInFuture, NotOpen
from omnichannel.cases.model import CaseChange
from omnichannel.cases.service import Cases
from omnichannel.errors import HasOwner, NoSuchCase
from threadline.kernel.errors import ThreadlineError
from threadline.kernel.ids import AgentId

CODES: Final[dict[type[ThreadlineError], str]] = {
    NoSuchCase: "no_such_case",
    HasOwner: "has_owner",
    ClosedForGood: "closed",
    NotOpen: "resolved",
    NotInFuture: "past",
}
"""Why one case was left as it is, in a word that pages translate."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Numbers of cases; `failed` says why, in a word of CODES."""

    done: list[int]
    failed: list[tuple[int, str]]


async def change_many(
    cases: Cases, numbers: Sequence[int], change: CaseChange, agent: AgentId | None, *, own_only: bool
) -> Changed:
    """`own_only`: what is with a colleague stays with him. Raises NoSuchAgent, NoSuchQueue before anything is changed."""
    result = Changed([], [])
    for number in dict.fromkeys(numbers):
        try:
            await cases.apply(number, change, agent, own_only=own_only)
        except tuple(CODES) as exc:
            result.failed.append((number, CODES[type(exc)]))
        else:
            result.done.append(number)
    return result
