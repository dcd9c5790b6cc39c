"""The leg of an agent's browser: a page on one side of the edge, an RTP leg of the media engine on the other.

The page may vanish and come back (a reload, a lost network): the leg waits for it, and the engine's leg, to which
everything else is tied, never changes.
"""

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Protocol

from telephony.edge.errors import EdgeError
from telephony.edge.sdp import BrowserOffer, read_offer
from telephony.edge.wire import LOOPBACK, Wire
from telephony.legs.base import LAST_WORDS_S, Answered, CameBack, Emit, HungUp, Media, Ringing, WentAway
from telephony.media import messages as media
from threadline.kernel.events import JsonValue
from threadline.kernel.ids import AgentId, CallId, LegId

if TYPE_CHECKING:
    from telephony.edge.port import EdgePort
    from telephony.edge.session import Session

log = logging.getLogger(__name__)

SILENT_S: Final = 2.5  # without a packet, which browsers send even of silence
KEPT_S: Final = 30.0  # for a page to come back


class Pages(Protocol):
    """What a leg needs of its agent's pages (telephony.phones)."""

    def rings(self, leg: "BrowserLeg") -> bool:
        """Shows the call. False: the agent's phone is busy or gone."""
        ...

    def tell(self, leg: "BrowserLeg", kind: str, **data: JsonValue) -> None: ...

    def over(self, leg: "BrowserLeg", reason: str) -> None:
        """The leg is over, and its sessions are to be dropped."""
        ...


class BrowserLeg:
    """Implements telephony.legs.base.Party. `ring_page` begins; the page's part comes by `take_offer` and `join`."""

    kind = "browser"
    last_words_s = LAST_WORDS_S
    sip_call = ""

    def __init__(
        self, leg: LegId, peer: str, agent: AgentId, call: CallId, pages: Pages, engine: Media, emit: Emit,
        near: LegId | None = None,
    ) -> None:  # fmt: skip
        """`peer` is for people; `near` the leg this one is to be bridged with."""
        self.id = leg
        self.peer = peer
        self.agent = agent
        self.call = call
        self.shown = ""
        self.name: str | None = None
        self.takes_itself = False
        self.is_answered = False
        self.away_since: float | None = None
        self._pages = pages
        self._engine = engine
        self._emit = emit
        self._near = None if near is None else str(near)
        self._wire: Wire | None = None
        self._edge: EdgePort | None = None
        self._session: Session | None = None
        self._coming: Session | None = None
        self._has_media = False
        self._is_over = False

    @property
    def is_over(self) -> bool:
        """Nothing more comes of this leg, whoever ended it."""
        return self._is_over

    @property
    def has_media(self) -> bool:
        """The engine carries it, and has a last word to say when it is closed."""
        return self._has_media

    @property
    def is_heard(self) -> bool:
        """Sound comes from a page at this moment."""
        return self._session is not None and self.away_since is None

    # --- what a call does with its leg ----------------------------------------------------------------

    async def ring_page(self, shown: str, *, name: str | None = None, takes_itself: bool = False) -> bool:
        """Shows the call to the agent's pages as one from `shown`. False: there is no page to ring, or it is busy.

        `name`: a colleague's. `takes_itself`: the agent asked for the call, so that the page answers at once. Raises
        NoPorts, EngineLost or NoEdge.
        """
        self.shown, self.name, self.takes_itself = shown, name, takes_itself
        await self._open_media()
        if self._is_over:
            self._engine.send(media.Close(str(self.id)))
            return True
        if not self._pages.rings(self):
            return False
        self._emit(Ringing(self.id))
        return True

    async def _open_media(self) -> None:
        port = await self._engine.open(str(self.id), LOOPBACK, self._near)
        self._has_media = True
        if self._wire is None:
            self._wire = Wire()
        self._wire.connect(port)

    async def prepare(self) -> None:
        """Nobody calls from a browser: its calls begin with us."""

    def ring(self, *, early_media: bool) -> None:
        """As `prepare`."""

    def answer(self) -> None:
        """As `prepare`."""

    def reject(self, code: int, reason: str) -> None:
        """As `prepare`."""

    def hang_up(self, reason: str) -> None:
        if not self._is_over:
            self._finish(reason)

    async def take_from(self, other: "BrowserLeg") -> bool:
        """Goes on with the page of a leg of another call, whose sound goes to this leg from now on; the other is over.

        False: that one ended meanwhile. Raises NoPorts or EngineLost, and then changes nothing.
        """
        self.shown, self.name = other.shown, other.name
        self._wire = other._wire
        port = await self._engine.open(str(self.id), LOOPBACK, self._near)
        self._has_media = True
        if other.is_over or self._wire is None:
            self._wire = None
            self._finish("gone")
            return False
        self._wire.connect(port)
        self._session, other._session, other._wire = other._session, None, None
        self._edge, self.is_answered, self.away_since = other._edge, other.is_answered, other.away_since
        other._finish("joined")
        self._pages.rings(self)
        if self._session is not None:
            self._session.on_lost = self.went_away
            self._aim(self._session.offer)
        return True

    def _finish(self, reason: str) -> None:
        self._is_over = True
        self._engine.send(media.Close(str(self.id)))
        self._pages.over(self, reason)

    # --- what its page does -----------------------------------------------------------------------------

    def take_offer(self, text: str, edge: "EdgePort") -> "tuple[Session, str]":
        """A page offers its sound: a session that waits for it, and our answer. Raises OfferUnreadable."""
        assert self._wire is not None
        self._edge = edge
        self._coming, answer = edge.session(read_offer(text), self._wire)
        return self._coming, answer

    async def join(self, session: "Session") -> None:
        """Waits until the page of `take_offer` is connected; then the call is answered, or goes on with it.

        Raises EdgeError when the page does not come; before that, nothing has changed.
        """
        assert self._edge is not None
        try:
            await session.connect()
        except EdgeError:
            await self._edge.drop(session)
            raise
        if self._is_over or self._coming is not session:  # another came meanwhile
            await self._edge.drop(session)
            return
        before, self._session, self._coming = self._session, session, None
        session.on_lost = self.went_away
        self._aim(session.offer)
        if before is not None:
            await self._edge.drop(before)
        if not self.is_answered:
            self.is_answered = True
            self._emit(Answered(self.id))
        self.came_back()

    def _aim(self, offer: BrowserOffer) -> None:
        assert self._wire is not None
        self._engine.send(
            media.Aim(
                leg=str(self.id), host=LOOPBACK, port=self._wire.port, codec="pcmu", payload_type=0,
                dtmf_payload_type=offer.dtmf, learn=False,
            )
        )  # fmt: skip

    def went_away(self) -> None:
        """The page is gone, or its network; idempotent."""
        if self._is_over or not self.is_answered or self.away_since is not None:
            return
        self.away_since = asyncio.get_running_loop().time()
        self._pages.tell(self, "phone.lost")
        self._emit(WentAway(self.id))

    def came_back(self) -> None:
        """Its sound is heard again; idempotent."""
        if self.away_since is not None and not self._is_over:
            self.away_since = None
            self._emit(CameBack(self.id))
        if not self._is_over:
            self._pages.tell(self, "phone.talk")

    def look(self, now: float) -> None:
        """Called now and then, with the loop's time: notices silence, sound again, and that nobody comes back."""
        if self._is_over or self._session is None:
            return
        is_silent = now - self._session.heard_at >= SILENT_S
        if self.away_since is None:
            if is_silent:
                self.went_away()
        elif not is_silent and self._session.heard_at > self.away_since:
            self.came_back()
        elif now - self.away_since >= KEPT_S:
            self._finish("page_lost")
            self._emit(HungUp(self.id, "page_lost"))

    def on_media_lost(self) -> None:
        """The engine that carried this leg died."""
        if not self._is_over:
            self._finish("media_engine_lost")
            self._emit(HungUp(self.id, "media_engine_lost"))

    async def release(self) -> None:
        """Ends what the leg has at the edge, once it is over."""
        sessions = [one for one in (self._session, self._coming) if one is not None]
        self._session = self._coming = None
        if self._edge is not None:
            for session in sessions:
                await self._edge.drop(session)
        if self._wire is not None:
            self._wire.close()
            self._wire = None
