"""The root of every error we raise on purpose.

ThreadlineError
├── NotFound            a thing that was named does not exist
├── Refused             the caller may not, or not now
│   └── Outdated        it is no longer what the caller saw
└── Invalid             input that can be mended; says where and how
    └── Unfit           one field, with a reason pages translate
Each room draws its own branch in its own errors.py.
"""


class ThreadlineError(Exception):
    """Something we foresaw went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])


class NotFound(ThreadlineError):
    """No such thing."""


class Refused(ThreadlineError):
    """Not allowed."""


class Invalid(ThreadlineError):
    """The input can't be used."""


class Outdated(Refused):
    """Somebody else changed this since you opened it."""


class Unfit(Invalid):
    """A field can't be used. `reason` is a word pages translate, the message is for people who read English."""

    def __init__(self, field: str, reason: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.reason = reason
