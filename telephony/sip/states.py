"""The four transaction state machines as tables (RFC 3261 section 17, RFC 6026), and their times."""

from enum import Enum, auto
from typing import Final

T1_S: Final = 0.5
T2_S: Final = 4.0
T4_S: Final = 5.0
GIVE_UP_S: Final = 64 * T1_S  # timers B, F, H, J, L, M
RESPONSE_WAIT_S: Final = 32.0  # timer D


class State(Enum):
    CALLING = auto()  # INVITE client before any response
    TRYING = auto()
    PROCEEDING = auto()
    ACCEPTED = auto()  # RFC 6026
    COMPLETED = auto()
    CONFIRMED = auto()
    TERMINATED = auto()


class Event(Enum):
    PROVISIONAL = auto()
    SUCCESS = auto()
    FAILURE = auto()
    ACK = auto()
    TIMER = auto()
    LOST = auto()  # the transport failed


S, E = State, Event
INVITE_SERVER: Final = {
    (S.PROCEEDING, E.PROVISIONAL): S.PROCEEDING,
    (S.PROCEEDING, E.SUCCESS): S.ACCEPTED,
    (S.PROCEEDING, E.FAILURE): S.COMPLETED,
    (S.ACCEPTED, E.TIMER): S.TERMINATED,  # L
    (S.COMPLETED, E.ACK): S.CONFIRMED,
    (S.COMPLETED, E.TIMER): S.TERMINATED,  # H
    (S.CONFIRMED, E.TIMER): S.TERMINATED,  # I
}
OTHER_SERVER: Final = {
    (S.TRYING, E.PROVISIONAL): S.PROCEEDING,
    (S.PROCEEDING, E.PROVISIONAL): S.PROCEEDING,
    (S.TRYING, E.SUCCESS): S.COMPLETED,
    (S.TRYING, E.FAILURE): S.COMPLETED,
    (S.PROCEEDING, E.SUCCESS): S.COMPLETED,
    (S.PROCEEDING, E.FAILURE): S.COMPLETED,
    (S.COMPLETED, E.TIMER): S.TERMINATED,  # J
}
INVITE_CLIENT: Final = {
    (S.CALLING, E.PROVISIONAL): S.PROCEEDING,
    (S.CALLING, E.SUCCESS): S.ACCEPTED,
    (S.CALLING, E.FAILURE): S.COMPLETED,
    (S.CALLING, E.TIMER): S.TERMINATED,  # B
    (S.CALLING, E.LOST): S.TERMINATED,
    (S.PROCEEDING, E.PROVISIONAL): S.PROCEEDING,
    (S.PROCEEDING, E.SUCCESS): S.ACCEPTED,
    (S.PROCEEDING, E.FAILURE): S.COMPLETED,
    (S.PROCEEDING, E.TIMER): S.TERMINATED,  # given up after CANCEL (section 9.1)
    (S.PROCEEDING, E.LOST): S.TERMINATED,
    (S.ACCEPTED, E.SUCCESS): S.ACCEPTED,
    (S.ACCEPTED, E.TIMER): S.TERMINATED,  # M
    (S.COMPLETED, E.FAILURE): S.COMPLETED,
    (S.COMPLETED, E.TIMER): S.TERMINATED,  # D
}
OTHER_CLIENT: Final = {
    (S.TRYING, E.PROVISIONAL): S.PROCEEDING,
    (S.TRYING, E.SUCCESS): S.COMPLETED,
    (S.TRYING, E.FAILURE): S.COMPLETED,
    (S.TRYING, E.TIMER): S.TERMINATED,  # F
    (S.TRYING, E.LOST): S.TERMINATED,
    (S.PROCEEDING, E.PROVISIONAL): S.PROCEEDING,
    (S.PROCEEDING, E.SUCCESS): S.COMPLETED,
    (S.PROCEEDING, E.FAILURE): S.COMPLETED,
    (S.PROCEEDING, E.TIMER): S.TERMINATED,  # F
    (S.PROCEEDING, E.LOST): S.TERMINATED,
    (S.COMPLETED, E.TIMER): S.TERMINATED,  # K
}
IGNORED: Final = frozenset(
    {
        (S.CONFIRMED, E.ACK), (S.ACCEPTED, E.ACK), (S.PROCEEDING, E.ACK),
        (S.ACCEPTED, E.PROVISIONAL), (S.ACCEPTED, E.FAILURE), (S.COMPLETED, E.PROVISIONAL), (S.COMPLETED, E.SUCCESS),
        (S.COMPLETED, E.FAILURE), (S.ACCEPTED, E.LOST), (S.COMPLETED, E.LOST), (S.CONFIRMED, E.LOST),
    }
)  # fmt: skip


def step(table: dict[tuple[State, Event], State], state: State, event: Event) -> State | None:
    """The next state; None where the RFC says to ignore the event. An event that can't be is our own bug."""
    following = table.get((state, event))
    assert following is not None or (state, event) in IGNORED or state is S.TERMINATED, (state, event)
    return following


def kind_of(status: int) -> Event:
    return E.PROVISIONAL if status < 200 else E.SUCCESS if status < 300 else E.FAILURE
