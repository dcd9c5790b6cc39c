"""Calls to URLs admins name: bounded in time and size, no redirects, and never into our own network."""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from omnichannel.webhooks.guard import UrlRefused, check_url, is_public
from threadline.kernel.errors import ThreadlineError

ANSWER_MAX: Final = 256_000


class CallFailed(ThreadlineError):
    """The other side did not answer."""


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    body: bytes
    location: str = ""


class Caller:
    """`async with Caller() as caller:` for as long as it is used."""

    def __init__(self, *, may_be_private: bool = False) -> None:
        self.may_be_private = may_be_private
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        resolver = None if self.may_be_private else _PublicOnly()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver, ttl_dns_cache=10),
            cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=None),
        )  # fmt: skip
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
        headers: Mapping[str, str],
        timeout_s: float,
        body: str | None = None,
        *,
        most: int = ANSWER_MAX,
    ) -> Answered:
        """The answer, whatever its status; of its body the first `most` bytes. Raises UrlRefused, CallFailed."""
        assert self._session is not None, "used before it was entered"
        check_url(url, may_be_private=self.may_be_private)
        try:
            async with asyncio.timeout(timeout_s), self._session.request(
                method, url, data=None if body is None else body.encode(), headers=headers, allow_redirects=False
            ) as answer:  # fmt: skip
                data = bytearray()
                async for piece in answer.content.iter_chunked(65_536):
                    data += piece
                    if len(data) >= most:
                        break
                return Answered(answer.status, bytes(data[:most]), answer.headers.get("Location", ""))
        except TimeoutError:
            raise CallFailed("It did not answer in time.") from None
        except _Inside:
            raise UrlRefused(
                "private", "Its name leads into a private network, which is not called."
            ) from None
        except (aiohttp.ClientError, OSError) as exc:
            if isinstance(exc.__cause__, _Inside) or isinstance(getattr(exc, "os_error", None), _Inside):
                raise UrlRefused(
                    "private", "Its name leads into a private network, which is not called."
                ) from None
            raise CallFailed("It could not be reached.") from None


class _Inside(OSError):
    """A name that leads into our own network."""


class _PublicOnly(AbstractResolver):
    """Gives public addresses only; the connection is made to what was judged."""

    def __init__(self) -> None:
        self._real = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._real.resolve(host, port, family)
        if not all(is_public(one["host"]) for one in found):
            raise _Inside
        return found

    async def close(self) -> None:
        await self._real.close()
