"""Bearer tokens of programs: what each may do, when it was used, and its end."""

from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, Field, StringConstraints

from omnichannel.people.tokens import Tokens
from threadline.kernel.errors import NotFound
from threadline.kernel.ids import AgentId
from threadline.kernel.scopes import Scope
from web.api.endpoint import Ask, Handler, endpoint
from web.api.endpoints import ADMINS
from web.api.models import Reply, Request
from web.api.outbound import actor
from web.api.replies import as_json

ScopeName = Annotated[str, StringConstraints(pattern=f"^({'|'.join(Scope)})$")]


class NewToken(Request):
    """`scopes` none: everything the role may. `agent`: the token speaks for this person."""

    name: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00]*$")
    ]
    role: Literal["agent", "supervisor", "admin"] = "supervisor"
    scopes: list[ScopeName] | None = Field(default=None, min_length=1, max_length=len(Scope))
    agent: UUID | None = None
    expires_at: AwareDatetime | None = None


class TokenOwner(Reply):
    id: UUID
    name: str


class TokenFacts(Reply):
    """`last_used_at` is right to the minute."""

    id: UUID
    name: str
    role: str
    scopes: list[str] | None
    agent: TokenOwner | None
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    revoked_at: str | None


class MadeToken(TokenFacts):
    """`token` is shown this once."""

    token: str


class TokensReply(Reply):
    tokens: list[TokenFacts]


def _tokens(ask: Ask) -> Tokens:
    if ask.services.tokens is None:
        raise NotFound
    return ask.services.tokens


@endpoint("GET /api/tokens", roles=ADMINS, reply=TokensReply)
async def list_tokens(ask: Ask) -> web.Response:
    """Every token, the newest first, those that are over too."""
    return as_json({"tokens": list(await _tokens(ask).all())})


@endpoint("POST /api/tokens", roles=ADMINS, body=NewToken, reply=MadeToken, status=201)
async def make_token(ask: Ask) -> web.Response:
    """A new token; it is shown this once."""
    wanted = ask.read(NewToken)
    made = await _tokens(ask).make(
        wanted.name,
        wanted.role,
        actor(ask),
        agent=None if wanted.agent is None else AgentId(wanted.agent),
        scopes=wanted.scopes,
        expires_at=wanted.expires_at,
    )
    return as_json(made, status=201)


@endpoint("DELETE /api/tokens/{id}", roles=ADMINS, status=204)
async def revoke_token(ask: Ask) -> web.Response:
    """The token speaks for nobody any more."""
    await _tokens(ask).revoke(ask.path_id("id"), actor(ask))
    return web.Response(status=204)


ENDPOINTS: tuple[Handler, ...] = (list_tokens, make_token, revoke_token)
