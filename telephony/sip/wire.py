"""What the core asks of the world outside it: sending bytes, and the accounts kept elsewhere."""

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from telephony.sip.accounts import Binding, SipAccount

TRANSPORTS: Final = frozenset({"udp", "tcp", "tls", "ws", "wss"})
SECURE: Final = frozenset({"tls", "wss"})


class Flow(NamedTuple):
    """The other end of a conversation. For a stream, host and port name one connection.

    `host` is an IP address where the flow was learned from a packet, and may be a name where it was
    configured. A v6 address has no brackets.
    """

    transport: str  # one of TRANSPORTS
    host: str
    port: int

    @property
    def is_reliable(self) -> bool:
        return self.transport != "udp"

    @property
    def is_secure(self) -> bool:
        """Nobody between the two ends reads along, so keys may be told (RFC 4568 section 7)."""
        return self.transport in SECURE

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Wire(Protocol):
    """The shell around the core. No method waits; failures come back as `flow_lost`."""

    def send(self, flow: Flow, data: bytes) -> None: ...

    def look_up(self, username: str, then: Callable[[SipAccount | None], None]) -> None:
        """Calls `then` later with the account, or None; not at all when the book can't be read."""
        ...

    def keep_binding(self, binding: Binding) -> None: ...

    def drop_binding(self, username: str, contact: str) -> None: ...
