"""The root of every error we raise on purpose.

ThreadlineError
├── NotFound            a thing that was named does not exist
├── Refused             the caller may not, or not now
└── Invalid             input that can be mended; says where and how
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
