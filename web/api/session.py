"""Signing in and out, and who am I."""

from contextlib import suppress

from aiohttp import web

from threadline.kernel.errors import Refused
from threadline.kernel.events import AgentState
from web.api.endpoint import Ask, Handler, endpoint
from web.api.models import Done, SessionChange, SessionReply, SignIn
from web.api.replies import as_json, myself
from web.auth import PUBLIC, STAFF, cookie_name, is_https
from web.errors import NotYours, TooManyAttempts, WrongLogin
from web.ports import Agent
from web.throttle import LoginThrottle

THROTTLE: web.AppKey[LoginThrottle] = web.AppKey("throttle", LoginThrottle)


@endpoint("POST /api/session", roles=PUBLIC, body=SignIn, reply=SessionReply, status=201)
async def sign_in(ask: Ask) -> web.Response:
    """Sign in: sets the session cookie and answers with the CSRF token."""
    given = ask.read(SignIn)
    agent = await _authenticate(ask, given)
    ttl_s = ask.services.session_ttl_s
    token, csrf = await ask.services.people.open_session(agent.id, ttl_s)
    response = as_json({"agent": myself(agent), "csrf": csrf, "locale": agent.locale}, status=201)
    response.set_cookie(
        cookie_name(ask.request, ask.services),
        token,
        max_age=int(ttl_s),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=is_https(ask.request, ask.services),
    )
    return response


async def _authenticate(ask: Ask, given: SignIn) -> Agent:
    """Raises TooManyAttempts before a password is even looked at, WrongLogin."""
    throttle, clock = ask.request.app[THROTTLE], ask.services.clock
    address = ask.address or "unknown"
    pause_s = throttle.pause_s(address, given.login, clock.now())
    if pause_s > 0:
        raise TooManyAttempts(pause_s)
    agent = await ask.services.people.authenticate(given.login, given.password)
    if agent is None:
        throttle.failed(address, given.login, clock.now())
        raise WrongLogin
    throttle.succeeded(address, given.login)
    return agent


@endpoint("GET /api/session", roles=PUBLIC, reply=SessionReply)
async def show_session(ask: Ask) -> web.Response:
    """Who am I, with the CSRF token; `agent` is null for nobody."""
    caller = ask.known_caller
    agent = caller.agent if caller else None
    return as_json(
        {
            "agent": myself(agent) if agent else None,
            "csrf": caller.csrf if caller else None,
            "locale": agent.locale if agent else ask.services.default_locale,
        }
    )


@endpoint("PATCH /api/session", roles=STAFF, body=SessionChange, reply=SessionReply)
async def change_session(ask: Ask) -> web.Response:
    """Change my language; it stays with the account."""
    locale = ask.read(SessionChange).locale
    agent = ask.caller.person()
    await ask.services.people.set_locale(agent.id, locale)
    return as_json({"agent": {**myself(agent), "locale": locale}, "csrf": ask.caller.csrf, "locale": locale})


@endpoint("DELETE /api/session", roles=STAFF, reply=Done)
async def sign_out(ask: Ask) -> web.Response:
    """Sign out: ends the session and its live sockets, and takes the agent out of routing unless he is on a call."""
    caller = ask.caller
    if caller.session is None:
        raise NotYours("A token has no session to end.")
    with suppress(Refused):
        await ask.services.router.set_state(caller.person().id, AgentState.LOGGED_OUT)
    await ask.services.people.close_session(caller.session)
    await ask.hub.close_session(caller.session)
    response = as_json({"done": True})
    response.del_cookie(
        cookie_name(ask.request, ask.services),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=is_https(ask.request, ask.services),
    )
    return response


ENDPOINTS: tuple[Handler, ...] = (sign_in, show_session, change_session, sign_out)
