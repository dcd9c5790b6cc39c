"""Whoever talks with the customer or is rung for her, and what a phone's refusal means. Plain facts."""

from dataclasses import dataclass
from typing import Final, Literal

from ivr_flows import effects
from telephony.line import Phone
from telephony.screening import Screening
from threadline.kernel.events import OfferMade
from threadline.kernel.ids import AgentId

MISSED_BY_CODE: Final = {
    486: "declined",
    600: "declined",
    603: "declined",
    404: "unreachable",
    480: "unreachable",
}
TRANSFER_BY_CODE: Final[dict[int, Literal["busy", "no_answer"]]] = {
    486: "busy",
    600: "busy",
    603: "busy",
    408: "no_answer",
    480: "no_answer",
}


@dataclass(slots=True)
class Party:
    """Whoever talks with the customer, or is being rung to. `offer` None: a transfer of the flow's or an agent's."""

    leg: Phone
    agent: AgentId | None
    offer: OfferMade | None
    transfer: effects.Transfer | None = None
    sent_to: str | None = None  # by an agent
    slot: int | None = None  # where he picks the customer up
    is_talking: bool = False
    is_heard: bool = False  # before he answers: what his side plays
    is_held: bool = False
    is_away: bool = False  # his page is; the hold is ours, not his
    declined: str | None = None  # why he does not take it
    screening: Screening | None = None  # of a phone that anybody may answer

    def is_taken_by(self, digit: str) -> bool:
        """Whether this key is the one by which he takes a call that anybody may answer, for the first time."""
        return self.screening is not None and self.screening.press(digit)
