"""The call centres of the table, from one where everybody does everything to one of specialists.

Who knows a skill at level 3 or more is quick at it; level 2 manages somehow and takes longer.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from omnichannel.routing.model import NeedStep
from omnichannel.routing.simulation.scenario import Centre, ContactClass, Desk

AWAY_EVERY_S: Final = 5400.0
AWAY_FOR_S: Final = 240.0
SERVICE_S: Final = 220.0
RELAX_S: Final = 15.0


def pooled() -> Centre:
    """One class, one skill: nothing to choose but whose turn it is."""
    return _centre([("calls", 1.0, ("calls",))], [(24, {"calls": 4}), (6, {"calls": 3})])


def n_shaped() -> Centre:
    """Everybody does the common kind; a third does the special kind well too, some others a little."""
    classes = [("common", 0.72, ("common",)), ("special", 0.28, ("special",))]
    groups = [
        (13, {"common": 4}),
        (6, {"common": 4, "special": 2}),
        (11, {"common": 4, "special": 4}),
    ]
    return _centre(classes, groups)


def chained() -> Centre:
    """Four kinds in a ring, everybody has two neighbours: a little flexibility that goes a long way."""
    names = ("north", "east", "south", "west")
    shares = (0.29, 0.25, 0.25, 0.21)
    groups: list[tuple[int, Mapping[str, int]]] = []
    for n in range(4):
        two = {names[n]: 4, names[(n + 1) % 4]: 4}
        groups += [(6, two), (2, {**two, names[(n + 2) % 4]: 2})]
    return _centre([(name, share, (name,)) for name, share in zip(names, shares, strict=True)], groups)


def two_languages() -> Centre:
    """Vietnamese and English, support and billing: the prototype's shop, 39 agents of whom 10 speak English well."""
    classes = [
        ("vi_support", 0.42, ("lang:vi", "support")),
        ("vi_billing", 0.33, ("lang:vi", "billing")),
        ("en_support", 0.14, ("lang:en", "support")),
        ("en_billing", 0.11, ("lang:en", "billing")),
    ]
    groups = [
        (8, {"lang:vi": 5, "support": 4}),
        (6, {"lang:vi": 5, "billing": 4}),
        (9, {"lang:vi": 5, "support": 4, "billing": 4}),
        (6, {"lang:vi": 5, "lang:en": 2, "support": 4, "billing": 3}),
        (3, {"lang:vi": 5, "lang:en": 4, "support": 4}),
        (2, {"lang:vi": 5, "lang:en": 4, "billing": 4}),
        (5, {"lang:vi": 5, "lang:en": 4, "support": 4, "billing": 4}),
    ]
    return _centre(classes, groups)


def cross_trained(centre: Centre) -> Centre:
    """The bound: the same people, everybody perfect at everything and always at the desk."""
    skills = {skill: 5 for one in centre.classes for skill in one.steps[0].need}
    return Centre(
        centre.classes,
        [Desk(one.name, skills) for one in centre.desks],
        centre.slowdown,
        centre.answer_s,
        centre.ring_timeout_s,
    )


def _centre(
    classes: Sequence[tuple[str, float, tuple[str, ...]]], groups: Sequence[tuple[int, Mapping[str, int]]]
) -> Centre:
    made = [
        ContactClass(name, share, SERVICE_S, _steps(skills), patience_s=180.0, service_cv=1.2)
        for name, share, skills in classes
    ]
    return Centre(made, [desk for count, skills in groups for desk in _desks(count, skills)])


def _steps(skills: Sequence[str]) -> Sequence[NeedStep]:
    """Level 3 for the first 15 s, then whoever has the skill at all."""
    return (NeedStep(dict.fromkeys(skills, 3), RELAX_S), NeedStep(dict.fromkeys(skills, 1), None))


def _desks(count: int, skills: Mapping[str, int]) -> Sequence[Desk]:
    name = " ".join(f"{skill}:{level}" for skill, level in skills.items())
    return [Desk(f"{name} {n}", skills, AWAY_EVERY_S, AWAY_FOR_S) for n in range(count)]


CENTRES: Final[Mapping[str, Centre]] = {
    "pooled": pooled(),
    "N-shaped": n_shaped(),
    "chained": chained(),
    "two languages": two_languages(),
}
