"""Agents and queues as pages see them. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from omnichannel.routing import matcher
from omnichannel.routing.model import AgentNow
from omnichannel.timeline import iso
from threadline.kernel.events import Json

RULES: Final = (
    "max_waiting", "ring_timeout_s", "need", "calendar", "strategy", "target_s", "short_abandon_s", "overflow_queue",
    "overflow_after_s", "overflow_when_full", "digital", "ring_at_most",
)  # fmt: skip


def agent(row: Mapping[str, Any]) -> Json:
    """{agent, login, name, state, reason, since, until, call}"""
    return {
        "agent": str(row["id"]),
        "login": row["login"],
        "name": row["display_name"],
        "state": row["state"],
        "reason": row["reason"],
        "since": None if row["from_at"] is None else iso(row["from_at"]),
        "until": None if row["until"] is None else iso(row["until"]),
        "call": None if row["call_id"] is None else str(row["call_id"]),
    }


def queue(
    row: Mapping[str, Any], ready: Sequence[AgentNow], talking: Mapping[str, int], now: datetime
) -> Json:
    """{id, title, waiting, offered, talking, ready, longest_wait_s, and RULES}; `ready` could take one of it now."""
    return {
        "id": row["id"],
        "title": row["title"],
        "waiting": row["waiting"],
        "offered": row["offered"],
        "talking": talking.get(row["id"], 0),
        "ready": sum(matcher.meets(one.skills, row["need"]) for one in ready),
        "longest_wait_s": None if row["oldest"] is None else (now - row["oldest"]).total_seconds(),
        **{name: row[name] for name in RULES},
    }
