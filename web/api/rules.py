"""Rules, for admins: kept, checked, tried, switched, and what they did."""

from typing import Annotated, Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field

from threadline.kernel.errors import NotFound
from web.api.administration import marked, unchanged
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Done, LongText, Reply, Request, ShortText
from web.api.outbound import actor
from web.api.replies import as_json
from web.auth import LEADS, Role
from web.automation_ports import AutomationRooms

ADMINS = frozenset({Role.ADMIN})
When = Literal["message_in", "message_out", "case_opened", "case_changed", "call_ended"]


class RuleGiven(Request):
    """`then`: actions in order, {"do": tag | untag | queue | priority | assign | status | note | reply | webhook, …}."""

    title: ShortText
    when: When
    condition: LongText = Field(default="true", alias="if")
    then: Annotated[list[dict[str, Any]], Field(max_length=20)]
    on: bool = False
    place: Annotated[int, Field(ge=0, le=10_000)] = 100
    last: bool = False


class RuleSwitch(Request):
    on: bool


class Trial(Request):
    """`entry`: a message or call; `rule`: a draft to be tried beside those that are on."""

    entry: ShortText
    rule: RuleGiven | None = None


class RuleReply(Reply):
    id: UUID
    title: str
    when: When
    then: list[dict[str, Any]]
    on: bool
    findings: list[dict[str, Any]]


class RulesReply(Reply):
    rules: list[RuleReply]


class FindingsReply(Reply):
    findings: list[dict[str, Any]]


class RunsReply(Reply):
    runs: list[dict[str, Any]]


class TriedReply(Reply):
    rules: list[dict[str, Any]]


@endpoint("GET /api/rules", roles=LEADS, reply=RulesReply)
async def list_rules(ask: Ask) -> web.Response:
    """Every rule in the order they are applied, with what keeps it from being switched on."""
    return as_json({"rules": [marked(one) for one in await automation(ask).rules.everything()]})


@endpoint("POST /api/rules", roles=ADMINS, body=RuleGiven, reply=RuleReply, status=201)
async def add_rule(ask: Ask) -> web.Response:
    """A new rule; refused where it is to be on and can't work."""
    return as_json(await automation(ask).rules.save(_given(ask), actor(ask)), status=201)


@endpoint("POST /api/rules/check", roles=LEADS, body=RuleGiven, reply=FindingsReply)
async def check_rule(ask: Ask) -> web.Response:
    """What is wrong with a draft: where, what, and how to mend it."""
    return as_json({"findings": [*await automation(ask).rules.check(_given(ask))]})


@endpoint("POST /api/rules/try", roles=LEADS, body=Trial, reply=TriedReply)
async def try_rules(ask: Ask) -> web.Response:
    """Which rules would apply to this entry; nothing is done."""
    given = ask.read(Trial)
    draft = None if given.rule is None else given.rule.model_dump(by_alias=True)
    return as_json({"rules": [*await automation(ask).rules.tried(given.entry, draft)]})


@endpoint("PUT /api/rules/{id}", roles=ADMINS, body=RuleGiven, reply=RuleReply)
async def change_rule(ask: Ask) -> web.Response:
    """Another rule in its place; with If-Match only over what was seen."""
    unchanged(ask, await automation(ask).rules.everything(), "id", str(ask.path_id("id")))
    return as_json(await automation(ask).rules.save(_given(ask), actor(ask), ask.path_id("id")))


@endpoint("PUT /api/rules/{id}/state", roles=ADMINS, body=RuleSwitch, reply=RuleReply)
async def switch_rule(ask: Ask) -> web.Response:
    """On or off, in force for what happens next."""
    rules = automation(ask).rules
    return as_json(await rules.switch(ask.path_id("id"), actor(ask), on=ask.read(RuleSwitch).on))


@endpoint("DELETE /api/rules/{id}", roles=ADMINS, reply=Done)
async def delete_rule(ask: Ask) -> web.Response:
    """The rule goes; what it did stays."""
    await automation(ask).rules.delete(ask.path_id("id"), actor(ask))
    return as_json({"done": True})


@endpoint("GET /api/rules/{id}/runs", roles=LEADS, reply=RunsReply)
async def list_runs(ask: Ask) -> web.Response:
    """What a rule did last."""
    return as_json({"runs": [*await automation(ask).rules.runs(ask.path_id("id"))]})


def automation(ask: Ask) -> AutomationRooms:
    """The rooms of what happens by itself. Raises NotFound where a server has none."""
    if ask.services.automation is None:
        raise NotFound("Nothing happens by itself here.")
    return ask.services.automation


def _given(ask: Ask) -> dict[str, Any]:
    return ask.read(RuleGiven).model_dump(by_alias=True)


ENDPOINTS: tuple[Handler, ...] = (
    list_rules,
    add_rule,
    check_rule,
    try_rules,
    change_rule,
    switch_rule,
    delete_rule,
    list_runs,
)
