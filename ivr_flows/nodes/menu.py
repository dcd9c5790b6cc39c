"""menu: one key chooses the way."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ivr_flows.nodes.asking import Asking
from ivr_flows.nodes.base import Move
from ivr_flows.shapes import Way
from ivr_flows.words import Duration, KeyPress

if TYPE_CHECKING:
    from ivr_flows.run import Run


class Menu(Asking):
    """Asks for one of `choices`. A list of prompts is tapered: the n-th try plays the n-th."""

    type: Literal["menu"]
    choices: Annotated[dict[KeyPress, Way], Field(min_length=1)]
    timeout: Duration = 6.0

    def first_wait(self) -> float:
        return self.timeout

    def take(self, run: "Run", key: str) -> Move:
        way = self.choices.get(KeyPress(key))
        if way is None:
            return self.miss(run, "no_match", key)
        run.calm("no_input")
        run.keys_taken(key, "choice")
        return run.leave(way)
