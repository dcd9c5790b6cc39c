"""What a customer hears who is called back: a greeting, then the queue she waited in, at her old place."""

from functools import lru_cache
from typing import Final

from ivr_flows.model import Flow
from ivr_flows.parse import parse_flow

GREETING: Final = {
    "vi-VN": "Quý khách đã yêu cầu chúng tôi gọi lại. Xin vui lòng chờ trong giây lát.",
    "en-US": "You asked us to call you back. One moment, please.",
}
TEMPLATE: Final = """\
threadline: 1
kind: flow
id: callback
title: Callback
entry: {entry}
languages: {{default: {language}, supported: [{language}]}}
prompts:
  hello: {{{language}: {{text: "{hello}"}}}}
steps:
{tape}  hello: {{type: say, prompt: hello, next: to_queue}}
  to_queue:
    type: queue
    queue: {queue}
    priority: {priority}
    timeout: end
  end: {{type: hangup}}
"""
TAPE: Final = "  tape: {type: recording, action: start, next: hello}\n"


@lru_cache(maxsize=64)
def waiting_flow(queue: str, priority: int, language: str, *, record: bool) -> Flow:
    """The flow of a callback from this queue."""
    spoken = language if language in GREETING else "en-US"
    text = TEMPLATE.format(
        entry="tape" if record else "hello", language=spoken, hello=GREETING[spoken], queue=queue, priority=priority,
        tape=TAPE if record else "",
    )  # fmt: skip
    return parse_flow(text, "callback")
