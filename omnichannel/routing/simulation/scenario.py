"""What is simulated: classes of contacts, agents, a day of arrivals. Seconds from the start of the day.

Everything that chance decides is in the `Day`, drawn once: every way of routing meets the same callers, with the
same patience and the same work, and agents who leave their desks at the same moments (common random numbers).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from omnichannel.routing.model import DEFAULT_PRIORITY, NeedStep

SHORT_ABANDON_S: Final = 5.0  # who gives up within it did not wait
QUICK: Final[Mapping[int, float]] = {1: 1.6, 2: 1.35}


@dataclass(frozen=True, slots=True)
class ContactClass:
    """Contacts of one queue that ask for the same. `service_s`: mean talk and wrap-up of an agent at full level."""

    name: str
    share: float  # of all arrivals
    service_s: float
    steps: Sequence[NeedStep]
    patience_s: float | None = 180.0  # mean, exponential; None: waits for ever
    target_s: float = 20.0
    priority: int = DEFAULT_PRIORITY
    service_cv: float | None = 1.0  # of a log-normal; None: exponential
    max_wait_s: float | None = 600.0


@dataclass(frozen=True, slots=True)
class Desk:
    """An agent's place. `leaves_every_s`: how often, on average, he walks away without a word, and for how long."""

    name: str
    skills: Mapping[str, int]
    leaves_every_s: float | None = None
    leaves_for_s: float = 180.0


@dataclass(frozen=True, slots=True)
class Centre:
    """`slowdown`: the lowest level an agent has in what the contact first asked for -> how much longer it takes him."""

    classes: Sequence[ContactClass]
    desks: Sequence[Desk]
    slowdown: Mapping[int, float] = field(default_factory=lambda: QUICK)
    answer_s: float = 2.0  # from ringing to picking up
    ring_timeout_s: float = 15.0
    wrap_up_share: float = 0.15  # of the service time

    def load(self) -> Mapping[str, float]:
        """Seconds of work per arrival and skill: times arrivals per second, the offered load of each skill."""
        found: dict[str, float] = {}
        for one in self.classes:
            for skill in one.steps[0].need:
                found[skill] = found.get(skill, 0.0) + one.share * (one.service_s + self.answer_s)
        return found

    def service_s(self) -> float:
        """Mean work per arrival, of agents at full level."""
        shares = sum(one.share for one in self.classes)
        return sum(one.share * (one.service_s + self.answer_s) for one in self.classes) / shares


@dataclass(frozen=True, slots=True)
class Arrival:
    """One contact of the day. `service_s` at full level; `patience_s` None: for ever."""

    at_s: float
    kind: int  # index into Centre.classes
    patience_s: float | None
    service_s: float


@dataclass(frozen=True, slots=True)
class Day:
    """`absences[n]`: when desk n is left alone, [from, to), in order. `per_s`: mean arrivals per second."""

    arrivals: Sequence[Arrival]
    absences: Sequence[Sequence[tuple[float, float]]]
    length_s: float
    per_s: float
