"""One key press, one digit, whichever way the phone tells of it.

Some phones send RFC 4733 events and SIP INFO for the same press. The first source that speaks on a leg is
believed for the rest of it; what the other says is the same press again.
"""

from typing import Literal, TypeAlias

Source: TypeAlias = Literal["rtp", "info"]


class DigitMerge:
    """Keeps one leg's presses single."""

    def __init__(self) -> None:
        self._trusted: Source | None = None

    def press(self, digit: str, source: Source) -> str | None:
        """The digit to act on, or None when it was told already by the other source."""
        if self._trusted is None:
            self._trusted = source
        return digit if source == self._trusted else None
