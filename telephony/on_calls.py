"""Which agent is on which call, by whatever way he came there: offered, handed over, picked up, asked in, dialled, inside."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from threadline.kernel.ids import AgentId, LegId

if TYPE_CHECKING:
    from telephony.controller import Run
    from telephony.line import Line
    from threadline.kernel.events import Json

Part: TypeAlias = Literal["agent", "consulted", "guest", "supervisor", "inside"]
"""The customer is his; he is asked aside; he talks too; he listens, whispers or barges; two phones of ours talk."""


@dataclass(frozen=True, slots=True)
class Present:
    """An agent in a call. `is_on` once he talks; `number`: at the other end, where that is a `colleague` or unknown."""

    agent: AgentId
    part: Part
    leg: LegId
    is_on: bool
    number: str | None = None
    colleague: AgentId | None = None


def on_calls(runs: Iterable["Run"]) -> "list[Json]":
    """[{agent, contact, kind, part, state, number, colleague, since}] of everybody on these calls.

    `kind`: call or inside; `state`: offered while it rings, then connected; `number`: the customer's, or the colleague's
    extension; `since`: from when on he has been on the line, or rung.
    """
    return [_shown(run.line, one) for run in runs for one in run.present()]


def _shown(line: "Line", one: Present) -> "Json":
    return {
        "agent": str(one.agent),
        "contact": str(line.call),
        "kind": "inside" if one.part == "inside" else "call",
        "part": one.part,
        "state": "connected" if one.is_on else "offered",
        "number": one.number or line.customer.peer,
        "colleague": None if one.colleague is None else str(one.colleague),
        "since": line.since(one.leg).isoformat(),
    }
