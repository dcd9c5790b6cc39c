"""Shows the pictures of one mail by way of this server.

Who loads a picture tells its sender that he reads, when, and from where. So nothing is loaded until an agent asks for
the pictures of one mail; then this server fetches them, without cookies, referrer or the agent's address, from public
addresses only, and hands on what is a picture from front to end. Links are signed: nobody fetches anything else here.
"""

import asyncio
import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urljoin

from omnichannel.attachments.images import measured
from omnichannel.audit.service import Actor, Audit
from omnichannel.channels.email.html import relinked
from omnichannel.webhooks.calling import Caller, CallFailed
from omnichannel.webhooks.guard import UrlRefused
from threadline.kernel.clock import Clock
from threadline.kernel.errors import NotFound

LINK_LIFE: Final = timedelta(hours=1)
PICTURE_MAX: Final = 5_000_000
TIMEOUT_S: Final = 8.0
REDIRECTS: Final = 3
AT_ONCE: Final = 8
PLACEHOLDER: Final = "remote:"
HEADERS: Final = {"User-Agent": "Mozilla/5.0", "Accept": "image/png,image/jpeg,image/gif,image/webp"}
MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"RIFF", "image/webp"),
)


class NoPicture(NotFound):
    """There is no picture that could be shown."""


@dataclass(frozen=True, slots=True)
class Picture:
    mime: str
    data: bytes


class Pictures:
    """`key` signs links: derive it from the server's secret key."""

    def __init__(self, clock: Clock, audit: Audit, caller: Caller, key: bytes) -> None:
        self._clock = clock
        self._audit = audit
        self._caller = caller
        self._key = key
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def shown(self, entry: str, html: str, actor: Actor) -> str:
        """Stored HTML with its pictures from elsewhere behind links of ours. Noted: the agent asked for them."""
        await self._audit.note(actor, "mail.pictures", f"entry:{entry}")
        until = int((self._clock.now() + LINK_LIFE).timestamp())
        return relinked(html, lambda address: self._link(address, until))

    async def fetch(self, address: str, until: str, signature: str) -> Picture:
        """What lies behind a link of `shown`. Raises NoPicture."""
        url = self._checked(address, until, signature)
        try:
            async with self._turns:
                data = await self._fetched(url)
        except (CallFailed, UrlRefused) as exc:
            raise NoPicture from exc
        mime = next((mime for magic, mime in MAGIC if data.startswith(magic)), "")
        if len(data) >= PICTURE_MAX or measured(data, mime) is None:
            raise NoPicture
        return Picture(mime, data)

    def _link(self, address: str, until: int) -> str:
        kept = base64.urlsafe_b64encode(address.encode()).decode().rstrip("=")
        return f"/pictures?u={kept}&e={until}&s={self._signature(kept, str(until))}"

    def _checked(self, address: str, until: str, signature: str) -> str:
        is_ours = hmac.compare_digest(self._signature(address, until).encode(), signature.encode())
        if not is_ours or self._clock.now().timestamp() >= int(until):
            raise NoPicture
        try:
            return base64.urlsafe_b64decode(address + "=" * (-len(address) % 4)).decode()
        except (binascii.Error, ValueError) as exc:
            raise NoPicture from exc

    def _signature(self, address: str, until: str) -> str:
        return hmac.new(self._key, f"picture {until} {address}".encode(), "sha256").hexdigest()

    async def _fetched(self, url: str) -> bytes:
        """Every step of a redirect is judged like the first."""
        for _ in range(REDIRECTS + 1):
            if not self._caller.may_be_private:
                url = f"https:{url.partition(':')[2]}"  # http would tell everybody on the way
            answer = await self._caller.call(
                "GET", url.partition("#")[0], HEADERS, TIMEOUT_S, most=PICTURE_MAX
            )
            if answer.status in (301, 302, 303, 307, 308) and answer.location:
                url = urljoin(url, answer.location)
                continue
            if answer.status != 200:
                raise NoPicture
            return answer.body
        raise NoPicture
