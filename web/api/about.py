"""Health, and the description of this interface."""

from pathlib import Path
from typing import Final

from aiohttp import web

from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import HealthReply
from web.api.replies import as_json
from web.auth import PUBLIC

DESCRIPTION: Final = web.AppKey("openapi", dict[str, object])
DOCS_PAGE: Final = Path(__file__).resolve().parent.parent / "static" / "docs" / "index.html"


@endpoint("GET /api/health", roles=PUBLIC, reply=HealthReply)
async def show_health(ask: Ask) -> web.Response:
    """Whether the server takes calls: ok with 200, draining or degraded with 503."""
    status = ask.services.health()
    return as_json({"status": status, "version": ask.services.version}, status=200 if status == "ok" else 503)


@endpoint("GET /api/openapi.json", roles=PUBLIC)
async def show_openapi(ask: Ask) -> web.Response:
    """This interface as OpenAPI 3.1."""
    return as_json(ask.request.app[DESCRIPTION])


@endpoint("GET /api/docs", roles=PUBLIC, produces="text/html")
async def show_docs(ask: Ask) -> web.StreamResponse:
    """This interface as a page."""
    return web.FileResponse(DOCS_PAGE)


ENDPOINTS: tuple[Handler, ...] = (show_health, show_openapi, show_docs)
