"""What an agent may do next. Pure: one table; a move that is not in it is refused."""

from enum import StrEnum
from typing import Final

from omnichannel.errors import IllegalMove
from threadline.kernel.events import AgentState


class Cause(StrEnum):
    """Why an agent changes state."""

    SET_READY = "set_ready"
    SET_AWAY = "set_away"
    LOG_OUT = "log_out"
    OFFER = "offer"
    ANSWER = "answer"
    MISS = "miss"
    WITHDRAW = "withdraw"  # the caller left, or the server restarted while it rang
    TALK_OVER = "talk_over"
    TALK_OVER_NO_WRAP_UP = "talk_over_no_wrap_up"
    WRAP_UP_OVER = "wrap_up_over"


MOVES: Final[dict[tuple[AgentState, Cause], AgentState]] = {
    (AgentState.LOGGED_OUT, Cause.SET_READY): AgentState.READY,
    (AgentState.LOGGED_OUT, Cause.SET_AWAY): AgentState.AWAY,
    (AgentState.LOGGED_OUT, Cause.LOG_OUT): AgentState.LOGGED_OUT,
    (AgentState.READY, Cause.SET_READY): AgentState.READY,
    (AgentState.READY, Cause.SET_AWAY): AgentState.AWAY,
    (AgentState.READY, Cause.LOG_OUT): AgentState.LOGGED_OUT,
    (AgentState.READY, Cause.OFFER): AgentState.OFFERED,
    (AgentState.OFFERED, Cause.ANSWER): AgentState.TALKING,
    (AgentState.OFFERED, Cause.MISS): AgentState.MISSED,
    (AgentState.OFFERED, Cause.WITHDRAW): AgentState.READY,
    (AgentState.TALKING, Cause.TALK_OVER): AgentState.WRAP_UP,
    (AgentState.TALKING, Cause.TALK_OVER_NO_WRAP_UP): AgentState.READY,
    (AgentState.WRAP_UP, Cause.WRAP_UP_OVER): AgentState.READY,
    (AgentState.WRAP_UP, Cause.SET_READY): AgentState.READY,
    (AgentState.WRAP_UP, Cause.SET_AWAY): AgentState.AWAY,
    (AgentState.WRAP_UP, Cause.LOG_OUT): AgentState.LOGGED_OUT,
    (AgentState.MISSED, Cause.SET_READY): AgentState.READY,
    (AgentState.MISSED, Cause.SET_AWAY): AgentState.AWAY,
    (AgentState.MISSED, Cause.LOG_OUT): AgentState.LOGGED_OUT,
    (AgentState.AWAY, Cause.SET_READY): AgentState.READY,
    (AgentState.AWAY, Cause.SET_AWAY): AgentState.AWAY,  # another reason
    (AgentState.AWAY, Cause.LOG_OUT): AgentState.LOGGED_OUT,
}
WISHES: Final[dict[AgentState, Cause]] = {
    AgentState.READY: Cause.SET_READY,
    AgentState.AWAY: Cause.SET_AWAY,
    AgentState.LOGGED_OUT: Cause.LOG_OUT,
}


def move(state: AgentState, cause: Cause) -> AgentState:
    """The state after `cause`. Raises IllegalMove."""
    try:
        return MOVES[state, cause]
    except KeyError:
        raise IllegalMove(f"an agent who is {state.value} can't {cause.value}") from None


def wish(state: AgentState) -> Cause:
    """The cause of a person choosing `state`. Raises IllegalMove for a state only routing sets."""
    try:
        return WISHES[state]
    except KeyError:
        raise IllegalMove(f"nobody sets himself {state.value}; routing does") from None
