"""reject: refuses a call that was not answered; an answered one is hung up."""

from typing import TYPE_CHECKING, ClassVar, Literal

from ivr_flows.effects import Reject
from ivr_flows.nodes.base import Finish, Move, OnWritten, Step

if TYPE_CHECKING:
    from ivr_flows.run import Run


class RejectStep(Step):
    """Refuses the call: busy (486), rejected (603) or unallocated (404)."""

    ON_WRITTEN: ClassVar[OnWritten] = "none"
    EXAMPLE: ClassVar[str] = "refuse: {type: reject, cause: busy}\n"

    type: Literal["reject"]
    cause: Literal["busy", "rejected", "unallocated"] = "rejected"

    def begin(self, run: "Run") -> Move:
        if run.session.is_answered:
            return Finish("normal")
        run.emit(Reject(self.cause))
        return Finish(None)
