"""Answers as JSON."""

import json
from typing import Any

from aiohttp import web

from web.ports import Agent


def as_json(value: Any, status: int = 200) -> web.Response:
    """UUIDs and datetimes become text; other rooms hand out plain JSON otherwise."""
    text = json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))
    return web.Response(text=text, status=status, content_type="application/json")


def myself(agent: Agent) -> dict[str, Any]:
    return {
        "id": agent.id,
        "login": agent.login,
        "name": agent.display_name,
        "role": agent.role,
        "locale": agent.locale,
        "extension": agent.extension,
        "wrap_up_s": agent.wrap_up_s,
    }
