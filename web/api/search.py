"""The one search box."""

from aiohttp import web
from pydantic import Field

from threadline.kernel.errors import NotFound
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Reply, Request, ShortText
from web.api.replies import as_json
from web.auth import STAFF


class SearchQuery(Request):
    q: ShortText
    limit: int = Field(default=20, ge=1, le=50)


class SearchReply(Reply):
    """Each list the newest first; a snippet is a list of [text, is_match]."""

    contacts: list[dict[str, object]]
    cases: list[dict[str, object]]
    entries: list[dict[str, object]]
    spoken: list[dict[str, object]]


@endpoint("GET /api/search", roles=STAFF, query=SearchQuery, reply=SearchReply)
async def search(ask: Ask) -> web.Response:
    """Customers by name, number or address, cases by number, and every word written or spoken, accents or not."""
    if ask.services.search is None:
        raise NotFound("Nothing is searched here.")
    asked = ask.asked(SearchQuery)
    return as_json(await ask.services.search.find(asked.q, asked.limit))


ENDPOINTS: tuple[Handler, ...] = (search,)
