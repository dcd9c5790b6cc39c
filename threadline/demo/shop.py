"""What the demo's shop has besides people and customers, made once: its chat on the web, and what a call may have come to."""

from collections.abc import Mapping
from typing import Final, Protocol
from uuid import UUID

from omnichannel.administration.wrap_up import CodeGiven, WrapUpCodes
from omnichannel.audit.service import SYSTEM
from omnichannel.endpoints.service import Endpoints

ADDRESS: Final = "demo-shop"
TITLE: Final = "An Bình Điện máy"
COLOUR: Final = "#b4552d"
RESULTS: Final[Mapping[str, Mapping[str, str]]] = {
    "solved": {"en": "Solved", "vi": "Đã giải quyết"},
    "visit": {"en": "Technician comes", "vi": "Hẹn thợ đến"},
    "call_back": {"en": "We call back", "vi": "Sẽ gọi lại"},
    "complaint": {"en": "Complaint", "vi": "Khiếu nại"},
}


class Channels(Protocol):
    """Where the chat's endpoint is kept."""

    @property
    def endpoints(self) -> Endpoints: ...


async def open_chat(channels: Channels, queue: str) -> UUID:
    """The key of the shop's chat, which is made and switched on the first time; who switched it off finds it on again."""
    for known in await channels.endpoints.everything():
        if known["kind"] == "chat" and known["address"] == ADDRESS:
            key = UUID(str(known["id"]))
            break
    else:
        config = {"colour": COLOUR, "origins": ""}
        key = (await channels.endpoints.add("chat", ADDRESS, TITLE, config, {}, queue)).id
    await channels.endpoints.switch(key, "on")
    return key


async def name_results(codes: WrapUpCodes) -> None:
    """What agents choose from after a call. A shop that has codes of its own keeps them."""
    if await codes.everything():
        return
    for place, (code, titles) in enumerate(RESULTS.items()):
        await codes.add(code, CodeGiven(titles, place=place), SYSTEM)
