"""Takes messages from the outbox by leases and gives them to their providers, in order per recipient."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeAlias

from omnichannel.channels.port import (
    Channel,
    Endpoint,
    Incoming,
    Known,
    Learnt,
    Remedy,
    SendFailed,
    Sent,
    StoredFile,
)
from omnichannel.channels.registry import Registry
from omnichannel.correspondence.store import Early, MessageStore
from omnichannel.endpoints.service import Endpoints
from omnichannel.messages import deltas, move
from omnichannel.outbound import rules
from omnichannel.outbound.attempt import Step, Verdict, judge
from omnichannel.outbound.store import Claimed, OutboxStore
from omnichannel.ports import Files, Seal
from threadline.db.bell import Bell
from threadline.db.pool import Pool
from threadline.ending import heed
from threadline.kernel.clock import Clock
from threadline.kernel.errors import ThreadlineError
from threadline.kernel.events import Bus, Json, ThreadDelta

log = logging.getLogger(__name__)

IDLE_S: Final = 30.0  # how late work may be noticed that nobody rang for
TROUBLE_S: Final = 1.0
UNFORESEEN: Final = "Something unforeseen went wrong here while it was sent."
Learn: TypeAlias = Callable[[Endpoint, Incoming], Awaitable[None]]
"""omnichannel.messages.Messages.take."""
SILENT: Final = "The provider did not answer: nobody knows whether it took it."


@dataclass(frozen=True, slots=True)
class Sending:
    """`lease_s` must be longer than `timeout_s`: a message is nobody else's while we wait for its answer."""

    at_once: int = 16
    timeout_s: float = 60.0
    lease_s: float = 90.0


class Sender:
    """`run` until cancelled."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        bus: Bus,
        endpoints: Endpoints,
        registry: Registry,
        files: Files | None,
        bell: Bell,
        sending: Sending,
        learn: Learn | None = None,
        seal: Seal | None = None,
    ) -> None:
        self._learn = learn
        self._seal = seal
        self._pool = pool
        self._clock = clock
        self._bus = bus
        self._endpoints = endpoints
        self._registry = registry
        self._files = files
        self._bell = bell
        self._how = sending
        self._store = OutboxStore(pool)
        self._under_way = 0

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            while True:
                try:
                    claimed = await self._claim()
                    for one in claimed:
                        self._under_way += 1
                        tasks.create_task(self._send(one), name=f"send-{one.id}")
                    if not claimed:
                        await self._bell.wait(await self._idle_s())
                except Exception as exc:  # noqa: BLE001  # the database is away: nothing of it was lost
                    heed()
                    log.warning("outbox waits for the database", extra={"error": type(exc).__name__})
                    await asyncio.sleep(TROUBLE_S)

    async def _claim(self) -> list[Claimed]:
        free = self._how.at_once - self._under_way
        if free <= 0:
            return []
        now = self._clock.now()
        return await self._store.claim_outgoing(now, now + timedelta(seconds=self._how.lease_s), free)

    async def _idle_s(self) -> float:
        now = self._clock.now()
        due = None if self._under_way >= self._how.at_once else await self._store.next_outgoing(now)
        return IDLE_S if due is None else min(IDLE_S, max(0.02, (due - now).total_seconds()))

    async def _send(self, one: Claimed) -> None:
        try:
            endpoint = self._endpoints.endpoint(one.endpoint)
            channel = self._registry.channel(endpoint.kind)
            try:
                sent = await self._attempt(channel, endpoint, one)
            except SendFailed as failed:
                await self._failed(one, endpoint, channel, failed)
            else:
                await self._sent(one, endpoint, sent)
                await self._learnt(one, endpoint, sent)
        except Exception as exc:  # noqa: BLE001  # the supervisor of one message: its lease brings it back
            log.error("message waits for its lease", extra={"entry": one.entry, "error": type(exc).__name__})
        finally:
            self._under_way -= 1
            self._bell.ring()

    async def _attempt(self, channel: Channel, endpoint: Endpoint, one: Claimed) -> Sent:
        """Raises SendFailed and nothing else."""
        try:
            message = rules.outgoing(one.key, self._opened(one.payload), await self._attached(one))
        except ThreadlineError as exc:
            raise SendFailed(Remedy.GIVE_UP, "A file of it is not there any more.", code="file") from exc
        try:
            async with asyncio.timeout(self._how.timeout_s):
                return await channel.send(endpoint, message)
        except SendFailed:
            raise
        except TimeoutError:
            raise SendFailed(Remedy.UNSURE, SILENT, code="no_answer") from None
        except Exception as exc:
            log.exception("channel failed to send", extra={"kind": endpoint.kind, "entry": one.entry})
            raise SendFailed(Remedy.UNSURE, UNFORESEEN, code="internal") from exc

    def _opened(self, kept: Json) -> Json:
        """With the text that leaves, where another is shown."""
        sealed = kept.get("sealed")
        if not isinstance(sealed, str) or self._seal is None:
            return kept
        return {**kept, "text": self._seal.open(sealed.encode()).decode()}

    async def _attached(self, one: Claimed) -> Sequence[StoredFile]:
        if self._files is None:
            return ()
        return [await self._files.stored(file) for file in one.files]

    async def _sent(self, one: Claimed, endpoint: Endpoint, sent: Sent) -> None:
        """The entry gets its provider's ids, and whatever was said of them before we knew them."""
        now = self._clock.now()
        keys = [*dict.fromkeys([*([sent.key] if sent.key else []), *_further(sent)])]
        async with self._pool.acquire() as link, link.transaction():
            store = MessageStore(link)
            dropped = await self._name(store, one.entry, endpoint, keys)
            changed = await move(store, one.entry, Early("sent", None, None, now))
            if not changed:  # an echo or a receipt was faster
                await OutboxStore(link).ended(one.id, "sent", now, None, None)
            for early in await store.take_early_statuses(endpoint.row, keys):
                changed = await move(store, one.entry, early) or changed
            kept = {name: value for name, value in sent.meta.items() if name != "keys"}
            if kept:
                await store.add_meta(one.entry, kept)
            news = [*dropped, *await deltas(store, [one.entry] if changed or kept else [])]
        self._tell(news)

    async def _learnt(self, one: Claimed, endpoint: Endpoint, sent: Sent) -> None:
        """Under what else its provider knows who got it: whoever wrote a comment and is answered in private.

        In a transaction of its own, for identities are locked before messages; the entry's meta keeps it, too.
        """
        also = [known for known in map(_known, _list(sent.meta.get("also"))) if known is not None]
        if also and self._learn is not None:
            to = rules.outgoing(one.key, one.payload, ()).to
            await self._learn(endpoint, Learnt(to, self._clock.now(), also))

    async def _name(
        self, store: MessageStore, entry: int, endpoint: Endpoint, keys: Sequence[str]
    ) -> list[ThreadDelta]:
        """An echo that overtook our answer and was stored as somebody else's gives way; its delta says so."""
        gone: list[ThreadDelta] = []
        for key in keys:
            if await store.name_message(entry, key):
                continue
            copy = await store.message_of(endpoint.row, key)
            if copy is not None and copy != entry:
                last = await deltas(store, [copy])
                if await store.drop_copy(copy):
                    gone += [
                        ThreadDelta(delta.thread, {**delta.entry, "status": "duplicate"}) for delta in last
                    ]
            if not await store.name_message(entry, key):
                await store.add_alias(endpoint.row, key, entry)
        return gone

    async def _failed(self, one: Claimed, endpoint: Endpoint, channel: Channel, failed: SendFailed) -> None:
        now = self._clock.now()
        verdict = judge(
            failed, one.attempts, now, is_idempotent=bool(getattr(channel, "is_idempotent", False))
        )
        log.info(
            "message not taken",
            extra={"entry": one.entry, "endpoint": endpoint.row, "step": verdict.step.name, "code": verdict.code},
        )  # fmt: skip
        if verdict.step is Step.FAIL:
            await self._give_up(one, verdict)
            return
        if verdict.step is Step.REST:
            await self._endpoints.pause(endpoint.row, verdict.until)
        elif verdict.step is Step.MEND:
            await self._endpoints.needs_people(endpoint.row, verdict.detail)
        unsure_at = now if verdict.is_unsure else None
        uncounted = 0 if verdict.is_counted else 1
        await self._store.put_off(one.id, verdict.until, verdict.detail, unsure_at, uncounted)

    async def _give_up(self, one: Claimed, verdict: Verdict) -> None:
        now = self._clock.now()
        async with self._pool.acquire() as link, link.transaction():
            store = MessageStore(link)
            is_ours = await OutboxStore(link).ended(
                one.id, "failed", now, verdict.detail, now if verdict.is_unsure else None
            )
            said = Early("failed", verdict.code, verdict.detail, now)
            changed = is_ours and await move(store, one.entry, said)
            news = await deltas(store, [one.entry] if changed else [])
        self._tell(news)

    def _tell(self, news: Sequence[ThreadDelta]) -> None:
        for delta in news:
            self._bus.publish(delta)


def _further(sent: Sent) -> list[str]:
    """Where one message went in several parts, the provider's ids of all of them stand in its meta as `keys`."""
    keys = sent.meta.get("keys")
    return [str(key) for key in keys] if isinstance(keys, list) else []


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _known(raw: Any) -> Known | None:
    """{kind, value, scope} of a channel's `also`."""
    if not isinstance(raw, dict) or not raw.get("kind") or not raw.get("value"):
        return None
    return Known(str(raw["kind"]), str(raw["value"]), str(raw.get("scope") or ""))
