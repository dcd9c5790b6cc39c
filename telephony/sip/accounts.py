"""Who may register, and where they are now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from telephony.sip.sdes import SrtpPolicy


@dataclass(frozen=True, slots=True)
class SipAccount:
    """`ha1_*` are hex digests of `username:realm:password`; no `ha1_md5` means MD5 is refused.

    `srtp` holds over TLS and WSS; `required` leaves no other way to call or be called.
    """

    username: str
    realm: str
    ha1_sha256: str
    ha1_md5: str | None = None
    kind: str = "phone"
    may_dial: bool = True
    srtp: SrtpPolicy = "off"


@dataclass(frozen=True, slots=True)
class Binding:
    """One registered phone: requests for `username` go to URI `contact` by way of `source`."""

    username: str
    contact: str
    transport: str
    source: str  # host:port the REGISTER came from
    call_id: str
    cseq: int
    q: float
    user_agent: str | None
    expires_at: datetime


class AccountBook(Protocol):
    """The memory of accounts. Raises ThreadlineError when it can't be reached."""

    async def account(self, username: str) -> SipAccount | None: ...

    async def save_binding(self, binding: Binding) -> None: ...

    async def drop_binding(self, username: str, contact: str) -> None: ...

    async def bindings(self) -> list[Binding]:
        """Every binding that has not expired."""
        ...
