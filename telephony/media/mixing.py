"""Who hears several at once: an ear adds up the frames of its speakers, all ears of the engine in one pass a tick.

The speakers know nothing of it. Two who are bridged stay so, packet by packet, while a third listens to both.
"""

from array import array
from collections.abc import Sequence

from telephony.media.g711 import ALAW_SILENCE, FRAME, ULAW_SILENCE
from telephony.media.leg import Leg
from telephony.media.linear import added, steps_of
from telephony.media.native.lanes import NativeLanes


class Ear:
    """What one leg hears, in its own law: the Source of its sending half."""

    __slots__ = ("heard", "leg", "speakers")
    is_receiving = True
    relay = None  # nothing is passed on packet by packet

    def __init__(self, leg: Leg, speakers: tuple[Leg, ...]) -> None:
        self.leg = leg
        self.speakers = speakers
        self.heard = ALAW_SILENCE if leg.alaw else ULAW_SILENCE

    @property
    def alaw(self) -> bool:
        return self.leg.alaw


class Mixing:
    """Every ear of an engine. `mix` is to be called once a tick, after the speakers' frames are there."""

    def __init__(self, native: NativeLanes | None) -> None:
        self._native = native
        self._ears: dict[str, Ear] = {}
        self._speakers: list[Leg] = []
        self._plan: array[int] = array("H")

    def hear(self, leg: Leg, speakers: Sequence[Leg]) -> None:
        """From now on `leg`, which is in no bridge, hears the sum of these, at most linear.SPEAKERS_MAX; none: nobody."""
        self.forget(leg)
        if speakers:
            ear = self._ears[leg.name] = Ear(leg, tuple(speakers))
            leg.outbound.hear(ear)
            self._arrange()

    def forget(self, leg: Leg) -> bool:
        """It hears nobody by an ear. False: it did not."""
        ear = self._ears.pop(leg.name, None)
        if ear is None:
            return False
        leg.outbound.hear(None)
        self._arrange()
        return True

    def lose(self, leg: Leg) -> None:
        """It is closed: it hears nobody, and is heard by nobody."""
        self.forget(leg)
        for ear in tuple(self._ears.values()):
            if leg in ear.speakers:
                self.hear(ear.leg, [one for one in ear.speakers if one is not leg])

    def _arrange(self) -> None:
        """Speakers in the order of their frames; of each ear its law, how many it hears and which."""
        for leg in self._speakers:
            leg.is_overheard = False
        ears = self._ears.values()
        self._speakers = list({one.name: one for ear in ears for one in ear.speakers}.values())
        places = {leg.name: place for place, leg in enumerate(self._speakers)}
        self._plan = array("H")
        for ear in ears:
            self._plan.extend((ear.alaw, len(ear.speakers), *(places[leg.name] for leg in ear.speakers)))
        for leg in self._speakers:
            leg.is_overheard = True

    def laws_changed(self) -> None:
        """A leg was aimed anew."""
        if self._ears:
            self._arrange()

    def mix(self) -> None:
        """This tick's frame of every ear."""
        if not self._ears:
            return
        if self._native is None:
            self._mix_here()
        else:
            self._mix_there(self._native)

    def _mix_here(self) -> None:
        steps = {leg.name: steps_of(leg.heard, alaw=leg.alaw) for leg in self._speakers}
        for ear in self._ears.values():
            ear.heard = added([steps[leg.name] for leg in ear.speakers], alaw=ear.alaw)

    def _mix_there(self, native: NativeLanes) -> None:
        frames = b"".join([leg.heard for leg in self._speakers])
        laws = bytes([leg.alaw for leg in self._speakers])
        mixed = native.mix(frames, laws, self._plan, len(self._ears))
        for place, ear in enumerate(self._ears.values()):
            ear.heard = mixed[place * FRAME : (place + 1) * FRAME]
