"""An admin signs in with Zalo, Meta and a mailbox's provider, each speaking its documented HTTP; nobody else can."""

from typing import Any

import pytest
from yarl import URL

from omnichannel.channels.port import Endpoint
from tests.integration.channels.support import ADMIN, AGENT, Client
from tests.support import fake_consent, fake_meta, fake_zalo
from tests.support.fake_consent import FakeConsent
from tests.support.fake_meta import FakeMeta
from tests.support.fake_zalo import FakeZalo
from threadline.channels import Correspondence
from threadline.db.pool import Pool

pytestmark = pytest.mark.integration

CALLBACK = "https://contact.example.vn/connect"


async def _begin(client: Client, endpoint: Endpoint) -> str:
    answer = await client.post(f"/api/endpoints/{endpoint.id}/connect", headers=ADMIN)
    body = await answer.json()
    assert answer.status == 200, body
    return str(body["url"])


async def _agree(client: Client, page: str) -> dict[str, str]:
    """What the provider sends the admin's browser back with."""
    async with client.session.get(page, allow_redirects=False) as answer:
        back = URL(answer.headers["Location"])
    assert str(back.with_query(None)) == CALLBACK
    return dict(back.query)


async def _come_back(client: Client, brought: dict[str, str], **headers: str) -> URL:
    answer = await client.get("/connect", params=brought, headers={**ADMIN, **headers}, allow_redirects=False)
    assert answer.status == 303
    return URL(answer.headers["Location"])


async def _zalo(rooms: Correspondence, fake: FakeZalo, challenge: str = "") -> Endpoint:
    config = {
        "app_id": fake_zalo.APP_ID,
        "base_url": fake.base_url,
        "consent_url": fake.console(CALLBACK, challenge),
    }
    secrets = {"app_secret": fake_zalo.APP_SECRET}
    return await rooms.endpoints.add("zalo", fake_zalo.OA_ID, "Zalo", config, secrets)


async def _console(client: Client, fake: FakeZalo, endpoint: Endpoint) -> None:
    """The admin enters in Zalo's console what our page shows."""
    facts: Any = await (await client.get(f"/api/endpoints/{endpoint.id}/connect", headers=ADMIN)).json()
    fake.console(facts["callback"], facts["challenge"])


async def test_zalo_gives_the_first_pair_for_a_code_and_a_verifier(
    client: Client, rooms: Correspondence, pool: Pool
) -> None:
    async with FakeZalo() as fake:
        endpoint = await _zalo(rooms, fake)
        await rooms.endpoints.switch(endpoint.id, "on")
        await rooms.endpoints.needs_people(endpoint.row, "The refresh token is spent.")
        await _console(client, fake, endpoint)
        there = await _come_back(client, await _agree(client, await _begin(client, endpoint)))
        assert (there.path, there.query["connected"], there.fragment) == (
            "/admin",
            str(endpoint.id),
            "channels",
        )
        known = await rooms.endpoints.by_id(endpoint.id)
        assert known.secrets["access_token"] == fake.access_token
        assert known.secrets["refresh_token"] == fake.refresh_token
        assert (await rooms.endpoints.shown(endpoint.id))["state"] == "on", "what waited for it goes on"
        [check] = await rooms.registry.channel("zalo").check(known)
        assert check.is_ok
    sealed = await pool.fetchval("select secrets from endpoint where id = $1", endpoint.row)
    assert fake.refresh_token.encode() not in sealed
    noted = await pool.fetchval("select count(*) from audit_log where action = 'endpoint.connect'")
    assert noted == 1


async def test_meta_gives_a_lasting_token_of_the_page_and_tells_us_of_it_from_then_on(
    client: Client, rooms: Correspondence
) -> None:
    async with FakeMeta() as fake:
        config = {"app_id": fake_meta.APP_ID, "base_url": fake.base_url}
        secrets = {"app_secret": fake_meta.APP_SECRET, "verify_token": fake_meta.VERIFY_TOKEN}
        endpoint = await rooms.endpoints.add("messenger", fake_meta.PAGE, "Page", config, secrets)
        page = await _begin(client, endpoint)
        assert "pages_messaging" in URL(page).query["scope"]
        there = await _come_back(client, await _agree(client, page))
        assert there.query["connected"] == str(endpoint.id)
        known = await rooms.endpoints.by_id(endpoint.id)
        assert known.secrets["access_token"] == fake_meta.TOKEN
        assert {"messages", "feed", "standby"} <= set(fake.subscribed)
        assert all(check.is_ok for check in await rooms.registry.channel("messenger").check(known))


async def test_a_page_somebody_else_manages_is_refused_in_words(
    client: Client, rooms: Correspondence
) -> None:
    async with FakeMeta() as fake:
        config = {"app_id": fake_meta.APP_ID, "base_url": fake.base_url}
        secrets = {"app_secret": fake_meta.APP_SECRET, "verify_token": fake_meta.VERIFY_TOKEN}
        endpoint = await rooms.endpoints.add("messenger", "PAGE2", "Another page", config, secrets)
        there = await _come_back(client, await _agree(client, await _begin(client, endpoint)))
        assert "does not manage this page" in there.query["refused"]


async def _mailbox(rooms: Correspondence, fake: FakeConsent) -> Endpoint:
    config = {
        "imap_host": "127.0.0.1", "smtp_host": "127.0.0.1", "auth": "xoauth2", "client_id": fake_consent.CLIENT_ID,
        "token_url": f"{fake.base_url}/token", "authorize_url": f"{fake.base_url}/authorize",
        "scope": "https://mail.google.com/",
    }  # fmt: skip
    secrets = {"client_secret": fake_consent.CLIENT_SECRET}
    return await rooms.endpoints.add("email", "shop@example.vn", "Mail", config, secrets)


async def test_a_mailbox_gets_its_refresh_token_from_the_provider_s_page(
    client: Client, rooms: Correspondence
) -> None:
    async with FakeConsent() as fake:
        endpoint = await _mailbox(rooms, fake)
        there = await _come_back(client, await _agree(client, await _begin(client, endpoint)))
        assert there.query["connected"] == str(endpoint.id)
        assert (fake.asked["access_type"], fake.asked["login_hint"]) == ("offline", "shop@example.vn")
        assert (await rooms.endpoints.by_id(endpoint.id)).secrets["refresh_token"] == "refresh-0"
        fake.is_lasting = False
        there = await _come_back(client, await _agree(client, await _begin(client, endpoint)))
        assert "no lasting permission" in there.query["refused"]
        assert (await rooms.endpoints.by_id(endpoint.id)).secrets["refresh_token"] == "refresh-0"


@pytest.mark.parametrize("forged", ["state", "no state", "no ticket", "another ticket", "used code"])
async def test_who_did_not_set_out_from_here_does_not_come_back(
    client: Client, rooms: Correspondence, forged: str
) -> None:
    async with FakeConsent() as fake:
        endpoint = await _mailbox(rooms, fake)
        brought = await _agree(client, await _begin(client, endpoint))
        headers: dict[str, str] = {}
        if forged == "state":
            brought["state"] = brought["state"][::-1]
        elif forged == "no state":
            del brought["state"]
        elif forged == "no ticket":
            client.session.cookie_jar.clear()
        elif forged == "another ticket":
            client.session.cookie_jar.clear()
            headers["Cookie"] = "threadline_connect=gAAAAABmade-up"
        else:
            await _come_back(client, brought)
        there = await _come_back(client, brought, **headers)
        assert there.query["refused"]
        assert "connected" not in there.query
        held = (await rooms.endpoints.by_id(endpoint.id)).secrets
        assert ("refresh_token" in held) is (forged == "used code")


async def test_only_an_admin_may_begin_and_come_back(client: Client, rooms: Correspondence) -> None:
    async with FakeConsent() as fake:
        endpoint = await _mailbox(rooms, fake)
        assert (await client.post(f"/api/endpoints/{endpoint.id}/connect", headers=AGENT)).status == 403
        brought = await _agree(client, await _begin(client, endpoint))
        assert (await client.get("/connect", params=brought, headers=AGENT)).status == 403
        assert (await client.get("/connect", params=brought)).status == 401
        assert "refresh_token" not in (await rooms.endpoints.by_id(endpoint.id)).secrets


async def test_a_channel_whose_settings_do_not_say_enough_says_so(
    client: Client, rooms: Correspondence
) -> None:
    plain = await rooms.endpoints.add(
        "email",
        "plain@example.vn",
        "Mail",
        {"imap_host": "127.0.0.1", "smtp_host": "127.0.0.1"},
        {"password": "x"},
    )
    answer = await client.post(f"/api/endpoints/{plain.id}/connect", headers=ADMIN)
    assert answer.status == 409
    assert "Fill in" in (await answer.json())["error"]["message"]
