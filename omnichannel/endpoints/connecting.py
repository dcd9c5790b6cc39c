"""An admin signs in with a provider instead of copying tokens: out to its page, back with a code, tokens kept sealed.

Who comes back must be who set out: his browser holds a ticket that only this server can read, the provider returns the
state that is in it, and both end after ten minutes. What is kept of an errand is with the browser, so any process
takes it up again.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from omnichannel.audit.service import Actor
from omnichannel.channels.beside import Errand, SignIn
from omnichannel.channels.port import Endpoint, SendFailed
from omnichannel.channels.registry import Registry
from omnichannel.endpoints.service import Endpoints
from omnichannel.errors import CannotConnect
from omnichannel.ports import Seal
from threadline.kernel.clock import Clock
from threadline.kernel.errors import ThreadlineError

LIFE: Final = timedelta(minutes=10)
NOT_OURS: Final = "This sign-in was not begun here, or too long ago: begin again."
NO_PAGE: Final = "Fill in what this channel needs for signing in, save, and try again."


class Connections:
    """`key` makes the verifiers: derive it from the server's secret key."""

    def __init__(
        self, clock: Clock, endpoints: Endpoints, registry: Registry, seal: Seal, key: bytes
    ) -> None:
        self._clock = clock
        self._endpoints = endpoints
        self._registry = registry
        self._seal = seal
        self._key = key

    def challenge(self, endpoint: Endpoint) -> str | None:
        """What the provider's console wants to know beforehand; None where it does not ask."""
        channel = self._registry.channels.get(endpoint.kind)
        if not isinstance(channel, SignIn) or not channel.keeps_challenge:
            return None
        return _challenge(self._verifier(endpoint.id, ""))

    async def begin(self, public_id: UUID, callback: str) -> tuple[str, str]:
        """(where to send the admin, the ticket his browser keeps). Raises NoSuchEndpoint, CannotConnect."""
        endpoint = await self._endpoints.by_id(public_id)
        channel, state = self._channel(endpoint), secrets.token_urlsafe(24)
        page = channel.page(endpoint, self._errand(channel, endpoint.id, state, callback))
        if page is None:
            raise CannotConnect(NO_PAGE)
        until = (self._clock.now() + LIFE).timestamp()
        kept = {"endpoint": str(public_id), "state": state, "until": until}
        return page, self._seal.seal(json.dumps(kept).encode()).decode()

    async def finish(self, ticket: str, brought: Mapping[str, str], callback: str, actor: Actor) -> Endpoint:
        """`brought` is the query he came back with. Raises CannotConnect with a sentence for him, NoSuchEndpoint."""
        public_id, state = self._opened(ticket)
        if not hmac.compare_digest(brought.get("state", "").encode(), state.encode()):
            raise CannotConnect(NOT_OURS)
        endpoint = await self._endpoints.by_id(public_id)
        channel = self._channel(endpoint)
        try:
            tokens = await channel.tokens(
                endpoint, self._errand(channel, endpoint.id, state, callback), brought
            )
        except SendFailed as failed:
            raise CannotConnect(failed.detail) from failed
        return await self._endpoints.connected(public_id, tokens, actor)

    def _channel(self, endpoint: Endpoint) -> SignIn:
        channel = self._registry.channel(endpoint.kind)
        if not isinstance(channel, SignIn):
            raise CannotConnect(NO_PAGE)
        return channel

    def _errand(self, channel: SignIn, endpoint: UUID, state: str, callback: str) -> Errand:
        verifier = self._verifier(endpoint, "" if channel.keeps_challenge else state)
        return Errand(callback, state, verifier, _challenge(verifier))

    def _verifier(self, endpoint: UUID, state: str) -> str:
        mac = hmac.new(self._key, f"{endpoint} {state}".encode(), hashlib.sha256)
        return _text(mac.digest())

    def _opened(self, ticket: str) -> tuple[UUID, str]:
        try:
            kept = json.loads(self._seal.open(ticket.encode()))
        except ThreadlineError:
            raise CannotConnect(NOT_OURS) from None
        if kept["until"] <= self._clock.now().timestamp():
            raise CannotConnect(NOT_OURS)
        return UUID(kept["endpoint"]), kept["state"]


def _challenge(verifier: str) -> str:
    return _text(hashlib.sha256(verifier.encode("ascii")).digest())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")
