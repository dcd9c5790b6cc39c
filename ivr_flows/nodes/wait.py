"""wait: lets some seconds pass, with a sound if there is one."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from ivr_flows.nodes.base import STAY, Alarm, Move, Step, StepEvent
from ivr_flows.wording import wrong
from ivr_flows.words import Duration, MusicName, StepRef

if TYPE_CHECKING:
    from ivr_flows.run import Run

LONGEST_S = 30.0


def _bounded(seconds: float) -> float:
    if not 0 < seconds <= LONGEST_S:
        raise wrong("wait")
    return seconds


class Wait(Step):
    """Waits `for` up to thirty seconds."""

    IS_PAUSE: ClassVar[bool] = True
    EXAMPLE: ClassVar[str] = "breathe: {type: wait, for: 2s, next: main}\n"

    type: Literal["wait"]
    for_: Annotated[Duration, AfterValidator(_bounded)] = Field(alias="for")
    sound: MusicName | None = None
    next: StepRef

    def begin(self, run: "Run") -> Move:
        run.alarm("over", self.for_)
        if self.sound is not None:
            run.music(self.sound)
        return STAY

    def on(self, run: "Run", event: StepEvent) -> Move:
        return self.onward() if isinstance(event, Alarm) else STAY
