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
    TAKE = "take"  # a customer no offer gave him: handed over, picked up, dialled
    TALK_OVER = "talk_over"
    WRAP_UP_AGAIN = "wrap_up_again"  # a call that rang, or a colleague, had interrupted it
    BACK_READY = "back_ready"  # the wrap-up is over, or the talk of who has none
    BACK_AWAY = "back_away"  # as before, for who was away and took a call all the same
    BACK_OFF_DUTY = "back_off_duty"


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
    (AgentState.TALKING, Cause.BACK_READY): AgentState.READY,
    (AgentState.TALKING, Cause.BACK_AWAY): AgentState.AWAY,
    (AgentState.TALKING, Cause.BACK_OFF_DUTY): AgentState.LOGGED_OUT,
    (AgentState.WRAP_UP, Cause.BACK_READY): AgentState.READY,
    (AgentState.WRAP_UP, Cause.BACK_AWAY): AgentState.AWAY,
    (AgentState.WRAP_UP, Cause.BACK_OFF_DUTY): AgentState.LOGGED_OUT,
    (AgentState.WRAP_UP, Cause.SET_READY): AgentState.READY,
    (AgentState.WRAP_UP, Cause.SET_AWAY): AgentState.AWAY,
    (AgentState.WRAP_UP, Cause.LOG_OUT): AgentState.LOGGED_OUT,
    (AgentState.MISSED, Cause.SET_READY): AgentState.READY,
    (AgentState.MISSED, Cause.SET_AWAY): AgentState.AWAY,
    (AgentState.MISSED, Cause.LOG_OUT): AgentState.LOGGED_OUT,
    (AgentState.AWAY, Cause.SET_READY): AgentState.READY,
    (AgentState.AWAY, Cause.SET_AWAY): AgentState.AWAY,  # another reason
    (AgentState.AWAY, Cause.LOG_OUT): AgentState.LOGGED_OUT,
    (AgentState.AWAY, Cause.WRAP_UP_AGAIN): AgentState.WRAP_UP,
    (AgentState.LOGGED_OUT, Cause.TAKE): AgentState.TALKING,
    (AgentState.READY, Cause.TAKE): AgentState.TALKING,
    (AgentState.WRAP_UP, Cause.TAKE): AgentState.TALKING,
    (AgentState.MISSED, Cause.TAKE): AgentState.TALKING,
    (AgentState.AWAY, Cause.TAKE): AgentState.TALKING,
}
WISHES: Final[dict[AgentState, Cause]] = {
    AgentState.READY: Cause.SET_READY,
    AgentState.AWAY: Cause.SET_AWAY,
    AgentState.LOGGED_OUT: Cause.LOG_OUT,
}
BACK: Final[dict[AgentState, Cause]] = {
    AgentState.AWAY: Cause.BACK_AWAY,
    AgentState.LOGGED_OUT: Cause.BACK_OFF_DUTY,
}
CALLING: Final = "calling"  # the reason of who is away for no other reason than a call that rings or goes on


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


def back(before: AgentState) -> Cause:
    """The cause by which work ends for somebody who was in that state before he had any.

    Who had missed a call and takes one all the same is there again, so he is ready.
    """
    return BACK.get(before, Cause.BACK_READY)
