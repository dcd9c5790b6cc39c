"""What a channel tells the contract suite about itself. Parts it does not have stay empty and are not asked."""

import asyncio
import importlib
import pkgutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from omnichannel.channels.outside import Outside
from omnichannel.channels.port import (
    Channel,
    Endpoint,
    HookRequest,
    Incoming,
    Known,
    Opening,
    Outgoing,
    Remedy,
    StoredFile,
)
from tests.support.fake_provider import FakeProvider
from threadline.kernel.clock import Clock

NOON = datetime(2026, 11, 26, 5, 0, tzinfo=UTC)
HOOK_URL = "https://cc.example.vn/hooks/channel/0199"
ENDPOINT_ID = UUID("01990000-0000-7000-8000-000000000001")


class SecretsInMemory:
    """port.SecretStore of one test; `kept` is every change, in order."""

    def __init__(self) -> None:
        self.values: Mapping[str, str] = {}
        self.kept: list[Mapping[str, str]] = []
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def exclusive(self, endpoint: Endpoint) -> AsyncIterator["SecretsInMemory"]:
        async with self._lock:
            self.values = {**endpoint.secrets, **self.values}
            yield self

    async def keep(self, changed: Mapping[str, str]) -> None:
        self.kept.append(changed)
        self.values = {**self.values, **changed}


@dataclass(frozen=True)
class Golden:
    """One delivery as its provider sends it, and what it says. `deliveries` is how many events it holds."""

    name: str
    request: HookRequest
    expected: Sequence[Incoming]
    deliveries: int = 1


@dataclass(frozen=True)
class ChannelCase:
    """One channel. `make` gets the outside, a clock at NOON and a secret store; `standin` is its fake provider.

    `forged` must bring nothing: by Forged, or (`drops_forged`) by an answer of 200 without deliveries.
    `windows` is age of the last inbound message (None: there was none) to opening. `remedies` is the fault asked
    of the stand-in to the remedy expected.
    """

    name: str
    make: Callable[[Outside, Clock, SecretsInMemory], Channel]
    endpoint: Endpoint
    customer: Known
    golden: Sequence[Golden] = ()
    forged: Sequence[HookRequest] = ()
    drops_forged: bool = False
    windows: Sequence[tuple[timedelta | None, Opening]] = ()
    standin: Callable[[], AbstractAsyncContextManager[FakeProvider]] | None = None
    remedies: Mapping[str, Remedy] = field(default_factory=dict)
    sends_files: bool = True
    picture: str = "image/jpeg"

    def at(self, base_url: str) -> Endpoint:
        """The endpoint with its provider at `base_url`."""
        return replace(self.endpoint, config={**self.endpoint.config, "base_url": base_url})


def endpoint(kind: str, address: str, config: Mapping[str, str], secrets: Mapping[str, str]) -> Endpoint:
    return Endpoint(
        7, ENDPOINT_ID, kind, address, title="ours", config=config, secrets=secrets, hook_url=HOOK_URL
    )


def hook(body: bytes, headers: Mapping[str, str], **more: Any) -> HookRequest:
    """A POST as the web room hands it on."""
    low = {name.lower(): value for name, value in headers.items()}
    given: dict[str, Any] = {"method": "POST", "url": HOOK_URL, "query": {}, "received_at": NOON, **more}
    return HookRequest(headers=low, body=body, **given)


def outgoing(customer: Known, text: str = "Xin chào chị", **more: Any) -> Outgoing:
    given: dict[str, Any] = {"last_inbound": NOON - timedelta(hours=1), **more}
    return Outgoing("our-key-1", customer, text, NOON, **given)


def picture(folder: Path, mime: str = "image/jpeg", size: int = 20) -> StoredFile:
    path = folder / "picture"
    path.write_bytes(b"x" * 20)
    return StoredFile(path, "picture.jpg", mime, size, "https://cc.example.vn/files/1?e=1&s=2")


def cases() -> list[ChannelCase]:
    """Those of every `case_*` module beside this one."""
    package = importlib.import_module("tests.contract.channels")
    names = [one.name for one in pkgutil.iter_modules(package.__path__) if one.name.startswith("case_")]
    modules = [importlib.import_module(f"tests.contract.channels.{name}") for name in names]
    return [case for module in modules for case in module.CASES]
