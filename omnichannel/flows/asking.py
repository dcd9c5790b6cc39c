"""Whom a flow in writing asks for with a case, as routing reads it (omnichannel.routing.digital.store). Pure."""

from datetime import datetime

from ivr_flows.effects import EnterQueue
from omnichannel.timeline import iso
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, agent_id

LAST_AGENT = "last_agent"


def asked(wish: EnterQueue, last_agent: AgentId | None, now: datetime) -> Json:
    """{since, need, hard, barred, prefer, max_wait_s}: what a call's place keeps of the same step; `need` [] is the queue's."""
    return {
        "since": iso(now),
        "need": [step.to_json() for step in wish.route],
        "hard": {**wish.hard},
        "barred": [str(one) for one in map(agent_id, wish.exclude) if one is not None],
        "prefer": _prefer(wish.prefer, last_agent),
        "max_wait_s": wish.max_wait_s,
    }


def _prefer(wish: Json | None, last_agent: AgentId | None) -> Json | None:
    """`last_agent` becomes the person it means."""
    if wish is None:
        return None
    agent = last_agent if wish["agent"] == LAST_AGENT else agent_id(wish["agent"])
    return None if agent is None else {"agent": str(agent), "for_s": wish["for_s"]}
