"""The sound of one call: tells the media engine what changed in who hears whom, and plays music to who waits."""

from collections.abc import Mapping
from typing import Final

from telephony.line import Line
from telephony.media import messages as media
from telephony.room import Seat, Wiring, hearing, rewired, wired
from threadline.kernel.errors import ThreadlineError
from threadline.kernel.ids import LegId

HOLD_PLAY: Final = -2
HOLD_MUSIC: Final = "moh_soft"


class Sound:
    """What the engine was told last. Whoever plays something to a leg does so after its seat was taken away."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._wiring = Wiring()

    def arrange(self, seats: Mapping[LegId, Seat]) -> None:
        """From now on they hear each other as they sit. Two who do already are left alone."""
        send = self._line.house.engine.send
        after = wired(hearing(seats))
        change = rewired(self._wiring, after, seats)
        self._wiring = after
        for a, b in change.cut:
            send(media.Unbridge(str(a), str(b)))
        for leg, voices in change.ears:
            send(media.Hear(str(leg), tuple(str(voice) for voice in voices)))
        for a, b in change.made:
            send(media.Bridge(str(a), str(b)))

    async def music(self) -> None:
        """For the customer, who waits."""
        await play_music(self._line, self._line.customer.id)


async def play_music(line: Line, leg: LegId) -> None:
    """For whoever waits. Silence where there is none to be had."""
    try:
        music = await line.house.prompts.music(HOLD_MUSIC)
    except ThreadlineError:
        return
    line.house.engine.send(media.Play(str(leg), HOLD_PLAY, (music,), loop=True))
