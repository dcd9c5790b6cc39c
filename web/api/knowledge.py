"""Articles: written by supervisors, found and sent by agents, suggested with ready texts beside an answer."""

from typing import Annotated, Any, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field, StringConstraints

from omnichannel.knowledge.markup import read
from omnichannel.knowledge.service import SLUG, Given, Knowledge
from omnichannel.knowledge.suggesting import Suggestions
from threadline.kernel.errors import NotFound
from threadline.kernel.events import Json
from threadline.kernel.ids import ThreadId
from web.api.administration import Title, seen
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Done, LongText, Reply, Request
from web.api.outbound import actor
from web.api.replies import as_json
from web.api.rules import automation
from web.auth import LEADS, STAFF

SUGGESTED: Final = 3
Slug = Annotated[str, StringConstraints(pattern=f"^{SLUG}$", max_length=80)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]


class ArticleText(Request):
    title: Title
    body: LongText


class ArticleGiven(Request):
    """`texts` by language, at least one; `body` with the marks of docs/admins.md."""

    slug: Slug
    category: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    is_published: bool = False
    texts: Annotated[dict[Language, ArticleText], Field(min_length=1, max_length=10)]


class Asking(Request):
    """`q`: words; without a language in any."""

    q: Annotated[str, StringConstraints(max_length=200)]
    language: Language | None = None
    limit: Annotated[int, Field(ge=1, le=20)] = 8


class Said(Request):
    """The customer's last words; with `thread` ready texts are filled in for him."""

    text: Annotated[str, StringConstraints(max_length=4_000)]
    thread: UUID | None = None


class BodyGiven(Request):
    body: LongText


class ArticleReply(Reply):
    id: UUID
    slug: str
    category: str
    is_published: bool
    texts: dict[str, dict[str, str]]
    counts: dict[str, int]
    version: str


class ArticlesReply(Reply):
    articles: list[ArticleReply]


class HitReply(Reply):
    """`url` is where customers read it; without a host where the server was not told its public address."""

    id: UUID
    slug: str
    language: str
    title: str
    url: str
    snippet: list[tuple[str, bool]]


class HitsReply(Reply):
    articles: list[HitReply]


class FittingReply(Reply):
    canned: list[dict[str, Any]]
    articles: list[HitReply]


class BlocksReply(Reply):
    blocks: list[dict[str, Any]]


def knowledge(ask: Ask) -> Knowledge:
    """Raises NotFound where a server keeps none."""
    if ask.services.knowledge is None:
        raise NotFound
    return ask.services.knowledge


@endpoint("GET /api/knowledge", roles=STAFF, reply=ArticlesReply)
async def list_articles(ask: Ask) -> web.Response:
    """Every article in every language, drafts too, and how each fared in the last thirty days."""
    return as_json({"articles": await knowledge(ask).articles()})


@endpoint("POST /api/knowledge", roles=LEADS, body=ArticleGiven, reply=ArticleReply, status=201)
async def add_article(ask: Ask) -> web.Response:
    """A new article."""
    return as_json(await knowledge(ask).save(_given(ask), actor(ask)), status=201)


@endpoint("PUT /api/knowledge/{id}", roles=LEADS, body=ArticleGiven, reply=ArticleReply)
async def change_article(ask: Ask) -> web.Response:
    """Another article in its place; with If-Match only over what was seen."""
    return as_json(await knowledge(ask).save(_given(ask), actor(ask), ask.path_id("id"), seen(ask)))


@endpoint("DELETE /api/knowledge/{id}", roles=LEADS, reply=Done)
async def delete_article(ask: Ask) -> web.Response:
    """An article and its counts go."""
    await knowledge(ask).delete(ask.path_id("id"), actor(ask))
    return as_json({"done": True})


@endpoint("POST /api/knowledge/preview", roles=LEADS, body=BodyGiven, reply=BlocksReply)
async def preview(ask: Ask) -> web.Response:
    """What a text will look like, in blocks."""
    knowledge(ask)
    return as_json({"blocks": [block.to_json() for block in read(ask.read(BodyGiven).body)]})


@endpoint("GET /api/knowledge/search", roles=STAFF, query=Asking, reply=HitsReply)
async def search(ask: Ask) -> web.Response:
    """Published articles by their words, without case and accents."""
    asked = ask.asked(Asking)
    return as_json(
        {"articles": _addressed(ask, await knowledge(ask).search(asked.q, asked.language, asked.limit))}
    )


@endpoint("POST /api/knowledge/suggestions", roles=STAFF, body=Said, reply=FittingReply)
async def suggest(ask: Ask) -> web.Response:
    """Ready texts and articles that fit what the customer said last."""
    said = ask.read(Said)
    suggestions = Suggestions(knowledge(ask), automation(ask).canned)
    thread = None if said.thread is None else ThreadId(said.thread)
    me = None if ask.caller.agent is None else ask.caller.agent.id
    canned, articles = await suggestions.fitting(said.text, thread, me, SUGGESTED)
    return as_json({"canned": canned, "articles": _addressed(ask, articles)})


@endpoint("POST /api/knowledge/{id}/sent", roles=STAFF, reply=Done)
async def note_sent(ask: Ask) -> web.Response:
    """An agent puts an article's address into an answer: counted."""
    await knowledge(ask).count(ask.path_id("id"), "sent")
    return as_json({"done": True})


def _addressed(ask: Ask, hits: list[Json]) -> list[Json]:
    rooms = ask.services.channels
    home = "" if rooms is None else rooms.public_url or ""
    return [{**hit, "url": f"{home}{hit['path']}"} for hit in hits]


def _given(ask: Ask) -> Given:
    given = ask.read(ArticleGiven)
    texts = {language: (text.title, text.body) for language, text in given.texts.items()}
    return Given(given.slug, given.category, given.is_published, texts)


ENDPOINTS: tuple[Handler, ...] = (
    list_articles,
    add_article,
    change_article,
    delete_article,
    preview,
    search,
    suggest,
    note_sent,
)
