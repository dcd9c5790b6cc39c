"""Who read and changed what, for admins."""

from aiohttp import web
from pydantic import AwareDatetime, Field

from threadline.kernel.errors import NotFound
from web.api.endpoint import Ask, Handler, endpoint
from web.api.endpoints import ADMINS
from web.api.models import Reply, Request
from web.api.replies import as_json

FREE = r"^[^\x00]*$"


class AuditQuery(Request):
    """`action` "contact" is all of "contact.…"; `target` "contact:UUID"; `actor` an agent's id or a token's name."""

    target: str | None = Field(default=None, max_length=200, pattern=FREE)
    action: str | None = Field(default=None, max_length=100, pattern=r"^[a-z_.]+$")
    actor: str | None = Field(default=None, max_length=200, pattern=FREE)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    before: int | None = Field(default=None, ge=1, le=2**63 - 1)
    limit: int = Field(default=50, ge=1, le=200)


class AuditReply(Reply):
    """`next` is the `before` of the following page."""

    notes: list[dict[str, object]]
    next: str | None


@endpoint("GET /api/audit", roles=ADMINS, query=AuditQuery, reply=AuditReply)
async def list_notes(ask: Ask) -> web.Response:
    """Who read and changed what, the newest first."""
    if ask.services.channels is None:
        raise NotFound
    asked = ask.asked(AuditQuery)
    if ask.services.reads is not None:
        await ask.services.reads.flush()
    notes = await ask.services.channels.audit.list(
        target=asked.target, action=asked.action, actor=asked.actor, span=(asked.since, asked.until),
        before=asked.before, limit=asked.limit,
    )  # fmt: skip
    return as_json({"notes": list(notes), "next": notes[-1]["id"] if len(notes) == asked.limit else None})


ENDPOINTS: tuple[Handler, ...] = (list_notes,)
