"""One-time codes over their whole life: asked for, sent through the outbox, guessed at, and what a right one proves.

The code goes to the phone or e-mail it is to prove and stands nowhere in the clear: the entry in the visitor's thread
hides it, the outbox keeps the text sealed. A right code attaches the identity at `Trust.PROVEN` by the rules of
omnichannel.identity; what the visitor sees of the thread stays his own chat.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from omnichannel.audit.service import Actor, Audit
from omnichannel.channels.port import Endpoint, Known
from omnichannel.correspondence.store import MessageStore
from omnichannel.errors import CannotSend, NoSuchEndpoint
from omnichannel.identity import Identity, Trust, read
from omnichannel.messages import deltas
from omnichannel.outbound.rules import Draft
from omnichannel.ports import Meet, Seal
from omnichannel.proofs import model, wording
from omnichannel.proofs.store import Home, NewProof, ProofStore
from omnichannel.store import NewInteraction, Owner, ThreadStore
from omnichannel.timeline import preview
from threadline.db.pool import Connection, Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import NotFound, Refused
from threadline.kernel.events import Bus, Json, ThreadDelta, ThreadMoved
from threadline.kernel.ids import ThreadId, uuid7

VISITOR: Final = "web_visitor"
BY: Final = {kind: f"prove_{kind}" for kind in model.KINDS}
"""The field of a chat's endpoint that names the address of ours its codes leave by."""


class TooManyCodes(Refused):
    """Too many codes were asked for: wait a while."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class NoSuchClaim(NotFound):
    """Nobody in a chat claims this."""


class Addresses(Protocol):
    """omnichannel.endpoints.service."""

    async def of_kind(self, kind: str | None = None) -> list[Endpoint]: ...

    async def by_hook(self, public_id: UUID) -> Endpoint: ...


class Sends(Protocol):
    """omnichannel.outbound.service."""

    async def queue_unknown(
        self,
        link: Connection,
        thread: ThreadId,
        to: Known,
        ours: Endpoint,
        draft: Draft,
        *,
        sealed: bytes,
        refuses: bool,
    ) -> int:
        """Raises NoSuchThread, CannotSend."""
        ...

    def reaches(self, ours: Endpoint, identity_kind: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class ProofRooms:
    """What proofs are made of. `wake` tells a visitor's open pages to look again."""

    pool: Pool
    clock: Clock
    bus: Bus
    audit: Audit
    endpoints: Addresses
    outbound: Sends
    meet: Meet
    seal: Seal
    key: bytes
    wake: Callable[[UUID, str], None]
    language: str = "vi-VN"


class Proofs:
    """`visitor` is the value of a web_visitor identity at `site`."""

    def __init__(self, rooms: ProofRooms) -> None:
        self._rooms = rooms
        self._store = ProofStore(rooms.pool)

    async def ask(
        self, site: Endpoint, visitor: str, kind: str, value: str, actor: Actor, language: str | None = None
    ) -> Json:
        """{kind, shown, expires_at, left}: a code is on its way to `value`; one before it counts no more.

        Raises IdentityUnreadable, CannotSend with a sentence for people, TooManyCodes.
        """
        rooms, now = self._rooms, self._rooms.clock.now()
        ours = await self._sender(site, kind)
        identity = read(kind, value, region=site.region)
        async with rooms.pool.acquire() as link, link.transaction():
            store = ProofStore(link)
            home = await self._may(store, site, visitor, identity, now)
            spoken = wording.language_of(language, home.locale, site.language, rooms.language)
            proof, code = uuid7(now), f"{secrets.randbelow(10**model.DIGITS):0{model.DIGITS}}"
            entry = await self._send(link, home, ours, identity, spoken, code)
            await store.replace_proofs(site.row, visitor, now)
            await store.add_proof(self._new(proof, site, visitor, identity, code, now))
            await rooms.audit.note(actor, "proof.ask", f"thread:{home.thread}", {"kind": kind}, link)
            news = await deltas(MessageStore(link), [entry])
        self._tell(news)
        rooms.wake(site.id, visitor)
        return _shown(identity, model.ATTEMPTS, now + model.CODE_LIFE)

    async def ask_about(self, suggestion: int, actor: Actor) -> Json:
        """As `ask`, of the visitor who claims what an open suggestion says. Raises NoSuchClaim, too."""
        claim = await self._store.claim(suggestion)
        if claim is None or claim["kind"] not in model.KINDS:
            raise NoSuchClaim
        try:
            site = await self._rooms.endpoints.by_hook(UUID(claim["scope"]))
        except (ValueError, NoSuchEndpoint) as exc:
            raise NoSuchClaim from exc
        return await self.ask(site, claim["visitor"], claim["kind"], claim["value"], actor)

    async def waiting(self, site: Endpoint, visitor: str) -> Json | None:
        """As `ask`: the code that is on its way to the visitor, if any."""
        row = await self._store.open_proof(site.row, visitor, self._rooms.clock.now(), model.ATTEMPTS)
        if row is None:
            return None
        return _shown(self._opened(row["sealed"]), model.ATTEMPTS - row["attempts"], row["expires_at"])

    async def prove(self, site: Endpoint, visitor: str, code: str) -> Json:
        """{state, left}: `proven`, `wrong` with how many guesses are left, or `over` when no code waits."""
        rooms, now = self._rooms, self._rooms.clock.now()
        async with rooms.pool.acquire() as link, link.transaction():
            store = ProofStore(link)
            row = await store.take_attempt(site.row, visitor, now, model.ATTEMPTS)
            if row is None:
                return {"state": "over", "left": 0}
            home = await store.home_of_visitor(str(site.id), visitor)
            identity, left = self._opened(row["sealed"]), model.ATTEMPTS - row["attempts"]
            if home is None:
                return {"state": "over", "left": 0}
            if model.is_code(rooms.key, row["id"], code, row["code_hash"]):
                told, moved = await self._proven(link, store, site, visitor, identity, home, now)
                await store.end_proof(row["id"], "proven", now)
            elif left > 0:
                return {"state": "wrong", "left": left}
            else:
                told, moved = await self._failed(link, site, identity, home, now), None
                await store.end_proof(row["id"], "failed", now)
            news = await deltas(MessageStore(link), told)
        self._tell(news)
        if moved is not None:
            rooms.bus.publish(moved)
        rooms.wake(site.id, visitor)
        return {"state": "wrong" if moved is None else "proven", "left": 0}

    # within

    async def _sender(self, site: Endpoint, kind: str) -> Endpoint:
        named = site.config.get(BY.get(kind, ""), "").strip().lower()
        if named:
            for ours in await self._rooms.endpoints.of_kind():
                if ours.address.lower() == named and self._rooms.outbound.reaches(ours, kind):
                    return ours
        raise CannotSend("This chat has no address of ours by which such a code can be sent.")

    async def _may(
        self, store: ProofStore, site: Endpoint, visitor: str, identity: Identity, now: datetime
    ) -> Home:
        """Where the visitor's words go. Raises TooManyCodes, CannotSend."""
        subject = model.subject_hash(self._rooms.key, identity.kind, identity.value)
        await store.lock_proofs([f"proof\x1f{subject.hex()}", f"proof\x1f{site.row}\x1f{visitor}"])
        since = now - model.KEPT
        await store.forget_proofs(since, now)
        pause = max(
            model.pause(await store.made_for_subject(subject, since), model.PER_SUBJECT, now),
            model.pause(await store.made_for_visitor(site.row, visitor, since), model.PER_VISITOR, now),
        )
        if pause:
            raise TooManyCodes(pause.total_seconds())
        home = await store.home_of_visitor(str(site.id), visitor)
        if home is None:
            raise CannotSend("Say something first.")
        return home

    async def _send(
        self, link: Connection, home: Home, ours: Endpoint, identity: Identity, language: str, code: str
    ) -> int:
        """Queues the message, its code hidden in all that is shown; the entry."""
        subject = wording.subject(language) if identity.kind == "email" else None
        text = wording.message(language, wording.HIDDEN)
        refuses = await ProofStore(link).refuses_contact(identity.kind, identity.value, ours.kind)
        return await self._rooms.outbound.queue_unknown(
            link,
            home.thread,
            Known(identity.kind, identity.value, ""),
            ours,
            Draft(text, None, subject, (), None, is_person=False),
            sealed=self._rooms.seal.seal(wording.message(language, code).encode()),
            refuses=refuses,
        )

    def _new(
        self, proof: UUID, site: Endpoint, visitor: str, identity: Identity, code: str, now: datetime
    ) -> NewProof:
        key = self._rooms.key
        kept = json.dumps({"kind": identity.kind, "value": identity.value, "raw": identity.raw})
        return NewProof(
            proof, site.row, visitor, model.subject_hash(key, identity.kind, identity.value),
            self._rooms.seal.seal(kept.encode()), model.code_hash(key, proof, code), now, now + model.CODE_LIFE,
        )  # fmt: skip

    def _opened(self, sealed: bytes) -> Identity:
        kept = json.loads(self._rooms.seal.open(sealed))
        return Identity(kept["kind"], "", kept["value"], kept["raw"])

    async def _proven(
        self,
        link: Connection,
        store: ProofStore,
        site: Endpoint,
        visitor: str,
        identity: Identity,
        home: Home,
        now: datetime,
    ) -> tuple[list[int], ThreadMoved]:
        """The identity is his, at `Trust.PROVEN`, as the rules allow; the note that says so."""
        himself = read(VISITOR, visitor, scope=str(site.id), region=site.region)
        owner: Owner = await self._rooms.meet(
            link, [(himself, himself.trust), (identity, Trust.PROVEN)], now, None
        )
        await store.close_claims(owner.thread_row, identity.kind, identity.value, now)
        note = await self._note(link, owner.thread_row, site, identity, home, wording.proven, "proven")
        await self._rooms.audit.note(
            Actor("system"), "proof.prove", f"thread:{owner.thread}", {"kind": identity.kind}, link
        )
        reason = "changed" if owner.thread == home.thread else "merged"
        return [note], ThreadMoved(home.thread, owner.thread, reason)

    async def _failed(
        self, link: Connection, site: Endpoint, identity: Identity, home: Home, now: datetime
    ) -> list[int]:
        note = await self._note(link, home.thread_row, site, identity, home, wording.failed, "failed")
        await self._rooms.audit.note(
            Actor("system"), "proof.fail", f"thread:{home.thread}", {"kind": identity.kind}, link
        )
        return [note]

    async def _note(
        self,
        link: Connection,
        thread_row: int,
        site: Endpoint,
        identity: Identity,
        home: Home,
        words: Callable[[str, str], str],
        state: str,
    ) -> int:
        language = wording.language_of(site.language, self._rooms.language)
        text = words(language, model.masked(identity.kind, identity.value))
        entry = await ThreadStore(link).add_interaction(
            NewInteraction(
                thread_row=thread_row,
                kind="note",
                channel="internal",
                direction="none",
                actor_kind="system",
                actor=None,
                at=self._rooms.clock.now(),
                preview=preview(text),
                text=text,
                html=None,
                meta={"proof": {"kind": identity.kind, "state": state}},
            )
        )
        assert entry is not None
        return entry

    def _tell(self, news: Sequence[ThreadDelta]) -> None:
        for delta in news:
            self._rooms.bus.publish(delta)


def _shown(identity: Identity, left: int, expires_at: datetime) -> Json:
    return {
        "kind": identity.kind,
        "shown": model.masked(identity.kind, identity.value),
        "left": left,
        "expires_at": expires_at.isoformat(),
    }
