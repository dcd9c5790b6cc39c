"""branch: the first case whose condition is true, else `else`."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from ivr_flows.nodes.base import Move, Step
from ivr_flows.shapes import Exit, Way
from ivr_flows.words import Cel

if TYPE_CHECKING:
    from ivr_flows.run import Run


class Case(Exit):
    """One condition and the way it opens."""

    when: Cel


class Branch(Step):
    """Chooses by conditions, the first true one wins."""

    EXAMPLE: ClassVar[str] = """\
known:
  type: branch
  cases:
    - {when: "contact.vip", next: to_support}
    - {when: 'has(vars.order.total) && vars.order.total > 5000000.0', next: to_support}
  else: main
"""

    type: Literal["branch"]
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]
    else_: Way = Field(alias="else")

    def begin(self, run: "Run") -> Move:
        for case in self.cases:
            if run.holds(case.when):
                return run.leave(case)
        return run.leave(self.else_)
