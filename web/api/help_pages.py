"""The public help page: no sign-in, no cookie, nothing of a customer. Limited by address."""

from typing import Final

from aiohttp import web

from omnichannel.knowledge.errors import NoSuchArticle
from omnichannel.knowledge.service import What
from threadline.kernel.errors import NotFound
from web.api.chat import limit
from web.api.endpoint import Ask, Handler, endpoint
from web.api.knowledge import knowledge
from web.auth import PUBLIC
from web.help_page import article, language_of, listing, missing, results
from web.help_words import WORDS

FOUND_MOST: Final = 20
ASKED_MOST: Final = 200  # characters
VERDICTS: Final[dict[str, What]] = {"helped": "helped", "person": "person"}


@endpoint("GET /help", roles=PUBLIC, produces="text/html")
async def show_help(ask: Ask) -> web.Response:
    """The help page in the browser's language."""
    knowledge(ask)
    raise web.HTTPFound(f"/help/{language_of(ask.request.headers.get('Accept-Language', ''))}")


@endpoint("GET /help/{language}", roles=PUBLIC, produces="text/html")
async def show_listing(ask: Ask) -> web.Response:
    """Every published article of a language, or what `q` finds among them; where that is nothing, in any language."""
    limit(ask, "help", ask.address)
    language = _language(ask)
    query = ask.request.query.get("q", "").strip()[:ASKED_MOST]
    if query:
        found = await knowledge(ask).search(query, language, FOUND_MOST)
        return _html(results(language, query, found or await knowledge(ask).search(query, None, FOUND_MOST)))
    return _html(listing(language, await knowledge(ask).listing(language)))


@endpoint("GET /help/{language}/{slug}", roles=PUBLIC, produces="text/html")
async def show_article(ask: Ask) -> web.Response:
    """One article; where it is not there in this language, in one it is in."""
    limit(ask, "help", ask.address)
    language, slug = _language(ask), ask.request.match_info["slug"]
    try:
        texts = await knowledge(ask).published(slug)
    except NoSuchArticle:
        return _html(missing(language), status=404)
    if language not in texts:
        raise web.HTTPFound(f"/help/{next(iter(texts))}/{slug}")
    is_thanked = "thanks" in ask.request.query
    if not is_thanked and ask.request.method == "GET":
        await knowledge(ask).count(texts[language].id, "read")
    return _html(article(texts[language], texts, is_thanked=is_thanked))


@endpoint("POST /help/{language}/{slug}/verdict", roles=PUBLIC, produces="text/html", any_origin=True)
async def judge(ask: Ask) -> web.Response:
    """Whether an article helped; only counted. A browser that names no referrer names no origin either."""
    limit(ask, "help", ask.address)
    language, slug = _language(ask), ask.request.match_info["slug"]
    verdict = VERDICTS.get(str((await ask.request.post()).get("verdict")))
    text = next(iter((await knowledge(ask).published(slug)).values()))
    if verdict is not None:
        await knowledge(ask).count(text.id, verdict)
    raise web.HTTPSeeOther(f"/help/{language}/{slug}?thanks")


def _language(ask: Ask) -> str:
    language = ask.request.match_info["language"]
    if language not in WORDS:
        raise NotFound
    return language


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html")


PAGES: tuple[Handler, ...] = (show_help, show_listing, show_article, judge)
