"""A real SMTP server that keeps what it is given, or answers as a test tells it."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.support.ports import LOOPBACK


@dataclass
class MailSink:
    """`taken` are mails as they came. `at_rcpt` and `at_data` answer instead of 250 while they are set."""

    port: int = 0
    password: str | None = None
    at_rcpt: str | None = None
    at_data: str | None = None
    hangs_up: bool = False
    taken: list[Envelope] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    async def handle_RCPT(  # aiosmtpd's name
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at_rcpt is not None:
            return self.at_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        if self.hangs_up:
            self.taken.append(envelope)
            server.transport.abort()
            return "250 never heard"
        if self.at_data is not None:
            return self.at_data
        self.taken.append(envelope)
        return "250 OK"

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        """aiosmtpd finds it by its name; `user=<u>^Aauth=Bearer <t>^A^A` in base64."""
        said = base64.b64decode(args[1]).decode()
        self.tokens.append(said.split("\x01")[1].removeprefix("auth=Bearer "))
        return AuthResult(success=self.tokens[-1] == self.password)

    def check(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == (self.password or "").encode(), handled=False)


@asynccontextmanager
async def running_sink(
    password: str | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[MailSink]:
    """With `tls` it takes mails and passwords only after STARTTLS."""
    sink = MailSink(password=password)
    made = partial(
        SMTP,
        sink,
        authenticator=sink.check,
        auth_require_tls=tls is not None,
        tls_context=tls,
        require_starttls=tls is not None,
        auth_required=False,
        hostname="sink.example",
    )
    server = await asyncio.get_running_loop().create_server(made, LOOPBACK, 0)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        await server.wait_closed()
