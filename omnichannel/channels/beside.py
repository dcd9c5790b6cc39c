"""What some channels offer beside Channel: the files a provider keeps, and what it knows of a customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from omnichannel.channels.outside import Fetched
from omnichannel.channels.port import Endpoint, Known


@runtime_checkable
class Downloads(Protocol):
    """A channel whose `File.url` only it can open: with credentials, in two steps, from the provider's hosts."""

    async def download(self, endpoint: Endpoint, url: str, max_bytes: int) -> Fetched:
        """Raises Refused (never to be had) or SendFailed RETRY."""
        ...


@dataclass(frozen=True, slots=True)
class Profile:
    """`also`: identities the customer shared there, as claims."""

    display: str
    also: Sequence[Known] = ()


@runtime_checkable
class Profiles(Protocol):
    """A channel whose messages come without names, and whose provider tells them when asked."""

    async def profile(self, endpoint: Endpoint, customer: Known) -> Profile | None:
        """None where the provider tells nothing. Raises SendFailed."""
        ...
