"""What agents can do, gathered: those with the same skills and levels are one profile. Pure."""

from collections.abc import Mapping


class Profile:
    """Skills and levels, and how many have them. `holds`: the skills it counts as a holder of (Floor)."""

    __slots__ = ("busy", "gone", "holds", "ready", "skills")

    def __init__(self, skills: Mapping[str, int]) -> None:
        self.skills = skills
        self.ready = 0
        self.busy = 0
        self.gone = 0  # away, or missed an offer
        self.holds: frozenset[str] = frozenset()
