"""How far a caller has heard the music, so that after an announcement it goes on instead of beginning anew. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class WaitingMusic:
    """`since`: it plays; `heard_s` is what was heard before that."""

    name: str = ""
    heard_s: float = 0.0
    since: datetime | None = None

    def begin(self, name: str, now: datetime) -> float:
        """From how many seconds into it that music is to be heard."""
        self.pause(now)
        if name != self.name:
            self.name, self.heard_s = name, 0.0
        self.since = now
        return self.heard_s

    def pause(self, now: datetime) -> None:
        """Something else is heard, or nothing."""
        if self.since is not None:
            self.heard_s += (now - self.since).total_seconds()
            self.since = None
