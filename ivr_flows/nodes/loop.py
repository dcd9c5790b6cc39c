"""loop: goes one way a number of times, then the other."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator

from ivr_flows.nodes.base import Move, Step
from ivr_flows.shapes import Way, between
from ivr_flows.words import CounterName, Int

if TYPE_CHECKING:
    from ivr_flows.run import Run


class Loop(Step):
    """The first `max` times `body`, then `done`, which starts the count anew.

    `counter` names the count; it is no variable, and loops of the same counter share it.
    """

    IS_PAUSE: ClassVar[bool] = True
    EXAMPLE: ClassVar[str] = (
        "again: {type: loop, counter: order_tries, max: 2, body: ask_order, done: to_support}\n"
    )

    type: Literal["loop"]
    counter: CounterName
    max: Annotated[Int, AfterValidator(between(1, 100))]
    body: Way
    done: Way

    def begin(self, run: "Run") -> Move:
        name = run.place(str(self.counter))
        count = run.session.counters.get(name, 0) + 1
        if count <= self.max:
            run.session.counters[name] = count
            return run.leave(self.body)
        run.session.counters.pop(name)
        return run.leave(self.done)
