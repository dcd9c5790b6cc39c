"""split: sends shares of customers different ways; the same customer always goes the same one."""

from itertools import accumulate
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from ivr_flows.nodes.base import Go, Move, Step
from ivr_flows.nodes.survey import share_of
from ivr_flows.wording import wrong
from ivr_flows.words import Int, StepRef

if TYPE_CHECKING:
    from ivr_flows.run import Run


def _whole(percent: dict[StepRef, int]) -> dict[StepRef, int]:
    if any(share < 0 for share in percent.values()) or sum(percent.values()) != 100:
        raise wrong("percent")
    return percent


class Split(Step):
    """`percent` names steps with their shares, which add up to 100.

    Who is who goes by the contact, else the number, else the call.
    """

    EXAMPLE: ClassVar[str] = "try_out: {type: split, percent: {main: 90, to_support: 10}}\n"

    type: Literal["split"]
    percent: Annotated[dict[StepRef, Int], Field(min_length=1), AfterValidator(_whole)]

    def begin(self, run: "Run") -> Move:
        place = share_of(run, run.session.step) * 100
        ends = accumulate(self.percent.values())
        return Go(next(step for step, end in zip(self.percent, ends, strict=True) if place < end))
