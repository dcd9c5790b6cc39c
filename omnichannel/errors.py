"""Errors of the omnichannel room.

ThreadlineError
├── NotFound
│   ├── NoSuchAgent
│   ├── NoSuchContact
│   ├── NoSuchQueue
│   └── NoSuchThread
├── Refused
│   ├── IllegalMove          an agent can't go from this state to that one
│   └── LoginTaken           the login or the extension belongs to somebody
└── Invalid
    ├── CursorUnreadable
    ├── IdentityUnreadable
    └── PersonUnreadable     a role, skill or level that doesn't exist
"""

from threadline.kernel.errors import Invalid, NotFound, Refused


class NoSuchAgent(NotFound):
    """No such agent."""


class NoSuchContact(NotFound):
    """No such contact."""


class NoSuchQueue(NotFound):
    """No such queue."""


class NoSuchThread(NotFound):
    """No such thread."""


class IllegalMove(Refused):
    """The agent can't go into that state now."""


class LoginTaken(Refused):
    """The login or the extension belongs to somebody else."""


class CursorUnreadable(Invalid):
    """The cursor is none of ours."""


class IdentityUnreadable(Invalid):
    """Nobody can be reached under that."""


class PersonUnreadable(Invalid):
    """The person can't be stored like that."""
