"""How much an agent takes on at once. Pure."""

from typing import Final

from omnichannel.routing.model import AgentNow, Medium, Policy
from threadline.kernel.events import AgentState

AT_WORK: Final = frozenset({AgentState.READY, AgentState.OFFERED, AgentState.TALKING, AgentState.WRAP_UP})
BUSY: Final = frozenset({AgentState.OFFERED, AgentState.TALKING, AgentState.WRAP_UP})


def fullness(agent: AgentNow, medium: Medium, policy: Policy) -> float:
    """What an agent has in hand of `medium` as a part of what he takes, 1 where he takes none."""
    limit = agent.capacity.get(medium, policy.capacity.get(medium, 0))
    return agent.in_hand.get(medium, 0) / limit if limit else 1.0


def has_room(agent: AgentNow, medium: Medium, policy: Policy) -> bool:
    """Whether a ready agent takes one more of `medium`.

    A call is alone among calls and may interrupt chats where the policy says so; who has a call takes nothing that
    asks for attention at once; mail lies beside everything.
    """
    in_hand = agent.in_hand
    limit = agent.capacity.get(medium, policy.capacity.get(medium, 0))
    if in_hand.get(medium, 0) >= limit:
        return False
    if medium is Medium.CHAT:
        return not in_hand.get(Medium.CALL, 0)
    if medium is Medium.CALL:
        return policy.call_interrupts or not in_hand.get(Medium.CHAT, 0)
    return True
