"""The states of a call as a table."""

from enum import Enum, auto
from typing import Final


class CallState(Enum):
    FRESH = auto()  # no final response yet
    ANSWERED = auto()  # 2xx sent, its ACK not here yet
    UP = auto()
    ENDING = auto()  # our BYE is out
    ENDED = auto()


class CallEvent(Enum):
    ANSWER = auto()
    CONFIRM = auto()
    HANG_UP = auto()
    END = auto()


C, V = CallState, CallEvent
TRANSITIONS: Final[dict[tuple[CallState, CallEvent], CallState]] = {
    (C.FRESH, V.ANSWER): C.ANSWERED,
    (C.FRESH, V.CONFIRM): C.UP,  # an outgoing call: the 2xx came and was acknowledged
    (C.FRESH, V.END): C.ENDED,
    (C.ANSWERED, V.CONFIRM): C.UP,
    (C.ANSWERED, V.HANG_UP): C.ENDING,  # no ACK came in time
    (C.ANSWERED, V.END): C.ENDED,
    (C.UP, V.HANG_UP): C.ENDING,
    (C.UP, V.END): C.ENDED,
    (C.ENDING, V.END): C.ENDED,
}
