"""Pictures of mails: fetched by the server when asked, from public addresses, and only what is a picture."""

import re
import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html import unescape

import pytest
from aiohttp import web

from omnichannel.audit.service import SYSTEM, Audit
from omnichannel.channels.email import html as mails
from omnichannel.pictures.service import NoPicture, Pictures
from omnichannel.webhooks.calling import Caller
from tests.integration.omnichannel.support import NOON
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.ids import uuid7

pytestmark = pytest.mark.integration
LINK = re.compile(r'src="(/pictures\?[^"]+)"')
KEY = bytes(range(32))


def png(width: int = 1) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00" + bytes(width))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@dataclass
class Elsewhere:
    """A sender's server. `heard` are the requests it got."""

    url: str = ""
    heard: list[web.Request] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.heard.append(request)
        kind = request.match_info["kind"]
        if kind == "away":
            raise web.HTTPFound("/picture.png")
        if kind == "round":
            raise web.HTTPFound("/round")
        if kind == "inside":
            raise web.HTTPFound("file:///etc/passwd")
        bodies = {
            "picture.png": png(),
            "script.svg": b"<svg onload=alert(1)>",
            "page": b"<html>",
            "huge": png() + bytes(6_000_000),
        }
        return web.Response(body=bodies[kind], content_type="image/png")


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    made = Elsewhere()
    app = web.Application()
    app.router.add_get("/{kind}", made.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOON)


@pytest.fixture
async def pictures(pool: Pool, clock: VirtualClock) -> AsyncIterator[Pictures]:
    """May reach this machine, where the sender's server is."""
    async with Caller(may_be_private=True) as caller:
        yield Pictures(clock, Audit(pool, clock), caller, KEY)


async def links(pictures: Pictures, *addresses: str) -> list[tuple[str, str, str]]:
    """What a page of a mail with these pictures would ask for."""
    stored = mails.clean("".join(f'<img src="{one}" onerror="x()">' for one in addresses))
    assert not re.search(r'src="https?:', stored)
    shown = await pictures.shown("7", stored, SYSTEM)
    assert "onerror" not in shown
    found = [
        dict(part.split("=", 1) for part in unescape(one).partition("?")[2].split("&"))
        for one in LINK.findall(shown)
    ]
    return [(one["u"], one["e"], one["s"]) for one in found]


async def test_an_asked_for_picture_is_fetched_by_the_server_and_says_nothing_of_the_agent(
    pictures: Pictures, elsewhere: Elsewhere, pool: Pool
) -> None:
    (direct, led) = await links(pictures, f"{elsewhere.url}/picture.png?who=lan", f"{elsewhere.url}/away")
    assert elsewhere.heard == []
    picture = await pictures.fetch(*direct)
    assert (picture.mime, picture.data) == ("image/png", png())
    assert (await pictures.fetch(*led)).data == png()
    headers = elsewhere.heard[0].headers
    assert not {"Cookie", "Referer", "Authorization", "X-Forwarded-For"} & set(headers)
    assert [row["action"] for row in await pool.fetch("select action from audit_log")] == ["mail.pictures"]


@pytest.mark.parametrize("kind", ["script.svg", "page", "huge", "round", "inside"])
async def test_what_is_no_picture_from_front_to_end_is_not_handed_on(
    pictures: Pictures, elsewhere: Elsewhere, kind: str
) -> None:
    (link,) = await links(pictures, f"{elsewhere.url}/{kind}")
    with pytest.raises(NoPicture):
        await pictures.fetch(*link)


async def test_only_what_a_mail_names_is_fetched_and_only_for_an_hour(
    pictures: Pictures, elsewhere: Elsewhere, clock: VirtualClock
) -> None:
    ((address, until, signature),) = await links(pictures, f"{elsewhere.url}/picture.png")
    ((other, _, _),) = await links(pictures, f"{elsewhere.url}/page")
    for forged in (
        (other, until, signature),
        (address, str(int(until) + 1), signature),
        (address, until, "0" * 64),
    ):
        with pytest.raises(NoPicture):
            await pictures.fetch(*forged)
    clock.advance(3600)
    with pytest.raises(NoPicture):
        await pictures.fetch(address, until, signature)
    assert elsewhere.heard == []


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/picture.png", "http://localhost:{port}/picture.png", "http://[::1]:{port}/picture.png",
        "http://2130706433:{port}/picture.png", "http://169.254.169.254/latest/meta-data", "http://10.0.0.1/x.png",
    ],
)  # fmt: skip
async def test_nothing_inside_our_own_network_is_reached(
    pool: Pool, clock: VirtualClock, elsewhere: Elsewhere, address: str
) -> None:
    async with Caller() as caller:
        pictures = Pictures(clock, Audit(pool, clock), caller, KEY)
        (link,) = await links(pictures, address.format(port=elsewhere.url.rpartition(":")[2]))
        with pytest.raises(NoPicture):
            await pictures.fetch(*link)
    assert elsewhere.heard == []


def test_pictures_of_ours_stay_as_they_are() -> None:
    ours = f'<img src="https://contact.example.vn/files/{uuid7(NOON)}?e=1&amp;s=x">'
    assert mails.relinked(ours, lambda address: "changed") == ours
