"""What an agent may do at his page with a call that another phone of ours placed to him."""

from typing import TYPE_CHECKING, Final

from telephony.errors import ControlRefused
from telephony.legs.base import Refused
from telephony.legs.browser import BrowserLeg
from telephony.line import Wish
from telephony.media import messages as media
from threadline.kernel.errors import ThreadlineError

if TYPE_CHECKING:
    from telephony.extension_call import ExtensionCall

TALKS_ONLY: Final = frozenset({"hold", "resume", "mute", "unmute", "keys"})


class ExtensionPage:
    """The buttons of one call. It goes nowhere else: there is no customer in it."""

    def __init__(self, call: "ExtensionCall") -> None:
        self._call = call

    async def grant(self, wish: Wish) -> None:
        """Does it, or says why not; a supervisor may end the call."""
        try:
            if wish.agent is not None:
                await self._obey(wish, self._leg_of(wish))
            elif wish.verb == "hang_up":
                self._call.ending = ("system", "hung_up_by_supervisor")
            else:
                raise ControlRefused("not_possible", "No customer is on this call.")
        except ThreadlineError as exc:
            if not wish.done.done():
                wish.done.set_exception(exc)
        else:
            if not wish.done.done():
                wish.done.set_result(None)

    def _leg_of(self, wish: Wish) -> BrowserLeg:
        for leg in self._call.both():
            if isinstance(leg, BrowserLeg) and leg.agent == wish.agent:
                return leg
        raise ControlRefused("not_yours", "Your page is not in this call.")

    async def _obey(self, wish: Wish, leg: BrowserLeg) -> None:
        call = self._call
        if wish.verb == "decline":
            await self._decline(leg)
        elif wish.verb in ("hang_up", "leave"):
            call.ending = ("agent", "agent_hung_up")
        elif wish.verb not in TALKS_ONLY:
            raise ControlRefused("not_possible", "A call between two phones goes nowhere else.")
        elif (other := call.other(leg)) is None:
            raise ControlRefused("not_talking", "Nobody is talking on this call.")
        elif wish.verb in ("hold", "resume"):
            await call.hold(leg, held=wish.verb == "hold", by="page")
        elif wish.verb == "keys":
            call.line.house.engine.send(media.SendDigits(str(other.id), wish.detail))
        else:
            self._mute(leg, muted=wish.verb == "mute")

    async def _decline(self, leg: BrowserLeg) -> None:
        if leg.is_answered:
            raise ControlRefused("not_ringing", "No call is ringing.")
        leg.hang_up("declined")
        await self._call.refused(Refused(leg.id, 603, "declined"))

    def _mute(self, leg: BrowserLeg, *, muted: bool) -> None:
        line = self._call.line
        line.is_muted = muted
        line.house.engine.send(media.Mute(str(leg.id), muted))
        if line.house.phones is not None:
            line.house.phones.say_muted(leg.agent, line.call, muted=muted)
