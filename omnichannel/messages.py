"""What channels read becomes entries of threads: each message once, receipts only forward, echoes never twice."""

import html as markup
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Literal

import nh3

from omnichannel import identity as identities
from omnichannel import timeline
from omnichannel.channels.email.html import has_remote
from omnichannel.channels.port import Endpoint, Ignored, Incoming, Known, Learnt, Message, Status
from omnichannel.correspondence.delivery import moves
from omnichannel.correspondence.store import Early, MessageStore, NewMessage
from omnichannel.errors import IdentityUnreadable
from omnichannel.identity import Identity, Trust
from omnichannel.inbound.files import IncomingFiles
from omnichannel.ports import CleanHtml, Files, Follower, Meet, StoredMessage
from omnichannel.store import Owner, ThreadStore
from threadline.db.bell import Bell
from threadline.db.pool import Connection, Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import ThreadlineError
from threadline.kernel.events import Bus, Json, ThreadDelta
from threadline.kernel.ids import ContactId, ThreadId, uuid7

TEXT_MAX: Final = 200_000
LINKS: Final = {"http", "https", "mailto", "tel", "cid"}


class NotYet(ThreadlineError):
    """A message of ours is leaving at this moment: only its answer tells whether this is its echo."""


class Messages:
    """`followers` act within the transaction of every new message. News is published after the commit."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        bus: Bus,
        attachments: Files | None = None,
        followers: Sequence[Follower] = (),
        *,
        meet: Meet | None = None,
        clean_html: CleanHtml | None = None,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._bus = bus
        self._files = IncomingFiles(clock, attachments)
        self._followers = followers
        self._meet: Meet = meet or PlainMeeting(clock)
        self._clean = clean_html or clean
        self.files_wait = Bell("threadline_files")

    async def take(self, endpoint: Endpoint, incoming: Incoming) -> None:
        """Stores it in a transaction of its own; the same again changes nothing.

        Raises IdentityUnreadable, and NotYet for an echo that is to be read again in a moment.
        """
        async with self._pool.acquire() as link, link.transaction():
            news = await self.take_within(link, endpoint, incoming)
        self.tell(news)

    async def take_within(
        self, link: Connection, endpoint: Endpoint, incoming: Incoming, *, is_last_try: bool = False
    ) -> list[ThreadDelta]:
        """As `take`, in the caller's transaction; what he tells once it is committed.

        `is_last_try`: an echo that can't be told from a message of ours is stored as somebody else's.
        """
        incoming = _by_now(incoming, self._clock.now())
        if isinstance(incoming, Message):
            if incoming.direction == "out":
                return await self._echo(link, endpoint, incoming, is_last_try)
            return await self._message(link, endpoint, incoming)
        if isinstance(incoming, Status):
            return await self._status(link, endpoint, incoming)
        if isinstance(incoming, Learnt):
            await self._meet(
                link,
                _known(endpoint, incoming.customer, incoming.also),
                incoming.at,
                _name(incoming.display),
            )
        return []

    def tell(self, news: Sequence[ThreadDelta]) -> None:
        for delta in news:
            self._bus.publish(delta)
            if _has_files_to_fetch(delta.entry):
                self.files_wait.ring()

    # --- what was said ------------------------------------------------------------------------------------

    async def _message(self, link: Connection, endpoint: Endpoint, message: Message) -> list[ThreadDelta]:
        store = MessageStore(link)
        owner = await self._meet(
            link, _known(endpoint, message.customer, message.also), message.at, _name(message.display)
        )
        entry = await self._stored(link, store, endpoint, message, owner)
        if entry is None:
            return []
        await self._files.take(link, entry, message.files)
        told = [entry]
        for follower in self._followers:
            told += await follower.stored(link, _fact(entry, owner, endpoint, message))
        return await deltas(store, told)

    async def _stored(
        self, link: Connection, store: MessageStore, endpoint: Endpoint, message: Message, owner: Owner
    ) -> int | None:
        text, is_in = _plain(message), message.direction == "in"
        replied = None
        if message.reply_to is not None:
            replied = await store.message_of(endpoint.row, message.reply_to)
        meta: Json = dict(message.meta)
        meta |= {"subject": message.subject} if message.subject is not None else {}
        meta |= {"is_automatic": True} if message.is_automatic else {}
        meta |= {} if is_in else {"echo": True}
        html = None if message.html is None else self._clean(message.html)
        meta |= {"has_pictures": True} if html is not None and has_remote(html) else {}
        new = NewMessage(
            thread_row=owner.thread_row,
            endpoint_row=endpoint.row,
            identity_row=owner.identity_row,
            kind="email" if endpoint.kind == "email" else "message",
            channel=endpoint.kind,
            direction=message.direction,
            actor_kind="customer" if is_in else "system",
            actor=None,
            at=message.at,
            provider_msg_id=message.key,
            reply_to=replied,
            status="received" if is_in else "sent",
            preview=timeline.preview(message.subject or text or _names(message)),
            text=text,
            html=html,
            meta=meta,
        )
        return await store.add_message(new)

    async def _echo(
        self, link: Connection, endpoint: Endpoint, message: Message, is_last_try: bool
    ) -> list[ThreadDelta]:
        """A message that left: ours, which is then known by the provider's id, or a colleague's elsewhere."""
        store = MessageStore(link)
        if await store.message_of(endpoint.row, message.key) is not None:
            return []
        ours = None
        if message.own_key is not None:
            ours = await store.ours_by_key(message.own_key, endpoint.row)
        if ours is None:
            ours = await self._ours_by_text(link, store, endpoint, message, is_last_try)
        if ours is None:
            return await self._message(link, endpoint, message)
        if not await store.name_message(ours, message.key):
            await store.add_alias(endpoint.row, message.key, ours)
        said = Early("sent", None, None, message.at)
        changed = await move(store, ours, said)
        for early in await store.take_early_statuses(endpoint.row, [message.key]):
            changed = await move(store, ours, early) or changed
        return await deltas(store, [ours] if changed else [])

    async def _ours_by_text(
        self, link: Connection, store: MessageStore, endpoint: Endpoint, message: Message, is_last_try: bool
    ) -> int | None:
        owner = await self._meet(
            link, _known(endpoint, message.customer, message.also), message.at, _name(message.display)
        )
        under_way = await store.ours_under_way(endpoint.row, owner.identity_row, self._clock.now())
        said = _words(_plain(message))
        for one in under_way:
            if said and _words(one.text) == said:
                return one.entry
        if not is_last_try and any(one.is_leaving for one in under_way):
            raise NotYet
        return None

    # --- receipts -----------------------------------------------------------------------------------------

    async def _status(self, link: Connection, endpoint: Endpoint, status: Status) -> list[ThreadDelta]:
        store = MessageStore(link)
        said = Early(status.status, status.code, status.detail, status.at)
        meant: list[int] = []
        for key in status.keys:
            entry = await store.message_of(endpoint.row, key)
            if entry is None:
                await store.lock_name(key)  # its message may be told this id at this moment
                entry = await store.message_of(endpoint.row, key)
            if entry is None:
                await store.keep_early_status(endpoint.row, key, said, self._clock.now())
            else:
                meant.append(entry)
        if status.customer is not None and status.until is not None:
            meant += await self._until(link, store, endpoint, status.customer, status.until)
        changed = [entry for entry in dict.fromkeys(meant) if await move(store, entry, said)]
        return await deltas(store, changed)

    async def _until(
        self, link: Connection, store: MessageStore, endpoint: Endpoint, customer: Known, until: datetime
    ) -> list[int]:
        owner = await ThreadStore(link).find_identity(_read(endpoint, customer))
        return [] if owner is None else await store.sent_until(owner.identity_row, endpoint.row, until)


class PlainMeeting:
    """omnichannel.ports.Meet by the main identity alone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __call__(
        self, link: Connection, known: Sequence[tuple[Identity, Trust]], at: datetime, display: str | None
    ) -> Owner:
        store, (identity, _) = ThreadStore(link), known[0]
        await store.lock_identity(identity)
        owner = await store.find_identity(identity)
        if owner is not None:
            return owner
        now = self._clock.now()
        return await store.add_contact(ContactId(uuid7(now)), ThreadId(uuid7(now)), identity, display, at)


async def move(store: MessageStore, entry: int, said: Early) -> bool:
    """Moves a message of ours on, unless it is there already. False: nothing changed."""
    standing = await store.status(entry)
    if standing is None or not moves(standing.status, said.status, is_unsure=standing.is_unsure):
        return False
    await store.set_status(entry, said.status, said)
    return True


async def deltas(store: MessageStore, entries: Sequence[int]) -> list[ThreadDelta]:
    """What pages are told of these entries as they are now."""
    rows = [await store.shown(entry) for entry in entries]
    return [
        ThreadDelta(ThreadId(row["thread"]), timeline.entry(ThreadId(row["thread"]), row))
        for row in rows
        if row is not None
    ]


def _has_files_to_fetch(entry: Json) -> bool:
    files = entry["attachments"]
    return isinstance(files, list) and any(
        isinstance(one, dict) and one["state"] == "fetching" for one in files
    )


def clean(text: str) -> str:
    """HTML in which nothing runs and nothing loads: links lead out, images are those that came with the message."""
    return nh3.clean(text, url_schemes=LINKS, link_rel="noopener noreferrer nofollow")


def _by_now(incoming: Incoming, now: datetime) -> Incoming:
    """Nothing that came is still to come: whoever's clock is ahead does not stay the newest of his thread for an hour."""
    if isinstance(incoming, Ignored) or incoming.at <= now:
        return incoming
    return replace(incoming, at=now)


def _known(endpoint: Endpoint, customer: Known, also: Sequence[Known]) -> list[tuple[Identity, Trust]]:
    """The customer first; of what came with him, whatever can be read."""
    main = _read(endpoint, customer)
    found = [(main, _trust(main, customer))]
    for one in also:
        try:
            identity = _read(endpoint, one)
        except IdentityUnreadable:
            continue
        found.append((identity, _trust(identity, one)))
    return found


def _read(endpoint: Endpoint, known: Known) -> Identity:
    return identities.read(known.kind, known.value, scope=known.scope, region=endpoint.region)


def _trust(identity: Identity, known: Known) -> Trust:
    return identity.trust if known.trust is None else known.trust


def _name(display: str | None) -> str | None:
    return (display or "").replace("\x00", "").strip()[:200] or None


def _plain(message: Message) -> str:
    text = message.text
    if not text.strip() and message.html:
        text = markup.unescape(nh3.clean(message.html, tags=set()))
    return text.replace("\x00", "")[:TEXT_MAX]


def _words(text: str) -> str:
    """For comparing what we sent with what came back: providers trim and re-wrap."""
    return " ".join(text.split())


def _names(message: Message) -> str:
    return ", ".join(file.name for file in message.files)


def _fact(entry: int, owner: Owner, endpoint: Endpoint, message: Message) -> StoredMessage:
    is_in = message.direction == "in"
    by: Literal["customer", "agent", "system"] = "customer"
    if not is_in:
        by = "system" if message.is_automatic else "agent"
    return StoredMessage(
        entry=entry,
        thread_row=owner.thread_row,
        thread=owner.thread,
        endpoint=endpoint,
        identity_row=owner.identity_row,
        direction=message.direction,
        is_automatic=message.is_automatic,
        is_echo=not is_in,
        by=by,
        at=message.at,
        text=_plain(message),
        subject=message.subject,
    )
