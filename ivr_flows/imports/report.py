"""What came of reading a flow of another system.

threadline.kernel.errors.Invalid
└── ImportRefused       a source that can't be read at all
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ivr_flows.findings import Finding
from threadline.kernel.errors import Invalid

Verdict = Literal["mapped", "differs", "left_out"]
HEADINGS: Final[dict[Verdict, str]] = {
    "left_out": "Not taken over",
    "differs": "Taken over with a difference",
    "mapped": "Taken over",
}


class ImportRefused(Invalid):
    """The source can't be read as what it claims to be."""


@dataclass(frozen=True, slots=True)
class Place:
    """A step of the source. `line` counts from 1; `name` is what its author calls it, `kind` its sort."""

    line: int
    name: str
    kind: str

    def __str__(self) -> str:
        return (
            f"line {self.line}, {self.name} ({self.kind})" if self.kind else f"line {self.line}, {self.name}"
        )


@dataclass(frozen=True, slots=True)
class Remark:
    """What became of one step of the source, and what is left to do."""

    verdict: Verdict
    place: Place
    step: str  # the step it became; empty for none
    why: str = ""
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """A flow in our notation. `findings` are what `check` says of it, as the text stands."""

    source: str
    text: str
    remarks: tuple[Remark, ...]
    findings: tuple[Finding, ...]

    @property
    def is_publishable(self) -> bool:
        return all(finding.severity != "error" for finding in self.findings)


def counts(remarks: Sequence[Remark]) -> dict[Verdict, int]:
    """How many steps of each verdict; a step with several remarks counts once, by its worst."""
    order: tuple[Verdict, ...] = ("left_out", "differs", "mapped")
    worst: dict[Place, Verdict] = {}
    for remark in remarks:
        known = worst.get(remark.place, "mapped")
        worst[remark.place] = min(known, remark.verdict, key=order.index)
    return {verdict: sum(each == verdict for each in worst.values()) for verdict in reversed(order)}


def report_text(imported: Imported) -> str:
    """The report for people: a summing up, then everything to look at, the worst first."""
    count = counts(imported.remarks)
    lines = [
        f"{imported.source}: {count['mapped']} steps taken over, {count['differs']} with a difference, "
        f"{count['left_out']} not."
    ]
    for verdict, heading in HEADINGS.items():
        told = [remark for remark in imported.remarks if remark.verdict == verdict]
        if told:
            lines += ["", heading, *(line for remark in told for line in _told(remark))]
    if imported.findings:
        lines += ["", "What check says of the result", *map(_found, imported.findings)]
    return "\n".join(lines) + "\n"


def _told(remark: Remark) -> Iterator[str]:
    became = f" is now {remark.step}" if remark.step else ""
    yield f"  {remark.place}{became}{': ' if remark.why else ''}{remark.why}"
    if remark.todo:
        yield f"      to do: {remark.todo}"


def _found(finding: Finding) -> str:
    where = f"in {finding.step}: " if finding.step else ""
    hint = f" ({finding.hint})" if finding.hint else ""
    return f"  {finding.severity}, line {finding.line}: {where}{finding.message}{hint}"
