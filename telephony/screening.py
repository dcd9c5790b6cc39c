"""A phone that anybody, or a mailbox, may answer. Whoever did hears what for, and presses a key.

Nobody hears the customer before, and no mailbox ever does: it presses nothing. The same by a SIP trunk and by Twilio.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from ivr_flows.effects import Spoken
from telephony.line import House, Phone
from telephony.media import messages as media
from telephony.sip.server import ToTrunk
from telephony.ways_out import Way
from threadline.kernel.ids import AgentId

KEY: Final = "1"
WHISPER_PLAY: Final = -3
Whisper: TypeAlias = Literal["offer", "own", "consult"]
TEXTS: Final[dict[str, dict[Whisper, str]]] = {
    "en": {
        "offer": "A call from the queue {queue}. Press 1 to take it.",
        "own": "You wanted to call a customer. Press 1 to be connected.",
        "consult": "A customer is waiting to speak with you. Press 1 to take the call.",
    },
    "vi": {
        "offer": "Cuộc gọi từ hàng chờ {queue}. Bấm phím 1 để nhận.",
        "own": "Bạn muốn gọi cho khách hàng. Bấm phím 1 để kết nối.",
        "consult": "Có khách hàng đang chờ gặp bạn. Bấm phím 1 để nhận cuộc gọi.",
    },
}


@dataclass(frozen=True, slots=True)
class Mobile:
    """Where an agent's mobile phone is, and how it is reached."""

    agent: AgentId
    number: str
    way: Way

    @property
    def target(self) -> ToTrunk:
        return ToTrunk(self.way.name, self.number, f"mobile of {self.agent}")


async def mobile_of(house: House, agent: AgentId, queue: str | None) -> Mobile | None:
    """What rings for an agent who has chosen his mobile phone; it shows the queue's number. None: nothing can."""
    number = await house.desks.mobile_of(agent)
    way = house.ways.showing(await house.store.caller_id_of(queue) or "")
    return None if number is None or way is None else Mobile(agent, number, way)


class Screening:
    """One answered phone, until the key is pressed."""

    def __init__(self, house: House, files: tuple[str, ...]) -> None:
        self._house = house
        self._files = files
        self._leg: str | None = None
        self.is_passed = False

    def begin(self, leg: Phone) -> None:
        """Somebody answered: says what for, over and over."""
        self._leg = str(leg.id)
        if self._files:
            self._house.engine.send(media.Play(self._leg, WHISPER_PLAY, self._files, loop=True))

    def press(self, digit: str) -> bool:
        """Whether this key is the one, for the first time."""
        if self._leg is None or self.is_passed or digit != KEY:
            return False
        self.is_passed = True
        self._house.engine.send(media.StopPlay(self._leg, WHISPER_PLAY))
        return True


async def screening(house: House, whisper: Whisper, queue: str | None = None) -> Screening:
    """With its words made beforehand, in the house's language."""
    language = house.default_language
    words = TEXTS.get(language.partition("-")[0], TEXTS["en"])
    spoken = language if language.partition("-")[0] in TEXTS else "en-US"
    title = await house.store.queue_title(queue) if queue else None
    text = words[whisper].format(queue=title or queue or "")
    return Screening(house, await house.prompts.files([Spoken(None, spoken, text)]))
