"""What some channels offer beside Channel: a provider's files, what it knows of a customer, and its sign-in page."""

from collections.abc import Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Errand:
    """A sign-in an admin sets out on: he comes back to `callback` with `state` (OAuth 2.0, RFC 6749 section 4.1).

    `verifier` and its `challenge` prove to the provider that who comes back is who set out (PKCE, RFC 7636).
    """

    callback: str
    state: str
    verifier: str
    challenge: str


@runtime_checkable
class SignIn(Protocol):
    """A channel whose tokens an admin gets by agreeing on the provider's own page.

    `keeps_challenge`: the provider's console wants the challenge beforehand, so it is the endpoint's for good.
    """

    keeps_challenge: bool

    def page(self, endpoint: Endpoint, errand: Errand) -> str | None:
        """Where he agrees. None: this endpoint's settings do not say enough for it, or it needs none."""
        ...

    async def tokens(self, endpoint: Endpoint, errand: Errand, brought: Mapping[str, str]) -> dict[str, str]:
        """The secrets for what the provider sent him back with. Raises SendFailed with what an admin can do."""
        ...
