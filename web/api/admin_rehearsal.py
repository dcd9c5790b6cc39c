"""A rule tried on the latest entries, before it is switched on."""

from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from web.api.administration import administration
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Reply, Request
from web.api.replies import as_json
from web.api.rules import RuleGiven
from web.auth import LEADS


class RehearsalAsked(Request):
    rule: RuleGiven
    limit: Annotated[int, Field(ge=1, le=50)] = 20


class RehearsalReply(Reply):
    entries: list[dict[str, Any]]


@endpoint("POST /api/rules/rehearsal", roles=LEADS, body=RehearsalAsked, reply=RehearsalReply)
async def rehearse(ask: Ask) -> web.Response:
    """Which of the latest messages or calls a draft would apply to; nothing is done."""
    given = ask.read(RehearsalAsked)
    found = await administration(ask).rehearsal.of(given.rule.model_dump(by_alias=True), given.limit)
    return as_json({"entries": found})


ENDPOINTS: tuple[Handler, ...] = (rehearse,)
