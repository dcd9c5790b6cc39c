"""The figures of a queue, by formulas that stand beside them. Pure.

Service level has three readings, and none is the right one alone:
- `of_offered`: answered within the target / everybody who entered;
- `of_patient`: the same / those who entered but for who gave up within the short time;
- `of_answered`: the same / those who were answered. It flatters: who gave up is not in it.
"""

from dataclasses import dataclass

from threadline.kernel.events import Json

FORMULAS: Json = {
    "of_offered": "answered within target_s / offered",
    "of_patient": "answered within target_s / (offered - abandoned within short_abandon_s)",
    "of_answered": "answered within target_s / answered",
    "offered": "entered - moved to another queue - still waiting",
    "asa_s": "mean wait of the answered, from first entry; callbacks are counted apart",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one queue and period, as its ledger has them. Seconds are from the first entry."""

    entered: int = 0  # redials, overflows and callbacks among them
    redials: int = 0
    moved: int = 0  # on to another queue
    refused: int = 0  # full, closed, no_agents: they never entered
    answered: int = 0  # callbacks are not in it
    in_target: int = 0
    called_back: int = 0  # answered callbacks
    abandoned: int = 0
    short_abandoned: int = 0  # of those, within the short time
    left_otherwise: int = 0  # by a key, to a callback, at the longest wait, or the server was killed
    waited_s: float = 0.0  # sum over the answered
    longest_s: float = 0.0

    @property
    def offered(self) -> int:
        """Those whose waiting is over here, and had no other end."""
        return self.answered + self.abandoned + self.left_otherwise


def share(part: int, whole: int) -> float | None:
    """None of nothing."""
    return None if whole <= 0 else part / whole


def shown(counts: Counts) -> Json:
    """{offered, answered, abandoned, …, asa_s, abandoned_share, service_level: {of_offered, of_patient, of_answered}}.

    Shares are 0 to 1, None where there was nobody.
    """
    patient = counts.offered - counts.short_abandoned
    return {
        "offered": counts.offered, "entered": counts.entered, "redials": counts.redials, "moved": counts.moved,
        "refused": counts.refused, "answered": counts.answered, "called_back": counts.called_back,
        "abandoned": counts.abandoned, "short_abandoned": counts.short_abandoned, "left_otherwise": counts.left_otherwise,
        "asa_s": counts.waited_s / counts.answered if counts.answered else None,
        "longest_answered_s": counts.longest_s,
        "abandoned_share": share(counts.abandoned - counts.short_abandoned, patient),
        "service_level": {
            "of_offered": share(counts.in_target, counts.offered),
            "of_patient": share(counts.in_target, patient),
            "of_answered": share(counts.in_target, counts.answered),
        },
    }  # fmt: skip
