"""Puts the web room together: routes, middlewares, static files, the live hub."""

import logging
import math
import traceback
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

from aiohttp import web

from threadline.kernel.errors import Invalid, NotFound, Outdated, Refused, ThreadlineError
from web.api import (
    about,
    admin_queues,
    admin_rehearsal,
    admin_skills,
    admin_telephony,
    admin_users,
    admin_wrap_up,
    agents,
    audit,
    calendars,
    call_controls,
    calls,
    canned,
    captions,
    cases,
    chat,
    chat_articles,
    chat_live,
    connecting,
    contact_imports,
    contacts,
    customers,
    endpoints,
    files,
    flow_calls,
    flow_helps,
    flow_names,
    flows,
    help_pages,
    knowledge,
    live,
    operations,
    outbound,
    phone,
    pictures,
    privacy,
    proofs,
    quality,
    recordings,
    rules,
    search,
    session,
    supervision,
    threads,
    tokens,
    webhooks,
)
from web.api.about import DESCRIPTION
from web.api.demo import show_shop
from web.api.endpoint import ENDPOINT, HUB, SERVICES, Ask, Endpoint, Handler, as_aiohttp, declared, endpoint
from web.api.openapi import describe
from web.api.replies import as_json
from web.api.session import THROTTLE
from web.auth import PUBLIC
from web.chat_limits import ChatLimits
from web.errors import TooManyAttempts, UndeclaredRole, WebError
from web.headers import add_security_headers
from web.hooks import door, twilio
from web.hooks.limits import HookLimits
from web.live import LiveHub
from web.pages import FOLDERS, ROUTE, pages
from web.services import Services
from web.throttle import LoginThrottle

log = logging.getLogger(__name__)

HERE: Final = Path(__file__).resolve().parent
HANDLERS: Final[tuple[Handler, ...]] = (
    *about.ENDPOINTS,
    *session.ENDPOINTS,
    *threads.ENDPOINTS,
    *calls.ENDPOINTS,
    *phone.ENDPOINTS,
    *call_controls.ENDPOINTS,
    *recordings.ENDPOINTS,
    *captions.ENDPOINTS,
    *agents.ENDPOINTS,
    *supervision.ENDPOINTS,
    *operations.ENDPOINTS,
    *files.ENDPOINTS,
    *chat.ENDPOINTS,
    *chat_live.ENDPOINTS,
    *chat_articles.ENDPOINTS,
    *pictures.ENDPOINTS,
    *proofs.ENDPOINTS,
    *tokens.ENDPOINTS,
    *endpoints.ENDPOINTS,
    *connecting.ENDPOINTS,
    *outbound.ENDPOINTS,
    *door.ENDPOINTS,
    *twilio.ENDPOINTS,
    *cases.ENDPOINTS,
    *calendars.ENDPOINTS,
    *search.ENDPOINTS,
    *privacy.ENDPOINTS,
    *audit.ENDPOINTS,
    *contacts.ENDPOINTS,
    *contact_imports.ENDPOINTS,
    *rules.ENDPOINTS,
    *canned.ENDPOINTS,
    *knowledge.ENDPOINTS,
    *quality.ENDPOINTS,
    *webhooks.ENDPOINTS,
    *customers.ENDPOINTS,
    *admin_users.ENDPOINTS,
    *admin_skills.ENDPOINTS,
    *admin_queues.ENDPOINTS,
    *admin_wrap_up.ENDPOINTS,
    *admin_telephony.ENDPOINTS,
    *admin_rehearsal.ENDPOINTS,
    *flow_helps.ENDPOINTS,
    *flow_names.ENDPOINTS,
    *flow_calls.ENDPOINTS,
    *flows.ENDPOINTS,
    *live.ENDPOINTS,
)

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


@endpoint("GET /", roles=PUBLIC, produces="text/html")
async def show_desk(ask: Ask) -> web.StreamResponse:
    """The agent page."""
    return pages().page(ask.request, "static/desk/index.html")


@endpoint("GET /operations", roles=PUBLIC, produces="text/html")
async def show_operations_page(ask: Ask) -> web.StreamResponse:
    """The operators' page."""
    return pages().page(ask.request, "static/operations/index.html")


@endpoint("GET /admin", roles=PUBLIC, produces="text/html")
async def show_admin_page(ask: Ask) -> web.StreamResponse:
    """The admins' page."""
    return pages().page(ask.request, "static/admin/index.html")


@endpoint("GET /flows", roles=PUBLIC, produces="text/html")
async def show_flows_page(ask: Ask) -> web.StreamResponse:
    """The page flows are edited at."""
    return pages().page(ask.request, "static/flows/index.html")


@endpoint("GET /wallboard", roles=PUBLIC, produces="text/html")
async def show_wallboard_page(ask: Ask) -> web.StreamResponse:
    """The supervisors' page."""
    return pages().page(ask.request, "static/wallboard/index.html")


@endpoint("GET /design", roles=PUBLIC, produces="text/html")
async def show_design_page(ask: Ask) -> web.StreamResponse:
    """What the pages are made of."""
    return pages().page(ask.request, "static/design/index.html")


@endpoint("GET /widget/v1.js", roles=PUBLIC, produces="text/javascript")
async def show_widget(_ask: object) -> web.StreamResponse:
    """The script tag of the chat on other sites' pages."""
    return web.FileResponse(HERE / "static" / "widget" / "v1.js")


def make_app(services: Services) -> web.Application:
    """The whole web room over these services. Raises UndeclaredRole for a route that says no role."""
    app = web.Application(middlewares=[_errors_as_json], client_max_size=2 * 1024 * 1024)
    app[SERVICES] = services
    app[HUB] = LiveHub(services.bus, services.clock)
    app[THROTTLE] = LoginThrottle()
    app[door.LIMITS] = HookLimits()
    app[chat.LIMITS] = ChatLimits()
    points = [declared(handler) for handler in HANDLERS]
    app[DESCRIPTION] = describe(tuple(points), services.version)
    shown = (
        show_desk, show_operations_page, show_admin_page, show_flows_page, show_wallboard_page, show_design_page, show_widget,
        show_shop,
        *help_pages.PAGES,
    )  # fmt: skip
    _add_routes(app, [*points, *(declared(page) for page in shown)])
    for prefix, folder in FOLDERS.items():
        app.router.add_static(f"/{prefix}", folder)
    app.router.add_get(ROUTE.replace("{path}", "{path:.+}"), pages().serve)
    app.on_response_prepare.append(add_security_headers)
    app.on_shutdown.append(_say_goodbye)
    refuse_undeclared(app)
    return app


def _add_routes(app: web.Application, points: Sequence[Endpoint]) -> None:
    for point in points:
        handle = as_aiohttp(point)
        app.router.add_route(point.method, point.path, handle)
        if point.method == "GET":
            app.router.add_route("HEAD", point.path, handle)


def refuse_undeclared(app: web.Application) -> None:
    """Raises UndeclaredRole if any route, however it was added, neither says its roles nor is a public folder."""
    folders = (*(f"/{name}" for name in FOLDERS), ROUTE)
    for route in app.router.routes():
        resource = route.resource
        is_folder = resource is not None and resource.canonical in folders
        if not is_folder and not isinstance(getattr(route.handler, ENDPOINT, None), Endpoint):
            raise UndeclaredRole(
                f"{route.method} {resource.canonical if resource else route} has no declared role"
            )


async def _say_goodbye(app: web.Application) -> None:
    app[HUB].close_all()
    if (chat := app[SERVICES].chat) is not None:
        chat.close()


@web.middleware
async def _errors_as_json(request: web.Request, handler: Next) -> web.StreamResponse:
    """Every refusal as {"error": {"code", "message", "field"?}}. What nobody foresaw is logged and says nothing."""
    try:
        return await handler(request)
    except ThreadlineError as exc:
        return _refusal(exc)
    except web.HTTPException as exc:
        if exc.status < 400:
            raise
        return _error(exc.status, _code_of(exc), exc.reason)
    except Exception as exc:  # noqa: BLE001 the one supervisor of a request
        facts = {"method": request.method, "route": _route(request), "error": type(exc).__name__}
        log.error("request failed", extra={**facts, "pii.trace": traceback.format_exc()})
        return _error(500, "internal", "Something went wrong on the server.")


def _refusal(exc: ThreadlineError) -> web.Response:
    if isinstance(exc, TooManyAttempts):
        seconds = math.ceil(exc.retry_after_s)
        response = _error(429, exc.code, str(exc), retry_after_s=seconds)
        response.headers["Retry-After"] = str(seconds)
        return response
    if isinstance(exc, WebError):
        return _error(exc.status, exc.code, str(exc))
    if isinstance(exc, NotFound):
        return _error(404, "not_found", str(exc))
    if isinstance(exc, Outdated):
        return _error(409, "outdated", str(exc))
    facts = {name: getattr(exc, name, None) for name in ("field", "reason", "names")}
    more = {name: value for name, value in facts.items() if value}
    if isinstance(exc, Refused):
        return _error(409, "refused", str(exc), **more)
    if isinstance(exc, Invalid):
        return _error(422, "invalid", str(exc), **more)
    log.error("request failed", extra={"error": type(exc).__name__})
    return _error(500, "internal", "Something went wrong on the server.")


def _error(status: int, code: str, message: str, **more: object) -> web.Response:
    return as_json({"error": {"code": code, "message": message, **more}}, status=status)


def _code_of(exc: web.HTTPException) -> str:
    return {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(exc.status, "bad_request")


def _route(request: web.Request) -> str:
    """The route's pattern, not the path: a path may hold a phone number."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"
