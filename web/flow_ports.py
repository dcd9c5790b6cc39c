"""What the web room needs of flows that are edited."""

from dataclasses import dataclass

from telephony.flow_room.calling import DraftCalls
from telephony.flow_room.service import FlowRoom
from telephony.flow_room.sounds import PromptSounds


@dataclass(frozen=True, slots=True)
class FlowRooms:
    """The services themselves: the web asks nothing else of them."""

    room: FlowRoom
    sounds: PromptSounds
    drafts: DraftCalls
