"""Revisions that a share of a number's callers hear before everybody does."""

from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Canary:
    """`percent` (1 to 99) of the callers of `number` hear `revision`; the same caller always the same one."""

    number: str
    revision: int
    percent: int

    def takes(self, caller: str) -> bool:
        """Whether this caller is among them. Without a number it is by chance of what is given instead."""
        digest = sha256(f"{self.number}/{self.revision}/{caller}".encode()).digest()
        return int.from_bytes(digest[:4], "big") / 2**32 * 100 < self.percent
