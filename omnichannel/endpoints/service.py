"""Addresses of ours as an admin configures them: on and off without a restart, their secrets sealed.

Every reader asks the database, so that a change is in force in all processes at once.
"""

import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, Literal
from uuid import UUID

from omnichannel.audit.service import SYSTEM, Actor, Audit
from omnichannel.channels.port import Endpoint
from omnichannel.channels.port import Secrets as SecretsHeld
from omnichannel.endpoints.store import EndpointStore, secrets_held
from omnichannel.errors import EndpointTaken, EndpointUnreadable, NoSuchEndpoint
from omnichannel.ports import Seal
from threadline.db.bell import Bell
from threadline.db.pool import Pool
from threadline.kernel.clock import Clock
from threadline.kernel.events import Json
from threadline.kernel.ids import uuid7

log = logging.getLogger(__name__)

State = Literal["on", "off"]
SWITCHES: Final = ("on", "off")
PROBLEM_CHARS: Final = 500
UNSEALED: Final = 256


class Endpoints:
    """Configured addresses. `switched` rings in every process when one was changed."""

    def __init__(self, pool: Pool, clock: Clock, seal: Seal, public_url: str | None) -> None:
        """`public_url` None: webhooks' URLs are known only to those who call them."""
        self._pool = pool
        self._clock = clock
        self._seal = seal
        self._public_url = public_url or ""
        self._store = EndpointStore(pool)
        self._audit = Audit(pool, clock)
        self._unsealed = lru_cache(UNSEALED)(self._unseal)
        self.switched = Bell("threadline_endpoints")
        self.wakes = [self.switched]  # who has something to do when an endpoint was switched
        self.secret_store = _SecretStore(pool, seal)

    # for channels

    async def by_hook(self, public_id: UUID) -> Endpoint:
        """The endpoint a webhook's URL names. Raises NoSuchEndpoint, also for one that is off."""
        row = await self._store.endpoint_of_hook(public_id)
        if row is None or row["state"] == "off":
            raise NoSuchEndpoint
        return self.endpoint(row)

    async def by_id(self, public_id: UUID) -> Endpoint:
        """In any state. Raises NoSuchEndpoint."""
        row = await self._store.endpoint_of_hook(public_id)
        if row is None:
            raise NoSuchEndpoint
        return self.endpoint(row)

    async def by_row(self, row: int) -> Endpoint:
        """In any state, also one that nobody configured. Raises NoSuchEndpoint."""
        found = await self._store.endpoint_of_row(row)
        if found is None:
            raise NoSuchEndpoint
        return self.endpoint(found)

    async def of_kind(self, kind: str | None = None) -> list[Endpoint]:
        """Those that are on, of one kind or all."""
        return [self.endpoint(row) for row in await self._store.endpoints(kind, "on")]

    def endpoint(self, row: Mapping[str, Any]) -> Endpoint:
        """What channels get of a row. Raises SealBroken where the secret key is another one now."""
        public_id = row["public_id"] or UUID(int=0)
        return Endpoint(
            row=row["id"],
            id=public_id,
            kind=row["kind"],
            address=row["address"],
            title=row["title"] or row["address"],
            config=dict(row["config"]),
            secrets=dict(self._unsealed(row["secrets"])),
            queue=row["queue"],
            region=row["default_region"],
            language=row["language"],
            hook_url=self.hook_url(row["kind"], public_id),
        )

    def hook_url(self, kind: str, public_id: UUID) -> str:
        """What its provider is to call; starts with a slash while `public_url` is not set."""
        return f"{self._public_url}/hooks/{kind}/{public_id}"

    async def needs_people(self, row: int, problem: str) -> None:
        """Nothing goes through it until an admin mends it and switches it on."""
        if await self._store.needs_people(row, problem[:PROBLEM_CHARS]):
            log.warning("endpoint needs its admin", extra={"endpoint": row})
            await self._audit.note(SYSTEM, "endpoint.reconnect", f"endpoint-row:{row}")
            await self._rung()

    async def pause(self, row: int, until: datetime) -> None:
        """No message leaves by it before `until`."""
        await self._store.pause(row, until)

    # for admins

    async def everything(self) -> list[Json]:
        """Every configured endpoint as `shown` gives it."""
        return [self._shown(row) for row in await self._store.endpoints(None, None)]

    async def shown(self, public_id: UUID) -> Json:
        """{id, kind, address, title, state, problem, config, secrets: names of those set, queue, region, language, hook_url}.

        Raises NoSuchEndpoint.
        """
        row = await self._store.endpoint_of_hook(public_id)
        if row is None:
            raise NoSuchEndpoint
        return self._shown(row)

    async def add(
        self,
        kind: str,
        address: str,
        title: str,
        config: Mapping[str, str],
        secrets: Mapping[str, str],
        queue: str | None = None,
        region: str = "VN",
        language: str | None = None,
        actor: Actor = SYSTEM,
    ) -> Endpoint:
        """A new endpoint, off. Raises EndpointTaken, EndpointUnreadable."""
        now = self._clock.now()
        row = await self._store.add_endpoint(
            uuid7(now), kind, _address(address), title.strip(), config, self._sealed(secrets), queue, region, language,
            now,
        )  # fmt: skip
        if row is None:
            raise EndpointTaken
        await self._audit.note(actor, "endpoint.add", f"endpoint:{row['public_id']}", {"kind": kind})
        return self.endpoint(row)

    async def change(
        self,
        public_id: UUID,
        *,
        address: str | None = None,
        title: str | None = None,
        config: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        queue: str | None = None,
        region: str | None = None,
        language: str | None = None,
        actor: Actor = SYSTEM,
    ) -> Endpoint:
        """What is given replaces what was; of `secrets` only those named, "" forgets one. `queue` and `language`
        are always replaced. Raises NoSuchEndpoint, EndpointTaken."""
        row = await self._store.endpoint_of_hook(public_id)
        if row is None:
            raise NoSuchEndpoint
        async with secrets_held(self._pool, row["id"]) as store:
            known = self._unsealed(await store.secrets(row["id"]))
            merged = {name: value for name, value in {**known, **(secrets or {})}.items() if value}
            changed = await store.change_endpoint(
                row["id"],
                row["address"] if address is None else _address(address),
                row["title"] if title is None else title.strip(),
                row["config"] if config is None else config,
                self._sealed(merged),
                queue,
                region or row["default_region"],
                language,
                self._clock.now(),
            )
        if changed is None:
            raise EndpointTaken
        names: Json = {"fields": [*sorted(config or {})], "secrets": [*sorted(secrets or {})]}
        await self._audit.note(actor, "endpoint.change", f"endpoint:{public_id}", names)
        await self._rung()
        return self.endpoint(changed)

    async def switch(self, public_id: UUID, state: State, actor: Actor = SYSTEM) -> Endpoint:
        """On or off, in force at once in every process. Raises NoSuchEndpoint."""
        if state not in SWITCHES:
            raise EndpointUnreadable("an endpoint is on or off")
        row = await self._store.switch_endpoint(public_id, state, self._clock.now())
        if row is None:
            raise NoSuchEndpoint
        await self._audit.note(actor, f"endpoint.{state}", f"endpoint:{public_id}")
        await self._rung()
        return self.endpoint(row)

    async def connected(self, public_id: UUID, tokens: Mapping[str, str], actor: Actor) -> Endpoint:
        """Keeps what its provider gave an admin who signed in there; what waited for that goes on. Raises NoSuchEndpoint."""
        row = await self._store.endpoint_of_hook(public_id)
        if row is None:
            raise NoSuchEndpoint
        async with self.secret_store.exclusive(self.endpoint(row)) as held:
            await held.keep(tokens)
        await self._audit.note(actor, "endpoint.connect", f"endpoint:{public_id}")
        if row["state"] == "reconnect":
            return await self.switch(public_id, "on", actor)
        await self._rung()
        return await self.by_id(public_id)

    async def delete(self, public_id: UUID, actor: Actor = SYSTEM) -> None:
        """Forgets its configuration and secrets; the entries that came by it stay. Raises NoSuchEndpoint."""
        if not await self._store.forget_endpoint(public_id, self._clock.now()):
            raise NoSuchEndpoint
        await self._audit.note(actor, "endpoint.delete", f"endpoint:{public_id}")
        await self._rung()

    # for those who fetch

    async def switched_on(self) -> Sequence[tuple[Endpoint, datetime]]:
        """Those that are on, with when an admin changed each last."""
        return [(self.endpoint(row), row["changed_at"]) for row in await self._store.endpoints(None, "on")]

    async def claim_fetching(self, row: int, holder: str, lease_s: float) -> bool:
        """Whether `holder` may fetch for it until the lease is over."""
        now = self._clock.now()
        return await self._store.claim_fetching(row, holder, now, now + timedelta(seconds=lease_s))

    async def leave_fetching(self, row: int, holder: str) -> None:
        await self._store.leave_fetching(row, holder)

    # --- parts --------------------------------------------------------------------------------------------

    async def _rung(self) -> None:
        async with self._pool.acquire() as link:
            for bell in self.wakes:
                await bell.ring_everywhere(link)
        for bell in self.wakes:
            bell.ring()

    def _shown(self, row: Mapping[str, Any]) -> Json:
        return {
            "id": str(row["public_id"]),
            "kind": row["kind"],
            "address": row["address"],
            "title": row["title"],
            "state": row["state"],
            "problem": row["problem"],
            "paused_until": None if row["paused_until"] is None else row["paused_until"].isoformat(),
            "config": dict(row["config"]),
            "secrets": [*sorted(self._unsealed(row["secrets"]))],
            "queue": row["queue"],
            "region": row["default_region"],
            "language": row["language"],
            "hook_url": self.hook_url(row["kind"], row["public_id"]),
        }

    def _sealed(self, secrets: Mapping[str, str]) -> bytes:
        return _seal_of(self._seal, secrets)

    def _unseal(self, sealed: bytes | None) -> Mapping[str, str]:
        return _unseal_with(self._seal, sealed)


class _SecretStore:
    """omnichannel.channels.port.SecretStore over the database."""

    def __init__(self, pool: Pool, seal: Seal) -> None:
        self._pool = pool
        self._seal = seal

    def exclusive(self, endpoint: Endpoint) -> AbstractAsyncContextManager[SecretsHeld]:
        return self._hold(endpoint.row)

    @asynccontextmanager
    async def _hold(self, row: int) -> AsyncIterator[SecretsHeld]:
        async with secrets_held(self._pool, row) as store:
            values = _unseal_with(self._seal, await store.secrets(row))
            yield _Held(values, lambda secrets: _seal_of(self._seal, secrets), store, row)


class _Held:
    """omnichannel.channels.port.Secrets while the lock is held."""

    def __init__(
        self,
        values: Mapping[str, str],
        seal: Callable[[Mapping[str, str]], bytes],
        store: EndpointStore,
        row: int,
    ) -> None:
        self.values = values
        self._seal = seal
        self._store = store
        self._row = row

    async def keep(self, changed: Mapping[str, str]) -> None:
        self.values = {**self.values, **changed}
        await self._store.keep_secrets(self._row, self._seal(self.values))


def _seal_of(seal: Seal, secrets: Mapping[str, str]) -> bytes:
    return seal.seal(json.dumps(dict(secrets)).encode())


def _unseal_with(seal: Seal, sealed: bytes | None) -> Mapping[str, str]:
    found: dict[str, str] = {} if sealed is None else json.loads(seal.open(sealed))
    return found


def _address(address: str) -> str:
    if not address.strip():
        raise EndpointUnreadable("an endpoint needs an address", "address")
    return address.strip()
