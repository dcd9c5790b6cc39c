"""One-time codes: a visitor, or an agent for him, has one sent; the visitor types it."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import StringConstraints

from omnichannel.audit.service import Actor
from omnichannel.proofs.service import Proofs, TooManyCodes
from threadline.kernel.errors import NotFound
from web.api.chat import admitted, limit, visitor_of
from web.api.chat_models import Strict
from web.api.contacts import row_of
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Reply
from web.api.outbound import actor
from web.api.replies import as_json
from web.auth import PUBLIC, STAFF
from web.errors import TooManyAttempts


class NewProof(Strict):
    """What the visitor wants to prove."""

    kind: Literal["phone", "email"]
    value: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320, pattern=r"^[^\x00]*$")
    ]
    language: Annotated[str, StringConstraints(max_length=20)] | None = None


class TypedCode(Strict):
    """What the visitor typed."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]


class ProofReply(Reply):
    """A code is on its way. `shown`: as much of the phone or e-mail as its owner needs; `left`: guesses."""

    kind: str
    shown: str
    left: int
    expires_at: str


def _proofs(ask: Ask) -> Proofs:
    if ask.services.proofs is None:
        raise NotFound
    return ask.services.proofs


@endpoint(
    "POST /api/chat/{key}/proofs", roles=PUBLIC, body=NewProof, reply=ProofReply, status=201, any_origin=True
)
async def ask_for_code(ask: Ask) -> web.Response:
    """Sends a one-time code to the phone or e-mail the visitor says is his."""
    proofs, site = _proofs(ask), await admitted(ask)
    visitor = visitor_of(ask, site)
    limit(ask, "prove", visitor.value)
    wanted = ask.read(NewProof)
    himself = Actor("system", "visitor")
    try:
        sent = await proofs.ask(site, visitor.value, wanted.kind, wanted.value, himself, wanted.language)
    except TooManyCodes as exc:
        raise TooManyAttempts(exc.retry_after_s) from exc
    return as_json(sent, status=201)


@endpoint("POST /api/chat/{key}/proof-code", roles=PUBLIC, body=TypedCode, any_origin=True)
async def type_code(ask: Ask) -> web.Response:
    """The code the visitor got: {state: proven, wrong or over, left}."""
    proofs, site = _proofs(ask), await admitted(ask)
    visitor = visitor_of(ask, site)
    limit(ask, "code", visitor.value)
    return as_json(await proofs.prove(site, visitor.value, ask.read(TypedCode).code))


@endpoint("POST /api/suggestions/{suggestion}/prove", roles=STAFF, reply=ProofReply, status=201)
async def ask_visitor(ask: Ask) -> web.Response:
    """Sends the visitor who claims a phone or e-mail a code to prove it; his chat asks him for it."""
    try:
        sent = await _proofs(ask).ask_about(row_of(ask, "suggestion"), actor(ask))
    except TooManyCodes as exc:
        raise TooManyAttempts(exc.retry_after_s) from exc
    return as_json(sent, status=201)


ENDPOINTS: tuple[Handler, ...] = (ask_for_code, type_code, ask_visitor)
