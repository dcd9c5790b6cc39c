"""Calls through the whole server: menu, queue, offer, talk, hold, wrap-up, thread."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import UUID

import pytest

from tests.support.audio import tone
from tests.support.baresip import Account, Baresip
from tests.support.house import HOTLINE, furnish, house
from threadline.compose import Server
from threadline.kernel.events import AgentState, Json
from threadline.kernel.ids import AgentId, CallId, ThreadId

pytestmark = pytest.mark.integration

PASSWORD = "phone-secret"
LAN = "+84901234567"


@pytest.fixture
async def server(tmp_path: Path, dsn: str) -> AsyncIterator[Server]:
    async with house(tmp_path / "data", dsn) as running:
        await hire(running, "an", "101", billing=3)
        await furnish(running)
        yield running


async def hire(server: Server, login: str, extension: str, **skills: int) -> AgentId:
    await server.accounts.add_account(extension, server.settings.realm, PASSWORD, md5=True)
    return await server.people.add(
        login, "a long password", role="agent", display_name=login.title(), extension=extension,
        skills={"support": 5, "lang:en-US": 5, "lang:vi-VN": 5, **skills},
    )  # fmt: skip


def phone(server: Server, folder: Path, user: str, **options: object) -> Baresip:
    return Baresip(folder, Account(user, PASSWORD, f"127.0.0.1:{server.sip.port}"), **options)  # type: ignore[arg-type]


async def until(fact: Callable[[], Awaitable[bool]], what: str, timeout_s: float = 20) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            while not await fact():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"never happened: {what}") from None


async def state_of(server: Server, agent: AgentId) -> str:
    return next(str(one["state"]) for one in await server.router.states() if one["agent"] == str(agent))


async def the_call(server: Server) -> Json:
    contact = (await server.threads.contacts(LAN, "VN"))[0]
    page = await server.threads.timeline(ThreadId(UUID(str(contact["thread"]))), None, 20)
    entries = page["entries"]
    assert isinstance(entries, list)
    return next(entry for entry in entries if isinstance(entry, dict) and entry["kind"] == "call")


async def test_a_customer_is_served_by_the_agent_who_answers(server: Server, tmp_path: Path) -> None:
    an = await agent_called(server, "an")
    await server.accounts.add_account("lan", server.settings.realm, PASSWORD, md5=True, number=LAN)
    async with (
        phone(server, tmp_path, "101", says=tone(880, 600), auto_answer=False) as desk,
        phone(server, tmp_path, "lan", says=tone(440, 600)) as lan,
    ):
        await desk.registered()
        await lan.registered()
        await server.router.set_state(an, AgentState.READY)
        await lan.dial(HOTLINE)
        await lan.established()
        await asyncio.sleep(1)
        await lan.press("2")
        await asyncio.sleep(3)
        await lan.press("3")
        await desk.incoming(timeout_s=30)
        assert await state_of(server, an) == "offered"
        await desk.answer()
        await desk.established()
        await lan.hears_tone(880)
        await desk.hears_tone(440)
        assert await state_of(server, an) == "talking"
        await lan.hang_up()
        await desk.closed()
    await until(lambda: _is(server, an, "wrap_up"), "wrap-up")

    async def ended() -> bool:
        return (await the_call(server))["status"] == "served"

    await until(ended, "the thread holds the call")
    entry = await the_call(server)
    print(entry)
    detail = await server.calls.detail(CallId(UUID(str(entry["call"]["id"]))))  # type: ignore[index, call-overload]
    print(detail)
    assert detail["outcome"] == {"result": "served", "reason": "customer_hung_up"}


async def agent_called(server: Server, login: str) -> AgentId:
    agent = await server.people.by_login(login)
    assert agent is not None
    return agent.id


async def _is(server: Server, agent: AgentId, state: str) -> bool:
    return await state_of(server, agent) == state
