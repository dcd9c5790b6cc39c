"""What a customer may ask of us, and what is asked of us about him: consent, do-not-contact, export, erasure, retention."""

import asyncio
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from omnichannel.audit.service import Actor, Audit
from omnichannel.errors import NoSuchContact
from omnichannel.privacy import links
from omnichannel.privacy.archive import Archivist
from omnichannel.privacy.erasure import Eraser
from omnichannel.privacy.errors import Held, NoSuchRequest, NotNow, SettingUnreadable
from omnichannel.privacy.ports import Contents, Jobs, Tapes
from omnichannel.privacy.retention import Keeping
from omnichannel.privacy.store import Person, PrivacyStore
from threadline.db.pool import Pool
from threadline.kernel.clock import Clock
from threadline.kernel.events import Json
from threadline.kernel.ids import uuid7
from threadline.kernel.versions import difference

EXPORT: Final = "privacy.export"
ERASE: Final = "privacy.erase"
KEEP: Final = "privacy.keep"
KEEP_EVERY_S: Final = 3_600.0
TERM: Final = timedelta(hours=72)
KEPT: Final = timedelta(days=7)
CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
STATES: Final = ("given", "withdrawn")
DAYS_MAX: Final = 36_500


class Privacy:
    """Exports and erasures are made by `jobs`; `register` before they run."""

    def __init__(
        self, pool: Pool, clock: Clock, audit: Audit, jobs: Jobs, tapes: Tapes, contents: Contents, *,
        folder: Path, key: bytes,
    ) -> None:  # fmt: skip
        """`folder` keeps the archives, `key` signs their links."""
        self._pool = pool
        self._clock = clock
        self._audit = audit
        self._jobs = jobs
        self._key = key
        self._store = PrivacyStore(pool)
        self._archivist = Archivist(pool, tapes, contents, folder)
        self._eraser = Eraser(pool, tapes, contents)
        self._keeping = Keeping(pool, tapes, contents)

    def register(self) -> None:
        """Says to the jobs what this room does in the background."""
        self._jobs.handle(EXPORT, self._export)
        self._jobs.handle(ERASE, self._erase)
        self._jobs.every(KEEP, KEEP_EVERY_S, self._keep)

    # what is agreed to

    async def standing(self, contact: UUID) -> Json:
        """{do_not_contact, legal_hold, erased_at, consents: {channel: newest}, history: [newest first]}.

        A consent is {channel, state, source, text_version, at, by: {kind, id}}. Raises NoSuchContact.
        """
        person = await self._person(contact)
        facts = await self._store.standing(person)
        history = [_consent(row) for row in await self._store.rows("consents", list(person.contacts))]
        newest = {str(one["channel"]): one for one in reversed(history)}
        return {
            "do_not_contact": facts["do_not_contact"],
            "legal_hold": facts["legal_hold"],
            "erased_at": None if facts["erased_at"] is None else facts["erased_at"].isoformat(),
            "consents": newest,
            "history": [*history],
        }

    async def consent(
        self, contact: UUID, channel: str, state: str, source: str, text_version: str | None, actor: Actor
    ) -> None:
        """One more line of what was agreed to. Raises NoSuchContact, SettingUnreadable."""
        if state not in STATES or not CODE.fullmatch(source) or not CODE.fullmatch(channel):
            raise SettingUnreadable("A consent is given or withdrawn; channel and source are short codes.")
        person = await self._person(contact)
        async with self._pool.acquire() as link, link.transaction():
            now = self._clock.now()
            await PrivacyStore(link).add_consent(
                person.root, channel, state, source, text_version, now, actor
            )
            await self._note(actor, f"consent.{state}", person, {"channel": channel, "source": source}, link)

    async def do_not_contact(
        self, contact: UUID, is_wanted: bool, actor: Actor, *, identity: int | None = None
    ) -> None:
        """On one way to a person, or on all. Raises NoSuchContact."""
        person = await self._person(contact)
        async with self._pool.acquire() as link, link.transaction():
            store, people = PrivacyStore(link), list(person.contacts)
            if identity is None:
                await store.apply("set_do_not_contact", people, is_wanted)
            elif not await store.rows("set_identity_do_not_contact", people, identity, is_wanted):
                raise NoSuchContact("No such identity of this contact.")
            detail: Json = {"on": is_wanted} | ({} if identity is None else {"identity": identity})
            await self._note(actor, "contact.do_not_contact", person, detail, link)

    async def hold(self, contact: UUID, reason: str | None, actor: Actor) -> None:
        """A legal hold, or None to lift it. Raises NoSuchContact."""
        person = await self._person(contact)
        async with self._pool.acquire() as link, link.transaction():
            await PrivacyStore(link).apply("set_legal_hold", list(person.contacts), reason)
            await self._note(actor, "contact.legal_hold", person, {"on": reason is not None}, link)

    # what is asked

    async def ask_export(self, contact: UUID, actor: Actor) -> Json:
        """The request; its archive is made in the background. Raises NoSuchContact."""
        return await self._ask("export", EXPORT, await self._person(contact), actor)

    async def ask_erasure(self, contact: UUID, actor: Actor) -> Json:
        """The request; carried out in the background. Raises NoSuchContact, Held, NotNow."""
        person = await self._person(contact)
        await self._eraser.check(person)
        return await self._ask("erasure", ERASE, person, actor)

    async def requests(self, state: str | None = None, limit: int = 50) -> list[Json]:
        """[{id, kind, contact, state, asked_at, due_at, ended_at, expires_at, bytes, problem, counts, by}], newest first."""
        return [_request(row) for row in await self._store.rows("requests", state, max(1, min(limit, 200)))]

    async def request(self, request: UUID) -> Json:
        """Raises NoSuchRequest."""
        row = await self._store.request(request)
        if row is None:
            raise NoSuchRequest
        return _request(row)

    async def link(self, request: UUID, actor: Actor) -> str:
        """A signed path to an archive that is ready, good until it expires. Raises NoSuchRequest."""
        row = await self._store.request(request)
        if row is None or row["kind"] != "export" or row["state"] != "done":
            raise NoSuchRequest
        await self._audit.note(actor, "privacy.link", f"contact:{row['contact']}", {"request": str(request)})
        return links.signed_path(self._key, request, row["expires_at"])

    async def open_archive(self, request: UUID, until: str, signature: str) -> Path:
        """For whoever holds a good link; noted. Raises NoSuchRequest."""
        row = await self._store.request(request)
        is_good = links.is_good(self._key, request, until, signature, self._clock.now())
        path = self._archivist.path(request)
        if not is_good or row is None or row["state"] != "done" or not path.is_file():
            raise NoSuchRequest
        await self._audit.note(
            Actor("system"), "privacy.fetch", f"contact:{row['contact']}", {"request": str(request)}
        )
        return path

    # how long

    async def retention(self) -> list[Json]:
        """[{kind, days | None, changed_at}]."""
        return [
            {"kind": row["kind"], "days": row["days"], "changed_at": row["changed_at"].isoformat()}
            for row in await self._store.rows("retention")
        ]

    async def keep_for(self, kind: str, days: int | None, actor: Actor) -> None:
        """None: for ever. Raises SettingUnreadable."""
        if days is not None and not 1 <= days <= DAYS_MAX:
            raise SettingUnreadable("Days are from 1 to 36500, or none at all.")
        async with self._pool.acquire() as link, link.transaction():
            before = {row["kind"]: row["days"] for row in await PrivacyStore(link).rows("retention")}
            if not await PrivacyStore(link).rows("set_retention", kind, days, self._clock.now()):
                raise SettingUnreadable("There is no such kind of data.")
            facts: Json = {"days": days, **difference({"days": before.get(kind)}, {"days": days})}
            await self._audit.note(actor, "retention.change", f"retention:{kind}", facts, link)

    # within

    async def _ask(self, kind: str, job: str, person: Person, actor: Actor) -> Json:
        """The same asked twice is one request until it is done."""
        async with self._pool.acquire() as link, link.transaction():
            store, now = PrivacyStore(link), self._clock.now()
            await store.lock_contacts(person.contacts)
            request = await store.open_request(person.root, kind)
            if request is None:
                request = uuid7(now)
                await store.add_request(request, kind, person.root, actor, now, now + TERM)
                await self._jobs.enqueue(link, job, {"request": str(request)})
                await self._note(actor, f"privacy.{kind}", person, {"request": str(request)}, link)
        return await self.request(request)

    async def _export(self, payload: Json) -> None:
        request = UUID(str(payload["request"]))
        row = await self._store.request(request)
        if row is None or row["state"] != "queued":
            return
        now = self._clock.now()
        size = await self._archivist.write(request, await self._person(row["contact"]), now)
        await self._store.end_request(request, "done", self._clock.now(), expires=now + KEPT, size=size)

    async def _erase(self, payload: Json) -> None:
        request = UUID(str(payload["request"]))
        row = await self._store.request(request)
        if row is None or row["state"] != "queued":
            return
        person = await self._person(row["contact"])
        try:
            counts = await self._eraser.erase(person, self._clock.now())
        except (Held, NotNow) as refused:
            problem = "held" if isinstance(refused, Held) else "not_now"
            await self._store.end_request(request, "failed", self._clock.now(), problem=problem)
            return
        await self._expire_archives(person)
        await self._store.end_request(request, "done", self._clock.now(), counts=counts)
        await self._audit.note(Actor("system"), "contact.erased", f"contact:{person.contact}", counts)

    async def _keep(self, _: Json) -> None:
        await self.carry_out_retention()

    async def carry_out_retention(self) -> Json:
        """{kind: how many went}; archives past their time go too."""
        await self._expire_archives(None)
        return await self._keeping.carry_out(self._clock.now())

    async def _expire_archives(self, person: Person | None) -> None:
        people = [] if person is None else list(person.contacts)
        for row in await self._store.rows("expired_archives", self._clock.now(), people):
            await asyncio.to_thread(self._archivist.remove, row["id"])
            await self._store.apply("expire_archive", row["id"])

    async def _person(self, contact: UUID) -> Person:
        person = await self._store.person(contact)
        if person is None:
            raise NoSuchContact
        return person

    async def _note(self, actor: Actor, action: str, person: Person, detail: Json, link: Any) -> None:
        await self._audit.note(actor, action, f"contact:{person.contact}", detail, link)


def _consent(row: Mapping[str, Any]) -> Json:
    return {
        "channel": row["channel"],
        "state": row["state"],
        "source": row["source"],
        "text_version": row["text_version"],
        "at": row["at"].isoformat(),
        "by": {"kind": row["by_kind"], "id": row["by_id"]},
    }


def _request(row: Mapping[str, Any]) -> Json:
    moments = ("asked_at", "due_at", "ended_at", "expires_at")
    return {
        "id": str(row["id"]),
        "kind": row["kind"],
        "contact": str(row["contact"]),
        "state": row["state"],
        **{name: None if row[name] is None else row[name].isoformat() for name in moments},
        "bytes": row["bytes"],
        "problem": row["problem"],
        "counts": row["counts"],
        "by": {"kind": row["by_kind"], "id": row["by_id"]},
    }
