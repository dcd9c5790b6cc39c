"""For operators: the SIP port's guard, phones and trunks, a call's messages, and the metrics."""

from hmac import compare_digest
from typing import Final, Literal

from aiohttp import web
from pydantic import BaseModel

from threadline.kernel.errors import NotFound
from threadline.kernel.ids import CallId
from threadline.kernel.scopes import Scope
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Done
from web.api.operations_models import OperationsReply
from web.api.replies import as_json
from web.auth import LEADS, PUBLIC, Role, admit, check_scope
from web.ports import Operations

ADMINS: Final = frozenset({Role.ADMIN})
PROMETHEUS: Final = "text/plain; version=0.0.4; charset=utf-8"
PCAP: Final = "application/vnd.tcpdump.pcap"
LONGEST_ADDRESS: Final = 64


class TraceQuery(BaseModel):
    """`bodies`: SDP too, without its keys."""

    format: Literal["text", "pcap"] = "text"
    bodies: bool = False


@endpoint("GET /api/operations", roles=LEADS, reply=OperationsReply)
async def show_operations(ask: Ask) -> web.Response:
    """Bans, floods, refusals, registered phones, trunks and media workers, as of now."""
    return as_json(_backstage(ask).overview())


@endpoint("DELETE /api/operations/bans/{address}", roles=ADMINS, reply=Done)
async def lift_ban(ask: Ask) -> web.Response:
    """Let a banned address back in. An IPv6 network's slash is written %2F."""
    _backstage(ask).lift_ban(ask.request.match_info["address"][:LONGEST_ADDRESS], ask.caller.name)
    return as_json({"done": True})


@endpoint("GET /api/calls/{id}/trace", roles=ADMINS, query=TraceQuery, produces="text/plain")
async def show_trace(ask: Ask) -> web.Response:
    """The SIP messages of a call as a ladder, or as a pcap file; only of recent calls."""
    wanted, call = ask.asked(TraceQuery), CallId(ask.path_id("id"))
    if wanted.format == "text":
        return web.Response(text=_backstage(ask).ladder(call, bodies=wanted.bodies))
    name = {"Content-Disposition": f'attachment; filename="{call}.pcap"'}
    data = _backstage(ask).pcap(call, bodies=wanted.bodies)
    return web.Response(body=data, content_type=PCAP, headers=name)


@endpoint("GET /metrics", roles=PUBLIC, produces="text/plain")
async def show_metrics(ask: Ask) -> web.Response:
    """Metrics for Prometheus: with the metrics token, or as an admin."""
    if not _has_metrics_token(ask):
        check_scope(admit(ask.known_caller, ADMINS), ask.request.method, Scope.OPERATIONS)
    data = await _backstage(ask).metrics()
    return web.Response(body=data, headers={"Content-Type": PROMETHEUS, "Cache-Control": "no-store"})


def _has_metrics_token(ask: Ask) -> bool:
    wanted = ask.services.metrics_token
    scheme, _, given = ask.request.headers.get("Authorization", "").partition(" ")
    return (
        wanted is not None
        and scheme.lower() == "bearer"
        and compare_digest(given.strip().encode(), wanted.encode())
    )


def _backstage(ask: Ask) -> Operations:
    if ask.services.operations is None:
        raise NotFound("This server has no SIP port.")
    return ask.services.operations


ENDPOINTS: tuple[Handler, ...] = (show_operations, lift_ban, show_trace, show_metrics)
