"""The legs of a call that goes step by step, and who of them hears whom: at Twilio, or here.

As long as all who hear one another are at Twilio, they meet there in a conference and no sound comes to us. As soon as
a telephone of ours is among them, Twilio calls our SIP port for each of its own, and the engine joins them all.
"""

import asyncio
import secrets
from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from telephony.legs.base import Media
from telephony.media import messages as media
from telephony.room import Wiring, rewired, wired
from telephony.twilio.rooms import NOBODY, Place, groups, placed, within
from threadline.kernel.ids import LegId


class Member(Protocol):
    """A leg that came by Twilio (telephony.twilio.steps)."""

    is_met: bool
    sid: Callable[[], str]

    @property
    def room(self) -> str | None:
        """The conference it is in, or on its way to."""
        ...

    def takes(self, command: media.Command) -> bool:
        """Whether the command is done at Twilio, in place of the engine."""
        ...

    def seat(self, place: Place | None) -> None:
        """There from now on. None: nowhere else, where it is alone until there is news for it."""
        ...

    def want(self, *, wanted: bool) -> None:
        """Whether Twilio has to call our SIP port for it."""
        ...


class Gathering:
    """Implements telephony.legs.base.Media for one call."""

    def __init__(self, engine: Media) -> None:
        self.engine = engine
        self._members: dict[LegId, Member] = {}
        self._heard: dict[LegId, frozenset[LegId]] = {}
        self._wiring = Wiring()
        self._open: list[str] = []  # legs the engine carries
        self._name = f"room-{secrets.token_hex(8)}"
        self._rooms = 0
        self._is_due = False
        self._is_barred = False

    @property
    def may_host(self) -> bool:
        """One more at Twilio finds the others there."""
        return not any(one.is_met for one in self._members.values())

    def sid(self, leg: LegId) -> str:
        """Twilio's name of a member."""
        return self._members[leg].sid()

    # --- members ---

    def joins(self, leg: str, member: Member) -> None:
        self._members[_id(leg)] = member

    def leaves(self, leg: str) -> None:
        """The leg is over."""
        self._members.pop(_id(leg), None)
        self._forget(leg)

    def met(self, leg: str) -> None:
        """The engine carries it from now on."""
        self._open.append(leg)
        self._rearrange()

    def bar(self) -> bool:
        """Twilio does not reach our SIP port: those who are there go on among themselves. False: there is but one."""
        self._is_barred = True
        self._rearrange()
        self._arrange()
        return len([one for one in self._members.values() if not one.is_met and one.room is not None]) > 1

    def near(self) -> LegId | None:
        """A leg the engine carries, on whose worker all others of the call belong."""
        return _id(self._open[0]) if self._open else None

    # --- the engine, as the call sees it ---

    def send(self, command: media.Command) -> None:
        match command:
            case media.Bridge(a=a, b=b):
                self._hears({_id(a): frozenset({_id(b)}), _id(b): frozenset({_id(a)})})
            case media.Unbridge(a=a, b=b):
                self._hears({_id(a): NOBODY, _id(b): NOBODY})
            case media.Hear():
                self._hears({_id(command.leg): frozenset(_id(voice) for voice in command.sources)})
            case _:
                self._arrange()  # what was said before comes first
                member = self._members.get(_id(command.leg))
                if member is not None and member.takes(command):
                    return
                if isinstance(command, media.Close):
                    self._forget(command.leg)
                self.engine.send(command)

    async def open(self, leg: str, host: str, near: str | None = None) -> int:
        beside = near if near in self._open else None if self.near() is None else str(self.near())
        port = await self.engine.open(leg, host, beside)
        self._open.append(leg)
        return port

    async def report(self, leg: str) -> media.Stats:
        return await self.engine.report(leg)

    # --- who hears whom ---

    def _hears(self, changes: dict[LegId, frozenset[LegId]]) -> None:
        self._heard |= changes
        self._rearrange()

    def _rearrange(self) -> None:
        """Once all that belongs together has been said."""
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._arrange)

    def _arrange(self) -> None:
        if not self._is_due:
            return
        self._is_due = False
        away = {leg for leg, one in self._members.items() if not one.is_met}
        staying, coming = set[LegId](), set[LegId]()
        for group in groups(self._heard):
            stays = group <= away or self._is_barred
            (staying if stays else coming).update(group & away)
        before = {leg: room for leg in away if (room := self._members[leg].room) is not None}
        places = placed(within(self._heard, staying), before, self._fresh)
        for leg in away:
            self._members[leg].want(wanted=leg in coming)
            self._members[leg].seat(places.get(leg))
        self._wire(self._heard.keys() - away)

    def _wire(self, here: set[LegId]) -> None:
        """The engine joins those whom it carries."""
        after = wired(within(self._heard, here))
        change, self._wiring = rewired(self._wiring, after, here), after
        for a, b in change.cut:
            self.engine.send(media.Unbridge(str(a), str(b)))
        for leg, voices in change.ears:
            self.engine.send(media.Hear(str(leg), tuple(str(voice) for voice in voices)))
        for a, b in change.made:
            self.engine.send(media.Bridge(str(a), str(b)))

    def _fresh(self) -> str:
        self._rooms += 1
        return f"{self._name}-{self._rooms}"

    def _forget(self, leg: str) -> None:
        gone = _id(leg)
        self._heard.pop(gone, None)
        self._heard = {one: voices - {gone} for one, voices in self._heard.items()}
        self._open = [one for one in self._open if one != leg]
        self._rearrange()


def _id(leg: str) -> LegId:
    return LegId(UUID(leg))
