"""Gives one mail to an SMTP server, and what its answers mean for the outbox.

Before the end of DATA nothing has happened, whatever goes wrong; after it, without an answer, nobody knows.
"""

import ssl
from collections.abc import Awaitable, Callable
from typing import Final

import aiosmtplib
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from omnichannel.channels.email.building import Letter
from omnichannel.channels.email.settings import Mailbox
from omnichannel.channels.port import Remedy, SendFailed

TIMEOUT_S: Final = 25.0
REST_S: Final = 300.0
_TOO_MUCH: Final = frozenset({421, 454})  # the server, not the mail
_NO_SUCH_USER: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})

Credential = Callable[[], Awaitable[str]]


async def give(box: Mailbox, letter: Letter, credential: Credential, *, timeout_s: float = TIMEOUT_S) -> str:
    """What the server said when it took the mail. Raises SendFailed."""
    try:
        client = await connected(box, credential, timeout_s=timeout_s)
    except SendFailed:
        raise
    except (SMTPException, OSError, ssl.SSLError) as exc:
        raise before_data(exc) from exc
    try:
        try:
            await client.mail(letter.envelope_from)
            await client.rcpt(letter.to)
        except (SMTPException, OSError) as exc:
            raise before_data(exc) from exc
        try:
            said = await client.data(letter.raw)
        except SMTPDataError as exc:
            raise of_code(exc.code, exc.message) from exc
        except (SMTPException, OSError) as exc:
            detail = "The connection was lost while the mail server took the mail: it may or may not have it."
            raise SendFailed(Remedy.UNSURE, detail, code="no_answer") from exc
        return said.message
    finally:
        client.close()


async def connected(box: Mailbox, credential: Credential, *, timeout_s: float = TIMEOUT_S) -> aiosmtplib.SMTP:
    """Logged in. The caller closes it. Raises SendFailed, SMTPException, OSError."""
    server = box.smtp
    secret = await credential()
    login: dict[str, object] = {"username": box.username, "password": secret} if secret else {}
    if box.has_oauth:
        login = {"username": box.username, "oauth_token_generator": credential}
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
        timeout=timeout_s,
        local_hostname=box.domain,
        **login,  # type: ignore[arg-type]
    )
    await client.connect()
    return client


def before_data(exc: Exception) -> SendFailed:
    """Nothing was handed over yet."""
    if isinstance(exc, SMTPRecipientsRefused) and exc.recipients:
        exc = exc.recipients[0]
    if isinstance(exc, SMTPAuthenticationError):
        if exc.code < 500:
            return SendFailed(
                Remedy.PAUSE, "The mail server does not log us in at the moment.", code=str(exc.code)
            )
        return SendFailed(
            Remedy.RECONNECT, "The mail server (SMTP) refused the user name or password.", code=str(exc.code)
        )
    if isinstance(exc, SMTPNotSupported):
        return SendFailed(
            Remedy.RECONNECT, "The mail server (SMTP) does not offer the encryption or login that is set."
        )
    if isinstance(exc, ssl.SSLCertVerificationError) or "CERTIFICATE" in str(exc).upper():
        return SendFailed(
            Remedy.RECONNECT, "The mail server's certificate (SMTP) can't be trusted.", code="certificate"
        )
    if isinstance(exc, SMTPRecipientRefused | SMTPSenderRefused | SMTPResponseException) and not isinstance(
        exc, SMTPConnectError
    ):
        return of_code(exc.code, exc.message)
    return SendFailed(Remedy.RETRY, "The mail server (SMTP) could not be reached.", code="unreachable")


def of_code(code: int, said: str) -> SendFailed:
    """What a refusal means, RFC 5321 section 4.2 and RFC 3463."""
    enhanced = next((word for word in said.split()[:1] if word[:2] in ("4.", "5.")), None)
    name = f"{code} {enhanced}" if enhanced else str(code)
    if code in _TOO_MUCH:
        detail = "The mail server takes no mails at the moment."
        return SendFailed(Remedy.PAUSE, detail, code=name, retry_after_s=REST_S)
    if code in (530, 535, 534):
        return SendFailed(Remedy.RECONNECT, "The mail server (SMTP) wants us to log in first.", code=name)
    if 400 <= code < 500:
        return SendFailed(Remedy.RETRY, "The mail server put the mail off.", code=name)
    if enhanced in _NO_SUCH_USER:
        return SendFailed(Remedy.GIVE_UP, "There is no such address, says its mail server.", code=name)
    return SendFailed(Remedy.GIVE_UP, "The mail server refused the mail.", code=name)
