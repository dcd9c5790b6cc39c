"""Calls to providers: one HTTP session, answers read whole and bounded, failures told as what they mean.

What went wrong before the request left may be tried again; what went wrong after it leaves nobody knowing
whether the provider acted. Neither URLs nor answers get into an exception: both name customers.
"""

import asyncio
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self
from urllib.parse import urljoin, urlsplit

import aiohttp

from omnichannel.channels.port import Remedy, SendFailed
from threadline.kernel.errors import Refused
from threadline.kernel.events import Json

TIMEOUT_S: Final = 20.0
DOWNLOAD_TIMEOUT_S: Final = 60.0
ANSWER_MAX: Final = 1_000_000  # bytes
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_UNSENT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is empty where the answer was no JSON object."""

    status: int
    body: Json
    headers: Mapping[str, str]

    @property
    def retry_after_s(self) -> float | None:
        """`Retry-After` in seconds; the form with a date is not used by any provider here."""
        value = self.headers.get("retry-after", "")
        return float(value) if re.fullmatch(r"\d{1,6}", value) else None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file from a provider; `mime` is what it claims."""

    data: bytes
    mime: str


class Outside:
    """`async with Outside() as outside:` for as long as channels live. Proxies of the environment are not used."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self.timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        limits = aiohttp.ClientTimeout(total=None, sock_connect=10)
        self._session = aiohttp.ClientSession(timeout=limits, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def call(
        self,
        method: str,
        url: str,
        *,
        body: Json | None = None,
        form: Mapping[str, str] | aiohttp.FormData | list[tuple[str, str]] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        basic: tuple[str, str] | None = None,
    ) -> Answer:
        """One request, its answer whatever the status. Raises SendFailed RETRY (it never left) or UNSURE."""
        assert self._session is not None, "used before it was entered"
        try:
            async with asyncio.timeout(self.timeout_s), self._session.request(
                method, url, json=body, data=form, params=query, headers=_with_login(headers, basic),
                allow_redirects=False,
            ) as answer:  # fmt: skip
                raw = await _bounded(answer, ANSWER_MAX)
                low = {name.lower(): value for name, value in answer.headers.items()}
                return Answer(answer.status, _object(raw), low)
        except _UNSENT:
            raise SendFailed(Remedy.RETRY, "The provider could not be reached.", code="unreachable") from None
        except (TimeoutError, aiohttp.ClientError, OSError):
            raise SendFailed(
                Remedy.UNSURE,
                "The provider did not answer: nobody knows whether it took it.",
                code="no_answer",
            ) from None

    async def fetch(
        self,
        url: str,
        *,
        may_fetch: Callable[[str], bool],
        max_bytes: int,
        headers: Mapping[str, str] | None = None,
        basic: tuple[str, str] | None = None,
        redirects: int = 3,
    ) -> Fetched:
        """The file at `url`. Credentials go to the first host only; each redirect is judged like the URL itself.

        Raises Refused for a URL `may_fetch` denies or a file above `max_bytes`, SendFailed RETRY for trouble.
        """
        assert self._session is not None, "used before it was entered"
        if not may_fetch(url):
            raise Refused("The provider names a file at an address that is not its own.")
        try:
            async with asyncio.timeout(DOWNLOAD_TIMEOUT_S), self._session.get(
                url, headers=_with_login(headers, basic), allow_redirects=False
            ) as answer:  # fmt: skip
                if answer.status not in _REDIRECTS:
                    return await _file(answer, max_bytes)
                onward = urljoin(url, answer.headers.get("location", ""))
        except (TimeoutError, aiohttp.ClientError, OSError):
            raise SendFailed(Remedy.RETRY, "The file could not be fetched.", code="unreachable") from None
        if redirects == 0:
            raise Refused("The provider sends us from one address to the next.")
        return await self.fetch(onward, may_fetch=may_fetch, max_bytes=max_bytes, redirects=redirects - 1)


def base_of(config: Mapping[str, str], documented: str) -> str:
    """Where a provider's interface is: `base_url` of the endpoint's configuration, else as documented."""
    return (config.get("base_url") or documented).rstrip("/")


def is_at(url: str, hosts: Collection[str], base: str) -> bool:
    """Whether `url` is at one of `hosts` (or below it) by https on its usual port, or at `base` itself."""
    try:
        there, ours = urlsplit(url), urlsplit(base)
        port = there.port
    except ValueError:
        return False
    if (there.scheme, there.netloc) == (ours.scheme, ours.netloc):
        return True
    host = (there.hostname or "").lower()
    is_known = any(host == known or host.endswith("." + known) for known in hosts)
    return there.scheme == "https" and is_known and port in (None, 443) and there.username is None


def _with_login(headers: Mapping[str, str] | None, basic: tuple[str, str] | None) -> dict[str, str]:
    login = {} if basic is None else {"Authorization": aiohttp.encode_basic_auth(*basic)}
    return {**(headers or {}), **login}


async def _bounded(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    """The answer's first `limit` bytes."""
    data = bytearray()
    async for piece in answer.content.iter_chunked(65_536):
        data += piece
        if len(data) >= limit:
            break
    return bytes(data[:limit])


async def _file(answer: aiohttp.ClientResponse, max_bytes: int) -> Fetched:
    if answer.status == 200:
        data = await _bounded(answer, max_bytes + 1)
        if len(data) > max_bytes:
            raise Refused("The file is larger than files may be.")
        return Fetched(data, answer.content_type)
    if answer.status in (401, 403, 404, 410):
        raise Refused("The provider does not keep the file any more.")
    raise SendFailed(Remedy.RETRY, "The file could not be fetched.", code=str(answer.status))


def _object(raw: bytes) -> Json:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
