"""A visitor's side of the chat: what he may see, say and upload.

He sees what was said between himself and us on this site and nothing else of the thread it stands in, however he
names himself: a phone number he types changes what an agent is suggested, never what he is shown.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Protocol
from uuid import UUID

from omnichannel.channels.chat import wording
from omnichannel.channels.chat.channel import KIND, TEXT_MAX, origins_of
from omnichannel.channels.chat.lobby import Lobby, Page
from omnichannel.channels.chat.store import ChatStore
from omnichannel.channels.chat.token import Visitor, visitor_of
from omnichannel.channels.chat.wording import Attached, Said
from omnichannel.channels.port import Endpoint, Inlet
from omnichannel.channels.reading import items, parsed, text
from omnichannel.errors import NoSuchEndpoint
from threadline.db.pool import Pool
from threadline.kernel.clock import Clock
from threadline.kernel.errors import Invalid
from threadline.kernel.events import Bus, CustomerTyping, Json
from threadline.kernel.ids import ThreadId

PAGE: Final = 50
NEWEST: Final = 2**63 - 1
LINK_S: Final = 6 * 3600.0
FILES_MAX: Final = 10
POSITIONS: Final = ("right", "left")
FIELDS: Final = ("name", "phone", "email")


class Endpoints(Protocol):
    """What is needed of omnichannel.endpoints."""

    async def by_hook(self, public_id: UUID) -> Endpoint:
        """Raises NoSuchEndpoint."""
        ...


class Links(Protocol):
    """What is needed of omnichannel.attachments."""

    def url(self, file: UUID, expires_s: float) -> str: ...


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the chat. `key` is the browser's own for what it said, else the message's; `id` None: not yet.

    `choices` are answers to tap, which say themselves.
    """

    id: int | None
    key: str
    direction: Literal["in", "out"]
    at: datetime
    text: str
    agent: str | None
    files: Sequence[Json]
    choices: Sequence[str] = ()

    def to_json(self) -> Json:
        return {
            "id": None if self.id is None else str(self.id), "key": self.key, "direction": self.direction,
            "at": self.at.isoformat(), "text": self.text, "agent": self.agent, "files": [*self.files], "choices": [*self.choices],
        }  # fmt: skip


class Chat:
    """web.ports.Chat. `staffed` says whether somebody is there to answer at an endpoint."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        bus: Bus,
        lobby: Lobby,
        endpoints: Endpoints,
        inlet: Inlet,
        links: Links,
        staffed: Callable[[Endpoint], Awaitable[bool]],
    ) -> None:
        self._clock = clock
        self._bus = bus
        self._lobby = lobby
        self._endpoints = endpoints
        self._inlet = inlet
        self._links = links
        self._staffed = staffed
        self._store = ChatStore(pool)

    async def site(self, key: UUID) -> Endpoint:
        """Raises NoSuchEndpoint, also for an endpoint of another channel or one that is off."""
        endpoint = await self._endpoints.by_hook(key)
        if endpoint.kind != KIND:
            raise NoSuchEndpoint
        return endpoint

    def origins(self, site: Endpoint) -> frozenset[str]:
        return origins_of(site)

    async def about(self, site: Endpoint) -> Json:
        """What a page needs to show the chat: {title, greeting, colour, position, language, prechat, is_staffed, …}."""
        position = site.config.get("position", "right")
        return {
            "title": site.title,
            "greeting": site.config.get("greeting", ""),
            "colour": site.config.get("colour", ""),
            "position": position if position in POSITIONS else "right",
            "language": site.language,
            "prechat": _prechat(site.config.get("prechat", "")),
            "proves": proves(site),
            "is_staffed": await self._staffed(site),
            "text_max": TEXT_MAX,
            "files_max": FILES_MAX,
        }

    def visitor(self, site: Endpoint, secret: str, token: str | None) -> Visitor:
        """Raises VisitorUnreadable, IdentityRefused."""
        return visitor_of(site, secret, token, self._clock.now())

    async def say(self, site: Endpoint, visitor: Visitor, said: Said) -> Json:
        """{key, at} once it is committed; the same key again is the same message. Raises Invalid."""
        files = await self._uploaded(site, visitor, said)
        event = wording.said_event(visitor, said, files, self._clock.now())
        await self._inlet(site, [event])
        raw = await self._store.taken(site.row, event.key)
        at = wording.moment_of(parsed(raw or event.raw))
        self._lobby.wake(site.id, visitor.value)
        return {"key": said.key, "at": at.isoformat()}

    async def history(self, site: Endpoint, visitor: Visitor, before: int | None = None) -> list[Item]:
        """The newest lines of the chat (or those before an entry), oldest first."""
        waiting = await self._store.waiting(site.row, visitor.value) if before is None else []
        rows = await self._store.said(
            site.row, str(site.id), visitor.value, PAGE, NEWEST if before is None else before
        )
        found = [self._item(visitor, row) for row in reversed(rows)]
        known = {item.key for item in found}
        coming = [self._waiting(visitor, parsed(raw)) for raw in waiting]
        found += [item for item in coming if item.key not in known]
        return sorted(found, key=lambda item: (item.at, item.id or NEWEST))

    async def mark(
        self, site: Endpoint, visitor: Visitor, status: Literal["delivered", "read"], keys: Sequence[str]
    ) -> None:
        """He got or read these messages of ours."""
        if keys:
            await self._inlet(site, [wording.status_event(visitor, status, keys, self._clock.now())])

    async def types(self, site: Endpoint, visitor: Visitor) -> None:
        """He is typing: told to those who have his thread open."""
        thread = await self._store.thread_of_visitor(str(site.id), visitor.value)
        if thread is not None:
            self._bus.publish(CustomerTyping(ThreadId(thread), KIND))

    async def agent_types(self, thread: ThreadId, name: str) -> None:
        """An agent is typing: told to the customer's open pages."""
        places = [(UUID(scope), value) for scope, value in await self._store.visitors_of(thread)]
        self._lobby.type(places, name)

    def page(self, site: Endpoint, visitor: Visitor) -> AbstractContextManager[Page]:
        """An open page of his. Entering raises TooManyPages."""
        return self._lobby.page(site.id, visitor.value)

    def close(self) -> None:
        self._lobby.close()

    # within

    async def _uploaded(self, site: Endpoint, visitor: Visitor, said: Said) -> list[Attached]:
        if not said.files:
            return []
        key = f"m:{wording.message_key(visitor, said.key)}"
        if (raw := await self._store.taken(site.row, key)) is not None:
            return [_attached(one) for one in items(parsed(raw), "files")]
        known = await self._store.uploads(said.files, visitor.uploader)
        if len(known) != len(set(said.files)):
            raise Invalid("A file is not there any more: attach it again.")
        return [Attached(file, *known[file]) for file in dict.fromkeys(said.files)]

    def _item(self, visitor: Visitor, row: dict[str, Any]) -> Item:
        files = [self._linked(one) for one in row["files"] or ()]
        key = str(row["key"] or row["id"]).removeprefix(f"{visitor.value}:")
        return Item(
            row["id"], key, row["direction"], row["occurred_at"], row["text"] or "", row["agent"], files,
            row["choices"] or (),
        )  # fmt: skip

    def _waiting(self, visitor: Visitor, body: Json) -> Item:
        files = [self._linked({**one, "bytes": 0}) for one in items(body, "files")]
        key = text(body, "key").removeprefix(f"{visitor.value}:")
        return Item(None, key, "in", wording.moment_of(body), text(body, "text"), None, files)

    def _linked(self, one: Json) -> Json:
        return {**one, "url": self._links.url(UUID(str(one["id"])), LINK_S)}


def proves(site: Endpoint) -> list[Any]:
    """What a visitor of this chat can prove by a one-time code: phone, email."""
    return [kind for kind in ("phone", "email") if site.config.get(f"prove_{kind}", "").strip()]


def _attached(one: Json) -> Attached:
    return Attached(UUID(text(one, "id")), text(one, "name"), text(one, "mime"))


def _prechat(words: str) -> list[Any]:
    """ "name, phone?" as [{name, is_required}]; what is no field of ours is left out."""
    asked = [word.strip() for word in words.replace(",", " ").split()]
    return [
        {"name": word.rstrip("?"), "is_required": not word.endswith("?")}
        for word in asked
        if word.rstrip("?") in FIELDS
    ]
