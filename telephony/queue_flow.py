"""The flow of a customer whom an agent sends to a queue: the queue, and nothing around it."""

import json
from functools import lru_cache

from ivr_flows.model import Flow
from ivr_flows.parse import parse_flow

FLOW = """\
threadline: 1
kind: flow
id: sent_to_queue
title: Sent on by an agent
entry: queue
languages: {{default: {language}, supported: [{language}]}}
steps:
  queue: {{type: queue, queue: {queue}, max_wait: 1h, timeout: end}}
  end: {{type: hangup}}
"""


@lru_cache(maxsize=256)
def queue_flow(queue: str, language: str) -> Flow:
    """Raises FlowRejected for a name no queue can have."""
    return parse_flow(FLOW.format(queue=json.dumps(queue), language=json.dumps(language)), "sent_to_queue")
