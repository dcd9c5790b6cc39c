"""Errors of the omnichannel room.

ThreadlineError
├── NotFound
│   ├── NoSuchAgent
│   ├── NoSuchCase
│   ├── NoSuchContact
│   ├── NoSuchEndpoint       no address of ours, or one that is off
│   ├── NoSuchEntry
│   ├── NoSuchEvent          nothing of that id is parked
│   ├── NoSuchPlace          it does not wait, or not without an offer
│   ├── NoSuchQueue
│   ├── NoSuchThread
│   └── NoSuchTicket         nobody is to be called back under it
├── Refused
│   ├── CannotConnect        the provider did not agree, or the sign-in was not ours
│   ├── CannotSend           the window, the customer, the channel or the endpoint does not allow it
│   ├── EndpointTaken        an address of ours that is configured already
│   ├── HasOwner             the case is with somebody else
│   ├── IllegalMove          an agent can't go from this state to that one
│   ├── LoginTaken           the login or the extension belongs to somebody
│   └── TooManyCallbacks     the queue owes as many as it can
└── Invalid
    ├── CursorUnreadable
    ├── EndpointUnreadable   a field is missing, or there is no such channel
    ├── IdentityUnreadable
    ├── PersonUnreadable     a role, skill or level that doesn't exist
    ├── PolicyUnreadable     what is promised to customers can't be read
    └── QueueUnreadable      rules of a queue nobody can follow
"""

from typing import Final

from threadline.kernel.errors import Invalid, NotFound, Refused


class NoSuchAgent(NotFound):
    """No such agent."""


class NoSuchCase(NotFound):
    """No such case."""


class NoSuchContact(NotFound):
    """No such contact."""


class NoSuchEndpoint(NotFound):
    """No such address of ours."""


class NoSuchEntry(NotFound):
    """No such entry."""


class NoSuchEvent(NotFound):
    """No such event is parked."""


class NoSuchPlace(NotFound):
    """This contact does not wait now."""


class NoSuchQueue(NotFound):
    """No such queue."""


class NoSuchThread(NotFound):
    """No such thread."""


class NoSuchTicket(NotFound):
    """No such callback is open."""


class CannotConnect(Refused):
    """This address could not be connected."""


class CannotSend(Refused):
    """This can't be sent there now.

    `reason`, which pages translate: window_closed, window_template_only, window_person_only, no_way, do_not_contact,
    nothing_to_send, message_too_long, file_kind, file_size, no_files, file_gone, other_address, leaving, not_again.
    """

    def __init__(self, message: str | None = None, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class EndpointTaken(Refused):
    """This address is configured already."""

    field = "address"
    reason = "taken"


class HasOwner(Refused):
    """The case is with somebody else."""

    reason: Final = "has_owner"


class IllegalMove(Refused):
    """The agent can't go into that state now."""

    reason: Final = "not_in_this_state"


class LoginTaken(Refused):
    """The login or the extension belongs to somebody else."""


class TooManyCallbacks(Refused):
    """Too many customers are to be called back already."""


class CursorUnreadable(Invalid):
    """The cursor is none of ours."""


class EndpointUnreadable(Invalid):
    """The endpoint can't be kept like that."""

    def __init__(self, message: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class IdentityUnreadable(Invalid):
    """Nobody can be reached under that."""

    reason: Final = "no_identity"


class PersonUnreadable(Invalid):
    """The person can't be stored like that."""


class PolicyUnreadable(Invalid):
    """The promise can't be kept like that."""


class QueueUnreadable(Invalid):
    """The queue can't work like that."""
