"""Scorecards, what was given by them, and the calls supervisors choose from."""

from typing import Annotated, Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field, StringConstraints

from omnichannel.quality.service import CardGiven, Quality, Wanted
from threadline.kernel.errors import NotFound
from threadline.kernel.ids import AgentId, CallId
from web.api.admin_wrap_up import Language
from web.api.administration import Name, Title, seen
from web.api.endpoint import Ask, Handler, endpoint
from web.api.endpoints import ADMINS
from web.api.models import Done, Reply, Request
from web.api.outbound import actor
from web.api.replies import as_json
from web.auth import LEADS, STAFF, Role

Titles = Annotated[dict[Language, Title], Field(min_length=1, max_length=10)]


class CardEdit(Request):
    """`titles` and each of `criteria` by language; a criterion gets 0 to `most` points; `queues` empty: everywhere."""

    titles: Titles
    most: Annotated[int, Field(ge=1, le=10)]
    criteria: Annotated[list[Titles], Field(min_length=1, max_length=20)]
    queues: Annotated[list[Name], Field(max_length=200)] = Field(default_factory=list)
    place: Annotated[int, Field(ge=0, le=10_000)] = 100
    is_active: bool = True


class NewCard(CardEdit):
    id: Name


class CardShown(Reply):
    id: str
    titles: dict[str, str]
    most: int
    criteria: list[dict[str, str]]
    queues: list[str]
    place: int
    is_active: bool


class CardReply(CardShown):
    version: str


class CardsReply(Reply):
    scorecards: list[CardReply]


class Given(Request):
    """`points` in the order of the card's criteria; null: it does not apply."""

    agent: UUID
    scorecard: Name
    points: Annotated[list[Annotated[int, Field(ge=0, le=10)] | None], Field(min_length=1, max_length=20)]
    comment: Annotated[str, StringConstraints(max_length=4000, strip_whitespace=True)] = ""


class EvaluationReply(Reply):
    """The card as it was when it was given."""

    id: int
    agent: str
    agent_name: str
    scorecard: str
    titles: dict[str, str]
    most: int
    criteria: list[dict[str, str]]
    points: list[int | None]
    percent: int
    comment: str
    by: str
    by_name: str
    at: str


class NamedAgent(Reply):
    id: str
    name: str


class CallEvaluations(Reply):
    agents: list[NamedAgent]
    scorecards: list[CardShown]
    evaluations: list[EvaluationReply]


class QualityQuery(Request):
    agent: UUID | None = None
    queue: Name | None = None
    state: Literal["all", "open", "done"] = "all"
    words: Annotated[str, StringConstraints(max_length=200)] = ""
    days: Annotated[int, Field(ge=1, le=400)] = 30
    before: Annotated[str, StringConstraints(max_length=100)] | None = None


class HeardCall(Reply):
    call: str
    at: str
    thread: str | None
    customer: str | None
    queue: str | None
    agent: str
    agent_name: str
    talk_s: float | None
    recordings: list[str]
    percent: int | None


class Average(NamedAgent):
    calls: int
    evaluated: int
    percent: int | None


class QualityReply(Reply):
    calls: list[HeardCall]
    next: str | None
    agents: list[Average]


def _quality(ask: Ask) -> Quality:
    if ask.services.quality is None:
        raise NotFound
    return ask.services.quality


@endpoint("GET /api/scorecards", roles=LEADS, reply=CardsReply)
async def list_cards(ask: Ask) -> web.Response:
    """Every card in its order."""
    return as_json({"scorecards": await _quality(ask).cards()})


@endpoint("POST /api/scorecards", roles=ADMINS, body=NewCard, reply=CardReply, status=201)
async def add_card(ask: Ask) -> web.Response:
    """A new card."""
    given = ask.read(NewCard)
    return as_json(await _quality(ask).add_card(given.id, _card(given), actor(ask)), status=201)


@endpoint("PUT /api/scorecards/{name}", roles=ADMINS, body=CardEdit, reply=CardReply)
async def change_card(ask: Ask) -> web.Response:
    """Other words or criteria; with If-Match only over what was seen. What was given by it stays as it was."""
    name, given = ask.request.match_info["name"], _card(ask.read(CardEdit))
    return as_json(await _quality(ask).change_card(name, given, seen(ask), actor(ask)))


@endpoint("DELETE /api/scorecards/{name}", roles=ADMINS, reply=Done)
async def delete_card(ask: Ask) -> web.Response:
    """The card goes; what was given by it stays."""
    await _quality(ask).delete_card(ask.request.match_info["name"], actor(ask))
    return as_json({"done": True})


@endpoint("GET /api/calls/{id}/evaluations", roles=STAFF, reply=CallEvaluations)
async def show_evaluations(ask: Ask) -> web.Response:
    """What was given for a call, and for supervisors who may be evaluated by what; an agent sees what he was given."""
    only = None if ask.caller.leads else ask.caller.person().id
    return as_json(await _quality(ask).of_call(CallId(ask.path_id("id")), only))


@endpoint("PUT /api/calls/{id}/evaluations", roles=LEADS, body=Given, reply=EvaluationReply)
async def evaluate(ask: Ask) -> web.Response:
    """What one thinks of an agent in a call, in the place of what one gave before by the same card."""
    given = ask.read(Given)
    call, by = CallId(ask.path_id("id")), ask.caller.person().id
    return as_json(
        await _quality(ask).give(call, AgentId(given.agent), given.scorecard, given.points, given.comment, by)
    )


@endpoint("DELETE /api/evaluations/{number}", roles=LEADS, reply=Done)
async def take_back(ask: Ask) -> web.Response:
    """One's own; an admin anybody's."""
    number = ask.request.match_info["number"]
    if not number.isdecimal() or len(number) > 18:
        raise NotFound
    is_admin = ask.caller.role is Role.ADMIN
    await _quality(ask).take_back(int(number), ask.caller.person().id, is_admin=is_admin)
    return as_json({"done": True})


@endpoint("GET /api/quality", roles=LEADS, query=QualityQuery, reply=QualityReply)
async def list_calls(ask: Ask) -> web.Response:
    """Calls that agents served, to be heard and evaluated, and how each agent did on the average."""
    asked: dict[str, Any] = ask.asked(QualityQuery).model_dump()
    return as_json(await _quality(ask).calls(Wanted(**asked)))


def _card(edit: CardEdit) -> CardGiven:
    facts: dict[str, Any] = edit.model_dump(exclude={"id"})
    return CardGiven(**facts)


ENDPOINTS: tuple[Handler, ...] = (
    list_cards, add_card, change_card, delete_card, show_evaluations, evaluate, take_back, list_calls
)  # fmt: skip
