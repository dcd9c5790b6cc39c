"""Callbacks: telephony dials for the tickets that routing keeps."""

from dataclasses import asdict

from omnichannel.routing.callbacks.service import Wish
from omnichannel.routing.callbacks.store import Ticket
from omnichannel.routing.service import Router
from telephony.callbacks import Wanted
from threadline.kernel.ids import CallId


class RouterTickets:
    """Implements telephony.callbacks.TicketBook."""

    def __init__(self, router: Router) -> None:
        self._router = router

    async def add(self, wanted: Wanted) -> str:
        return await self._router.callbacks.add(Wish(**asdict(wanted)))

    async def claim(self, place: CallId) -> Ticket | None:
        return await self._router.callbacks.of_place(place) if await self._router.claim(place) else None

    async def reached(self, place: CallId) -> None:
        await self._router.callbacks.reached(place)

    async def not_reached(self, place: CallId, why: str, *, tried: bool = True) -> None:
        await self._router.callbacks.not_reached(place, why, tried=tried)
