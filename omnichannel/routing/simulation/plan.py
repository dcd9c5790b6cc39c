"""What a what-if starts from: the admin's own queues and agents, and a day's arrivals. Plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from omnichannel.routing.model import DEFAULT_PRIORITY, NeedStep, Policy
from omnichannel.routing.simulation.scenario import Centre, ContactClass, Desk

SERVICE_S = 240.0
PATIENCE_S = 180.0


@dataclass(frozen=True, slots=True)
class PlannedClass:
    """Contacts of a queue that ask for the same. `contacts`: how many a day; `service_cv`: how much they vary."""

    queue: str
    title: str
    steps: Sequence[NeedStep]
    contacts: float
    priority: int = DEFAULT_PRIORITY
    target_s: float = 20.0
    service_s: float = SERVICE_S
    service_cv: float = 1.0
    patience_s: float = PATIENCE_S
    max_wait_s: float | None = 600.0

    def with_contacts(self, contacts: float) -> "PlannedClass":
        return PlannedClass(
            self.queue, self.title, self.steps, contacts, self.priority, self.target_s, self.service_s,
            self.service_cv, self.patience_s, self.max_wait_s,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlannedAgent:
    name: str
    skills: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Setup:
    """`times`: when contacts of a real day came, seconds from its first hour, with the index of their class; empty: a
    synthetic day of `hours` with the shape of `day_shape` if `follows_shape`, else even.

    Every agent is at work for the whole of it.
    """

    classes: Sequence[PlannedClass]
    agents: Sequence[PlannedAgent]
    hours: float = 10.0
    times: Sequence[tuple[float, int]] = ()
    follows_shape: bool = True
    policy: Policy = field(default_factory=Policy)

    def centre(self) -> Centre:
        total = sum(one.contacts for one in self.classes) or 1.0
        classes = [
            ContactClass(
                str(number), one.contacts / total, one.service_s, one.steps, one.patience_s, one.target_s,
                one.priority, one.service_cv, one.max_wait_s,
            )
            for number, one in enumerate(self.classes)
        ]  # fmt: skip
        alike: dict[tuple[tuple[str, int], ...], Mapping[str, int]] = {}  # the matcher works these out once
        desks = [
            Desk(one.name, alike.setdefault(tuple(sorted(one.skills.items())), one.skills))
            for one in self.agents
        ]
        return Centre(classes, desks)

    def with_agents(self, agents: Sequence[PlannedAgent]) -> "Setup":
        return Setup(self.classes, agents, self.hours, self.times, self.follows_shape, self.policy)

    def cross_trained(self) -> "Setup":
        """The same people, everybody perfect at everything that is asked for."""
        skills = {
            skill: 5
            for one in self.classes
            for step in one.steps
            for need in (step.need, *step.any_of)
            for skill in need
        }
        return self.with_agents([PlannedAgent(one.name, skills) for one in self.agents])
