"""What a customer may ask about himself, and how long things are kept.

Archives are fetched by signed links that expire, so that a download needs no session and no token in a URL.
"""

from typing import Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field

from omnichannel.privacy.service import Privacy
from threadline.kernel.errors import NotFound
from web.api.administration import marked, unchanged
from web.api.endpoint import Ask, Handler, endpoint
from web.api.endpoints import ADMINS
from web.api.models import Done, Reply, Request
from web.api.outbound import actor
from web.api.recordings import send_file
from web.api.replies import as_json
from web.auth import PUBLIC, STAFF

CODE = r"^[a-z][a-z0-9_]{0,62}$"


class NewConsent(Request):
    """`source` is where it was said: web_form, call, shop … `text_version`: which wording was agreed to."""

    channel: str = Field(pattern=CODE)
    state: Literal["given", "withdrawn"]
    source: str = Field(pattern=CODE)
    text_version: str | None = Field(default=None, max_length=60, pattern=r"^[A-Za-z0-9._-]+$")


class ContactWish(Request):
    """`identity`: one way to this person only."""

    wanted: bool
    identity: int | None = Field(default=None, ge=1, le=2**63 - 1)


class Hold(Request):
    """Why nothing of this contact may be erased; null lifts it."""

    reason: str | None = Field(max_length=500, pattern=r"^[^\x00]*$")


class RequestQuery(Request):
    state: Literal["queued", "done", "failed", "expired"] | None = None
    limit: int = Field(default=50, ge=1, le=200)


class KeptFor(Request):
    """Null: for ever."""

    days: int | None = Field(ge=1, le=36_500)


class ArchiveLink(Request):
    e: str = Field(max_length=12, description="Until when the link holds, Unix seconds.")
    s: str = Field(max_length=64, description="Its signature.")


class StandingReply(Reply):
    do_not_contact: bool
    legal_hold: str | None
    erased_at: str | None
    consents: dict[str, object]
    history: list[dict[str, object]]


class PrivacyRequest(Reply):
    id: UUID
    kind: str
    contact: UUID
    state: str
    asked_at: str
    due_at: str
    ended_at: str | None
    expires_at: str | None
    bytes: int | None
    problem: str | None
    counts: dict[str, object]
    by: dict[str, object]


class PrivacyRequests(Reply):
    requests: list[PrivacyRequest]


class LinkReply(Reply):
    url: str


class RetentionReply(Reply):
    kinds: list[dict[str, object]]


def privacy(ask: Ask) -> Privacy:
    if ask.services.privacy is None:
        raise NotFound
    return ask.services.privacy


@endpoint("GET /api/contacts/{id}/privacy", roles=STAFF, reply=StandingReply)
async def show_standing(ask: Ask) -> web.Response:
    """What this customer agreed to and withdrew, and whether he may be contacted."""
    return as_json(await privacy(ask).standing(ask.path_id("id")))


@endpoint("POST /api/contacts/{id}/consents", roles=STAFF, body=NewConsent, reply=StandingReply, status=201)
async def add_consent(ask: Ask) -> web.Response:
    """Note a consent given or withdrawn; nothing is ever changed, the newest of a channel holds."""
    given, contact = ask.read(NewConsent), ask.path_id("id")
    await privacy(ask).consent(
        contact, given.channel, given.state, given.source, given.text_version, actor(ask)
    )
    return as_json(await privacy(ask).standing(contact), status=201)


@endpoint("PUT /api/contacts/{id}/do-not-contact", roles=STAFF, body=ContactWish, reply=StandingReply)
async def set_do_not_contact(ask: Ask) -> web.Response:
    """Write to this customer no more, on one way or on all; or again."""
    wish, contact = ask.read(ContactWish), ask.path_id("id")
    await privacy(ask).do_not_contact(contact, wish.wanted, actor(ask), identity=wish.identity)
    return as_json(await privacy(ask).standing(contact))


@endpoint("PUT /api/contacts/{id}/legal-hold", roles=ADMINS, body=Hold, reply=StandingReply)
async def set_legal_hold(ask: Ask) -> web.Response:
    """Let nothing of this customer be erased, or again."""
    contact = ask.path_id("id")
    await privacy(ask).hold(contact, ask.read(Hold).reason, actor(ask))
    return as_json(await privacy(ask).standing(contact))


@endpoint("POST /api/contacts/{id}/export", roles=ADMINS, reply=PrivacyRequest, status=202)
async def ask_export(ask: Ask) -> web.Response:
    """Make an archive of everything about this customer; it is made in the background."""
    return as_json(await privacy(ask).ask_export(ask.path_id("id"), actor(ask)), status=202)


@endpoint("POST /api/contacts/{id}/erasure", roles=ADMINS, reply=PrivacyRequest, status=202)
async def ask_erasure(ask: Ask) -> web.Response:
    """Take this customer out of everything, for good; what is counted stays."""
    return as_json(await privacy(ask).ask_erasure(ask.path_id("id"), actor(ask)), status=202)


@endpoint("GET /api/privacy/requests", roles=ADMINS, query=RequestQuery, reply=PrivacyRequests)
async def list_requests(ask: Ask) -> web.Response:
    """Exports and erasures, the newest first, each with the day by which it must be answered."""
    asked = ask.asked(RequestQuery)
    return as_json({"requests": list(await privacy(ask).requests(asked.state, asked.limit))})


@endpoint("GET /api/privacy/requests/{id}", roles=ADMINS, reply=PrivacyRequest)
async def show_request(ask: Ask) -> web.Response:
    """What became of a request."""
    return as_json(await privacy(ask).request(ask.path_id("id")))


@endpoint("POST /api/privacy/requests/{id}/link", roles=ADMINS, reply=LinkReply)
async def make_link(ask: Ask) -> web.Response:
    """A signed link to a finished archive, good until the archive expires."""
    return as_json({"url": await privacy(ask).link(ask.path_id("id"), actor(ask))})


@endpoint("GET /privacy/archives/{id}", roles=PUBLIC, query=ArchiveLink, produces="application/zip")
async def fetch_archive(ask: Ask) -> web.StreamResponse:
    """An archive, for whoever holds a signed link to it."""
    link = ask.asked(ArchiveLink)
    path = await privacy(ask).open_archive(ask.path_id("id"), link.e, link.s)
    headers = {
        "Content-Disposition": 'attachment; filename="personal-data.zip"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return await send_file(ask.request, path, "application/zip", headers)


@endpoint("GET /api/privacy/retention", roles=ADMINS, reply=RetentionReply)
async def show_retention(ask: Ask) -> web.Response:
    """For how many days each kind of data is kept; null: for ever."""
    return as_json({"kinds": [marked(one) for one in await privacy(ask).retention()]})


@endpoint("PUT /api/privacy/retention/{name}", roles=ADMINS, body=KeptFor, reply=Done)
async def set_retention(ask: Ask) -> web.Response:
    """Keep a kind of data for so many days; what is older goes within the hour."""
    unchanged(ask, await privacy(ask).retention(), "kind", ask.request.match_info["name"])
    await privacy(ask).keep_for(ask.request.match_info["name"], ask.read(KeptFor).days, actor(ask))
    return as_json({"done": True})


ENDPOINTS: tuple[Handler, ...] = (
    show_standing,
    add_consent,
    set_do_not_contact,
    set_legal_hold,
    ask_export,
    ask_erasure,
    list_requests,
    show_request,
    make_link,
    fetch_archive,
    show_retention,
    set_retention,
)
