"""Articles in the chat: what may answer a visitor before he asks for a person, and whether it did."""

from typing import Annotated, Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import StringConstraints

from web.api.chat import admitted, limit
from web.api.chat_models import Strict
from web.api.endpoint import Ask, Handler, endpoint
from web.api.knowledge import Language, Slug, knowledge
from web.api.models import Done
from web.api.replies import as_json
from web.auth import PUBLIC

SUGGESTED: Final = 3


class Asking(Strict):
    """What the visitor has typed so far."""

    q: Annotated[str, StringConstraints(max_length=400)]
    language: Language = "vi"


class Reading(Strict):
    slug: Slug
    language: Language = "vi"


class Verdict(Strict):
    article: UUID
    verdict: Literal["helped", "person"]


@endpoint("GET /api/chat/{key}/articles", roles=PUBLIC, query=Asking, any_origin=True)
async def suggest(ask: Ask) -> web.Response:
    """Published articles that may answer the question, in the visitor's language before others."""
    await admitted(ask)
    limit(ask, "help", ask.address)
    asked = ask.asked(Asking)
    found = await knowledge(ask).suggest(asked.q, asked.language, SUGGESTED)
    return as_json({"articles": found or await knowledge(ask).suggest(asked.q, None, SUGGESTED)})


@endpoint("GET /api/chat/{key}/article", roles=PUBLIC, query=Reading, any_origin=True)
async def show(ask: Ask) -> web.Response:
    """One article, in blocks."""
    await admitted(ask)
    limit(ask, "help", ask.address)
    asked = ask.asked(Reading)
    texts = await knowledge(ask).published(asked.slug)
    text = texts.get(asked.language) or next(iter(texts.values()))
    await knowledge(ask).count(text.id, "read")
    blocks = [block.to_json() for block in text.blocks]
    return as_json({"id": str(text.id), "title": text.title, "language": text.language, "blocks": blocks})


@endpoint("POST /api/chat/{key}/verdicts", roles=PUBLIC, body=Verdict, reply=Done, any_origin=True)
async def judge(ask: Ask) -> web.Response:
    """Whether an article helped, or the visitor wants a person all the same; only counted."""
    await admitted(ask)
    limit(ask, "help", ask.address)
    said = ask.read(Verdict)
    await knowledge(ask).count(said.article, said.verdict)
    return as_json({"done": True})


ENDPOINTS: tuple[Handler, ...] = (suggest, show, judge)
