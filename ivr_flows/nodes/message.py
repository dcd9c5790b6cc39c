"""message: writes to the customer, in the same thread."""

from typing import TYPE_CHECKING, ClassVar, Literal

from ivr_flows.effects import SendMessage
from ivr_flows.inputs import MessageSent
from ivr_flows.nodes.base import STAY, Alarm, Move, Step, StepEvent
from ivr_flows.prompting import Prompter
from ivr_flows.shapes import Needed, Way
from ivr_flows.words import Duration, StepRef, Template

if TYPE_CHECKING:
    from ivr_flows.run import Run


class MessageStep(Step):
    """Sends `template` (a prompt; its `written` words where it has some) by sms, email or chat.

    `to` is a number or address, the customer's own when left out. `next` follows once it was handed over; `on_fail`,
    else `next`, when it could not be.
    """

    EXAMPLE: ClassVar[str] = """\
send_link: {type: message, channel: sms, template: order_link, next: bye, on_fail: to_support}
"""

    type: Literal["message"]
    channel: Literal["sms", "email", "chat"]
    template: Needed
    to: Template | None = None
    subject: Template | None = None
    timeout: Duration = 5.0
    on_fail: Way | None = None
    next: StepRef

    def begin(self, run: "Run") -> Move:
        prompter = Prompter(run.flow, run.session.language, run.scope(), is_written=True)
        words = "\n".join(item.text for item in prompter.spoken(self.template) if item.text)
        to = None if self.to is None else run.text(self.to)
        subject = None if self.subject is None else run.text(self.subject)
        run.emit(SendMessage(run.request(), self.channel, words, to or None, run.session.language, subject))
        run.alarm("answer", self.timeout)
        return STAY

    def on(self, run: "Run", event: StepEvent) -> Move:
        if isinstance(event, MessageSent) and event.is_ok:
            return self.onward()
        if isinstance(event, MessageSent | Alarm):
            return run.leave(self.on_fail) if self.on_fail else self.onward()
        return STAY
