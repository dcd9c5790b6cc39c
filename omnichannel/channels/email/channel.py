"""The channel "email": omnichannel.channels.port.Channel and Fetching for mailboxes."""

import asyncio
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from aiosmtplib.errors import SMTPException

from omnichannel.channels.beside import Errand
from omnichannel.channels.email import building, connecting, fetching, reading, sending, settings
from omnichannel.channels.email.building import Attached
from omnichannel.channels.email.imap import TROUBLE, LoginRefused
from omnichannel.channels.email.oauth import AccessTokens
from omnichannel.channels.email.settings import Mailbox
from omnichannel.channels.email.store import EmailStore
from omnichannel.channels.email.tokens import Tokens
from omnichannel.channels.outside import Outside
from omnichannel.channels.port import (
    Check,
    Delivered,
    Endpoint,
    Field,
    Forged,
    HookRequest,
    Incoming,
    Inlet,
    Limits,
    Opening,
    Outgoing,
    Receipt,
    Remedy,
    SecretStore,
    SendFailed,
    Sent,
    StoredFile,
    Window,
)
from threadline.db.pool import Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import Invalid

FILES_BYTES_MAX: Final = 25_000_000
AUTOMATIC_MAX: Final = 5  # automatic mails to one address
AUTOMATIC_PER: Final = timedelta(hours=24)
SIGNATURE: Final = "x-threadline-signature"
CHECK_TIMEOUT_S: Final = 20.0
_RELAY_ID: Final = re.compile(r"<([!-;=?-~]+@[!-;=?-~]+)>")
_SES: Final = re.compile(r"^ok ([0-9a-f]{16}-[0-9a-f-]{36}-[0-9a-f]{6})$", re.IGNORECASE)


class EmailChannel:
    """`key` signs reply addresses and Message-IDs: derive it from the server's secret key with a label."""

    kind = "email"
    identity_kind = "email"
    keeps_challenge = False
    fields: Sequence[Field] = settings.FIELDS
    limits = Limits(
        text_max=100_000,
        file_bytes=20_000_000,
        file_types=("application/", "audio/", "font/", "image/", "message/", "model/", "text/", "video/"),
        has_html=True,
        has_subject=True,
    )

    def __init__(self, pool: Pool, clock: Clock, outside: Outside, secrets: SecretStore, key: bytes) -> None:
        self._store = EmailStore(pool)
        self._clock = clock
        self._outside = outside
        self._access = AccessTokens(outside, secrets, clock)
        self._key = key

    def receive(self, endpoint: Endpoint, request: HookRequest) -> Receipt:
        """A mail posted raw by a mail server or a provider, signed: hex HMAC-SHA256 of the body by `hook_secret`."""
        secret = endpoint.secrets.get("hook_secret", "")
        given = request.headers.get(SIGNATURE, "").strip().lower().removeprefix("sha256=")
        proof = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
        if not secret or not hmac.compare_digest(proof.encode(), given.encode()):
            raise Forged
        key = reading.key_of(request.body)
        headers = {"received_at": request.received_at.isoformat()}
        return Receipt([Delivered(key, reading.sender_of(request.body) or key, request.body, headers)])

    def read(self, endpoint: Endpoint, raw: bytes, headers: Mapping[str, str]) -> Sequence[Incoming]:
        at = headers.get("received_at")
        received_at = datetime.fromisoformat(at) if at else self._clock.now()
        return reading.read(reader(endpoint, self._key), raw, received_at)

    def window(self, endpoint: Endpoint, last_inbound: datetime | None, now: datetime) -> Window:
        return Window(Opening.OPEN)

    async def send(self, endpoint: Endpoint, message: Outgoing) -> Sent:
        box = _configured(endpoint)
        await self._check_recipient(endpoint, message)
        files = await _attached(message.files)
        try:
            letter = building.build(box, Tokens(self._key, box.address), message, files, self._clock.now())
        except (ValueError, LookupError) as exc:
            raise SendFailed(Remedy.GIVE_UP, "No mail can be made of this.", code="unwritable") from exc
        await self._store.leave_ids(message.key, [letter.message_id])
        said = await sending.give(box, letter, self._credential(endpoint, box))
        other = relay_ids(said)
        if other:
            await self._store.leave_ids(message.key, other)
        return Sent(letter.message_id, {"message_id": letter.message_id})

    async def check(self, endpoint: Endpoint) -> Sequence[Check]:
        try:
            box = settings.mailbox(endpoint)
        except Invalid as exc:
            return [Check("configuration", False, str(exc))]
        return [await self._check_imap(endpoint, box), await self._check_smtp(endpoint, box)]

    def page(self, endpoint: Endpoint, errand: Errand) -> str | None:
        return connecting.consent_page(endpoint, errand)

    async def tokens(self, endpoint: Endpoint, errand: Errand, brought: Mapping[str, str]) -> dict[str, str]:
        return await connecting.first_tokens(self._outside, endpoint, errand, brought)

    async def fetch(self, endpoint: Endpoint, inlet: Inlet) -> None:
        box = _configured(endpoint)
        forget = (lambda: self._forget(endpoint)) if box.has_oauth else None
        await fetching.Follower(
            endpoint, box, inlet, self._store, self._clock, self._credential(endpoint, box), forget
        ).run()

    # --- parts --------------------------------------------------------------------------------------------

    def _credential(self, endpoint: Endpoint, box: Mailbox) -> fetching.Credential:
        async def secret() -> str:
            return await self._access.of(endpoint) if box.has_oauth else endpoint.secrets.get("password", "")

        return secret

    async def _forget(self, endpoint: Endpoint) -> str:
        await self._access.forget(endpoint)
        return ""

    async def _check_recipient(self, endpoint: Endpoint, message: Outgoing) -> None:
        """Raises SendFailed for an address that bounced, and for one machine too many writing to it."""
        if not message.to.value.isascii():
            raise SendFailed(
                Remedy.GIVE_UP, "Addresses with such letters can't be written to.", code="address"
            )
        if await self._store.is_suppressed(message.to.value):
            detail = "Mail to this address came back as undeliverable, and nothing came from it since."
            raise SendFailed(Remedy.BLOCKED, detail, code="suppressed")
        if message.by == "person":
            return
        now, row, to = self._clock.now(), endpoint.row, message.to.value
        since = now - AUTOMATIC_PER
        if await self._store.count_automatic(row, to, since, message.key) >= AUTOMATIC_MAX:
            detail = "Enough automatic mails went to this address within a day."
            raise SendFailed(Remedy.GIVE_UP, detail, code="automatic_cap")
        await self._store.add_automatic(row, to, message.key, now, since)

    async def _check_imap(self, endpoint: Endpoint, box: Mailbox) -> Check:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                async with fetching.connection(box, await self._credential(endpoint, box)()) as mailbox:
                    for folder in box.folders:
                        await mailbox.call(lambda name=folder: mailbox.session.select(name))  # type: ignore[misc]
        except LoginRefused:
            return Check("imap", False, fetching.REFUSED)
        except SendFailed as failed:
            return Check("imap", False, failed.detail)
        except (TimeoutError, *TROUBLE) as exc:
            return Check("imap", False, f"The mail server (IMAP) can't be used: {type(exc).__name__}.")
        return Check("imap", True)

    async def _check_smtp(self, endpoint: Endpoint, box: Mailbox) -> Check:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                client = await sending.connected(box, self._credential(endpoint, box))
            client.close()
        except SendFailed as failed:
            return Check("smtp", False, failed.detail)
        except (SMTPException, OSError) as exc:
            return Check("smtp", False, sending.before_data(exc).detail)
        return Check("smtp", True)


def reader(endpoint: Endpoint, key: bytes) -> reading.Reader:
    """What reading needs of an endpoint. Raises Invalid."""
    own = settings.own_addresses(endpoint)
    return reading.Reader(own, Tokens(key, own[0]), endpoint.config.get("authserv_id", "").strip().lower())


def relay_ids(said: str) -> list[str]:
    """Message-IDs a relay says it gave the mail in place of ours."""
    ses = _SES.match(said.strip())
    if ses is not None:
        return [f"<{ses[1]}@email.amazonses.com>"]
    return [f"<{one}>" for one in _RELAY_ID.findall(said)[:3]]


def _configured(endpoint: Endpoint) -> Mailbox:
    try:
        return settings.mailbox(endpoint)
    except Invalid as exc:
        raise SendFailed(Remedy.RECONNECT, str(exc), code="configuration") from exc


async def _attached(files: Sequence[StoredFile]) -> list[Attached]:
    if sum(file.bytes for file in files) > FILES_BYTES_MAX:
        raise SendFailed(Remedy.GIVE_UP, "The files are too large for one mail.", code="too_large")
    try:
        return [
            Attached(file.name, file.mime, await asyncio.to_thread(file.path.read_bytes), file.content_id)
            for file in files
        ]
    except OSError as exc:
        raise SendFailed(Remedy.GIVE_UP, "A file of it is not there any more.", code="file") from exc
