"""What is wrong with a flow, where, and how to mend it.

threadline.kernel.errors.Invalid
└── FlowRejected        a flow that can't be loaded or published
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ivr_flows.wording import NOTHING, Said
from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. `line` and `column` count from 1; `step` is None outside the steps."""

    severity: Literal["error", "warning"]
    line: int
    column: int
    step: str | None
    message: Said
    hint: Said = NOTHING

    def to_json(self) -> Json:
        """As the web sends it: `message` and `hint` in English, `words` and `advice` to say them in another language."""
        return {
            "severity": self.severity, "line": self.line, "column": self.column, "step": self.step,
            "message": str(self.message), "hint": str(self.hint),
            "words": self.message.to_json(), "advice": self.hint.to_json() if self.hint else None,
        }  # fmt: skip


class FlowRejected(Invalid):
    """The flow can't be used."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        first = findings[0]
        super().__init__(f"line {first.line}, column {first.column}: {first.message}")
        self.findings = tuple(findings)


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """Sorted by place, one finding for one fault at one place (an alias repeats its anchor's faults)."""
    seen: dict[tuple[int, int, str], Finding] = {}
    for finding in findings:
        seen.setdefault((finding.line, finding.column, finding.message), finding)
    return [seen[key] for key in sorted(seen)]
