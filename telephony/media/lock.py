"""Which source a leg's media may come from (strict RTP with probation, against RTP bleed and injection).

Pure: told of each packet from a source that isn't locked yet, says whether to drop it, hear it or lock.
The signalled address is heard at once; any other must send IN_ORDER packets in a row with one SSRC and an
expected payload type, and only while the signalled address keeps silent. After WINDOW_S the best so far wins.
"""

from enum import Enum, auto
from typing import Final

Address = tuple[str, int]
WINDOW_S: Final = 2.0
IN_ORDER: Final = 4
CANDIDATES_MAX: Final = 8
RELEARN_AFTER_S: Final = 5.0
REAIMED_RELEARN_AFTER_S: Final = 0.5


class Verdict(Enum):
    DROP = auto()
    HEAR = auto()
    LOCK = auto()


class _Candidate:
    __slots__ = ("expected_seq", "packets", "run", "ssrc")

    def __init__(self) -> None:
        self.ssrc = -1
        self.expected_seq = -1
        self.run = 0
        self.packets = 0

    def count(self, ssrc: int, seq: int) -> None:
        self.packets += 1
        self.run = self.run + 1 if ssrc == self.ssrc and seq == self.expected_seq else 1
        self.ssrc = ssrc
        self.expected_seq = (seq + 1) & 0xFFFF


class SourceLearner:
    """One learning window. `only_host` narrows it to sources of one IP address."""

    __slots__ = ("_candidates", "_only_host", "_opened", "_signalled", "refused")

    def __init__(self, signalled: Address, *, only_host: str | None = None) -> None:
        self._signalled = signalled
        self._only_host = only_host
        self._candidates: dict[Address, _Candidate] = {}
        self._opened: float | None = None
        self.refused = 0

    def packet(self, source: Address, ssrc: int, seq: int, *, is_expected: bool, now: float) -> Verdict:
        """A packet came from `source`; `is_expected` says whether its payload type was agreed."""
        candidate = self._candidate(source) if is_expected else None
        if candidate is None:
            self.refused += 1
            return Verdict.DROP
        if self._opened is None:
            self._opened = now
        candidate.count(ssrc, seq)
        is_signalled = source == self._signalled
        if is_signalled or self._signalled not in self._candidates:
            is_late = now - self._opened >= WINDOW_S
            if candidate.run >= IN_ORDER or (is_late and (is_signalled or self._leads(candidate))):
                return Verdict.LOCK
        return Verdict.HEAR if is_signalled else Verdict.DROP

    def strangers(self, locked: Address) -> int:
        """Packets dropped in this window that were not of the source it locked to."""
        others = (one.packets for source, one in self._candidates.items() if source != locked)
        return self.refused + sum(others)

    def _candidate(self, source: Address) -> _Candidate | None:
        known = self._candidates.get(source)
        if known is not None:
            return known
        if self._only_host is not None and source[0] != self._only_host:
            return None
        if len(self._candidates) >= CANDIDATES_MAX and source != self._signalled:
            return None
        return self._candidates.setdefault(source, _Candidate())

    def _leads(self, candidate: _Candidate) -> bool:
        return all(candidate.packets >= other.packets for other in self._candidates.values())
