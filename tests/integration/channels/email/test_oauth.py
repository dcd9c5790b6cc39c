"""Access tokens come from a real HTTP token endpoint, refreshed once however many ask."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from omnichannel.channels.email.oauth import AccessTokens
from omnichannel.channels.outside import Outside
from omnichannel.channels.port import Endpoint, Remedy, SendFailed
from tests.integration.channels.email.support import mail, until
from tests.support.dovecot import USER, running_dovecot
from tests.support.mail_sink import running_sink
from threadline.channels import Correspondence
from threadline.db.pool import Pool
from threadline.kernel.clock import SystemClock

pytestmark = pytest.mark.integration


@dataclass
class TokenService:
    """`status` and `error` are its next answers; every refresh gives a new refresh token."""

    url: str = ""
    status: int = 200
    error: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append({name: str(value) for name, value in (await request.post()).items()})
        if self.status != 200:
            return web.json_response({"error": self.error}, status=self.status)
        number = len(self.asked)
        return web.json_response(
            {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}", "expires_in": 3600}
        )


@pytest.fixture
async def service() -> AsyncIterator[TokenService]:
    made = TokenService()
    app = web.Application()
    app.router.add_post("/token", made.answer)
    async with TestServer(app) as server:
        made.url = str(server.make_url("/token"))
        yield made


@pytest.fixture
async def token_info() -> AsyncIterator[str]:
    """What Dovecot asks whether a token is good: the second one is."""

    async def answer(request: web.Request) -> web.Response:
        is_good = request.query.get("token") == "access-2"
        facts = {"active": True, "username": USER} if is_good else {"active": False}
        return web.json_response(facts, status=200 if is_good else 401)

    app = web.Application()
    app.router.add_get("/info", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/info"))


@pytest.fixture
async def tokens(rooms: Correspondence) -> AsyncIterator[AccessTokens]:
    async with Outside() as outside:
        yield AccessTokens(outside, rooms.endpoints.secret_store, SystemClock())


@pytest.fixture
async def office(rooms: Correspondence, service: TokenService) -> Endpoint:
    config = {
        "imap_host": "127.0.0.1", "smtp_host": "127.0.0.1", "imap_security": "none", "smtp_security": "none",
        "auth": "xoauth2", "token_url": service.url, "client_id": "app", "scope": "mail offline_access",
    }  # fmt: skip
    return await rooms.endpoints.add(
        "email", USER, "Office", config, {"refresh_token": "refresh-0", "client_secret": "s"}
    )


async def test_three_who_ask_at_once_cause_one_refresh_and_the_new_refresh_token_is_kept(
    rooms: Correspondence, tokens: AccessTokens, office: Endpoint, service: TokenService
) -> None:
    assert set(await asyncio.gather(*(tokens.of(office) for _ in range(3)))) == {"access-1"}
    assert await tokens.of(office) == "access-1"
    assert service.asked == [
        {
            "grant_type": "refresh_token", "refresh_token": "refresh-0", "client_id": "app",
            "scope": "mail offline_access", "client_secret": "s",
        }
    ]  # fmt: skip
    assert (await rooms.endpoints.by_row(office.row)).secrets["refresh_token"] == "refresh-1"


async def test_a_refused_token_is_fetched_anew(
    tokens: AccessTokens, office: Endpoint, service: TokenService
) -> None:
    await tokens.of(office)
    await tokens.forget(office)
    assert await tokens.of(office) == "access-2"
    assert service.asked[1]["refresh_token"] == "refresh-1"


@pytest.mark.parametrize(
    ("status", "error", "remedy"),
    [(400, "invalid_grant", Remedy.RECONNECT), (503, "", Remedy.RETRY), (429, "", Remedy.RETRY)],
)
async def test_a_withdrawn_permission_needs_people_and_a_service_in_trouble_time(
    tokens: AccessTokens, office: Endpoint, service: TokenService, status: int, error: str, remedy: Remedy
) -> None:
    service.status, service.error = status, error
    with pytest.raises(SendFailed) as failed:
        await tokens.of(office)
    assert failed.value.remedy is remedy


async def test_a_mailbox_logs_in_by_token_on_both_servers_and_gets_a_new_one_when_it_is_refused(
    rooms: Correspondence, service: TokenService, token_info: str, office: Endpoint, pool: Pool
) -> None:
    async with running_dovecot(token_info) as dovecot, running_sink("access-2") as sink:
        ports = {"imap_port": str(dovecot.port), "smtp_port": str(sink.port), "start": "all"}
        await rooms.endpoints.change(office.id, config={**office.config, **ports})
        endpoint = await rooms.endpoints.switch(office.id, "on")
        dovecot.deliver(mail("Bằng mã truy cập"))
        async with asyncio.timeout(100), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(rooms.fetchers.run(), name="fetchers")
            await until(pool, "select count(*) from inbound_event", lambda count: count == 1)
            running.cancel()
        found = await rooms.registry.channel("email").check(await rooms.endpoints.by_row(endpoint.row))
    assert [one.is_ok for one in found] == [True, True]
    assert sink.tokens == ["access-2"]
    assert len(service.asked) == 2
