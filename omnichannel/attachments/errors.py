"""What the vault of files refuses.

ThreadlineError
├── NotFound
│   └── NoSuchFile       none of that id, or one that is not ready
└── Refused
    └── FileRefused      a file nobody should open, or too much of it; `reason` for a page to translate
"""

from typing import Literal

from threadline.kernel.errors import NotFound, Refused

Reason = Literal["empty", "too_large", "too_many", "program", "archive", "infected", "full"]


class NoSuchFile(NotFound):
    """No such file."""


class FileRefused(Refused):
    """This file is not taken."""

    def __init__(self, reason: Reason, message: str) -> None:
        self.reason: Reason = reason
        super().__init__(message)
